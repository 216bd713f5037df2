"""Two job processes over one database: everything is done, and once."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import Engine

from queries import db
from queries.intake import ALL_MILESTONES, Batch, NewComplaint, Observation, Source, take
from tests.build import rows

WITHIN = 30.0
JOBS = "from board import main; main()"


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


@pytest.fixture
def two(database_url: str, receiver: tuple[str, list[str]]) -> Iterator[list[subprocess.Popen[bytes]]]:
    env = os.environ | {"BOARD_DATABASE_URL": database_url, "BOARD_WEBHOOK_URL": receiver[0]}
    started = [subprocess.Popen([sys.executable, "-c", JOBS, "jobs"], env=env) for _ in range(2)]
    yield started
    for one in started:
        one.terminate()
    for one in started:
        with suppress(subprocess.TimeoutExpired):
            one.wait(10)
        one.kill()


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
    engine: Engine, two: list[subprocess.Popen[bytes]], receiver: tuple[str, list[str]]
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
        failed = rows(conn, "SELECT job, error FROM journal.job_run WHERE outcome = 'failed'")
    assert sorted(receiver[1]) == sorted(key for (key,) in sent)
    assert covered == [(40,)]
    assert failed == []
    assert all(one.poll() is None for one in two)


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
