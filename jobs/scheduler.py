"""The ticker: which job runs how often. Knows APScheduler; decides nothing (docs/architecture.md: Jobs)."""

import gc
import logging
import os
import signal
import socket
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings
from jobs import (
    deliver,
    derive,
    heartbeat,
    learn,
    meanings,
    purge,
    read_texts,
    risk,
    rollups,
    sample,
    surge,
    sweep,
    sync,
    sync_compare,
    sync_folder,
    uploads,
)
from jobs.failures import Failure, attempt
from jobs.work import Job, Work
from queries import db
from queries.jobs import NamedJob, beat, end_process, failed_last, write_jobs, write_run

log = logging.getLogger("board.jobs")
SILENT_SECONDS = 30.0  # without progress for so long a process ends itself; the supervisor starts another
END_SECONDS = 7.0  # how long an ending process waits for its batches; `board up` kills it after 10
KILL_SECONDS = 9.0
BEAT_SECONDS = heartbeat.JOB.every
JOB_THREADS = "board-job"


JOBS = (
    derive.JOB,
    sweep.JOB,
    deliver.JOB,
    rollups.JOB,
    sample.JOB,
    read_texts.JOB,
    risk.JOB,
    learn.JOB,
    surge.JOB,
    uploads.JOB,
    purge.JOB,
    sync.JOB,
    sync_compare.JOB,
    sync_folder.JOB,
    heartbeat.JOB,
    meanings.JOB,
)


@dataclass(slots=True)
class Watch:
    """Monotonic: a wall clock set back must not look like progress, one set forward not like a hang."""

    at: float
    stop: threading.Event = field(default_factory=threading.Event)
    well: set[str] = field(default_factory=set)  # jobs whose last run in this process succeeded
    has_named: bool = False  # the jobs, in the database

    def progress(self) -> None:
        self.at = time.monotonic()

    def guard(self) -> None:
        while not self.stop.wait(1.0):
            if time.monotonic() - self.at > SILENT_SECONDS:
                log.critical("no progress for %d s: this process ends", SILENT_SECONDS)
                os._exit(3)


def collect_seldom() -> None:
    """Modules stay, and a batch makes and drops a million small tuples without cycles: collecting often would
    only cost time."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def run_jobs(settings: Settings) -> None:
    """Tick until SIGTERM or SIGINT."""
    engine = db.engine(settings.url(), settings.database_role, pool_size=8, application="board jobs")
    process = f"{socket.gethostname()}:{os.getpid()}:{int(time.time())}"
    watch = Watch(time.monotonic())
    collect_seldom()
    scheduler = BlockingScheduler(executors={"default": _threads()}, timezone=UTC)
    for job in JOBS:
        scheduler.add_job(
            _tick,
            "interval",
            seconds=job.every,
            args=(job, engine, settings, process, watch, scheduler),
            id=job.name,
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
            next_run_time=datetime.now(UTC),
        )
    threading.Thread(target=watch.guard, daemon=True).start()
    threading.Thread(target=_wake, args=(engine, scheduler, watch.stop), daemon=True).start()

    def finish(_number: int, _frame: object) -> None:
        threading.Thread(target=_stop, args=(scheduler, watch), daemon=True).start()

    signal.signal(signal.SIGTERM, finish)
    signal.signal(signal.SIGINT, finish)
    scheduler.start()
    _end(engine, process)


def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(10, {"thread_name_prefix": JOB_THREADS})


def _stop(scheduler: BlockingScheduler, watch: Watch) -> None:
    """Runs in a thread: the signal handler interrupts the main one, which may hold the locks it takes."""
    watch.stop.set()
    scheduler.shutdown(wait=False)
    time.sleep(KILL_SECONDS)  # the database may be what the main thread waits for
    os._exit(0)


def _end(engine: Engine, process: str) -> None:
    """Wait for the batches under way while still sending heartbeats, but not for ever: an unfinished batch is
    rolled back and done again."""
    until, beaten = time.monotonic() + END_SECONDS, 0.0
    while (is_busy := _is_busy()) and time.monotonic() < until:
        if time.monotonic() - beaten > BEAT_SECONDS:
            _record_end(engine, process, is_over=False)
            beaten = time.monotonic()
        time.sleep(0.05)
    _record_end(engine, process, is_over=True)
    if is_busy:
        log.warning("ended during a batch that took too long; it will be done again")
        os._exit(0)


def _is_busy() -> bool:
    return any(one.name.startswith(JOB_THREADS) for one in threading.enumerate())


def _record_end(engine: Engine, process: str, is_over: bool) -> None:
    try:
        with engine.begin() as conn:
            if is_over:
                end_process(conn, process, db.board_now(conn))
            else:
                beat(conn, process, db.board_now(conn), {})
    except (SQLAlchemyError, *db.LOST) as error:
        log.warning("ending: %s", db.describe(error))


def _wake(engine: Engine, scheduler: BlockingScheduler, stop: threading.Event) -> None:
    """On NOTIFY derive, run the job that it names, or else derive, at once instead of at its next tick. The
    tick is the safety net."""
    while not stop.is_set():
        try:
            listener = db.Listener(engine, db.DERIVE_CHANNEL)
            while not stop.is_set():
                for job in {one or derive.JOB.name for one in listener.wait(2.0)}:
                    if scheduler.running and scheduler.get_job(job):
                        scheduler.modify_job(job, next_run_time=datetime.now(UTC))
        except (SQLAlchemyError, *db.LOST) as error:
            log.warning("listening stopped: %s", db.describe(error))
            stop.wait(2.0)


def _tick(
    job: Job, engine: Engine, settings: Settings, process: str, watch: Watch, scheduler: BlockingScheduler
) -> None:
    def next_runs() -> dict[str, float]:
        now = datetime.now(UTC)
        return {
            one.id: (one.next_run_time - now).total_seconds()
            for one in scheduler.get_jobs()
            if one.next_run_time
        }

    try:
        with engine.begin() as conn:
            now = db.board_now(conn)
            _name_jobs(conn, watch)
        watch.has_named = True
        started = time.monotonic()
        work = Work(engine, settings, process, now, watch.progress, next_runs, watch.stop)
        found = attempt(lambda: job.run(work))
        if isinstance(found, Failure):
            log.warning("%s failed: %s%s", job.name, found.text, found.trace)
        if found or job.records_idle or job.name not in watch.well:
            with engine.begin() as conn:
                _write_down(conn, job, found, work, time.monotonic() - started)
        watch.well = watch.well - {job.name} if isinstance(found, Failure) else watch.well | {job.name}
    except (SQLAlchemyError, *db.LOST) as lost:
        # The database is unavailable. Every page shows that by itself; keep ticking until it is back.
        log.warning("%s: %s", job.name, db.describe(lost))
    watch.progress()


def _name_jobs(conn: Connection, watch: Watch) -> None:
    """Once a process: the pages know the jobs by these rows."""
    if not watch.has_named:
        write_jobs(conn, [NamedJob(one.name, one.title_en, one.title_zh, one.every) for one in JOBS])


def _write_down(conn: Connection, job: Job, found: int | Failure, work: Work, seconds: float) -> None:
    """A run that did nothing is recorded only where its job wants it, or to show that a failure is over."""
    if isinstance(found, Failure):
        write_run(conn, job.name, work.process, work.now, seconds, 0, found.text)
    elif found or job.records_idle or failed_last(conn, job.name):
        write_run(conn, job.name, work.process, work.now, seconds, found, None)
