"""Learn the curves of breach risk from a year, and put them in force only if they are not worse."""

import json
import math
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, text

from queries.plans import policy_in_force
from queries.risk_clocks import Clocks, read_history, sampled
from queries.risk_curves import Curves, Tuning, from_bytes
from queries.risk_groups import Numbers
from queries.risk_model import DAY, Deadlines, Ended, learn, predict
from queries.risk_rhythm import Floats
from queries.risk_scores import Scores, Truth, scores

HISTORY = timedelta(days=365)
SLICE = 28 * DAY  # the last part of the history, which tests; a fifth of it where it is short
AGES = (0.0, 0.25, 0.5, 0.75)  # shares of the budget at which each deadline of the slice is asked about
MARGIN = 0.005  # of Brier score: the curves in force have seen a part of the slice, which favours them
AGAIN = timedelta(hours=20)
ANY_HOUR = timedelta(hours=30)  # no longer waits for a quiet one
QUIET_HOURS = range(2, 5)  # of the policy's zone


@dataclass(frozen=True, slots=True)
class Learned:
    """`version` None: too little to learn from. Scores are of a trial that knew nothing of the slice, and of
    the curves in force on the same questions; None where fewer than 30 of these have numbers."""

    version: int | None
    settled: int
    learned_from: int
    groups: int
    questions: int
    trial: Scores | None
    in_force: Scores | None
    kept_aside: bool


@dataclass(frozen=True, slots=True)
class Questions:
    unmet: Deadlines
    breached: Truth


def is_time(conn: Connection, now: datetime) -> bool:
    newest = conn.execute(text("SELECT max(learned_at) FROM journal.risk_curve")).scalar_one()
    if newest is None or now - newest > ANY_HOUR:
        return True
    zone = ZoneInfo(policy_in_force(conn).zone)
    return now - newest > AGAIN and now.astimezone(zone).hour in QUIET_HOURS


def take_turn(conn: Connection) -> bool:
    """One process learns at a time; until the transaction ends."""
    found: bool = conn.execute(
        text("SELECT pg_try_advisory_xact_lock(hashtext('learn breach risk'))")
    ).scalar_one()
    return found


def learn_again(conn: Connection, now: datetime) -> Learned:
    every, at = sampled(conn, now - HISTORY, now), now.timestamp()
    clocks = read_history(conn, now - HISTORY, now, every)
    past = clocks.measured(at)
    late = np.asarray(past.used) > np.asarray(past.budget)
    settled = int((late | ((clocks.ended == Ended.MET) & (clocks.due <= at))).sum())
    if settled < Tuning().fewest:
        return Learned(None, settled, 0, 0, 0, None, None, False)
    offset = _utc_offset(conn, now)
    curves = learn(past, clocks.ended, int(at), offset)
    asked, trial, standing = _score(clocks, at, offset, curves_in_force(conn))
    worse = trial is not None and standing is not None and trial.brier > standing.brier + MARGIN
    found = Learned(
        None, settled, curves.learned_from, len(curves.tree.groups), asked, trial, standing, worse
    )
    return replace(found, version=_store(conn, curves, found, now))


def _score(
    clocks: Clocks, now: float, offset: int, in_force: tuple[int, Curves] | None
) -> tuple[int, Scores | None, Scores | None]:
    """Both on the questions that both answer."""
    cut = now - min(SLICE, (now - clocks.started.min()) / 5)
    trial = _learned_at(clocks, now, cut, offset)
    asked = ask(clocks, cut, now)
    told = [predict(curves, asked.unmet).p for curves in (trial, in_force and in_force[1]) if curves]
    both = np.all([np.isfinite(p) for p in told], axis=0)
    if both.sum() < Tuning().fewest:
        return int(both.sum()), None, None
    found = [scores(asked.breached[both], p[both]) for p in told]
    return int(both.sum()), found[0], found[1] if in_force else None


def _learned_at(clocks: Clocks, now: float, cut: float, offset: int) -> Curves:
    """As it would have been learned then."""
    ended = np.where(clocks.ended_at <= cut, clocks.ended, Ended.OPEN)
    return learn(clocks.measured(now, cut), ended, int(cut), offset)


def ask(clocks: Clocks, cut: float, now: float) -> Questions:
    """About each deadline whose outcome is known, at the ages that it reached unmet after `cut`."""
    whole = clocks.measured(now)
    budget, used = np.asarray(whole.budget), np.asarray(whole.used)
    late = used > budget
    known = (late | (clocks.ended == Ended.MET)) & (clocks.due <= now)
    asked, ages = [], []
    for age in AGES:
        reached = clocks.started + age * (clocks.due - clocks.started)
        rows = np.flatnonzero(known & (reached >= cut) & (used > age * budget))
        asked.append(rows)
        ages.append(np.full(len(rows), age))
    return _questions(whole, np.concatenate(asked), np.concatenate(ages), late)


def _questions(whole: Deadlines, rows: Numbers, age: Floats, late: Truth) -> Questions:
    columns = {name: np.asarray(getattr(whole, name))[rows] for name in Deadlines.__slots__}
    return Questions(Deadlines(**columns | {"used": age * columns["budget"]}), late[rows])


def _utc_offset(conn: Connection, now: datetime) -> int:
    offset = now.astimezone(ZoneInfo(policy_in_force(conn).zone)).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _store(conn: Connection, curves: Curves, found: Learned, now: datetime) -> int:
    version: int = conn.execute(
        text(
            "INSERT INTO journal.risk_curve (learned_at, in_force_from, curves, learned_from, scores) "
            "VALUES (:now, :in_force_from, :curves, :learned_from, CAST(:scores AS jsonb)) RETURNING version"
        ),
        {
            "now": now,
            "in_force_from": None if found.kept_aside else now,
            "curves": curves.to_bytes(),
            "learned_from": curves.learned_from,
            "scores": json.dumps(as_json(found)),
        },
    ).scalar_one()
    return version


def as_json(found: Learned) -> dict[str, object]:
    """A score that cannot be had (all breached, or none) is null."""
    said = asdict(found)
    for name in ("trial", "in_force"):
        if said[name]:
            said[name] = {
                key: None if math.isnan(value) else round(value, 5) for key, value in said[name].items()
            }
    return said


def curves_in_force(conn: Connection) -> tuple[int, Curves] | None:
    row = conn.execute(
        text(
            "SELECT version, curves FROM journal.risk_curve WHERE in_force_from IS NOT NULL "
            "ORDER BY in_force_from DESC, version DESC LIMIT 1"
        )
    ).one_or_none()
    return (row.version, from_bytes(bytes(row.curves))) if row else None
