"""What pages and jobs read of the board's own journal, after two years of a million alerts."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from statistics import median
from uuid import uuid4

from sqlalchemy import Connection, Engine, text

from benchmarks.scratch import EVERYWHERE, backend_seconds, boards, vacuum
from queries import jobs
from queries.alerts import deliveries, sweep
from queries.db import Scope, reading
from queries.filters import Filters
from queries.pages import alerts

ALERTS, DELIVERIES, RUNS = 1_000_000, 500_000, 6_000_000
SHARE = 10  # of them, for the growth
ROUNDS = 5
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SOME = Scope("bench", "manager", tuple(range(1, 31)))  # of 300 regions
DAY = 86_400

# Two years, the oldest first. One alert of ten is acknowledged; of a hundred deliveries 12 are cancelled and
# one is dead; one run of a thousand fails.
_ALERTS = """
INSERT INTO journal.alert (rule, subject, level, decided_at, crossed_at, reason, complaint_id, target,
                           party_id, episode, tier, department_id, region_id, ended_at)
SELECT (ARRAY['at_risk', 'likely_breach', 'breached'])[n % 3 + 1],
       concat_ws(chr(58), 'deadline', n, 'feedback', 0, 1),
       (ARRAY['info', 'warning', 'critical'])[n % 3 + 1], at, at, '{}', n, 'feedback', 0, 1, n % 3 + 1,
       n % 12 + 1, n % 300 + 1, CASE WHEN n > :open THEN at + interval '2 h' END
FROM (SELECT n, CAST(:now AS timestamptz) - n * interval '1 s' * :every AS at
      FROM generate_series(CAST(:alerts AS int), 1, -1) n) made
"""
_ACKNOWLEDGED = """
INSERT INTO journal.acknowledgement (alert_id, acknowledged_at, acknowledged_by)
SELECT alert_id, decided_at + interval '5 min', 'zhou' FROM journal.alert
WHERE complaint_id % 10 = 0 AND decided_at + interval '5 min' < :now
"""
_DELIVERIES = """
INSERT INTO journal.delivery (delivery_id, alert_id, outlet, recipient, message, state, attempts, next_at,
                              created_at, sent_at)
SELECT gen_random_uuid(), alert_id, 'webhook', 'everyone', '{"text": "breached"}',
       CASE WHEN n % 100 < 12 THEN 'cancelled' WHEN n % 100 = 12 THEN 'dead' ELSE 'sent' END, 1, decided_at,
       decided_at, CASE WHEN n % 100 > 12 THEN decided_at + interval '3 s' END
FROM (SELECT alert_id, decided_at, complaint_id AS n FROM journal.alert
      WHERE complaint_id <= :deliveries ORDER BY alert_id) told
"""
_RUNS = """
INSERT INTO journal.job_run (job, process, started_at, last_at, finished_at, outcome, done, error)
SELECT (ARRAY['derive', 'sweep', 'deliver', 'rollups', 'sample', 'read_texts', 'risk', 'learn', 'surge',
              'heartbeat'])[n % 10 + 1], 'bench', at, at, at + interval '80 ms',
       CASE WHEN n % 1000 = 7 THEN 'failed' ELSE 'done' END, 3,
       CASE WHEN n % 1000 = 7 THEN 'OperationalError' END
FROM (SELECT n, CAST(:now AS timestamptz) - n * interval '1 s' * :every AS at
      FROM generate_series(CAST(:runs AS int), 1, -1) n) made
