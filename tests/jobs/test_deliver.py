"""Deliveries over a real HTTP server: sent once, retried, kept, taken over from the dead."""

import threading
import time
from datetime import UTC, timedelta
from email.utils import format_datetime

import pytest
from sqlalchemy import Engine, text

from config.settings import Settings
from jobs import deliver, sweep
from jobs.deliver import next_try
from jobs.failures import PartsFailed
from jobs.outlets import OUTLETS, Outlet, webhook
from jobs.outlets.errors import SendError
from jobs.work import Work
from queries.alerts import deliveries
from queries.db import board_now
from tests.build import at, complaint, rows, settle
from tests.jobs.receivers import Receiver, in_a_thread


def work(engine: Engine, receiver: Receiver) -> Work:
    with engine.begin() as conn:
        return Work(engine, Settings(webhook_url=receiver.url), "t", board_now(conn), lambda: None, dict)


@pytest.fixture
def one_alert(engine: Engine, receiver: Receiver) -> None:
    with engine.begin() as conn:
        settle(conn, complaint("A", tier=1))
    settings = Settings(webhook_url=receiver.url)
    sweep.run(Work(engine, settings, "t", at(minutes=10.5), lambda: None, dict))


@pytest.fixture
def twelve(engine: Engine, one_alert: None) -> None:
    """Eleven messages more."""
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "INSERT INTO journal.delivery (delivery_id, alert_id, outlet, recipient, message, next_at) "
            "SELECT gen_random_uuid(), alert_id, outlet, recipient, message, next_at "
            "FROM journal.delivery, generate_series(1, 11)"
        )


def state(engine: Engine) -> list[tuple[object, ...]]:
    with engine.begin() as conn:
        return rows(conn, "SELECT state, attempts, last_error FROM journal.delivery")


def states(engine: Engine) -> dict[object, object]:
    with engine.begin() as conn:
        return dict(rows(conn, "SELECT state, count(*) FROM journal.delivery GROUP BY 1"))  # type: ignore[arg-type]


def soon(engine: Engine) -> None:
    """As if the wait were over."""
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "UPDATE journal.delivery SET next_at = now() - interval '1 s', lease_until = now()"
        )


def wait_seconds(engine: Engine) -> float:
    with engine.begin() as conn:
        sql = "SELECT date_part('epoch', next_at - clock_timestamp()) FROM journal.delivery"
        return float(conn.execute(text(sql)).scalar_one())


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
@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 403, 404, 405, 410, 413, 422])
def test_what_the_configuration_may_be_to_blame_for_is_kept_and_names_no_secret(
    engine: Engine, receiver: Receiver, status: int
) -> None:
    receiver.answers, receiver.headers = [status], {"Location": receiver.url}
    deliver.run(work(engine, receiver))
    assert state(engine) == [("failed", 1, f"HTTP {status}")]
    assert len(receiver.keys) == 1
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
    pair = [
        threading.Thread(target=deliver.run, args=(work(engine, receiver),), daemon=True) for _ in range(2)
    ]
    for one in pair:
        one.start()
    for one in pair:
        one.join(60)
    assert len(receiver.keys) == 1


