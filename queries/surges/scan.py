"""One look: which cells have more complaints than chance gives, over everything that is watched. Pure.

Each look may find something by chance with probability `level`; with so many looks a week, the promise of
false ones a week follows whatever the looks have in common (Boole).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from queries.arrays import Floats, Numbers
from queries.chance import at_least
from queries.surges.cells import Grid, Seen
from queries.surges.model import Baseline

WINDOWS = (30, 60, 120)  # minutes that end with the look
EVERY = 5  # minutes from one look to the next
LOOKS = 7 * 24 * 60 // EVERY  # in a week
GapsBetween = Callable[
    [float, float], Floats
]  # hours of a window by hour of the week; may add what was held up


@dataclass(frozen=True, slots=True)
class Finding:
    """`error`: how many cells as improbable a look would find by chance, were all families watched alike."""

    cell: int
    minutes: int
    count: int
    usual: float
    spread: float
    error: float


@dataclass(frozen=True, slots=True)
class Watch:
    """Of what is watched: findings that a week may have by chance, and how many people are none yet."""

    false_per_week: float = 1.0
    fewest: int = 5

    @property
    def level(self) -> float:
        """Of one look."""
        return self.false_per_week / LOOKS


def look(baseline: Baseline, seen: Seen, now: float, stretches: GapsBetween, watch: Watch) -> list[Finding]:
    """The cells that Benjamini and Hochberg's procedure finds, the most improbable window of each;
    the most improbable first. Positive dependence, as of cells and windows within each other, keeps it."""
    cells = baseline.grid.cells_of(seen)
    found: list[Finding] = []
    for minutes in WINDOWS:
        since = now - minutes * 60
        rows = (seen.at >= since) & (seen.at < now)
        counted = _complainants(cells[rows], seen.whom[rows])
        found += _tested(baseline, *counted, minutes, stretches(since, now), watch.fewest)
    found.sort(key=lambda one: one.error)
    kept = [at for at, one in enumerate(found, start=1) if one.error <= at * watch.level]
    best: dict[int, Finding] = {}
    for one in found[: max(kept, default=0)]:
        best.setdefault(one.cell, one)
    return list(best.values())


@lru_cache(4)
def cost_of(grid: Grid) -> Floats:
    """By which the chance of a cell is multiplied: each family has an equal share of the errors."""
    sizes = np.bincount(grid.groups, minlength=6)
    cost: Floats = (sizes * np.count_nonzero(sizes) * len(WINDOWS)).astype(np.float64)[grid.groups]
    return cost


def people(seen: Seen, rows: NDArray[np.bool_]) -> int:
    return len(np.unique(seen.whom[rows]))


def _complainants(cells: Numbers, whom: Numbers) -> tuple[Numbers, Numbers]:
    """The cells of a window and how many people complained in each: who does so twice counts once."""
    known = cells >= 0
    who = np.unique(whom, return_inverse=True)[1]
    pairs = np.unique(cells[known] * (len(whom) + 1) + np.repeat(who, known.sum(axis=1)))
    cell, count = np.unique(pairs // (len(whom) + 1), return_counts=True)
    return cell, count


def _tested(
    baseline: Baseline, cell: Numbers, count: Numbers, minutes: int, hours: Floats, fewest: int
) -> list[Finding]:
    cell, count = cell[count >= fewest], count[count >= fewest]
    if not len(cell):
        return []
    cost = cost_of(baseline.grid)
    usual = baseline.usual(cell, hours)
    spread = baseline.spread(cell, hours, usual)
    columns = zip(cell.tolist(), count.tolist(), usual.tolist(), spread.tolist(), strict=True)
    return [
        Finding(one, minutes, n, mean, wide, min(at_least(n, mean, wide) * float(cost[one]), 1.0))
        for one, n, mean, wide in columns
        if n > mean
    ]
