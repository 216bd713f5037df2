"""Whether the board itself is well: its feeds, its job processes and their runs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Feed:
    source: str
    heard_at: datetime
    fact_at: datetime | None


@dataclass(frozen=True, slots=True)
class Process:
    process: str
    started_at: datetime
    beat_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobRun:
    """The last run of a job, with its runs and failures of the past hour."""

    job: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    done: int
    error: str | None
    runs: int
    failed: int


def seconds_since_beat(conn: Connection) -> float | None:
    """Since any job process last said that it lives; None where none ever did. On the database's clock."""
    seconds: float | None = conn.execute(
        text(
            "SELECT greatest(0, date_part('epoch', clock_timestamp() - max(beat_at))) FROM journal.process "
            "WHERE ended_at IS NULL"
        )
    ).scalar_one()
    return seconds


def feeds(conn: Connection, _now: datetime) -> tuple[Feed, ...]:
    rows = conn.execute(text("SELECT source, heard_at, fact_at FROM journal.feed ORDER BY heard_at DESC"))
    return tuple(Feed(*row) for row in rows)


def processes(conn: Connection, now: datetime) -> tuple[Process, ...]:
    """Those that live, and those that ended in the past day."""
    rows = conn.execute(
        text(
            "SELECT process, started_at, beat_at, ended_at FROM journal.process "
            "WHERE coalesce(ended_at, beat_at) > :now - interval '1 day' ORDER BY started_at DESC"
        ),
        {"now": now},
    )
    return tuple(Process(*row) for row in rows)


def last_runs(conn: Connection, now: datetime) -> tuple[JobRun, ...]:
    rows = conn.execute(
        text(
            "SELECT DISTINCT ON (job) job, started_at, finished_at, outcome, done, error, "
            "count(*) OVER same, count(*) FILTER (WHERE outcome = 'failed') OVER same "
            "FROM journal.job_run WHERE started_at > :now - interval '1 hour' "
            "WINDOW same AS (PARTITION BY job) ORDER BY job, started_at DESC"
        ),
        {"now": now},
    )
    return tuple(JobRun(*row) for row in rows)
