"""One scan: which cells have more complaints than chance explains, over all that is watched. Pure.

Each scan may find something by chance with probability `level`. By Boole's inequality the promised number of
false findings a week then holds, however much the scans have in common.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from queries.arrays import Floats, Numbers
from queries.chance import at_least
from queries.surges.cells import Complaints, Grid
from queries.surges.model import Baseline

WINDOWS = (30, 60, 120)  # minutes, ending with the scan
EVERY = 5  # minutes between scans
SCANS_A_WEEK = 7 * 24 * 60 // EVERY  # in a week
HoursBetween = Callable[
    [float, float], Floats
]  # (since, until) → hours of the window in each hour of the week, and hours held up before it


@dataclass(frozen=True, slots=True)
class Finding:
    """`error`: how many cells as improbable as this one a scan would find by chance."""

    cell: int
    minutes: int
    count: int
    usual: float
    spread: float
    error: float


@dataclass(frozen=True, slots=True)
class Watch:
    """Findings that a week may have by chance, and from how many people on a cell can be one."""

    false_per_week: float = 1.0
    fewest: int = 5

    @property
    def level(self) -> float:
        """Probability of a false finding in one scan."""
        return self.false_per_week / SCANS_A_WEEK


def scan_cells(
    baseline: Baseline, seen: Complaints, now: float, hours_between: HoursBetween, watch: Watch
) -> list[Finding]:
    """The cells found by Benjamini and Hochberg's procedure, each by its most improbable window; the most
    improbable first. The procedure is valid under positive dependence, as of nested cells and windows."""
    cells = baseline.grid.cells_of(seen)
    found: list[Finding] = []
    for minutes in WINDOWS:
        since = now - minutes * 60
        rows = (seen.at >= since) & (seen.at < now)
        counted = _complainants(cells[rows], seen.whom[rows])
        found += _tested(baseline, *counted, minutes, hours_between(since, now), watch.fewest)
    found.sort(key=lambda one: one.error)
    kept = [at for at, one in enumerate(found, start=1) if one.error <= at * watch.level]
    best: dict[int, Finding] = {}
    for one in found[: max(kept, default=0)]:
        best.setdefault(one.cell, one)
    return list(best.values())


@lru_cache(4)
def cost_of(grid: Grid) -> Floats:
    """By which the chance of a cell is multiplied, so that each family has an equal share of the errors."""
    sizes = np.bincount(grid.groups, minlength=6)
    cost: Floats = (sizes * np.count_nonzero(sizes) * len(WINDOWS)).astype(np.float64)[grid.groups]
    return cost


def people(seen: Complaints, rows: NDArray[np.bool_]) -> int:
    return len(np.unique(seen.whom[rows]))


def _complainants(cells: Numbers, whom: Numbers) -> tuple[Numbers, Numbers]:
    """The cells of a window and how many people complained in each; who complains twice counts once."""
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
