"""Which deadlines count as similar (design: Breach risk): a tree from all of one target down to one kind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

LEVELS = ("target", "tier", "department", "category", "kind")
Value = int | str
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Group:
    level: int  # of LEVELS
    parent: int  # -1: none, it is a whole target
    value: Value


@dataclass(frozen=True, slots=True)
class Tree:
    """Parents stand before their children, and the groups of whole targets first. A value that is not known
    (None) makes no group: such rows stay in the group above it, and may still go deeper."""

    groups: tuple[Group, ...]
    numbers: dict[Group, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", {group: number for number, group in enumerate(self.groups)})

    @property
    def parents(self) -> Numbers:
        return np.array([group.parent for group in self.groups], dtype=np.int64)

    @property
    def levels(self) -> Numbers:
        return np.array([group.level for group in self.groups], dtype=np.int64)

    @property
    def targets(self) -> Numbers:
        """The whole target that each group belongs to."""
        found = np.arange(len(self.groups))
        for number, group in enumerate(self.groups):
            if group.parent >= 0:
                found[number] = found[group.parent]
        return found

    def generations(self) -> Iterator[Numbers]:
        """Groups of one level at a time, from the second: their parents are all done before them."""
        levels = self.levels
        for level in range(1, len(LEVELS)):
            yield np.flatnonzero(levels == level)

    def place(self, columns: Sequence[ArrayLike]) -> Numbers:
        """The finest group known for each row: a value never seen before ends the way down. -1: no such
        target. `columns` as in LEVELS."""
        at = np.full(len(np.asarray(columns[0])), -1, dtype=np.int64)
        lost = np.zeros(len(at), dtype=bool)
        for level, column in enumerate(columns):
            rows, pairs, which = _pairs(at, column, ~lost)
            found = np.array([self.numbers.get(Group(level, *pair), -1) for pair in pairs], dtype=np.int64)
            reached = found[which]
            lost[rows[reached < 0]] = True
            at[rows[reached >= 0]] = reached[reached >= 0]
            if level == 0:
                lost |= at < 0
        return at


def grow(columns: Sequence[ArrayLike]) -> tuple[Tree, Numbers]:
    """The tree of these rows, and the finest group of each; -1 for a row without target."""
    groups: list[Group] = []
    at = np.full(len(np.asarray(columns[0])), -1, dtype=np.int64)
    kept = np.ones(len(at), dtype=bool)
    for level, column in enumerate(columns):
        rows, pairs, which = _pairs(at, column, kept)
        at[rows] = which + len(groups)
        groups += [Group(level, *pair) for pair in pairs]
        if level == 0:
            kept = at >= 0
    return Tree(tuple(groups)), at


def _pairs(
    at: Numbers, column: ArrayLike, wanted: NDArray[np.bool_]
) -> tuple[Numbers, list[tuple[int, Value]], Numbers]:
    """The rows that have a value, the different (group above, value), and which of them each row has."""
    codes, values = pd.factorize(np.asarray(column, dtype=object))
    rows = np.flatnonzero((codes >= 0) & wanted)
    different, which = np.unique(at[rows] * max(len(values), 1) + codes[rows], return_inverse=True)
    above, code = np.divmod(different, max(len(values), 1))
    pairs = [(int(group), _plain(values[number])) for group, number in zip(above, code, strict=True)]
    return rows, pairs, which.astype(np.int64)


def _plain(value: object) -> Value:
    """NumPy's numbers are not JSON's."""
    if isinstance(value, int | np.integer):
        return int(value)
    return str(value)
