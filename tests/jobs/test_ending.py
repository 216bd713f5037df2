"""A job process that is asked to end does so soon, however much waits; the next one does the rest."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from sqlalchemy import Engine

from config.settings import Settings
from jobs import derive, read_texts, sweep
from jobs.work import Work
from queries.jobs import ALIVE_SECONDS
from tests.build import at, complaint, organisation, rows, settle
from tests.processes import eventually

JOBS = "from board import main; main()"
WITHIN = 15.0  # seconds; `board up` and a container kill after ten
BACKLOGS = {
    "derived.dirty": (
        derive.run,
        "INSERT INTO derived.dirty (complaint_id) SELECT complaint_id FROM facts.complaint, "
        "generate_series(1, 12000)",
    ),
    "derived.timer": (
        sweep.run,
        "INSERT INTO derived.timer (complaint_id, target, party_id, episode, kind, fire_at) "
        "SELECT complaint_id, 'answer', n, 1, 'due', '2026-03-02' FROM facts.complaint, "
        "generate_series(1, 12000) n",
    ),
    "derived.unread_text": (
        read_texts.run,
        "INSERT INTO derived.unread_text (complaint_id, received_at) SELECT complaint_id, received_at "
        "FROM facts.complaint, generate_series(1, 600)",
    ),
}


def fill(engine: Engine, backlog: str = "SELECT 1") -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, complaint("A"))
        conn.exec_driver_sql("TRUNCATE derived.timer, derived.unread_text")
        conn.exec_driver_sql(backlog)


def count(engine: Engine, table: str) -> int:
    with engine.begin() as conn:
        return int(str(rows(conn, f"SELECT count(*) FROM {table}")[0][0]))


@pytest.mark.parametrize("table", BACKLOGS)
def test_a_job_with_a_backlog_ends_after_the_batch_in_which_it_is_asked_to(
    engine: Engine, table: str
) -> None:
    run, backlog = BACKLOGS[table]
    fill(engine, backlog)
    before, stop = count(engine, table), threading.Event()

    run(Work(engine, Settings(), "t", at(minutes=1), stop.set, dict, stop))
    left = count(engine, table)
    assert 0 < left < before

    run(Work(engine, Settings(), "t", at(minutes=1), lambda: None, dict))
    assert count(engine, table) == 0


@contextmanager
def job_process(url: str, log: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    env = os.environ | {"BOARD_DATABASE_URL": url}
    with log.open("w") if log else nullcontext() as lines:
        process = subprocess.Popen([sys.executable, "-c", JOBS, "jobs"], env=env, stderr=lines)
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


@pytest.fixture
def ended(engine: Engine) -> Callable[[], object]:
    def ask() -> object:
        with engine.begin() as conn:
            (found,) = rows(conn, "SELECT ended_at FROM journal.process")
        return found[0]

    return ask


def test_a_batch_that_takes_too_long_is_given_up_and_the_process_beats_until_then(
    engine: Engine, database_url: str, ended: Callable[[], object]
) -> None:
    """Somebody else's lock holds the derivers, as a slow disk or a big batch would."""
    with job_process(database_url) as process:
        eventually(lambda: count(engine, "journal.process") == 1)
        with engine.begin() as holding:
            holding.exec_driver_sql("LOCK TABLE derived.dirty IN ACCESS EXCLUSIVE MODE")
            time.sleep(2.5)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            time.sleep(4.0)
            with engine.begin() as conn:
                assert rows(
                    conn, "SELECT now() - beat_at < interval '4 s', ended_at FROM journal.process"
                ) == [(True, None)]
            assert process.wait(WITHIN) == 0
            assert time.monotonic() - began < min(WITHIN, ALIVE_SECONDS)
    assert ended() is not None


def test_an_idle_process_ends_at_once(engine: Engine, database_url: str, ended: Callable[[], object]) -> None:
    with job_process(database_url) as process:
        eventually(lambda: count(engine, "journal.process") == 1)
        began = time.monotonic()
        process.terminate()
        assert process.wait(WITHIN) == 0
        assert time.monotonic() - began < 6.0
    assert ended() is not None


def test_a_process_without_its_database_lives_on_and_ends_when_it_is_asked_to(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with job_process("postgresql://nobody@127.0.0.1:1/none", log) as process:
        eventually(lambda: log.read_text("utf-8").count("derive: OperationalError") >= 2)
        assert process.poll() is None
        process.terminate()
        assert process.wait(WITHIN) == 0