"""
YEARS_2 = 730 * DAY


def fill(conn: Connection, now: datetime, sizes: tuple[int, int, int], still_open: int) -> None:
    """`sizes`: alerts, deliveries, job runs. Of complaints that do not exist."""
    many, told, runs = sizes
    values = {"now": now, "alerts": many, "open": still_open, "every": YEARS_2 / many}
    conn.execute(text(_ALERTS), values)
    conn.execute(text(_ACKNOWLEDGED), {"now": now})
    conn.execute(text(_DELIVERIES), {"deliveries": told})
    conn.execute(text(_RUNS), {"now": now, "runs": runs, "every": YEARS_2 / runs})


_BY = Filters(date(2026, 2, 1), date(2026, 3, 2))
_PAGES: dict[str, Callable[[Connection], object]] = {
    "Jobs: the last run of each job": lambda conn: jobs.last_runs(conn),
    "Jobs: failures of a day": lambda conn: jobs.recent_failures(conn, DAY, NOW),
    "Alerts: the numbers": lambda conn: alerts.counts(conn, _BY, NOW),
    "Alerts: what is open, 200": lambda conn: alerts.alerts(conn, _BY, "open", 200, NOW),
    "Alerts: all, 200": lambda conn: alerts.alerts(conn, _BY, "all", 200, NOW),
    "Alerts: deliveries, 30": lambda conn: alerts.deliveries(conn, 30, NOW),
    "Alerts: the numbers, of a past moment": lambda conn: alerts.counts(conn, _BY, NOW, past=True),
    "Alerts: deliveries, of a past moment": lambda conn: alerts.deliveries(conn, 30, NOW, past=True),
}
_JOBS: dict[str, Callable[[Connection], object]] = {
    "each second: failing jobs": lambda conn: sweep.failing_jobs(conn, NOW),
    "each second: deliveries that are due": lambda conn: deliveries.claim(conn, NOW, uuid4(), 10, 30),
    "each second: ending alerts": lambda conn: sweep.end_alerts(conn, NOW),
}


def run() -> list[str]:
    sizes = (ALERTS, DELIVERIES, RUNS)
    few, many = (_measured(one) for one in (tuple(size // SHARE for size in sizes), sizes))
    return [
        f"## The journal after {ALERTS:,} alerts, {DELIVERIES:,} deliveries and {RUNS:,} job runs",
        "",
        f"CPU time of PostgreSQL, medians of {ROUNDS}, beside the same of a tenth of that; a page is "
        "read in its own role.",
        "",
        "| what | who | of a tenth, ms | ms | ratio | by the clock, ms |",
        "|---|---|---:|---:|---:|---:|",
        *(
            f"| {what} | {who} | {cpu * 1000:.1f} | {many[what, who][0] * 1000:.1f} "
            f"| {many[what, who][0] / cpu:.1f} | {many[what, who][1] * 1000:.1f} |"
            for (what, who), (cpu, _clock) in few.items()
        ),
    ]


def _measured(sizes: tuple[int, ...]) -> dict[tuple[str, str], tuple[float, float]]:
    with boards() as engines:
        with engines.owner.begin() as conn:
            fill(conn, NOW, sizes, still_open=1_000)  # type: ignore[arg-type]
        vacuum(engines.owner)
        return measure(engines.jobs, engines.pages)


def measure(of_jobs: Engine, of_pages: Engine) -> dict[tuple[str, str], tuple[float, float]]:
    """CPU and clock seconds by what and who."""
    found = {}
    for who, scope in (("everywhere", EVERYWHERE), ("a manager", SOME)):
        with reading(of_pages, scope) as conn:
            conn.exec_driver_sql("SET LOCAL statement_timeout = 0")
            found |= {(what, who): _median(conn, ask) for what, ask in _PAGES.items()}
    with of_jobs.begin() as conn:
        found |= {(what, "jobs"): _median(conn, ask) for what, ask in _JOBS.items()}
    return found


def _median(conn: Connection, ask: Callable[[Connection], object]) -> tuple[float, float]:
    turns = [_once(conn, ask) for _turn in range(ROUNDS + 1)][1:]  # the first one finds nothing warm
    return median(cpu for cpu, _clock in turns), median(clock for _cpu, clock in turns)


def _once(conn: Connection, ask: Callable[[Connection], object]) -> tuple[float, float]:
    began, before = time.perf_counter(), backend_seconds(conn)
    ask(conn)
    return backend_seconds(conn) - before, time.perf_counter() - began
