"""A past split by time: what would have been learned at a cut, and the questions that came after it.

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

SLICE = 28 * DAY  # the last part of the history, which tests; a fifth of it where it is short
AGES = (0.0, 0.25, 0.5, 0.75)  # shares of the budget at which each deadline of the slice is asked about


@dataclass(frozen=True, slots=True)
class Questions:
    unmet: Deadlines
    rows: Numbers  # of the clocks that are asked about, each up to four times
    at: Floats  # epoch
    breached: Truth


@dataclass(frozen=True, slots=True)
class Trial:
    """Curves that know nothing of what came after `cut`, and what they answer; NaN: no number."""

    cut: float
    curves: Curves
    settled: int  # had come due by the cut
    rates: LateRates  # of these
    asked: Questions
    p: Floats


def take_time(conn: Connection) -> None:
    """Until the transaction ends: counting a year takes longer than a job may leave one idle."""
    conn.execute(text("SET LOCAL idle_in_transaction_session_timeout = '30min'"))


def cut_of(clocks: Clocks, newest: float) -> float:
    return float(newest - min(SLICE, (newest - clocks.started.min()) / 5))


def try_out(clocks: Clocks, places: Places, now: float, cut: float, offset: int) -> Trial:
    past, ended, spells = known_at(clocks, places, now, cut)
    curves = learn(past, ended, int(cut), offset, spells=spells)
    asked, (settled, rates) = ask(clocks, places, cut, now), late_rates(past, ended, cut)
    return Trial(cut, curves, settled, rates, asked, predict(curves, asked.unmet).p)


def late_rates(past: Deadlines, ended: Numbers, until: float) -> tuple[int, LateRates]:
    """Of what had come due, and how much that was."""
    late = np.asarray(past.used) > np.asarray(past.budget)
    due = late | ((ended == Ended.MET) & (np.asarray(past.due_at) <= until))
    target, category = np.asarray(past.target)[due], np.asarray(past.category)[due]
    return int(due.sum()), count_late(target, category, late[due])


def by_late_rate(trial: Trial) -> Trial:
    """As the look-up answers what the curves have a number for."""
    curves = replace(trial.curves, rates=trial.rates)
    return replace(trial, curves=curves, p=predict(curves, trial.asked.unmet).p)


def known_at(clocks: Clocks, places: Places, now: float, cut: float) -> tuple[Deadlines, Numbers, Spells]:
    """What had started, as it stood at the cut, and where it was until then."""
    rows = np.flatnonzero(clocks.started <= cut)
    past = _only(clocks.measured(now, cut), rows)
    ended = np.where(clocks.ended_at[rows] <= cut, clocks.ended[rows], Ended.OPEN)
    return past, ended, places.spells(clocks.only(rows), cut)


def ask(clocks: Clocks, places: Places, cut: float, now: float) -> Questions:
    """About each deadline whose outcome is known, at the instants after `cut` at which it was still unmet and
    so much of the time to its due had passed."""
    whole = clocks.measured(now)
    late = np.asarray(whole.used) > np.asarray(whole.budget)
    known = (late | (clocks.ended == Ended.MET)) & (clocks.due <= now)
    asked, instants, used = [], [], []
    for age in AGES:
        reached = clocks.started + age * (clocks.due - clocks.started)
        rows = np.flatnonzero(known & (reached >= cut) & ~(clocks.ended_at <= reached))
        asked.append(rows)
        instants.append(reached[rows])
        used.append(clocks.only(rows).used(reached[rows]))
    rows, at = np.concatenate(asked), np.concatenate(instants)
    unmet = _placed(_only(whole, rows), places.similar(clocks, rows, at), np.concatenate(used))
    return Questions(unmet, rows, at, late[rows])


def _only(whole: Deadlines, rows: Numbers) -> Deadlines:
    return Deadlines(*(np.asarray(getattr(whole, one.name))[rows] for one in fields(Deadlines)))


def _placed(found: Deadlines, similar: tuple[Objects, Objects, Objects], used: Floats) -> Deadlines:
    """With what made it similar then, and what it had used."""
    clock = (found.started_at, found.due_at, found.budget, used)
    return Deadlines(found.target, *similar, found.kind, *clock)
