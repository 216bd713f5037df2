"""History split by time: what would have been learned at a cut, and the questions asked after it.

A question sees tier and department as they were at its instant, category and due time as they are known now.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from sqlalchemy import Connection, text

from queries.arrays import Floats, Numbers
from queries.risk.clocks import Clocks, Objects
from queries.risk.curves import Curves
from queries.risk.model import DAY, Deadlines, Ended, learn, predict
from queries.risk.places import Places
from queries.risk.rates import LateRates, count_late
from queries.risk.scores import Truth
from queries.risk.spells import Spells

SLICE = 28 * DAY  # the last part of the history, kept for testing; a fifth of it where it is short
AGES = (0.0, 0.25, 0.5, 0.75)  # shares of the budget at which each deadline of the slice is a question


@dataclass(frozen=True, slots=True)
class Questions:
    unmet: Deadlines
    rows: Numbers  # of the clocks in question, each up to four times
    at: Floats  # epoch
    breached: Truth


@dataclass(frozen=True, slots=True)
class Trial:
    """Curves learned only from what was known at `cut`, and their answers; NaN: no number."""

    cut: float
    curves: Curves
    settled: int  # were due by the cut
    rates: LateRates  # of these
    questions: Questions
    p: Floats


def allow_long_transaction(conn: Connection) -> None:
    """Counting a year takes longer than a transaction of a job may stay idle; holds until it ends."""
    conn.execute(text("SET LOCAL idle_in_transaction_session_timeout = '30min'"))


def cut_of(clocks: Clocks, newest: float) -> float:
    return float(newest - min(SLICE, (newest - clocks.started.min()) / 5))


def run_trial(clocks: Clocks, places: Places, now: float, cut: float, offset: int) -> Trial:
    past, ended, spells = known_at(clocks, places, now, cut)
    curves = learn(past, ended, int(cut), offset, spells=spells)
    questions, (settled, rates) = ask(clocks, places, cut, now), late_rates(past, ended, cut)
    return Trial(cut, curves, settled, rates, questions, predict(curves, questions.unmet).p)


def late_rates(past: Deadlines, ended: Numbers, until: float) -> tuple[int, LateRates]:
    """How many deadlines were due by `until`, and their late rates."""
    late = np.asarray(past.used) > np.asarray(past.budget)
    due = late | ((ended == Ended.MET) & (np.asarray(past.due_at) <= until))
    target, category = np.asarray(past.target)[due], np.asarray(past.category)[due]
    return int(due.sum()), count_late(target, category, late[due])


def by_late_rate(trial: Trial) -> Trial:
    """The same trial answered by late rates, where the curves have a number."""
    curves = replace(trial.curves, rates=trial.rates)
    return replace(trial, curves=curves, p=predict(curves, trial.questions.unmet).p)


def known_at(clocks: Clocks, places: Places, now: float, cut: float) -> tuple[Deadlines, Numbers, Spells]:
    """What had started by the cut, as it stood then, and where it had been."""
    rows = np.flatnonzero(clocks.started <= cut)
    past = _only(clocks.measured(now, cut), rows)
    ended = np.where(clocks.ended_at[rows] <= cut, clocks.ended[rows], Ended.OPEN)
    return past, ended, places.spells(clocks.only(rows), cut)


def ask(clocks: Clocks, places: Places, cut: float, now: float) -> Questions:
    """About each deadline whose outcome is known, at each of AGES that it reached after `cut` still unmet."""
    measured = clocks.measured(now)
    late = np.asarray(measured.used) > np.asarray(measured.budget)
    known = (late | (clocks.ended == Ended.MET)) & (clocks.due <= now)
    chosen, instants, used = [], [], []
    for age in AGES:
        reached = clocks.started + age * (clocks.due - clocks.started)
        rows = np.flatnonzero(known & (reached >= cut) & ~(clocks.ended_at <= reached))
        chosen.append(rows)
        instants.append(reached[rows])
        used.append(clocks.only(rows).used(reached[rows]))
    rows, at = np.concatenate(chosen), np.concatenate(instants)
    unmet = _placed(_only(measured, rows), places.similar(clocks, rows, at), np.concatenate(used))
    return Questions(unmet, rows, at, late[rows])


def _only(deadlines: Deadlines, rows: Numbers) -> Deadlines:
    return Deadlines(*(np.asarray(getattr(deadlines, one.name))[rows] for one in fields(Deadlines)))


def _placed(found: Deadlines, similar: tuple[Objects, Objects, Objects], used: Floats) -> Deadlines:
    """With what made it similar at that instant, and what it had used by then."""
    clock = (found.started_at, found.due_at, found.budget, used)
    return Deadlines(found.target, *similar, found.kind, *clock)
