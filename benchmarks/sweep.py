"""A sweep at a million open deadlines: taking the timers that are due, or comparing every deadline."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from sqlalchemy import Connection, Engine, text

from benchmarks.scratch import board
from queries.alerts import rules
from queries.alerts.rule import find

OPEN = 1_000_000
ROUNDS = 7
NOW = datetime(2026, 3, 2, tzinfo=UTC)

_DEADLINES = """
INSERT INTO derived.deadline (complaint_id, target, party_id, episode, started_at, due_at, warn_at,
                              policy_version, tier)
SELECT n, 'feedback', 0, 1, CAST(:now AS timestamptz) - interval '1 h',
       CAST(:now AS timestamptz) + (n || ' s')::interval, CAST(:now AS timestamptz) + (n || ' s')::interval,
       1, 2
FROM generate_series(1, :open) n
"""
_TIMERS = """
INSERT INTO derived.timer SELECT complaint_id, target, party_id, episode, 'due', due_at FROM derived.deadline
"""
_COMPARE = """
SELECT count(*) FROM derived.deadline d
WHERE met_at IS NULL AND cancelled_at IS NULL AND coalesce(due_at < :now, false)
  AND NOT EXISTS (SELECT FROM journal.alert a WHERE a.rule = 'breached'
                  AND a.subject = format('deadline:%s:%s:%s:%s', complaint_id, target, party_id, episode))
"""


def _cross(conn: Connection, now: datetime) -> int:
    return sum(find(conn, rule, now).moved for rule in rules.RULES if rule.waiting)


def run() -> list[str]:
    with board() as engine:
        with engine.begin() as conn:
            conn.execute(text(_DEADLINES), {"now": NOW, "open": OPEN})
            conn.execute(text(_TIMERS))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text("VACUUM ANALYZE derived.deadline, derived.timer"))
        taken = _median(engine, _cross)
        compared = _median(engine, lambda conn, now: conn.execute(text(_COMPARE), {"now": now}).scalar_one())
    return [
        f"## One sweep at {OPEN:,} open deadlines, about ten of which have just fallen due",
        "",
        "| way | median ms | ratio |",
        "|---|---:|---:|",
        f"| take the timers that are due (as built) | {taken * 1000:.1f} | 1 |",
        f"| compare every open deadline | {compared * 1000:.1f} | {compared / taken:.0f} |",
    ]


def _median(engine: Engine, once: Callable[[Connection, datetime], object]) -> float:
    times = []
    for turn in range(ROUNDS):
        with engine.begin() as conn:
            began = time.perf_counter()
            once(conn, NOW + timedelta(seconds=10 * (turn + 1)))
            times.append(time.perf_counter() - began)
    return median(times)
