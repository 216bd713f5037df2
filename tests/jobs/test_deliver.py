"""Deliveries over a real HTTP server: sent once, retried, given up, taken over from the dead."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import Engine

from config.settings import Settings
from jobs import deliver, sweep
from jobs.deliver import next_try
from jobs.outlets.errors import SendError
from jobs.scheduler import Work
from queries.db import board_now
from tests.build import at, complaint, rows, settle


@dataclass
class Receiver:
    answers: list[int]
    keys: list[str] = field(default_factory=list)
    bodies: list[dict[str, object]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver([200])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            made.keys.append(self.headers["Idempotency-Key"])
            self.send_response(made.answers[min(len(made.keys), len(made.answers)) - 1])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}/hook?token=secret"
    yield made
    server.shutdown()


def work(engine: Engine, receiver: Receiver) -> Work:
    with engine.begin() as conn:
        return Work(engine, Settings(webhook_url=receiver.url), "t", board_now(conn), lambda: None, dict)


@pytest.fixture
def one_alert(engine: Engine, receiver: Receiver) -> None:
    with engine.begin() as conn:
        settle(conn, complaint("A", tier=1))
    settings = Settings(webhook_url=receiver.url)
    sweep.run(Work(engine, settings, "t", at(minutes=10.5), lambda: None, dict))


def state(engine: Engine) -> list[tuple[object, ...]]:
    with engine.begin() as conn:
        return rows(conn, "SELECT state, attempts, last_error FROM journal.delivery")


def soon(engine: Engine) -> None:
    """As if the wait were over."""
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "UPDATE journal.delivery SET next_at = now() - interval '1 s', lease_until = now()"
        )


@pytest.mark.usefixtures("one_alert")
def test_an_alert_is_sent_once_with_its_key(engine: Engine, receiver: Receiver) -> None:
    deliver.run(work(engine, receiver))
    deliver.run(work(engine, receiver))
    assert state(engine) == [("sent", 1, None)]
    assert len(receiver.keys) == 1
    assert receiver.bodies[0]["title"] == "Breached: First contact of complaint A"


@pytest.mark.usefixtures("one_alert")
def test_a_busy_receiver_is_tried_again_with_the_same_key(engine: Engine, receiver: Receiver) -> None:
    receiver.answers = [503, 200]
    deliver.run(work(engine, receiver))
    assert state(engine) == [("waiting", 1, "HTTP 503")]
    soon(engine)
    deliver.run(work(engine, receiver))
    assert state(engine) == [("sent", 2, None)]
    assert receiver.keys[0] == receiver.keys[1]


@pytest.mark.usefixtures("one_alert")
def test_a_refusal_is_dead_at_once_and_names_no_secret(engine: Engine, receiver: Receiver) -> None:
    receiver.answers = [403]
    deliver.run(work(engine, receiver))
    assert state(engine) == [("dead", 1, "HTTP 403")]
    with engine.begin() as conn:
        assert "secret" not in str(rows(conn, "SELECT * FROM journal.delivery"))


@pytest.mark.usefixtures("one_alert")
def test_what_a_killed_worker_claimed_is_sent_by_another(engine: Engine, receiver: Receiver) -> None:
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "UPDATE journal.delivery SET state = 'sending', attempts = 1, lease_until = now() + '1 min'"
        )
    assert deliver.run(work(engine, receiver)) == 0
    soon(engine)
    assert deliver.run(work(engine, receiver)) == 1
    assert state(engine) == [("sent", 2, None)]


@pytest.mark.usefixtures("one_alert")
def test_two_workers_at_once_send_it_once(engine: Engine, receiver: Receiver) -> None:
    pair = [threading.Thread(target=deliver.run, args=(work(engine, receiver),)) for _ in range(2)]
    for one in pair:
        one.start()
    for one in pair:
        one.join()
    assert len(receiver.keys) == 1


def test_waits_double_are_spread_and_end() -> None:
    now = at()
    failure = SendError("HTTP 500")
    waits = [next_try(now, attempts, failure, 0.5) for attempts in (1, 2, 3)]
    assert [(when - now).total_seconds() for when in waits if when] == [10, 20, 40]
    assert next_try(now, 8, failure, 0.5) is None
    assert next_try(now, 1, SendError("no", permanent=True), 0.5) is None
    asked = next_try(now, 1, SendError("HTTP 429", retry_after=77), 0.1)
    assert asked is not None
    assert (asked - now).total_seconds() == 77
