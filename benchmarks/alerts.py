"""What became of the alerts of a period, at a million of them; a minute's judging of what likely breaches."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from statistics import median

from sqlalchemy import Connection, Engine, text

from benchmarks.scratch import EVERYWHERE, boards, vacuum
from queries.alerts.rule import end, find
from queries.alerts.rules import likely_breach
from queries.alerts.sweep import end_alerts
from queries.db import Scope, reading
from queries.filters import Filters
from queries.pages import alert_precision, alert_recall
from queries.pages.alert_precision import Slice

COMPLAINTS, DAYS, OPEN = 500_000, 365, 1_000_000
ROUNDS = 3
NOW = datetime(2026, 3, 2, tzinfo=UTC)
SCOPES = {"everywhere": EVERYWHERE, "3 of 30 regions": Scope("bench", "manager", (1, 2, 3))}

# One each 63 s for a year; each was warned of twice, a fifth breached, a quarter was acted on.
_HISTORY = """
INSERT INTO facts.complaint (complaint_id, source, external_id, received_at, region_id, department_id, tier)
SELECT n, 'test', n::text, at, n % 30, n % 31, n % 3 + 1 FROM made;
INSERT INTO facts.complaint_event (complaint_id, field, happened_at, value)
SELECT n, 'owner', at + interval '1 h', '1' FROM made;
INSERT INTO derived.deadline (complaint_id, target, party_id, episode, started_at, due_at, met_at,
                              policy_version, tier, department_id, region_id)
SELECT n, 'feedback', 0, 1, at, at + interval '24 h', at + CASE WHEN n % 5 = 0 THEN interval '30 h'
       ELSE interval '23.5 h' END, 1, n % 3 + 1, n % 31, n % 30 FROM made;
INSERT INTO derived.milestone (complaint_id, episode, milestone, happened_at)
SELECT n, 1, name, at + after FROM made CROSS JOIN (VALUES ('received', interval '0'),
       ('first_contact', interval '5 min'), ('verification_started', interval '1 h')) m(name, after);
INSERT INTO derived.stint (complaint_id, seq, from_at, until_at, episode, status, counts_as_open,
                           received_at)
SELECT n, seq, at + after, at + interval '30 h', 1, 'in_progress', true, at
FROM made CROSS JOIN (VALUES (1, interval '0'), (2, interval '23.2 h')) s(seq, after)
WHERE seq = 1 OR n % 4 = 0;
INSERT INTO journal.alert (rule, subject, level, decided_at, crossed_at, reason, complaint_id, target,
                           party_id, episode, tier, department_id, region_id, ended_at)
SELECT rule, concat_ws(chr(58), 'deadline', n, 'feedback', 0, 1), 'info', at + after, at + after, '{}', n,
       'feedback', 0, 1, n % 3 + 1, n % 31, n % 30, at + interval '24 h'
FROM made CROSS JOIN (VALUES ('at_risk', interval '19.2 h'), ('likely_breach', interval '23 h'),
                             ('breached', interval '24 h')) r(rule, after)
WHERE (rule <> 'breached' OR n % 5 = 0) AND at + after < :now;
"""
_MADE = """
CREATE TEMP TABLE made AS
SELECT n, CAST(:now AS timestamptz) - interval '1 d' - n * interval '63 s' AS at
FROM generate_series(1, CAST(:complaints AS int)) n
"""
_STANDING = """
INSERT INTO derived.deadline (complaint_id, target, party_id, episode, started_at, due_at, policy_version,
                              tier)
SELECT 10000000 + n, 'answer', 0, 1, CAST(:now AS timestamptz) - interval '1 h',
       CAST(:now AS timestamptz) + n * interval '0.26 s', 1, 2 FROM generate_series(1, CAST(:open AS int)) n;
INSERT INTO derived.risk (complaint_id, target, party_id, episode, p, k, n, level, curve_version, computed_at)
SELECT complaint_id, target, 0, 1, (complaint_id % 100) / 100.0, 70, 100, 'tier', 1, :now
FROM derived.deadline WHERE met_at IS NULL
"""


def run() -> list[str]:
    with boards() as engines:
        with engines.jobs.begin() as conn:
            conn.execute(text(_MADE), {"now": NOW, "complaints": COMPLAINTS})
            for statement in (_HISTORY + _STANDING).split(";\n"):
                conn.execute(text(statement), {"now": NOW, "open": OPEN})
        vacuum(engines.owner)
        with engines.owner.begin() as conn:
            alerts = conn.exec_driver_sql("SELECT count(*) FROM journal.alert").scalar_one()
        lines = [_period(engines.pages, days, who) for who in SCOPES for days in (7, 30, 90, DAYS)]
        judging = _judging(engines.jobs)
    return [
        f"## What became of the alerts, of {alerts:,}",
        "",
        "| who | period | alerts judged | figures, ms | breaches warned of, ms | first 100 of a list, ms |",
        "|---|---|---:|---:|---:|---:|",
        *lines,
        "",
        f"A minute's judging with {OPEN:,} open deadlines, all with a number: {judging}",
    ]


def _period(pages: Engine, days: int, who: str) -> str:
    by = Filters((NOW - timedelta(days=days - 1)).date(), date(2026, 3, 2))
    found: dict[str, float] = {}
    asked: dict[str, Callable[[Connection], object]] = {
        "figures": lambda conn: alert_precision.figures(conn, by, NOW),
        "recall": lambda conn: alert_recall.recall(conn, by, NOW),
        "list": lambda conn: alert_precision.warnings(conn, by, Slice("likely_breach", "acted"), 100, NOW),
    }
    for name, ask in asked.items():
        found[name] = median(_read(pages, SCOPES[who], ask) for _ in range(ROUNDS))
    with reading(pages, SCOPES[who]) as conn:
        conn.exec_driver_sql("SET LOCAL statement_timeout = 0")
        judged = sum(one.alerts for one in alert_precision.figures(conn, by, NOW) if _whole(one))
    times = " | ".join(f"{found[name] * 1000:,.0f}" for name in asked)
    return f"| {who} | {days} days | {judged:,} | {times} |"


def _whole(one: alert_precision.PrecisionRow) -> bool:
    return one.tier is None and one.department_id is None


def _judging(engine: Engine) -> str:
    with engine.begin() as conn:
        began = time.perf_counter()
        raised = len(find(conn, likely_breach.RULE, NOW).alerts)
        first = time.perf_counter() - began
    again = median(_seconds(engine, _judge) for _ in range(ROUNDS))
    found = f"{first * 1000:,.0f} ms where {raised:,} alerts are raised at once"
    return f"{found}, {again * 1000:,.0f} ms where nothing changes."


def _judge(conn: Connection) -> None:
    end_alerts(conn, NOW)
    end(conn, likely_breach.RULE, NOW)
    find(conn, likely_breach.RULE, NOW)


def _read(pages: Engine, scope: Scope, once: Callable[[Connection], object]) -> float:
    with reading(pages, scope) as conn:
        conn.exec_driver_sql("SET LOCAL statement_timeout = 0")
        began = time.perf_counter()
        once(conn)
        return time.perf_counter() - began


def _seconds(engine: Engine, once: Callable[[Connection], object]) -> float:
    with engine.begin() as conn:
        began = time.perf_counter()
        once(conn)
        return time.perf_counter() - began
