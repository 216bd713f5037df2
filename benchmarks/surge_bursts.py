"""Bursts planted into past weeks: which are found, and how soon."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.surge_records import DAY, USUAL, WEEK, Record, hours_between, once
from queries.surges.clusters import REACH, Surge
from queries.surges.model import HOUR, Baseline
from queries.surges.scan import EVERY

LASTS = 2 * HOUR
RATES = ((1, 2), (2, 5), (5, 10), (10, 15), (15, 20), (20, 30), (30, 50), (50, 100))  # usual ones an hour


@dataclass(frozen=True, slots=True)
class Burst:
    cell: int
    start: float
    extra: int


@dataclass(frozen=True, slots=True)
class Period:
    record: Record
    since: float
    until: float
    baselines: tuple[Baseline, ...]  # one a week

    @classmethod
    def of(cls, record: Record, since: float, until: float) -> "Period":
        return cls(record, since, until, tuple(map(record.baseline, np.arange(since, until, WEEK))))

    def baseline(self, at: float) -> Baseline:
        return self.baselines[int((at - self.since) // WEEK)]


def draw(
    period: Period, rates: tuple[int, int], times: float, number: int, random: np.random.Generator
) -> list[Burst]:
    """At any five minutes, in any cell that has as many as `rates` an hour in the two hours that follow."""
    starts = int((period.until - period.since - 4 * HOUR) // (EVERY * 60))
    found: list[Burst] = []
    for _ in range(number * 50):
        start = period.since + int(random.integers(starts)) * EVERY * 60
        known = period.baseline(start)
        usual = known.usual(np.arange(known.grid.size()), hours_between(start, start + LASTS))
        fitting = np.flatnonzero((usual >= 2 * rates[0]) & (usual < 2 * rates[1]))
        if len(fitting):
            cell = int(random.choice(fitting))
            found.append(Burst(cell, start, int(random.poisson((times - 1) * usual[cell]))))
        if len(found) == number:
            break
    return found


def minutes_until_found(period: Period, burst: Burst, random: np.random.Generator) -> float | None:
    """A surge of the cell, one within it or one around it; None: not while the burst lasts."""
    known, start = period.baseline(burst.start), burst.start
    record = planted(period.record, known, burst, random)
    running: list[Surge] = []
    for now in np.arange(start, start + LASTS + 1, EVERY * 60).tolist():
        running, new = once(known, record.seen(now - REACH, now), now, running, USUAL)
        for one in new:
            if known.grid.covers(one.cell, burst.cell) or known.grid.covers(burst.cell, one.cell):
                return float(now - start) / 60
    return None


def planted(record: Record, known: Baseline, burst: Burst, random: np.random.Generator) -> Record:
    """The hours around the burst, with it: copies of what the cell had in the eight weeks before."""
    near = record.between(burst.start - 2 * REACH, burst.start + 2 * LASTS)
    before = record.between(burst.start - 56 * DAY, burst.start)
    cells = known.grid.cells_of(before.seen(0, np.inf))
    rows = random.choice(np.flatnonzero((cells == burst.cell).any(axis=1)), burst.extra)
    return near.joined(before, rows, burst.start + np.sort(random.uniform(0, LASTS, burst.extra)))


def share_found(found: Sequence[float | None], within: float) -> float:
    return sum(one is not None and one <= within for one in found) / len(found)
