"""Deriving complaints that the board knows, among 100,000 and among a million."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import Connection, Engine, text

from benchmarks.copies import FIRST_ID, STEP, count_of, lengthen, live
from benchmarks.scratch import backend_seconds, boards, vacuum
from jobs.sources.simulator import NAME, source
from queries.clocks.derive import derive_these
from queries.db import board_now
from queries.intake import door, facts

PER_HOUR = 70.0  # over STEP days: 106,000 complaints
COPIES = 9  # of the lives that have ended
ROUNDS = {1: 15, 100: 7, 5_000: 3}
MOST = 1.2  # times as long among a million

# Of some days amid what the simulator made, never of a copy.
_KNOWN = """
SELECT complaint_id, external_id FROM facts.complaint
WHERE source = :source AND received_at < CAST(:now AS timestamptz) - interval '20 days'
  AND complaint_id >= :first_id
ORDER BY received_at DESC LIMIT 5000
"""


@dataclass(frozen=True, slots=True)
class Measured:
    cpu: float  # seconds, of PostgreSQL
    clock: float


def run() -> list[str]:
    with boards() as engines:
        live(engines.owner, engines.jobs, STEP, PER_HOUR)
        vacuum(engines.owner)
        before, few = _measure(engines.jobs)
        with engines.owner.begin() as conn:
            lengthen(conn, COPIES)
        vacuum(engines.owner)
        after, many = _measure(engines.jobs)
    return [
        "## Deriving complaints that are known",
        "",
        f"Each got one more fact. Among {before:,} complaints of {STEP} days, and {after:,}: the others "
        "are copies of complaints that had ended. CPU time of PostgreSQL, medians; at most "
        f"{MOST} times as much is allowed.",
        "",
        "| complaints | derived, ms | among more, ms | ratio | by the clock, ms | among more, ms |",
        "|---:|---:|---:|---:|---:|---:|",
        *(_line(size, few[size], many[size]) for size in ROUNDS),
    ]


def _line(size: int, few: Measured, many: Measured) -> str:
    cpu = f"{few.cpu * 1000:,.1f} | {many.cpu * 1000:,.1f} | {many.cpu / few.cpu:.2f}"
    return f"| {size:,} | {cpu} | {few.clock * 1000:,.0f} | {many.clock * 1000:,.0f} |"


def _measure(jobs: Engine) -> tuple[int, dict[int, Measured]]:
    with jobs.connect() as conn:
        conn.exec_driver_sql("SET idle_in_transaction_session_timeout = 0")  # a busy machine decides slowly
        conn.commit()
        now = board_now(conn)
        known = conn.execute(text(_KNOWN), {"source": NAME, "now": now, "first_id": FIRST_ID}).all()
        conn.rollback()
        found = {size: _sized(conn, known[:size], now, rounds) for size, rounds in ROUNDS.items()}
        return count_of(conn), found


def _sized(conn: Connection, known: Sequence[tuple[int, str]], now: datetime, rounds: int) -> Measured:
    turns = [_once(conn, known, now) for _turn in range(rounds + 1)][1:]  # the first one finds nothing warm
    return Measured(*(median(column) for column in zip(*turns, strict=True)))


def _once(conn: Connection, known: Sequence[tuple[int, str]], now: datetime) -> tuple[float, float]:
    """Whatever it writes is taken back."""
    seen = [facts.Observation(external, "category", now, "other", 1) for _id, external in known]
    door.take(conn, source(is_history=True), facts.Batch(observations=seen), now)
    began, before = time.perf_counter(), backend_seconds(conn)
    derive_these(conn, sorted(number for number, _external in known))
    clock, after = time.perf_counter() - began, backend_seconds(conn)
    conn.rollback()
    return after - before, clock