@pytest.mark.usefixtures("twelve")
def test_a_slow_receiver_gets_several_at_once_and_each_of_them_once(
    engine: Engine, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is as short, in proportion, as one of 30 s for messages of 8 s."""
    monkeypatch.setattr(deliver, "LEASE_SECONDS", 2.0)
    monkeypatch.setattr(deliver, "PATIENCE_SECONDS", 0.1)
    receiver.seconds = 0.5
    pair = [
        threading.Thread(target=deliver.run, args=(work(engine, receiver),), daemon=True) for _ in range(2)
    ]
    for one in pair:
        one.start()
    for one in pair:
        one.join(60)
    assert states(engine) == {"sent": 12}
    assert len(receiver.keys) == 12
    assert receiver.most_at_once > 2


@pytest.mark.usefixtures("twelve")
def test_of_a_receiver_that_answers_at_once_no_two_messages_are_out_together(
    engine: Engine, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "PATIENCE_SECONDS", 60.0)  # however slow the machine is
    assert deliver.run(work(engine, receiver)) == 12
    assert receiver.most_at_once == 1


@pytest.mark.usefixtures("one_alert")
def test_a_claim_that_has_grown_old_is_not_sent_and_counts_as_no_attempt(
    engine: Engine, receiver: Receiver
) -> None:
    """As in a process that was stopped between its claim and its sending."""
    given = work(engine, receiver)
    with engine.begin() as conn:
        (delivery,) = rows(conn, "SELECT delivery_id FROM journal.delivery")[0]
        one = deliveries.claim(conn, "webhook", delivery, board_now(conn), 30)  # type: ignore[arg-type]
    assert one is not None
    deliver._deliver(given, one, delivery, time.monotonic() - 20)  # type: ignore[arg-type]
    assert receiver.keys == []
    assert state(engine) == [("waiting", 0, None)]


@pytest.mark.usefixtures("one_alert")
def test_an_answer_that_comes_in_drips_does_not_hold_the_worker(
    engine: Engine, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 1.5)
    receiver.drips = True
    began = time.monotonic()
    deliver.run(work(engine, receiver))
    assert time.monotonic() - began < 5
    assert state(engine) == [("waiting", 1, "TimeoutError")]


@pytest.mark.usefixtures("twelve")
def test_one_message_that_fails_in_a_way_of_its_own_touches_no_other_and_is_seen(
    engine: Engine, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "UPDATE journal.delivery SET message = '{\"poison\": true}' WHERE delivery_id = "
            "(SELECT min(delivery_id::text)::uuid FROM journal.delivery)"
        )

    def send(one: deliveries.Claimed, settings: Settings) -> None:
        if "poison" in one.message:
            raise KeyError("13800001234")
        in_a_thread(webhook.send, one, settings)

    monkeypatch.setitem(OUTLETS, "webhook", Outlet("webhook", webhook.recipients, send))
    with pytest.raises(PartsFailed, match=r"^webhook: KeyError in [a-z.]+:\d+$"):
        deliver.run(work(engine, receiver))
    assert states(engine) == {"sent": 11, "waiting": 1}
    assert "13800001234" not in str(state(engine))


@pytest.mark.usefixtures("one_alert")
@pytest.mark.parametrize("address", ["http://[::1", "http://xn--/", "ftp://x/"])
def test_an_address_that_is_none_keeps_the_message_and_nothing_else_happens(
    engine: Engine, receiver: Receiver, address: str
) -> None:
    given = work(engine, receiver)
    settings = Settings.model_construct(**{**given.settings.model_dump(), "webhook_url": address})
    deliver.run(Work(engine, settings, "t", given.now, lambda: None, dict))
    assert state(engine)[0][0] in {"failed", "waiting"}


@pytest.mark.usefixtures("twelve")
def test_a_receiver_that_asks_for_patience_gets_it_and_then_all_messages(
    engine: Engine, receiver: Receiver
) -> None:
    """However often it asks: a delivery is given up by its age."""
    receiver.answers, receiver.headers = [429], {"Retry-After": "4"}
    for _ in range(20):
        deliver.run(work(engine, receiver))
        soon(engine)
    assert states(engine) == {"waiting": 12}
    receiver.answers = [200]
    deliver.run(work(engine, receiver))
    assert states(engine) == {"sent": 12}


@pytest.mark.usefixtures("twelve")
def test_what_a_receiver_asked_for_holds_for_all_that_waits_for_it(
    engine: Engine, receiver: Receiver
) -> None:
    receiver.answers, receiver.headers = [429], {"Retry-After": "30"}
    deliver.run(work(engine, receiver))
    assert len(receiver.keys) == 1
    with engine.begin() as conn:
        assert rows(conn, "SELECT sum(attempts) FROM journal.delivery") == [(1,)]


@pytest.mark.usefixtures("one_alert")
@pytest.mark.parametrize(
    ("asked", "shortest", "longest"),
    [
        ("4", 2, 4),
        ("99999999999999", 3590, 3600),
        ("9" * 400, 3590, 3600),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3590, 3600),
        ("-5", 5, 13),  # as if it had not been said
        ("0", 5, 13),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 5, 13),
        ("soon", 5, 13),
        ("١٢", 5, 13),
        ("Fri, 99 Foo 99999 99:99:99 GMT", 5, 13),
        ("", 5, 13),
    ],
)
def test_retry_after_of_any_form_and_size_is_bounded(
    engine: Engine, receiver: Receiver, asked: str, shortest: float, longest: float
) -> None:
    receiver.answers, receiver.headers = [429], {"Retry-After": asked.encode().decode("latin-1")}
    deliver.run(work(engine, receiver))
    assert state(engine) == [("waiting", 1, "HTTP 429")]
    assert shortest <= wait_seconds(engine) <= longest


@pytest.mark.usefixtures("one_alert")
def test_retry_after_may_be_a_date(engine: Engine, receiver: Receiver) -> None:
    with engine.begin() as conn:
        asked = board_now(conn) + timedelta(seconds=60)
    receiver.answers = [503]
    receiver.headers = {"Retry-After": format_datetime(asked.astimezone(UTC), usegmt=True)}
    deliver.run(work(engine, receiver))
    assert 50 <= wait_seconds(engine) <= 60


@pytest.mark.usefixtures("one_alert")
def test_after_six_hours_a_message_is_given_up_and_kept(engine: Engine, receiver: Receiver) -> None:
    receiver.answers = [503]
    with engine.begin() as conn:
        conn.exec_driver_sql("UPDATE journal.delivery SET created_at = now() - interval '5 h 59 min 58 s'")
    deliver.run(work(engine, receiver))
    assert state(engine) == [("dead", 1, "HTTP 503")]
    soon(engine)
    assert deliver.run(work(engine, receiver)) == 0


def test_waits_double_are_spread_and_are_never_longer_than_half_an_hour() -> None:
    failure = SendError("HTTP 500")
    waits = [(next_try(at(), n, failure, 0.5) - at()).total_seconds() for n in (1, 2, 3, 9, 5_000)]
    assert waits == [10, 20, 40, 1800, 1800]
    spread = [(next_try(at(), 1, failure, jitter) - at()).total_seconds() for jitter in (0, 1)]
    assert spread == [7.5, 12.5]
