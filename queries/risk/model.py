"""P(breach | still unmet at this age), learned from history (docs/architecture.md: Breach risk). Pure.

Kaplan–Meier on the share of the budget used; what is still open or was cancelled is censored. Every number
comes with its evidence: k of the n most similar settled deadlines that were unmet at this age breached.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from queries.arrays import Floats, Numbers
from queries.rates import wilson
from queries.risk.curves import (
    EDGES,
    Curves,
    Exposure,
    Tuning,
    count,
    find_evidence,
    find_longest,
    shrink,
    step_of,
)
from queries.risk.groups import LEVELS, Tree, grow
from queries.risk.rates import NAMES, LateRates
from queries.risk.rhythm import HOURS, Rhythm, learn_rhythm
from queries.risk.spells import Spells, unmoved

DAY = 86_400

EVIDENCE_LEVELS = (*LEVELS, *NAMES)  # how similar the evidence is


class Ended(IntEnum):
    MET = 0
    CANCELLED = 1  # censored
    OPEN = 2  # censored


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Columns of equal length. What makes them similar may be None where it is not known; seconds."""

    target: ArrayLike
    tier: ArrayLike
    department: ArrayLike
    category: ArrayLike
    kind: ArrayLike  # type or queue
    started_at: ArrayLike  # epoch
    due_at: ArrayLike  # epoch; NaN while paused
    budget: ArrayLike  # in the deadline's own hours
    used: ArrayLike  # in the same hours, until it ended or now

    @property
    def similar(self) -> tuple[ArrayLike, ...]:
        """As in LEVELS."""
        return (self.target, self.tier, self.department, self.category, self.kind)


@dataclass(frozen=True, slots=True)
class Risk:
    """`p` NaN: no number, with k and n 0 and level -1; else of `n` similar ones `k` breached, which are
    similar as SAID[level] says."""

    p: Floats
    k: Numbers
    n: Numbers
    level: Numbers


def learn(
    past: Deadlines,
    ended: ArrayLike,
    now: int,
    utc_offset: int = 0,
    tuning: Tuning | None = None,
    spells: Spells | None = None,
) -> Curves:
    """`past`: as known at `now`; `ended`: one of Ended. Each deadline counts in the groups of its `spells`,
    or without these in that of `past`. Impossible rows (no budget, a start in the future, negative time used)
    are left out and counted."""
    tuning, how = tuning or Tuning(), np.asarray(ended, dtype=np.int64)
    clocks, spells = _Clocks.of(past), spells or unmoved(past.tier, past.department)
    similar, once = _places(past, spells), spells.first_of_each()
    tree = grow([column[once] for column in similar], tuning.fewest)
    group = tree.place(similar)
    possible = clocks.possible & (clocks.started <= now)
    possible &= ~clocks.straight | (clocks.started + clocks.used <= now + 1)
    possible[spells.row[group < 0]] = False
    kept = possible[spells.row]
    clocks, was_met = clocks.at(possible), how[possible] == Ended.MET
    group, spells = group[kept], spells.only(kept).renumbered(possible)
    target = np.zeros(len(was_met), dtype=np.int64)
    target[spells.row] = tree.targets[group]
    rhythm = _rhythm(tree, target, clocks, was_met, utc_offset, tuning)
    late = clocks.used > clocks.budget
    settled = late | (was_met & (clocks.promised <= now))
    exposure = _exposure_of(rhythm, clocks, spells, group, target, was_met, settled, now, tuning)
    counts = count(tree, exposure)
    p, evidence = shrink(tree, counts, tuning), find_evidence(tree, counts.settled, tuning.fewest)
    longest = find_longest(len(rhythm.weights), target[settled], clocks.budget[settled], tuning.fewest)
    counted = (len(was_met), int((~possible).sum()))
    return Curves(now, tree, rhythm, p, counts.settled, counts.breached, evidence, longest, tuning, *counted)


def _places(past: Deadlines, spells: Spells) -> list[NDArray[np.object_]]:
    """As in LEVELS, of each spell."""
    target, category, kind = (
        np.asarray(column, dtype=object)[spells.row] for column in (past.target, past.category, past.kind)
    )
    return [target, spells.tier, spells.department, category, kind]


def _exposure_of(
    rhythm: Rhythm,
    clocks: "_Clocks",
    spells: Spells,
    group: Numbers,
    target: Numbers,
    was_met: NDArray[np.bool_],
    settled: NDArray[np.bool_],
    now: int,
    tuning: Tuning,
) -> Exposure:
    row, is_last, late = spells.row, spells.is_last, clocks.used > clocks.budget
    by_spell, half_life = clocks.at(row), tuning.half_life_days * DAY
    share = _shares(rhythm, target[row], replace(by_spell, used=spells.until(clocks.used)), by_spell.straight)
    begun, moved = np.zeros(len(row)), np.flatnonzero(spells.since > 0)
    later = replace(by_spell.at(moved), used=spells.since[moved])
    begun[moved] = _shares(rhythm, target[row][moved], later, later.straight)
    return Exposure(
        group=group,
        begun=begun,
        share=np.where(is_last & late[row], 1.0, share),
        is_last=is_last,
        is_met=is_last & (was_met & ~late)[row],
        is_settled=settled[row],
        is_breached=(settled & ~(was_met & ~late))[row],
        started=(by_spell.started - now) / half_life,
        length=(by_spell.promised - by_spell.started) / half_life,
    )


