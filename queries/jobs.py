"""Job runs and processes: what ran, what runs next, and whether anything is alive."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from queries.db import SPEED, board_now

ALIVE_SECONDS = 15  # a process that has not beaten for so long is taken for dead


@dataclass(frozen=True, slots=True)
class JobRun:
    job: str
    process: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    done: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Process:
    process: str
    started_at: datetime
    beat_at: datetime
    ended_at: datetime | None
    next_runs: dict[str, str]  # job → ISO instant


@dataclass(frozen=True, slots=True)
class Feed:
    source: str
    heard_at: datetime
    fact_at: datetime | None


def write_run(
    conn: Connection, job: str, process: str, now: datetime, seconds: float, done: int, error: str | None
) -> None:
    """A run that began at `now` and is over; `error` must be safe to show."""
    conn.execute(
        text(
            "INSERT INTO journal.job_run (job, process, started_at, finished_at, outcome, done, error) "
            "VALUES (:job, :process, :now, CAST(:now AS timestamptz) + make_interval(secs => :seconds), "
            ":outcome, :done, :error)"
        ),
        {
            "job": job,
            "process": process,
            "now": now,
            "seconds": seconds,
            "outcome": "failed" if error else "done",
            "done": done,
            "error": error,
        },
    )


def failed_last(conn: Connection, job: str) -> bool:
    """Whether its newest run, in any process, failed."""
    outcome = conn.execute(
        text("SELECT outcome FROM journal.job_run WHERE job = :job ORDER BY started_at DESC LIMIT 1"),
        {"job": job},
    ).scalar_one_or_none()
    return outcome == "failed"


def beat(conn: Connection, process: str, now: datetime, next_runs: dict[str, str]) -> None:
    conn.execute(
        text(
            "INSERT INTO journal.process (process, started_at, beat_at, next_runs) "
            "VALUES (:process, :now, :now, CAST(:next_runs AS jsonb)) ON CONFLICT (process) DO UPDATE "
            "SET beat_at = EXCLUDED.beat_at, next_runs = EXCLUDED.next_runs, ended_at = NULL"
        ),
        {"process": process, "now": now, "next_runs": json.dumps(next_runs)},
    )


def end_process(conn: Connection, process: str, now: datetime) -> None:
    conn.execute(
        text("UPDATE journal.process SET ended_at = :now WHERE process = :process"),
        {"process": process, "now": now},
    )


def seconds_since_beat(conn: Connection) -> float | None:
    """Since a job process that has not ended was last alive, in real seconds; None: none ever was."""
    seconds: float | None = conn.execute(
        text(
            "SELECT date_part('epoch', :now - max(beat_at)) / "
            f"{SPEED} FROM journal.process WHERE ended_at IS NULL"
        ),
        {"now": board_now(conn)},
    ).scalar_one()
    return seconds


def last_runs(conn: Connection) -> list[JobRun]:
    """The newest run of each job, and its newest failure where that is another."""
    rows = conn.execute(
        text(
            "SELECT r.* FROM (SELECT DISTINCT job FROM journal.job_run) j CROSS JOIN LATERAL ("
            "SELECT job, process, started_at, finished_at, outcome, done, error FROM journal.job_run "
            "WHERE job = j.job ORDER BY started_at DESC LIMIT 1) r ORDER BY r.job"
        )
    )
    return [JobRun(*row) for row in rows]


def recent_failures(conn: Connection, within: float, now: datetime) -> list[JobRun]:
    """Of the past `within` real seconds."""
    rows = conn.execute(
        text(
            "SELECT job, process, started_at, finished_at, outcome, done, error FROM journal.job_run "
            f"WHERE outcome = 'failed' AND date_part('epoch', :now - started_at) / {SPEED} <= :within "
            "ORDER BY started_at DESC LIMIT 100"
        ),
        {"now": now, "within": within},
    )
    return [JobRun(*row) for row in rows]


def processes(conn: Connection, within: float, now: datetime) -> list[Process]:
    """That have beaten in the past `within` real seconds."""
    rows = conn.execute(
        text(
            "SELECT process, started_at, beat_at, ended_at, next_runs FROM journal.process "
            f"WHERE date_part('epoch', :now - beat_at) / {SPEED} <= :within ORDER BY started_at DESC"
        ),
        {"now": now, "within": within},
    )
    return [Process(*row) for row in rows]


def feeds(conn: Connection) -> list[Feed]:
    rows = conn.execute(text("SELECT source, heard_at, fact_at FROM journal.feed ORDER BY source"))
    return [Feed(*row) for row in rows]
