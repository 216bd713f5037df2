"""Learning what is usual and looking once, on a PostgreSQL, at ten million complaints in three years."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from sqlalchemy import Connection, Engine, text

from benchmarks.scratch import board
from queries.surges.learning import learn_again
from queries.surges.live import run_scan

COMPLAINTS, DAYS = 10_000_000, 3 * 365
RECENT = 60  # days that are filled: no more is ever read
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
_REGIONS = """
INSERT INTO facts.region (region_id, parent_id, code, level, name_en, name_zh)
SELECT n, CASE WHEN n > 31 THEN n % 31 + 1 END, 'r' || n, CASE WHEN n > 31 THEN 'city' ELSE 'province' END,
       '', ''
FROM generate_series(1, 361) n
"""
_COMPLAINTS = """
INSERT INTO facts.complaint (complaint_id, source, external_id, received_at, region_id, category, product,
                             customer_id, channel)
SELECT n, 's', n::text, CAST(:now AS timestamptz) - random() * :days * interval '1 day',
       32 + floor(330 * random() ^ 2)::int, 'c' || floor(20 * random() ^ 2)::int,
       CASE WHEN n % 2 = 0 THEN 'p' || floor(10 * random()) END, floor(4e6 * random())::bigint, 'phone'
FROM generate_series(1, CAST(:complaints AS bigint)) n
"""


def run() -> list[str]:
    complaints = COMPLAINTS * RECENT // DAYS
    with board() as engine:
        with engine.begin() as conn:
            conn.execute(text(_REGIONS))
            conn.execute(text(_COMPLAINTS), {"now": NOW, "days": RECENT, "complaints": complaints})
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text("VACUUM ANALYZE facts.complaint"))
        learned = _timed(engine, lambda conn: learn_again(conn, NOW))
        looks = [
            _timed(engine, lambda conn, at=NOW + timedelta(minutes=5 * turn): run_scan(conn, at))
            for turn in range(5)
        ]
        with engine.begin() as conn:
            size = conn.execute(text("SELECT length(baseline) FROM derived.surge_baseline")).scalar_one()
    return [
        f"## Surges: one look at {COMPLAINTS:,} complaints in three years",
        "",
        f"20 categories with 10 products each, 330 cities; {complaints:,} complaints in {RECENT} days.",
        "",
        "| step | until committed |",
        "|---|---:|",
        f"| learn what is usual from eight weeks | {learned:.1f} s |",
        f"| look once | {median(looks):.2f} s |",
        f"| what is stored | {size / 2**20:.1f} MiB |",
    ]


def _timed(engine: Engine, once: Callable[[Connection], object]) -> float:
    began = time.perf_counter()
    with engine.begin() as conn:
        once(conn)
    return time.perf_counter() - began
