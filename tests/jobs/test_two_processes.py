"""Two job processes over one database: everything is done, and once."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import Engine

from config.vocabulary import ALL_MILESTONES
from queries import db
from queries.intake.door import take
from queries.intake.facts import Batch, NewComplaint, Observation, Source
from tests.build import rows

WITHIN = 30.0
JOBS = "from board import main; main()"
# One more job, which fails as a mistake of a programmer does.
BROKEN = """
from jobs import scheduler
from jobs.work import Job
def run(work):
    return {}["nothing"]
scheduler.JOBS += (Job("broken", "Broken job", "出错的任务", 1.0, run),)
"""
TROUBLE = re.compile(r"\b(ERROR|CRITICAL)\b|Traceback|\bfailed: ")


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[str]]]:
    keys: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            keys.append(self.headers["Idempotency-Key"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", keys
    server.shutdown()


@contextmanager
def two_of(
    log: Path, database_url: str, webhook_url: str, before: str = ""
) -> Iterator[list[subprocess.Popen[bytes]]]:
    env = os.environ | {"BOARD_DATABASE_URL": database_url, "BOARD_WEBHOOK_URL": webhook_url}
    with log.open("w") as lines:
        arguments = [sys.executable, "-c", before + JOBS, "jobs"]
        started = [subprocess.Popen(arguments, env=env, stderr=lines) for _ in range(2)]
    try:
        yield started
    finally:
        for one in started:
            one.terminate()
        for one in started:
            with suppress(subprocess.TimeoutExpired):
                one.wait(10)
            one.kill()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "jobs.log"


@pytest.fixture
def two(
    database_url: str, receiver: tuple[str, list[str]], log: Path
) -> Iterator[list[subprocess.Popen[bytes]]]:
    with two_of(log, database_url, receiver[0]) as started:
        yield started


def trouble(engine: Engine, log: Path) -> list[object]:
    """What failed, as the board wrote it down and as the processes said."""
    said = [line for line in log.read_text("utf-8").splitlines() if TROUBLE.search(line)]
    with engine.begin() as conn:
        return [*rows(conn, "SELECT job, error FROM journal.job_run WHERE outcome = 'failed'"), *said]


def until(engine: Engine, sql: str, wanted: list[tuple[object, ...]]) -> None:
    end = time.monotonic() + WITHIN
    found: object = None
    while time.monotonic() < end:
        with engine.begin() as conn:
            found = rows(conn, sql)
        if found == wanted:
            return
        time.sleep(0.2)
    pytest.fail(f"{sql}: {found}, not {wanted}")


def test_every_alert_is_decided_once_and_sent_once(
    engine: Engine, two: list[subprocess.Popen[bytes]], receiver: tuple[str, list[str]], log: Path
) -> None:
    source = Source("live", ALL_MILESTONES)
    names = [f"A{number}" for number in range(40)]
    for name in names:
        with engine.begin() as conn:
            now = db.board_now(conn)
            seen = [Observation(name, "status", now, "received"), Observation(name, "tier", now, "1")]
            take(conn, source, Batch(complaints=[NewComplaint(name, now)], observations=seen), now)
    until(engine, "SELECT count(DISTINCT complaint_id) FROM derived.deadline", [(40,)])
    with engine.begin() as conn:  # as if ten minutes had passed
        conn.exec_driver_sql("UPDATE derived.deadline SET due_at = now() WHERE target = 'first_contact'")
        conn.exec_driver_sql(
            "UPDATE derived.timer t SET fire_at = d.due_at FROM derived.deadline d WHERE t.kind = 'due' "
            "AND t.target = 'first_contact' AND d.complaint_id = t.complaint_id AND d.target = t.target"
        )
    until(
        engine,
        "SELECT count(*), count(DISTINCT subject) FROM journal.alert WHERE rule = 'breached'",
        [(40, 40)],
    )
    until(engine, "SELECT count(*) FROM journal.delivery WHERE state <> 'sent'", [(0,)])
    with engine.begin() as conn:
        sent = rows(conn, "SELECT delivery_id::text FROM journal.delivery")
        covered = rows(conn, "SELECT sum(greatest(digest_of, 1)) FROM journal.delivery")
    assert sorted(receiver[1]) == sorted(key for (key,) in sent)
    assert covered == [(40,)]
    assert trouble(engine, log) == []
    assert all(one.poll() is None for one in two)


def test_a_job_that_fails_is_seen(engine: Engine, database_url: str, log: Path) -> None:
    """Or the test above could not fail."""
    with two_of(log, database_url, "http://127.0.0.1:9/", BROKEN) as started:
        until(engine, "SELECT count(*) FROM journal.process WHERE ended_at IS NULL", [(2,)])
        end = time.monotonic() + WITHIN
        while not trouble(engine, log) and time.monotonic() < end:
            time.sleep(0.2)
        assert "broken" in str(trouble(engine, log)) or "KeyError" in log.read_text("utf-8")
        assert all(one.poll() is None for one in started)


def test_one_killed_process_leaves_the_work_to_the_other(
    engine: Engine, two: list[subprocess.Popen[bytes]]
) -> None:
    until(engine, "SELECT count(*) FROM journal.process WHERE ended_at IS NULL", [(2,)])
    two[0].kill()
    with engine.begin() as conn:
        now = db.board_now(conn)
        take(conn, Source("live", ALL_MILESTONES), Batch(complaints=[NewComplaint("A", now)]), now)
    until(engine, "SELECT count(*) FROM derived.milestone", [(1,)])
    until(
        engine,
        "SELECT count(*) FROM journal.board_sample WHERE sampled_at > now() - interval '2 min'",
        [(1,)],
    )
