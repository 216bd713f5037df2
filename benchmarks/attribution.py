"""Whose time it was and co-owners' percentiles over 90 simulated days: as built, and otherwise."""

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, text

from benchmarks.scratch import EVERYWHERE, boards, vacuum
from jobs.sources.simulator import Simulation, fill
from queries.attribution import blocking, scope
from queries.clocks.derive import derive_dirty
from queries.db import board_now, reading
from queries.filters import Filters
from queries.pages import co_owner_requests, co_owners
from queries.pages.co_owners import SHARES, percentiles

DAYS, MONTH, ROUNDS = 90, 30, 5
ZONE = ZoneInfo("Asia/Shanghai")

_ROWS = """
SELECT coalesce(department_id, 0),
       date_part('epoch', coalesce(least(responded_at, opinion_at), ended_at, :now) - requested_at),
       least(responded_at, opinion_at) IS NULL,
       date_part('epoch', coalesce(opinion_at, ended_at, :now) - requested_at), opinion_at IS NULL
FROM derived.co_owner_request WHERE requested_at >= CAST(:now AS timestamptz) - make_interval(days => :days)
"""
_WINDOWS = """
SELECT department_id, min(seconds) FILTER (WHERE survival <= 0.5), min(seconds) FILTER (WHERE survival <= 0.1)
FROM (
    SELECT department_id, seconds, waits, exp(sum(CASE WHEN waits THEN 0 WHEN at_risk = 1 THEN '-Infinity'
           ELSE ln(1 - 1.0::float / at_risk) END) OVER (PARTITION BY department_id ORDER BY seconds, waits
           ROWS UNBOUNDED PRECEDING)) AS survival
    FROM (
        SELECT department_id, seconds, waits, count(*) OVER (PARTITION BY department_id)
               - row_number() OVER (PARTITION BY department_id ORDER BY seconds, waits) + 1 AS at_risk
        FROM (SELECT {0} AS department_id, {1} IS NULL AS waits,
                     date_part('epoch', coalesce({1}, ended_at, :now) - requested_at) AS seconds
              FROM derived.co_owner_request
              WHERE requested_at >= CAST(:now AS timestamptz) - make_interval(days => :days)) q) r) s
WHERE NOT waits GROUP BY 1
"""


def run() -> list[str]:
    with boards() as engines:
        for _ in fill(engines.jobs, Simulation(), DAYS):
            _derive(engines.jobs)
        vacuum(engines.owner)
        with reading(engines.pages, EVERYWHERE) as conn:
            now = board_now(conn)
            counts = [conn.execute(text(f"SELECT count(*) FROM {what}")).scalar_one() for what in _COUNTED]
            rows = [
                (name, *(_milliseconds(once, conn, now, days) for days in (MONTH, DAYS)))
                for name, once in _WAYS
            ]
    return [
        "## Whose time it was, and co-owners' percentiles",
        "",
        f"{counts[0]:,} complaints with {counts[1]:,} stints and {counts[2]:,} co-owner requests in {DAYS} "
        f"days; milliseconds by the clock, median of {ROUNDS}.",
        "",
        f"| what | {MONTH} days | {DAYS} days |",
        "|---|---:|---:|",
        *(f"| {name} | {month:.0f} | {quarter:.0f} |" for name, month, quarter in rows),
    ]


_COUNTED = ("facts.complaint", "derived.stint", "derived.co_owner_request")


def _derive(engine: Engine) -> None:
    taken = 1
    while taken:
        with engine.begin() as conn:
            taken = derive_dirty(conn).taken


def _milliseconds(
    once: Callable[[Connection, datetime, int], object], conn: Connection, now: datetime, days: int
) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        once(conn, now, days)
        times.append(1000 * (time.perf_counter() - began))
    return median(times)


def _filters(now: datetime, days: int) -> Filters:
    today = now.astimezone(ZONE).date()
    return Filters(today - timedelta(days=days - 1), today)


def _from_stints(conn: Connection, now: datetime, days: int) -> None:
    """As lives that go on are summed, but every life."""
    every = {"running": "true", "ended": "false", "lived": "true"}
    for zone in scope.zones(conn, _filters(now, days), now):
        conn.execute(text(scope.ALIVE_SUMS_SQL % every), zone).all()


def _rows_in_python(conn: Connection, now: datetime, days: int) -> None:
    groups: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for department, respond, waits, opinion, still in conn.execute(text(_ROWS), {"now": now, "days": days}):
        run = 2 * int(respond) + waits, 2 * int(opinion) + still
        groups[0].append(run)
        groups[department].append(run)
    for runs in groups.values():
        for step in (0, 1):
            percentiles(sorted(run[step] for run in runs), SHARES)


def _windows(conn: Connection, now: datetime, days: int) -> None:
    for department in ("0", "coalesce(department_id, 0)"):
        for step in ("least(responded_at, opinion_at)", "opinion_at"):
            conn.execute(text(_WINDOWS.format(department, step)), {"now": now, "days": days}).all()


def _built(conn: Connection, now: datetime, days: int) -> None:
    runs = co_owners.runs(conn, _filters(now, days), now)
    for step in (0, 1):
        percentiles(sorted(run for one in runs.values() for run in one[step]), SHARES)
        for one in runs.values():
            percentiles(one[step], SHARES)


_WAYS: tuple[tuple[str, Callable[[Connection, datetime, int], object]], ...] = (
    (
        "whose time, and what lateness cost: ended lives as laid down, others from stints (as built)",
        lambda conn, now, days: scope.totals(conn, _filters(now, days), now),
    ),
    ("the same from the stints, requests and deadlines of every life", _from_stints),
    (
        "all of the page's shares and percentiles (as built)",
        lambda conn, now, days: co_owners.answers(conn, _filters(now, days), now),
    ),
    ("percentiles alone: arrays sorted by SQL, Kaplan-Meier in Python (as built)", _built),
    ("percentiles alone: window functions in SQL", _windows),
    ("percentiles alone: rows grouped and sorted in Python", _rows_in_python),
    (
        "who waits on whom now (as built)",
        lambda conn, now, days: blocking.blocked(conn, _filters(now, days), None, 100, now),
    ),
    (
        "open requests and those past a limit (as built)",
        lambda conn, now, days: co_owner_requests.standing(conn, _filters(now, days), now),
    ),
)
