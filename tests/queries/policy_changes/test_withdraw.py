"""A withdrawn policy leaves nothing behind: derived rows and alerts are those of a board without it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from config.policy import DEFAULT
from config.settings import Settings
from jobs.alerts.notify import notify
from queries import db
from queries.alerts.rule import Alert
from queries.alerts.settled import settle as settle_alerts
from queries.alerts.sweep import end_alerts
from queries.clocks.write import TABLES
from queries.intake.replay import start_clock
from queries.organisation import scope_of
from queries.policy_changes.dry_run import apply
from queries.policy_changes.versions import NotAllowed, in_force, versions, withdrawable
from queries.policy_changes.withdraw import withdraw, withdraw_as
from tests.build import at, complaint, cross_timers, derive, organisation, rows, settle, take, together
from tests.queries.policy_changes.changes import NOW, TEXT, changed, story

HARSHER = TEXT.replace('budget = "24h"', 'budget = "1h"').replace(
    'met_by = "plan"', 'met_by = "plan"\non = false'
)
HOUR, SOON = timedelta(hours=1), timedelta(minutes=1)
Table = list[tuple[object, ...]]


@pytest.fixture
def conn(conn: Connection) -> Connection:
    """The first policy was applied before all that these tests tell of; it is NOW."""
    conn.execute(text("UPDATE journal.policy_version SET applied_at = :then"), {"then": at(days=-30)})
    start_clock(conn, NOW, 1.0)
    organisation(conn)
    return conn


def derived(conn: Connection) -> dict[str, Table]:
    """All that follows from the facts; what has fired is gone from timers, which derive anew."""
    derive(conn)
    return {
        table.name: rows(
            conn, f"SELECT {', '.join(table.columns)} FROM derived.{table.name} ORDER BY 1, 2, 3, 4"
        )
        for table in TABLES
        if table.name != "timer"
    }


def sweep(conn: Connection, now: datetime) -> list[Alert]:
    """As the job does, with a message each; this board's clock is no replay's, or nothing would be told."""
    alerts = cross_timers(conn, now)
    settle_alerts(conn, now)
    end_alerts(conn, now)
    with_clock = rows(conn, "SELECT anchor, started, speed FROM journal.clock")[0]
    conn.execute(text("DELETE FROM journal.clock"))
    notify(conn, alerts, Settings(webhook_url="https://example.com/hook"), now)
    conn.execute(
        text("INSERT INTO journal.clock (anchor, started, speed) VALUES (:a, :s, :v)"),
        dict(zip(("a", "s", "v"), with_clock, strict=True)),
    )
    return alerts


def later(conn: Connection, number: int) -> None:
    """What comes in while the harsher version stands: a new complaint, a change of tier, an end."""
    some = [
        ("tier", NOW + HOUR / 4, "1"),
        ("status", NOW + HOUR / 3, "resolved"),
        ("status", NOW + HOUR / 2, "closed"),
    ]
    take(conn, complaint(f"N{number}", NOW + HOUR / 5, *some[: number % 4], tier=2))


@pytest.mark.parametrize("body", [HARSHER, changed("in hours"), changed("other days"), changed("pausing")])
@pytest.mark.parametrize("move_open", [True, False])
def test_what_is_derived_is_what_would_have_been_without_it(
    conn: Connection, body: str, move_open: bool
) -> None:
    settle(conn, together(story(number) for number in range(80)))
    version = apply(conn, body, move_open, "test")
    derive(conn)
    for number in range(8):
        later(conn, number)
    harsher = derived(conn)
    withdraw(conn, version, "test")
    found = derived(conn)
    for table in ("policy_withdrawal", "policy_version"):
        conn.execute(text(f"DELETE FROM journal.{table} WHERE version = 2"))
    conn.exec_driver_sql("INSERT INTO derived.dirty SELECT complaint_id FROM facts.complaint")
    assert found == derived(conn)
    assert found != harsher


def test_its_alerts_are_withdrawn_unsent_messages_cancelled_and_others_stand(conn: Connection) -> None:
    settle(
        conn,
        complaint("old", NOW - 30 * HOUR),
        complaint("new", NOW - 2 * HOUR, ("first_contact", NOW, None)),
    )
    sweep(conn, NOW)
    before = set(rows(conn, "SELECT rule, subject FROM journal.alert"))
    version = apply(conn, HARSHER, True, "test")
    derive(conn)
    its = {(one.rule, one.subject) for one in sweep(conn, NOW + HOUR)}
    assert any(rule == "breached" for rule, _ in its)
    withdraw(conn, version, "test")
    derive(conn)
    found = rows(conn, "SELECT rule, subject, withdrawn_at IS NOT NULL FROM journal.alert")
    assert {(rule, subject) for rule, subject, gone in found if gone} == its
    assert {(rule, subject) for rule, subject, gone in found if not gone} == before
    sent = rows(
        conn,
        "SELECT DISTINCT d.state, a.withdrawn_at IS NOT NULL FROM journal.delivery d JOIN journal.alert a "
        "USING (alert_id) ORDER BY 1",
    )
    assert sent == [("cancelled", True), ("waiting", False)]


def test_a_storm_of_its_alerts_was_one_message_which_is_cancelled(conn: Connection) -> None:
    settle(conn, *(complaint(f"A{n}", NOW - 2 * HOUR, ("first_contact", NOW, None)) for n in range(9)))
    sweep(conn, NOW)
    version = apply(conn, HARSHER, True, "test")
    derive(conn)
    sweep(conn, NOW + SOON)
    digests = "SELECT state, count(*) FROM journal.delivery WHERE digest_of = 9 GROUP BY 1"
    assert rows(conn, digests) == [("waiting", 2)]  # one of the verifications, which were due anyway
    withdraw(conn, version, "test")
    derive(conn)
    assert sorted(rows(conn, digests)) == [("cancelled", 1), ("waiting", 1)]


def test_what_breaches_after_the_withdrawal_is_alerted_as_ever(conn: Connection) -> None:
    settle(conn, complaint("A", NOW - 2 * HOUR))
    sweep(conn, NOW)
    version = apply(conn, HARSHER, True, "test")
    derive(conn)
    sweep(conn, NOW + SOON)
    withdraw(conn, version, "test")
    derive(conn)
    feedback = ":feedback:"
    told = [one.rule for one in sweep(conn, NOW + 20 * HOUR) if feedback in one.subject]
    assert told == ["at_risk"]
    told = [one.rule for one in sweep(conn, NOW + 22 * HOUR + HOUR / 2) if feedback in one.subject]
    assert told == ["breached"]
    assert rows(
        conn,
        "SELECT rule, occurrence, withdrawn_at IS NOT NULL FROM journal.alert WHERE target = 'feedback' "
        "AND rule = 'breached' ORDER BY 2",
    ) == [("breached", 1, True), ("breached", 2, False)]


def test_an_alert_that_is_over_already_is_withdrawn_too(conn: Connection) -> None:
    settle(conn, complaint("A", NOW - 2 * HOUR))
    version = apply(conn, HARSHER, True, "test")
    derive(conn)
    sweep(conn, NOW + SOON)
    take(conn, complaint("A", NOW - 2 * HOUR, ("feedback", NOW + HOUR / 2, None)))
    derive(conn)
    sweep(conn, NOW + HOUR)
    asked = "SELECT ended_at IS NULL, withdrawn_at IS NULL FROM journal.alert WHERE target = 'feedback'"
    assert rows(conn, asked) == [(False, True)]
    withdraw(conn, version, "test")
    derive(conn)
    assert rows(conn, asked) == [(False, False)]


def test_the_list_and_the_version_in_force_show_it(conn: Connection) -> None:
    apply(conn, HARSHER, True, "test")
    now = db.board_now(conn)
    assert [row.version for row in withdrawable(versions(conn), now)] == [2]
    withdraw(conn, 2, "somebody")
    newest = in_force(versions(conn))
    assert newest is not None
    assert newest.version == 1
    assert [(row.version, row.withdrawn_by) for row in versions(conn)] == [(2, "somebody"), (1, None)]
    assert withdrawable(versions(conn), now) == []


REFUSED: dict[str, tuple[Callable[[Connection], object], int]] = {
    "There is no policy version 7; the newest is 2": (lambda conn: None, 7),
    "more than a day ago, and people have acted on it": (
        lambda conn: start_clock(conn, NOW + timedelta(hours=25), 1.0), 2,
    ),
    "Version 2 is withdrawn since": (lambda conn: withdraw(conn, 2, "test"), 2),
    "Version 1 was applied at .* more than a day ago": (lambda conn: None, 1),
}  # fmt: skip


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_may_not_be_withdrawn_is_said(conn: Connection, sentence: str) -> None:
    apply(conn, HARSHER, False, "test")
    before, version = REFUSED[sentence]
    before(conn)
    with pytest.raises(NotAllowed, match=sentence):
        withdraw(conn, version, "test")


def test_the_policy_that_a_board_began_with_stays(conn: Connection) -> None:
    start_clock(conn, at(days=-30) + HOUR, 1.0)
    apply(conn, HARSHER, False, "test")
    assert [row.version for row in withdrawable(versions(conn), db.board_now(conn))] == [2]
    with pytest.raises(
        NotAllowed, match="Version 1 is what the board began with: apply another policy instead"
    ):
        withdraw(conn, 1, "test")


def test_a_version_is_withdrawn_once_whoever_asks(conn: Connection) -> None:
    apply(conn, HARSHER, False, "test")
    withdraw(conn, 2, "test")
    with pytest.raises(IntegrityError), conn.begin_nested():
        conn.exec_driver_sql("INSERT INTO journal.policy_withdrawal SELECT * FROM journal.policy_withdrawal")


def test_only_an_administrator_withdraws_from_the_page(engine: Engine, database_url: str) -> None:
    with engine.begin() as conn:
        organisation(conn)
        apply(conn, DEFAULT.read_text("utf-8"), False, "test")
    app = db.engine(database_url, role="board_app")
    for login, allowed in (("supervisor", False), ("manager", False), ("administrator", True)):
        with engine.begin() as conn:
            scope = scope_of(conn, login)
        assert scope is not None
        if allowed:
            withdraw_as(app, scope, 2)
        else:
            with pytest.raises(ProgrammingError, match=r"administrator|permission denied"):
                withdraw_as(app, scope, 2)
    with engine.begin() as conn:
        assert rows(conn, "SELECT version, withdrawn_by FROM journal.policy_withdrawal") == [
            (2, "administrator")
        ]
        assert rows(conn, "SELECT person, action, subject FROM journal.audit") == [
            ("administrator", "withdraw_policy", "policy_version:2")
        ]


def test_a_withdrawal_is_never_rewritten_by_the_jobs(engine: Engine, database_url: str) -> None:
    with engine.begin() as conn:
        apply(conn, DEFAULT.read_text("utf-8"), False, "test")
    jobs = db.engine(database_url, role="board_jobs")
    with jobs.begin() as conn:
        withdraw(conn, 2, "test")
    for sql in (
        "DELETE FROM journal.policy_withdrawal",
        "UPDATE journal.policy_withdrawal SET withdrawn_by = ''",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), jobs.begin() as conn:
            conn.execute(text(sql))