def predict(curves: Curves, unmet: Deadlines) -> Risk:
    """No number for impossible rows, for what is past due, and where fewer than `fewest` similar deadlines
    are known that are settled, were unmet at this age and had as long a budget."""
    clocks, group = _Clocks.of(unmet), curves.tree.place(unmet.similar)
    risk = _no_numbers(len(group))
    rows = np.flatnonzero(clocks.possible & (clocks.used <= clocks.budget) & (group >= 0))
    group, mine = group[rows], clocks.at(rows)
    share = _shares(curves.rhythm, curves.tree.targets[group], mine, mine.straight)
    step = step_of(share)
    source = curves.evidence[group, step]
    known = (source >= 0) & (clocks.budget[rows] <= curves.longest[curves.tree.targets[group]])
    rows, group, share, step, source = rows[known], group[known], share[known], step[known], source[known]
    p = _between(curves, group, share)
    k, n = curves.breached[source, step], curves.settled[source, step]
    risk.p[rows] = _within_evidence(p, k, n, curves.tuning)
    risk.k[rows], risk.n[rows], risk.level[rows] = k, n, curves.tree.levels[source]
    return risk if curves.rates is None else _by_late_rate(curves.rates, unmet, rows)


def _by_late_rate(rates: LateRates, unmet: Deadlines, rows: Numbers) -> Risk:
    """The late rate of those rows, whatever their age."""
    target, category = (np.asarray(column, dtype=object)[rows] for column in (unmet.target, unmet.category))
    k, n, is_of_target = rates.look_up(target, category)
    risk = _no_numbers(len(np.asarray(unmet.used)))
    known = n > 0
    rows, k, n = rows[known], k[known], n[known]
    risk.p[rows], risk.k[rows], risk.n[rows] = k / n, k, n
    risk.level[rows] = len(LEVELS) + is_of_target[known]
    return risk


def _no_numbers(count: int) -> Risk:
    return Risk(*(np.full(count, empty) for empty in (np.nan, 0, 0, -1)))


def afresh(curves: Curves, unmet: Deadlines, p: Floats) -> Floats:
    """The chance that a second attempt, begun now, is still unmet when this deadline is due; NaN without `p`.

    It is 1 at the due time, and with the full budget left the risk of a new deadline."""
    rows = np.flatnonzero(np.isfinite(p))
    clocks, group = _Clocks.of(unmet).at(rows), curves.tree.place(unmet.similar)[rows]
    begun = _Clocks(clocks.started + clocks.used, clocks.due, clocks.budget, clocks.budget - clocks.used)
    target = curves.tree.targets[group]
    rest = _between(curves, group, _shares(curves.rhythm, target, begun, clocks.straight))
    found = np.full(len(p), np.nan)
    found[rows] = np.divide(curves.p[group, 0], rest, out=np.ones(len(rows)), where=rest > 0)
    return found


def _between(curves: Curves, group: Numbers, share: Floats) -> Floats:
    step = step_of(share)
    part = (share - EDGES[step]) / (EDGES[step + 1] - EDGES[step])
    found: Floats = curves.p[group, step] * (1 - part) + curves.p[group, step + 1] * part
    return found


def _within_evidence(p: Floats, k: Numbers, n: Numbers, tuning: Tuning) -> Floats:
    """Keeps p within Wilson's interval around k of n."""
    low, high = wilson(k / n, np.minimum(n, tuning.most).astype(np.float64), tuning.errors)
    return np.clip(p, low, high)


@dataclass(frozen=True, slots=True)
class _Clocks:
    started: Floats
    due: Floats
    budget: Floats
    used: Floats

    @classmethod
    def of(cls, deadlines: Deadlines) -> "_Clocks":
        columns = (deadlines.started_at, deadlines.due_at, deadlines.budget, deadlines.used)
        return cls(*(np.asarray(column, dtype=np.float64) for column in columns))

    def at(self, rows: NDArray[np.bool_] | Numbers) -> "_Clocks":
        return _Clocks(self.started[rows], self.due[rows], self.budget[rows], self.used[rows])

    @property
    def possible(self) -> NDArray[np.bool_]:
        known = np.isfinite(self.started) & np.isfinite(self.budget) & np.isfinite(self.used)
        found: NDArray[np.bool_] = known & (self.budget > 0) & (self.used >= 0)
        return found

    @property
    def promised(self) -> Floats:
        """When it is due; while paused, when it would be due without its pauses."""
        return np.where(np.isfinite(self.due), self.due, self.started + self.budget)

    @property
    def straight(self) -> NDArray[np.bool_]:
        """Around the clock and never paused, so that each instant follows from the start."""
        found: NDArray[np.bool_] = self.due - self.started == self.budget
        return found


def _rhythm(
    tree: Tree, target: Numbers, clocks: _Clocks, was_met: NDArray[np.bool_], offset: int, tuning: Tuning
) -> Rhythm:
    targets = sum(found.level == 0 for found in tree.groups)
    if not tuning.rhythm:
        return Rhythm(np.ones((targets, HOURS)), offset)
    rows = was_met & clocks.straight
    return learn_rhythm(targets, target[rows], clocks.started[rows] + clocks.used[rows], offset)


def _shares(rhythm: Rhythm, target: Numbers, clocks: _Clocks, straight: NDArray[np.bool_]) -> Floats:
    """Of the budget, 0 … 1. The rhythm applies only around the clock: other deadlines already count in the
    hours of their calendar."""
    share = clocks.used / clocks.budget
    some = clocks.at(straight)
    share[straight] = rhythm.share(target[straight], some.started, some.used, some.budget)
    return np.clip(share, 0.0, 1.0)
