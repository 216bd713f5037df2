"""Breach risk (design: Breach risk): P(breach | still unmet at this age), learned from history. Pure.

Kaplan–Meier on the share of the budget used; what is still open or was cancelled is censored. Every number
comes with its evidence: of the n most similar settled deadlines that were unmet at this age, k breached.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from queries.rates import wilson
from queries.risk_curves import EDGES, Curves, Tuning, count, find_evidence, find_longest, shrink, step_of
from queries.risk_groups import Numbers, Tree, grow
from queries.risk_rhythm import HOURS, Floats, Rhythm, learn_rhythm

DAY = 86_400


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
    similar down to LEVELS[level]."""

    p: Floats
    k: Numbers
    n: Numbers
    level: Numbers


def learn(
    past: Deadlines, ended: ArrayLike, now: int, utc_offset: int = 0, tuning: Tuning | None = None
) -> Curves:
    """`past`: as known at `now`, `ended` one of Ended. Rows that no clock can have made (a budget of nothing
    or less, a start in the future, time that runs backwards) are left out and counted."""
    tuning = tuning or Tuning()
    clocks, how = _Clocks.of(past), np.asarray(ended, dtype=np.int64)
    tree = grow(past.similar, tuning.fewest)
    group = tree.place(past.similar)
    possible = clocks.possible & (clocks.started <= now) & (group >= 0)
    possible &= ~clocks.straight | (clocks.started + clocks.used <= now + 1)
    clocks, group, was_met = clocks.at(possible), group[possible], how[possible] == Ended.MET
    rhythm = _rhythm(tree, group, clocks, was_met, utc_offset, tuning)
    late = clocks.used > clocks.budget
    due = np.where(np.isfinite(clocks.due), clocks.due, clocks.started + clocks.budget)
    settled = late | (was_met & (due <= now))
    half_life = tuning.half_life_days * DAY
    counts = count(
        tree,
        group,
        np.where(late, 1.0, _shares(tree, rhythm, group, clocks, clocks.straight)),
        was_met & ~late,
        settled,
        (clocks.started - now) / half_life,
        (due - clocks.started) / half_life,
    )
    p, evidence = shrink(tree, counts, tuning), find_evidence(tree, counts.settled, tuning.fewest)
    target, budget = tree.targets[group[settled]], clocks.budget[settled]
    longest = find_longest(len(rhythm.weights), target, budget, tuning.fewest)
    counted = (len(group), int((~possible).sum()))
    return Curves(now, tree, rhythm, p, counts.settled, counts.breached, evidence, longest, tuning, *counted)


def predict(curves: Curves, unmet: Deadlines) -> Risk:
    """No number for what no clock can have made, for what is past its due time, and where fewer than
    `fewest` similar ones are known: settled, unmet at this age, and promised as long a time."""
    clocks, group = _Clocks.of(unmet), curves.tree.place(unmet.similar)
    risk = Risk(*(np.full(len(group), empty) for empty in (np.nan, 0, 0, -1)))
    rows = np.flatnonzero(clocks.possible & (clocks.used <= clocks.budget) & (group >= 0))
    group, mine = group[rows], clocks.at(rows)
    share = _shares(curves.tree, curves.rhythm, group, mine, mine.straight)
    step = step_of(share)
    source = curves.evidence[group, step]
    told = (source >= 0) & (clocks.budget[rows] <= curves.longest[curves.tree.targets[group]])
    rows, group, share, step, source = rows[told], group[told], share[told], step[told], source[told]
    p = _between(curves, group, share)
    k, n = curves.breached[source], curves.settled[source, step]
    risk.p[rows] = _agree(p, k, n, curves.tuning)
    risk.k[rows], risk.n[rows], risk.level[rows] = k, n, curves.tree.levels[source]
    return risk


def afresh(curves: Curves, unmet: Deadlines, p: Floats) -> Floats:
    """For those of `unmet` with a number `p`, else NaN: the chance that a similar one that starts now is
    still unmet when this one is due. 1 at its due time; with the whole budget left, the risk of a new one."""
    rows = np.flatnonzero(np.isfinite(p))
    clocks, group = _Clocks.of(unmet).at(rows), curves.tree.place(unmet.similar)[rows]
    begun = _Clocks(clocks.started + clocks.used, clocks.due, clocks.budget, clocks.budget - clocks.used)
    rest = _between(curves, group, _shares(curves.tree, curves.rhythm, group, begun, clocks.straight))
    found = np.full(len(p), np.nan)
    found[rows] = np.divide(curves.p[group, 0], rest, out=np.ones(len(rows)), where=rest > 0)
    return found


def _between(curves: Curves, group: Numbers, share: Floats) -> Floats:
    step = step_of(share)
    part = (share - EDGES[step]) / (EDGES[step + 1] - EDGES[step])
    found: Floats = curves.p[group, step] * (1 - part) + curves.p[group, step + 1] * part
    return found


def _agree(p: Floats, k: Numbers, n: Numbers, tuning: Tuning) -> Floats:
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
    def straight(self) -> NDArray[np.bool_]:
        """Around the clock and never paused: its instants follow from its start."""
        found: NDArray[np.bool_] = self.due - self.started == self.budget
        return found


def _rhythm(
    tree: Tree, group: Numbers, clocks: _Clocks, was_met: NDArray[np.bool_], offset: int, tuning: Tuning
) -> Rhythm:
    targets = sum(found.level == 0 for found in tree.groups)
    if not tuning.rhythm:
        return Rhythm(np.ones((targets, HOURS)), offset)
    rows = was_met & clocks.straight
    met_at = clocks.started[rows] + clocks.used[rows]
    return learn_rhythm(targets, tree.targets[group[rows]], met_at, offset)


def _shares(
    tree: Tree, rhythm: Rhythm, group: Numbers, clocks: _Clocks, straight: NDArray[np.bool_]
) -> Floats:
    """Of the budget, 0 … 1. Where the hours are not around the clock the deadline's own calendar knows them
    better than the rhythm."""
    share = clocks.used / clocks.budget
    some = clocks.at(straight)
    share[straight] = rhythm.share(tree.targets[group[straight]], some.started, some.used, some.budget)
    return np.clip(share, 0.0, 1.0)
