"""Job runs and processes: what ran, what runs next, and whether anything is alive."""

import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from queries.db import SPEED, board_now, rows_of

ALIVE_SECONDS = 15  # a process without a heartbeat for so long is taken for dead
TOGETHER_SECONDS = 300  # successful runs within so long of the first share its row


@dataclass(frozen=True, slots=True)
class JobRun:
    """One failed run, or several successful ones in a row."""

    job: str
    process: str
    started_at: datetime  # of the first
    last_at: datetime  # when the last of them began
    finished_at: datetime | None
    outcome: str | None
    runs: int
    done: int  # by all of them together
    longest: float  # seconds
    error: str | None


@dataclass(frozen=True, slots=True)
class NamedJob:
    """A job that the job processes run, as they name it themselves."""

    name: str
    title_en: str
    title_zh: str
    every_seconds: float

    @property
    def name_en(self) -> str:
        return self.title_en

    @property
    def name_zh(self) -> str:
        return self.title_zh


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
    """A run that began at `now`. One after another that succeed share a row, until one of that job fails."""
    run = {
        "job": job,
        "process": process,
        "now": now,
        "finished": now + timedelta(seconds=seconds),
        "seconds": seconds,
        "done": done,
        "error": error,
        "outcome": "failed" if error else "done",
    }
    if error or not conn.execute(text(_RUN_AGAIN), run).rowcount:
        conn.execute(text(_RUN), run)


_RUN = """
INSERT INTO journal.job_run (job, process, started_at, last_at, finished_at, outcome, done, longest, error)
VALUES (:job, :process, :now, :now, :finished, :outcome, :done, :seconds, :error)
"""
# A failure keeps its place in the order of runs, also one of another process: what succeeds comes after.
_RUN_AGAIN = f"""
UPDATE journal.job_run SET last_at = :now, finished_at = :finished, runs = runs + 1, done = done + :done,
    longest = greatest(longest, :seconds)
WHERE run_id = (
    SELECT run_id FROM journal.job_run r
    WHERE job = :job AND process = :process AND outcome = 'done' AND started_at <= :now
      AND started_at > :now - interval '{TOGETHER_SECONDS} s' * {SPEED}
      AND NOT EXISTS (SELECT FROM journal.job_run f
                      WHERE f.job = :job AND f.outcome = 'failed' AND f.started_at >= r.started_at)
    ORDER BY started_at DESC LIMIT 1)
"""


def failed_last(conn: Connection, job: str) -> bool:
    """Whether its newest run, in any process, failed."""
    outcome = conn.execute(
        text("SELECT outcome FROM journal.job_run WHERE job = :job ORDER BY started_at DESC LIMIT 1"),
        {"job": job},
    ).scalar_one_or_none()
    return outcome == "failed"


def write_jobs(conn: Connection, jobs: list[NamedJob]) -> None:
    """The jobs that there are now. Others keep their rows, which name the runs that they left."""
    for one in sorted(jobs, key=lambda job: job.name):
        conn.execute(text(_NAME_JOB), asdict(one))
    gone = "UPDATE journal.job SET is_current = false WHERE is_current AND name <> ALL (:names)"
    conn.execute(text(gone), {"names": [one.name for one in jobs]})


_NAME_JOB = """
INSERT INTO journal.job (name, title_en, title_zh, every_seconds)
VALUES (:name, :title_en, :title_zh, :every_seconds)
ON CONFLICT (name) DO UPDATE SET title_en = EXCLUDED.title_en, title_zh = EXCLUDED.title_zh,
    every_seconds = EXCLUDED.every_seconds, is_current = true
"""


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


_NAMES = ", ".join(field.name for field in fields(JobRun))
# From one job to the next by the index: DISTINCT would read every run ever made.
_LAST_RUNS = f"""
WITH RECURSIVE known AS (
    (SELECT job FROM journal.job_run ORDER BY job LIMIT 1)
    UNION ALL
    SELECT (SELECT r.job FROM journal.job_run r WHERE r.job > k.job ORDER BY r.job LIMIT 1)
    FROM known k WHERE k.job IS NOT NULL)
SELECT r.* FROM known k CROSS JOIN LATERAL (
    SELECT {_NAMES} FROM journal.job_run
    WHERE job = k.job ORDER BY started_at DESC LIMIT 1) r
ORDER BY r.job
"""


def last_runs(conn: Connection) -> list[JobRun]:
    """The newest run of each job."""
    return list(rows_of(JobRun, conn.execute(text(_LAST_RUNS))))


def named_jobs(conn: Connection) -> list[tuple[NamedJob, bool]]:
    """Each with whether it is run still; ordered by name."""
    rows = conn.execute(
        text("SELECT name, title_en, title_zh, every_seconds, is_current FROM journal.job ORDER BY name")
    )
    return [(NamedJob(*names), is_current) for *names, is_current in rows]


def recent_failures(conn: Connection, within: float, now: datetime) -> list[JobRun]:
    """Of the past `within` real seconds."""
    rows = conn.execute(
        text(
            f"SELECT {_NAMES} FROM journal.job_run "
            "WHERE outcome = 'failed' AND started_at >= CAST(:now AS timestamptz) "
            f"- make_interval(secs => :within * {SPEED}) ORDER BY started_at DESC LIMIT 100"
        ),
        {"now": now, "within": within},
    )
    return list(rows_of(JobRun, rows))


def processes(conn: Connection, within: float, now: datetime) -> list[Process]:
    """That have beaten in the past `within` real seconds."""
    rows = conn.execute(
        text(
            "SELECT process, started_at, beat_at, ended_at, next_runs FROM journal.process "
            f"WHERE date_part('epoch', :now - beat_at) / {SPEED} <= :within ORDER BY started_at DESC"
        ),
        {"now": now, "within": within},
    )
    return list(rows_of(Process, rows))


def feeds(conn: Connection) -> list[Feed]:
    rows = conn.execute(text("SELECT source, heard_at, fact_at FROM journal.feed ORDER BY source"))
    return list(rows_of(Feed, rows))
