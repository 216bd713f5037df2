"""`board backtest` and `board learn` over a year of complaints, each in a process of its own."""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import text

from benchmarks.scratch import board

COMPLAINTS = 300_000
BOARD = Path(__file__).parents[1] / "board.py"
# Five targets each; some are met too late, and a tenth never.
_DEADLINES = """
INSERT INTO derived.deadline (complaint_id, target, party_id, episode, started_at, due_at, met_at,
                              policy_version, tier, department_id, category, region_id)
SELECT n, target, 0, 1, since, since + budget,
       CASE WHEN since + took < clock_timestamp() AND (n * 31 + seed) % 10 <> 0 THEN since + took END,
       1, n % 3 + 1, n % 31, 'c' || n % 20, n % 30
FROM (SELECT *, budget * (0.05 + 1.1 * ((n * 7919 + seed * 104729) % 10007) / 10007.0) AS took
      FROM (SELECT n, clock_timestamp() - (n::float8 / :complaints) * interval '365 d' AS since
            FROM generate_series(1, CAST(:complaints AS bigint)) n) made,
           (VALUES ('first_contact', interval '10 min', 1), ('verification', interval '2 h', 2),
                   ('feedback', interval '24 h', 3), ('respond', interval '1 h', 4),
                   ('opinion', interval '4 h', 5)) of (target, budget, seed)) timed
"""
# A third of the complaints are handed on, once they are past a fifth of their longest target.
_STINTS = """
INSERT INTO derived.stint (complaint_id, seq, from_at, until_at, episode, status, tier, department_id,
                           region_id, category, channel, counts_as_open, received_at)
SELECT n, seq, CASE seq WHEN 1 THEN since ELSE since + interval '5 h' END,
       CASE seq WHEN 1 THEN since + interval '5 h' ELSE since + interval '24 h' END,
       1, 'in_progress', n % 3 + 1, CASE WHEN seq = 2 AND n % 3 = 0 THEN n % 7 ELSE n % 31 END, n % 30,
       'c' || n % 20, 'phone', true, since
FROM (SELECT n, clock_timestamp() - (n::float8 / :complaints) * interval '365 d' AS since
      FROM generate_series(1, CAST(:complaints AS bigint)) n) made, generate_series(1, 2) seq
"""


def run() -> list[str]:
    with board() as engine:
        with engine.begin() as conn:
            for rows in (_DEADLINES, _STINTS):
                conn.execute(text(rows), {"complaints": COMPLAINTS})
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text("ANALYZE derived.deadline, derived.stint"))
        url = engine.url.render_as_string(hide_password=False)
        turns = [(command, *_timed(command, url)) for command in ("backtest", "learn")]
    return [
        f"## Back-test and learning over {COMPLAINTS:,} complaints of a year",
        "",
        f"{5 * COMPLAINTS:,} deadlines, and two stints of each complaint; memory at its peak, of the two.",
        "",
        "| command | CPU | until it ended | memory so far |",
        "|---|---:|---:|---:|",
        *(
            f"| `board {name}` | {cpu:.0f} s | {wall:.0f} s | {mib:,.0f} MiB |"
            for name, cpu, wall, mib in turns
        ),
    ]


def _timed(command: str, url: str) -> tuple[float, float, float]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    env = os.environ | {"BOARD_DATABASE_URL": url}
    subprocess.run((sys.executable, str(BOARD), command), check=True, env=env, capture_output=True)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.perf_counter() - began, after.ru_maxrss / 1024
