"""The plain late rate of target and category, which the breach risk must beat, and which replaces it where it
does not (docs/architecture.md: Breach risk). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from queries.arrays import Floats, Numbers

FEWEST = 30
_BETWEEN = "\x1f"
NAMES = ("late_rate", "target_late_rate")  # of target and category, or of the target alone


@dataclass(frozen=True, slots=True)
class LateRates:
    """Of each target, and of each target and category: `k` of the `n` deadlines that were due breached."""

    keys: tuple[tuple[str, str | None], ...]  # without a category: the target as a whole
    k: tuple[int, ...]
    n: tuple[int, ...]

    def look_up(self, target: ArrayLike, category: ArrayLike) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
        """(k, n, whether they are of the target alone); n is 0 for a target with fewer than FEWEST."""
        known = {key: (k, n) for key, k, n in zip(self.keys, self.k, self.n, strict=True) if n >= FEWEST}
        code, pairs = pd.factorize(pd.Series(_labels(target)) + _BETWEEN + pd.Series(_labels(category)))
        of_target = np.zeros(len(pairs), dtype=bool)
        found = np.zeros((len(pairs), 2), dtype=np.int64)
        for row, pair in enumerate(pairs):
            of, _, kind = pair.partition(_BETWEEN)
            of_target[row] = (of, kind) not in known
            found[row] = known.get((of, kind)) or known.get((of, None), (0, 0))
        return found[code, 0], found[code, 1], of_target[code]

    def as_lists(self) -> list[tuple[object, ...]]:
        """For JSON."""
        return list(zip(self.keys, self.k, self.n, strict=True))

    def chance(self, target: ArrayLike, category: ArrayLike) -> Floats:
        """For every row: where even its target is new, the rate of all. NaN where nothing is known."""
        k, n, _ = self.look_up(target, category)
        by_target = [
            (k, n) for (_, code), k, n in zip(self.keys, self.k, self.n, strict=True) if code is None
        ]
        late, all_of = (sum(column) for column in zip(*by_target, strict=True)) if by_target else (0, 0)
        return np.where(n > 0, k / np.maximum(n, 1), late / all_of if all_of else np.nan)


def count_late(target: ArrayLike, category: ArrayLike, late: NDArray[np.bool_]) -> LateRates:
    """Of deadlines that were due; `late`: which of them breached."""
    frame = pd.DataFrame({"target": _labels(target), "category": _labels(category), "late": late})
    counted: list[tuple[tuple[str, str | None], int, int]] = []
    for target_, rows in frame.groupby("target"):
        counted.append(((str(target_), None), int(rows["late"].sum()), len(rows)))
        for category_, some in rows.groupby("category"):
            counted.append(((str(target_), str(category_)), int(some["late"].sum()), len(some)))
    return from_lists(counted)


def from_lists(counted: Sequence[Sequence[object]]) -> LateRates:
    """As JSON keeps them."""
    keys, k, n = zip(*counted, strict=True) if counted else ((), (), ())
    return LateRates(tuple((str(one[0]), one[1]) for one in keys), tuple(k), tuple(n))


def _labels(column: ArrayLike) -> list[str]:
    """An unknown value counts as a category of its own."""
    return pd.Series(np.asarray(column, dtype=object)).fillna("").astype(str).tolist()
