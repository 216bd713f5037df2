"""Real job processes, one of which dies or stands still amid its sending."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from tests.build import rows
from tests.jobs.receivers import Receiver, listening

# However slow the machine is, a process has one message out.
JOBS = "from jobs import deliver; deliver.PATIENCE_SECONDS = 60.0; from board import main; main()"
MESSAGES = 12


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as made:
        made.seconds = 0.3
        yield made


@pytest.fixture
def two(engine: Engine, database_url: str, receiver: Receiver) -> Iterator[list[subprocess.Popen[bytes]]]:
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "INSERT INTO journal.alert (rule, subject, level, decided_at, crossed_at, reason) "
            "VALUES ('text_trigger', 'text:0', 'warning', now(), now(), '{}');"
            "INSERT INTO journal.delivery (delivery_id, alert_id, outlet, recipient, message, next_at) "
            "SELECT gen_random_uuid(), alert_id, 'webhook', 'webhook', '{}', now() "
            f"FROM journal.alert, generate_series(1, {MESSAGES})"
        )
        # As the jobs' own role has it, but shorter: who is stopped inside a transaction loses its locks.
        conn.exec_driver_sql(
            f"ALTER DATABASE {make_url(database_url).database} SET idle_in_transaction_session_timeout = '5s'"
        )
    env = os.environ | {"BOARD_DATABASE_URL": database_url, "BOARD_WEBHOOK_URL": receiver.url}
    started = [subprocess.Popen([sys.executable, "-c", JOBS, "jobs"], env=env) for _ in range(2)]
    yield started
    for one in started:
        one.kill()
        one.wait(30)


def until(what: Callable[[], bool], within: float = 60.0) -> None:
    end = time.monotonic() + within
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def unsent(engine: Engine) -> int:
    with engine.begin() as conn:
        return len(rows(conn, "SELECT FROM journal.delivery WHERE state <> 'sent'"))


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
def test_a_process_that_ends_or_stands_still_leaves_one_message_twice_at_most(
    engine: Engine, two: list[subprocess.Popen[bytes]], receiver: Receiver, end: signal.Signals
) -> None:
    until(lambda: len(receiver.keys) >= 3)
    two[0].send_signal(end)
    until(lambda: unsent(engine) <= 1)
    with engine.begin() as conn:  # as if half a minute had passed
        conn.exec_driver_sql("UPDATE journal.delivery SET lease_until = now() WHERE state = 'sending'")
    until(lambda: unsent(engine) == 0)
    two[0].send_signal(signal.SIGCONT)
    time.sleep(1.0)
    assert len(set(receiver.keys)) == MESSAGES
    assert sum(receiver.often().values()) <= 2
    with engine.begin() as conn:
        assert rows(conn, "SELECT count(*) FROM journal.delivery WHERE attempts > 2") == [(0,)]
