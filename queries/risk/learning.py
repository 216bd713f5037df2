"""Learn the curves of breach risk from a year, and put them in force only if they are not worse."""

import json
import math
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, text

from queries.policies.history import policy_in_force
from queries.risk.backtest import Trial, allow_long_transaction, by_late_rate, cut_of, late_rates, run_trial
from queries.risk.clocks import last_year, read_history, sampling_step
from queries.risk.curves import Curves, Tuning, from_bytes
from queries.risk.model import learn, predict
from queries.risk.places import read_places
from queries.risk.quality import Quality, measure
from queries.risk.scores import Scores, scores

MARGIN = 0.005  # of Brier score: the curves in force have seen part of the test slice, which favours them
LEARN_AFTER = timedelta(hours=20)  # in quiet hours
LEARN_ANYWAY_AFTER = timedelta(hours=30)
QUIET_HOURS = range(2, 5)  # of the policy's zone


@dataclass(frozen=True, slots=True)
class Fallback:
    """In the trial the plain late rate did better than the curves, so the board shows that instead."""

    curves: Scores
    late_rate: Scores


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
    quality: Quality | None = None  # of the trial, on all questions that get a number
    fallback: Fallback | None = None  # None: the curves did better than the late rate


def is_time(conn: Connection, now: datetime) -> bool:
    newest = conn.execute(text("SELECT max(learned_at) FROM journal.risk_curve")).scalar_one()
    if newest is None or now - newest > LEARN_ANYWAY_AFTER:
        return True
    zone = ZoneInfo(policy_in_force(conn).zone)
    return now - newest > LEARN_AFTER and now.astimezone(zone).hour in QUIET_HOURS


def try_lock(conn: Connection) -> bool:
    """One process learns at a time; until the transaction ends."""
    found: bool = conn.execute(
        text("SELECT pg_try_advisory_xact_lock(hashtext('learn breach risk'))")
    ).scalar_one()
    return found


def learn_again(conn: Connection, now: datetime) -> Learned:
    allow_long_transaction(conn)
    year = last_year(conn, now)
    clocks = read_history(conn, year.since, year.newest, sampling_step(conn, year.since, year.newest))
    places, at = read_places(conn, clocks), year.until.timestamp()
    past = clocks.measured(at)
    settled, rates = late_rates(past, clocks.ended, at)
    if settled < Tuning().fewest:
        return Learned(None, settled, 0, 0, 0, None, None, False)
    offset = utc_offset(conn, year.until)
    curves = learn(past, clocks.ended, int(at), offset, spells=places.spells(clocks, at))
    trial = run_trial(clocks, places, at, cut_of(clocks, year.newest.timestamp()), offset)
    if fallback := fallback_of(trial):
        curves, trial = replace(curves, rates=rates), by_late_rate(trial)
    questions, new, standing = _score(trial, curves_in_force(conn))
    worse = new is not None and standing is not None and new.brier > standing.brier + MARGIN
    groups, good = len(curves.tree.groups), measure(trial, at)
    counted = (settled, curves.learned_from, groups, questions)
    found = Learned(None, *counted, new, standing, worse, good, fallback)
    return replace(found, version=_store(conn, curves, found, now))


def fallback_of(trial: Trial) -> Fallback | None:
    """Where the late rate ranks better or has the smaller error, on questions that the curves answer."""
    plain, with_number = by_late_rate(trial).p, np.isfinite(trial.p)
    if with_number.sum() < Tuning().fewest:
        return None
    curves, rate = (scores(trial.questions.breached[with_number], p[with_number]) for p in (trial.p, plain))
    return Fallback(curves, rate) if rate.auc > curves.auc or rate.brier < curves.brier else None


def _score(trial: Trial, in_force: tuple[int, Curves] | None) -> tuple[int, Scores | None, Scores | None]:
    """Trial and curves in force, on the questions for which both have a number."""
    questions = trial.questions
    answers = [trial.p] + ([predict(in_force[1], questions.unmet).p] if in_force else [])
    both = np.all([np.isfinite(p) for p in answers], axis=0)
    if both.sum() < Tuning().fewest:
        return int(both.sum()), None, None
    found = [scores(questions.breached[both], p[both]) for p in answers]
    return int(both.sum()), found[0], found[1] if in_force else None


def zone_of_record(conn: Connection) -> ZoneInfo:
    """Of the sources where they have one in common, else of the policy."""
    zones = conn.execute(text("SELECT DISTINCT time_zone FROM facts.source")).scalars().all()
    return ZoneInfo(zones[0] if len(zones) == 1 else policy_in_force(conn).zone)


def utc_offset(conn: Connection, now: datetime) -> int:
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
    """A score that is undefined, because all breached or none did, is null."""
    plain_values: dict[str, object] = plain(asdict(found))
    return plain_values


def plain(value: Any) -> Any:
    """As JSON can hold it: numbers are rounded, and NaN is null."""
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 5)
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def curves_in_force(conn: Connection) -> tuple[int, Curves] | None:
    row = conn.execute(
        text(
            "SELECT version, curves FROM journal.risk_curve WHERE in_force_from IS NOT NULL "
            "ORDER BY in_force_from DESC, version DESC LIMIT 1"
        )
    ).one_or_none()
    return (row.version, from_bytes(bytes(row.curves))) if row else None
