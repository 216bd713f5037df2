"""Which deadlines count as similar: a tree of groups, from a whole target down to one kind of complaint
(docs/architecture.md: Breach risk)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from queries.arrays import Numbers

LEVELS = ("target", "tier", "department", "category", "kind")
Value = int | str


class Group(NamedTuple):
    level: int  # of LEVELS
    parent: int  # -1: none, it is a whole target
    value: Value


@dataclass(frozen=True, slots=True)
class Tree:
    """Parents come before their children, and groups of whole targets first.

    An unknown value (None) makes no group: such rows stay in the group above, and later columns may still
    narrow them. A value that too few rows have makes none either, and its rows go no deeper.
    """

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

    def add_up(self, counted: NDArray[Any]) -> None:
        """Adds to each group what was counted in those below it."""
        for number in range(len(self.groups) - 1, -1, -1):
            if (parent := self.groups[number].parent) >= 0:
                counted[parent] += counted[number]

    def generations(self) -> Iterator[Numbers]:
        """Groups of one level at a time, from the second: their parents are all done before them."""
        levels = self.levels
        for level in range(1, len(LEVELS)):
            yield np.flatnonzero(levels == level)

    def place(self, columns: Sequence[ArrayLike]) -> Numbers:
        """The narrowest known group of each row; -1: no such target. `columns` as in LEVELS."""
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


def grow(columns: Sequence[ArrayLike], fewest: int) -> Tree:
    """The groups of at least `fewest` rows; whole targets always."""
    groups: list[Group] = []
    at = np.full(len(np.asarray(columns[0])), -1, dtype=np.int64)
    goes_on = np.ones(len(at), dtype=bool)
    for level, column in enumerate(columns):
        rows, pairs, which = _pairs(at, column, goes_on)
        large = np.bincount(which, minlength=len(pairs)) >= (fewest if level else 1)
        numbers = np.where(large, np.cumsum(large) - 1 + len(groups), -1)
        groups += [Group(level, *pair) for pair, is_large in zip(pairs, large, strict=True) if is_large]
        inside = large[which]
        at[rows[inside]], goes_on[rows[~inside]] = numbers[which[inside]], False
        if level == 0:
            goes_on = at >= 0
    return Tree(tuple(groups))


def _pairs(
    at: Numbers, column: ArrayLike, wanted: NDArray[np.bool_]
) -> tuple[Numbers, list[tuple[int, Value]], Numbers]:
    """The rows that have a value, the different (group above, value), and which of them each row has."""
    codes, values = pd.factorize(np.asarray(column, dtype=object))
    rows = np.flatnonzero((codes >= 0) & wanted)
    different, which = np.unique(at[rows] * max(len(values), 1) + codes[rows], return_inverse=True)
    above, code = np.divmod(different, max(len(values), 1))
    plain = [_plain(value) for value in values]
    pairs = [(group, plain[number]) for group, number in zip(above.tolist(), code.tolist(), strict=True)]
    return rows, pairs, which.astype(np.int64)


def _plain(value: object) -> Value:
    """JSON cannot hold NumPy's numbers, and a column of numbers with gaps arrives as floats."""
    if isinstance(value, int | np.integer | float | np.floating) and float(value).is_integer():
        return int(value)
    return str(value)
