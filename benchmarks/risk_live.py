"""The breach risk of 100,000 open deadlines renewed, on a PostgreSQL: CPU time of the process of the job."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, create_engine, text

from benchmarks.scratch import board, peak_mib
from jobs.scheduler import collect_seldom
from queries.risk.learning import learn_again
from queries.risk.refresh import refresh_risk

OPEN, HISTORY = 100_000, 100_000
SECONDS, MIB = 1, 300
NOW = datetime(2026, 3, 2, tzinfo=UTC)

_DEADLINES = """
INSERT INTO derived.deadline (complaint_id, target, party_id, episode, started_at, due_at, met_at,
                              policy_version, tier, department_id, category, region_id)
SELECT n, 'feedback', 0, 1, since, since + interval '24 h',
       CASE WHEN n > :open THEN since + (n * 7919 % 1800) * interval '1 min' END,
       1, n % 3 + 1, n % 31, 'c' || n % 20, n % 30
FROM (SELECT n, CAST(:now AS timestamptz) - (n * 104729 % 86400) * interval '1 s'
           - CASE WHEN n > :open THEN interval '3 d' ELSE interval '0' END AS since
      FROM generate_series(1, CAST(:open + :history AS bigint)) n) made
"""


def run() -> list[str]:
    with board() as engine:
        with engine.begin() as conn:
            conn.execute(text(_DEADLINES), {"now": NOW, "open": OPEN, "history": HISTORY})
            learn_again(conn, NOW)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text("VACUUM ANALYZE derived.deadline, derived.callback"))
        turns, mib = _alone(engine.url.render_as_string(hide_password=False))
    lines = [
        f"| {name} | {moved:,} | {cpu:.2f} s | {cpu / SECONDS:.0%} of {SECONDS} s | {whole:.2f} s |"
        for name, (moved, cpu, whole) in zip(
            ("first time", "a minute later", "another", "another"), turns, strict=True
        )
    ]
    return [
        f"## Renewing the breach risk of {OPEN:,} open deadlines",
        "",
        f"Peak memory of the process: {mib:.0f} MiB, {mib / MIB:.0%} of {MIB} MiB.",
        "",
        "| turn | rows written | CPU of the job | of the budget | until committed |",
        "|---|---:|---:|---:|---:|",
        *lines,
    ]


def _alone(url: str) -> tuple[list[tuple[int, float, float]], float]:
    command = (sys.executable, "-m", "benchmarks.risk_live", url)
    output = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603
    return output["turns"], output["mib"]


def _turns(url: str) -> dict[str, object]:
    collect_seldom()
    engine = create_engine(url)
    turns = [_renew(engine, minute) for minute in range(4)]
    return {"turns": turns, "mib": peak_mib()}


def _renew(engine: Engine, minute: int) -> tuple[int, float, float]:
    cpu, began = time.process_time(), time.perf_counter()
    with engine.begin() as conn:
        moved = refresh_risk(conn, NOW + timedelta(minutes=minute))
    return moved, time.process_time() - cpu, time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(_turns(sys.argv[1])))
