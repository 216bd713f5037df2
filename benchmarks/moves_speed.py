"""The next five moves among 100,000 open deadlines, on a PostgreSQL: until they can be drawn."""

import time
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Engine, text

from benchmarks.scratch import EVERYWHERE, backend_seconds, boards
from queries.db import reading
from queries.filters import Filters
from queries.pages.moves import Moves, next_moves
from queries.risk.learning import learn_again
from queries.risk.refresh import refresh_risk

OPEN, HISTORY = 100_000, 100_000
ROUNDS = 9
BUDGET = 150  # ms
NOW = datetime(2026, 3, 2, tzinfo=UTC)  # an early shift begins, of eight hours

_PEOPLE = """
INSERT INTO facts.department (department_id, code, name_en, name_zh)
SELECT n, 'D' || n, 'D' || n, 'D' || n FROM generate_series(1, 31) n;
INSERT INTO facts.agent (agent_id, login, department_id, name_en, name_zh, grade)
SELECT n, 'a' || n, n % 31 + 1, 'a' || n, 'a' || n, CASE WHEN n % 3 = 0 THEN 'senior' ELSE 'agent' END
FROM generate_series(1, 1000) n;
INSERT INTO derived.skill (owner_id, category, last_at)
SELECT n, 'c' || m, now() FROM generate_series(1, 1000) n, generate_series(0, 19) m WHERE (n + m) % 3 = 0;
"""
# Every tenth a co-owner's 4 hours, the others an owner's 3 days: a fifth falls due within the shift, which is
# the most that the simulated operator has. Some people have many times the load of others.
_DEADLINES = """
INSERT INTO derived.deadline (complaint_id, target, party_id, episode, started_at, due_at, met_at,
                              policy_version, tier, department_id, owner_id, category, region_id)
SELECT n, CASE WHEN asked THEN 'opinion' ELSE 'feedback' END, asked::int, 1, since, since + budget,
       CASE WHEN n > :open THEN since + budget * (n * 7919 % 1800) / 1440 END,
       1, n % 2 + 2, owner % 31 + 1, CASE WHEN NOT asked THEN owner END, 'c' || n % 20, n % 30
FROM (SELECT n, asked, owner, budget, CAST(:now AS timestamptz) - (n * 104729 % 86400) / 86400.0 * budget
           - CASE WHEN n > :open THEN interval '8 d' ELSE interval '0' END AS since
      FROM (SELECT n, n % 10 = 0 AS asked, ((n * 7919 % 1000) * (n * 7919 % 1000) / 1000)::int + 1 AS owner,
                   CASE WHEN n % 10 = 0 THEN interval '4 h' ELSE interval '3 d' END AS budget
            FROM generate_series(1, CAST(:open + :history AS bigint)) n) drawn) made
"""
_STINTS = """
INSERT INTO derived.stint (complaint_id, seq, from_at, episode, status, tier, department_id, owner_id,
                           region_id, category, counts_as_open, received_at)
SELECT complaint_id, 1, started_at, 1, 'in_progress', tier, department_id, owner_id, region_id, category,
       true, started_at
FROM derived.deadline WHERE met_at IS NULL
"""


def run() -> list[str]:
    with boards() as engines:
        _fill(engines.jobs)
        with reading(engines.pages, EVERYWHERE) as conn:
            found, python, database = _measured(conn)
    both = python + database
    return [
        f"## The next five moves among {OPEN:,} open deadlines",
        "",
        f"Reading, picking and naming them, once a minute for a page; CPU time, the mean of {ROUNDS}.",
        "",
        "| due within the shift | moves | of the page ms | of PostgreSQL ms | both | of the budget |",
        "|---:|---:|---:|---:|---:|---:|",
        f"| {found.known + found.unknown:,} | {len(found.moves)} | {python * 1000:.0f} "
        f"| {database * 1000:.0f} | {both * 1000:.0f} | {both * 1000 / BUDGET:.0%} of {BUDGET} ms |",
    ]


def _measured(conn: Connection) -> tuple[Moves, float, float]:
    everything = Filters(date(2026, 3, 1), date(2026, 3, 2))
    found = next_moves(conn, everything, NOW)  # the first one finds nothing warm
    python, database = time.process_time(), backend_seconds(conn)
    for _turn in range(ROUNDS):
        found = next_moves(conn, everything, NOW + timedelta(minutes=1))
    python, database = time.process_time() - python, backend_seconds(conn) - database
    return found, python / ROUNDS, database / ROUNDS


def _fill(engine: Engine) -> None:
    with engine.begin() as conn:
        for statement in _PEOPLE.split(";\n"):
            if statement:
                conn.execute(text(statement))
        conn.execute(text(_DEADLINES), {"now": NOW, "open": OPEN, "history": HISTORY})
        conn.execute(text(_STINTS))
        learn_again(conn, NOW)
        refresh_risk(conn, NOW)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE derived.deadline, derived.risk, derived.stint, derived.skill"))
