"""Alerts as people see them, and taking them up."""

from datetime import date

import pytest
from sqlalchemy import Connection, Engine

from config.settings import Settings
from jobs import sweep
from jobs.work import Work
from queries import db
from queries.filters import Filters
from queries.organisation import scope_of
from queries.pages import alerts
from tests.build import MONDAY, at, complaint, organisation, rows, settle

ALL = Filters(date(2026, 3, 1), date(2026, 3, 8))
NOW = at(minutes=12)


@pytest.fixture
def rung(engine: Engine) -> Engine:
    """Two breached first contacts, the urgent one in Beijing; both were warned of before."""
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, complaint("GD", MONDAY), complaint("BJ", MONDAY, tier=1, region="BJ-01"))
    for minutes in (9, 11):
        work = Work(
            engine, Settings(webhook_url="http://127.0.0.1:9/"), "t", at(minutes=minutes), lambda: None, dict
        )
        sweep.run(work)
    return engine


def shown(conn: Connection, which: alerts.Which = "open") -> list[tuple[str | None, str, str]]:
    return [(one.external_id, one.rule, one.level) for one in alerts.alerts(conn, ALL, which, 50, NOW)]


def test_the_most_urgent_come_first_and_a_breach_ends_its_warning(rung: Engine) -> None:
    with rung.begin() as conn:
        assert shown(conn) == [("BJ", "breached", "critical"), ("GD", "breached", "warning")]
        assert len(shown(conn, "all")) == 4
        found = alerts.counts(conn, ALL, at(minutes=12))
        assert (found.open, found.critical, found.acknowledged) == (2, 1, 0)


def test_taking_up_an_alert_is_done_once_and_written_down(rung: Engine) -> None:
    with rung.begin() as conn:
        ids = [one.alert_id for one in alerts.alerts(conn, ALL, "open", 50, NOW)]
        assert alerts.acknowledge(conn, ids[:1], "supervisor", "called", at(minutes=12)) == 1
        assert alerts.acknowledge(conn, ids[:1], "manager", None, at(minutes=13)) == 0
        assert shown(conn) == [("GD", "breached", "warning")]
        assert shown(conn, "acknowledged") == [("BJ", "breached", "critical")]
        assert rows(conn, "SELECT person, action, subject FROM journal.audit") == [
            ("supervisor", "acknowledge", f"alert:{ids[0]}")
        ]


def test_deliveries_show_what_is_not_sent(rung: Engine) -> None:
    with rung.begin() as conn:
        found = [(one.rule, one.state, one.attempts) for one in alerts.deliveries(conn, 10, NOW)]
    assert sorted(found) == [
        ("at_risk", "cancelled", 0),
        ("breached", "waiting", 0),
        ("breached", "waiting", 0),
    ]


def test_a_manager_neither_sees_nor_takes_up_another_provinces_alert(rung: Engine, database_url: str) -> None:
    with rung.begin() as conn:
        everywhere = {one.external_id: one.alert_id for one in alerts.alerts(conn, ALL, "open", 50, NOW)}
        manager = scope_of(conn, "manager")
    assert manager is not None
    app = db.engine(database_url, role="board_app")
    with db.reading(app, manager) as conn:
        assert shown(conn) == [("GD", "breached", "warning")]
        assert {one.rule for one in alerts.deliveries(conn, 10, NOW)} == {"breached"}
    with db.writing(app, manager) as conn:
        assert alerts.acknowledge(conn, list(everywhere.values()), "manager", None, at(minutes=12)) == 1


def given_up(engine: Engine) -> None:
    """As after a receiver refused one of them and was away for hours from the other."""
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "UPDATE journal.delivery SET attempts = 3, given_up_at = '2026-03-02T01:11Z', "
            "state = CASE WHEN region_id = 0 THEN 'dead' ELSE 'failed' END "
            "FROM (SELECT alert_id AS id, coalesce(region_id, 0) AS region_id FROM journal.alert "
            "WHERE rule = 'breached') a WHERE id = alert_id AND state = 'waiting'"
        )


def test_what_was_refused_is_sent_again_by_one_press_and_written_down(rung: Engine) -> None:
    given_up(rung)
    with rung.begin() as conn:
        assert alerts.counts(conn, ALL, NOW).refused == 2
        assert alerts.send_again(conn, "supervisor", NOW) == 2
        assert alerts.send_again(conn, "supervisor", NOW) == 0
        assert alerts.counts(conn, ALL, NOW).refused == 0
        assert rows(
            conn,
            "SELECT DISTINCT state, attempts, next_at, again_at, given_up_at FROM journal.delivery "
            "WHERE state <> 'cancelled'",
        ) == [("waiting", 0, NOW, NOW, None)]
        audit = "SELECT happened_at, person, action, split_part(subject, ':', 1) FROM journal.audit"
        assert rows(conn, audit) == [(NOW, "supervisor", "send_again", "delivery")] * 2


def test_what_was_refused_more_than_a_week_ago_is_not_sent_again(rung: Engine) -> None:
    given_up(rung)
    with rung.begin() as conn:
        assert alerts.counts(conn, ALL, at(days=8)).refused == 0
        assert alerts.send_again(conn, "supervisor", at(days=8)) == 0


def test_a_manager_sends_only_the_own_provinces_messages_again(rung: Engine) -> None:
    given_up(rung)
    with rung.begin() as conn:
        manager = scope_of(conn, "manager")
    assert manager is not None
    with db.writing(rung, manager) as conn:
        assert alerts.counts(conn, ALL, NOW).refused == 1
        assert alerts.send_again(conn, "manager", NOW) == 1
    with rung.begin() as conn:
        assert alerts.counts(conn, ALL, NOW).refused == 1
