"""What becomes of alerts when their deadlines move, end or vanish: by what was derived since."""

import threading
from datetime import datetime

import pytest
from sqlalchemy import Engine, text

from config.settings import Settings
from config.vocabulary import ALL_MILESTONES
from jobs import sweep
from jobs.work import Work
from queries.clocks import write
from queries.intake import facts
from queries.intake.facts import Attempt, Batch, Observation
from queries.pages import alerts
from tests.build import MONDAY, SOURCE, at, complaint, cross_timers, derive, id_of, organisation, rows
from tests.build import settle as derived
from tests.jobs.alerting import ALL

BREACHED = (
    "SELECT target, level, ended_at, withdrawn_at IS NOT NULL FROM journal.alert "
    "WHERE rule = 'breached' ORDER BY alert_id"
)


def fill(engine: Engine, *batches: Batch, source: facts.Source = SOURCE) -> None:
    with engine.begin() as conn:
        organisation(conn)
        derived(conn, *batches, source=source)


def look(engine: Engine, now: datetime) -> None:
    sweep.run(Work(engine, Settings(webhook_url="http://127.0.0.1:9/"), "test", now, lambda: None, dict))


def seen(name: str, field: str, when: datetime, value: str | None = None, place: int = 9) -> Batch:
    return Batch(observations=[Observation(name, field, when, value, place)])


def found(engine: Engine, sql: str = BREACHED) -> list[tuple[object, ...]]:
    with engine.begin() as conn:
        return rows(conn, sql)


@pytest.mark.parametrize(("before", "after"), [(2, "1"), (1, "2"), (1, "3")])
def test_a_tier_that_changes_after_the_breach_rings_no_second_time(
    engine: Engine, before: int, after: str
) -> None:
    fill(engine, complaint("A", tier=before))
    look(engine, at(minutes=11))
    first = found(engine)
    fill(engine, seen("A", "tier", at(minutes=12), after))
    look(engine, at(minutes=13))
    again = [one for one in found(engine) if one[0] == "first_contact"]
    assert again == first == [("first_contact", "critical" if before == 1 else "warning", None, False)]


def test_a_surge_made_tier_1_rings_none_of_its_breaches_again(engine: Engine) -> None:
    names = [f"A{number}" for number in range(30)]
    fill(engine, *(complaint(name) for name in names))
    look(engine, at(minutes=11))
    fill(engine, *(seen(name, "tier", at(minutes=20), "1") for name in names))
    look(engine, at(minutes=21))
    told = "SELECT count(*), count(DISTINCT subject) FROM journal.alert WHERE rule = 'breached' "
    assert found(engine, told + "AND target = 'first_contact'") == [(30, 30)]


def test_a_due_time_that_a_late_fact_moves_withdraws_the_breach_and_its_own_rings_anew(
    engine: Engine,
) -> None:
    """Of a plan: due 30 minutes after the complaint became tier 1, which was later than was known."""
    fill(engine, complaint("A", MONDAY, ("tier", at(minutes=1), "1")))
    look(engine, at(minutes=32))
    assert [one[0] for one in found(engine)] == ["first_contact", "plan"]
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "UPDATE derived.deadline SET due_at = due_at + interval '2 h' WHERE target = 'plan'"
        )
        conn.execute(
            text(
                "INSERT INTO derived.timer SELECT complaint_id, target, party_id, episode, 'due', due_at "
                "FROM derived.deadline WHERE target = 'plan'"
            )
        )
        conn.execute(text(write.MARK_UNSETTLED_SQL), {"ids": [id_of(conn, "A")], "known": True})
    look(engine, at(1))
    assert found(engine)[1:] == [("plan", "critical", None, True)]
    look(engine, at(3))
    assert found(engine)[1:] == [("plan", "critical", None, True), ("plan", "critical", None, False)]
    look(engine, at(4))
    assert len(found(engine)) == 3


def test_a_breach_that_ended_before_a_sweep_looked_is_written_down_and_told_to_nobody(engine: Engine) -> None:
    fill(engine, complaint("A"))
    fill(engine, seen("A", "first_contact", at(minutes=14)))
    look(engine, at(minutes=15))
    assert found(engine) == [("first_contact", "warning", at(minutes=14), False)]
    assert found(engine, "SELECT * FROM journal.delivery") == []
    look(engine, at(minutes=16))
    assert len(found(engine)) == 1


def test_a_live_complaint_that_arrives_with_its_breach_and_end_has_a_row_too(engine: Engine) -> None:
    fill(engine, complaint("A", MONDAY, ("first_contact", at(minutes=14), None)))
    look(engine, at(minutes=15))
    assert found(engine) == [("first_contact", "warning", at(minutes=14), False)]


def test_an_import_of_history_brings_no_alert_of_what_is_over(engine: Engine) -> None:
    past = facts.Source("old", ALL_MILESTONES, is_history=True)
    fill(engine, complaint("A", MONDAY, ("first_contact", at(minutes=14), None)), source=past)
    fill(engine, seen("A", "status", at(20), "resolved"), source=past)
    look(engine, at(days=31))
    assert found(engine, "SELECT * FROM journal.alert WHERE ended_at IS NOT NULL") == []


def test_a_callback_made_late_before_a_sweep_looked_is_written_down(engine: Engine) -> None:
    fill(engine, complaint("A", MONDAY, ("status", at(1), "resolved")))
    fill(engine, Batch(attempts=[Attempt("A", "confirm_solved", 1, "k", at(days=5), "confirmed")]))
    look(engine, at(days=5.1))
    over = "SELECT target, level, ended_at FROM journal.alert WHERE rule = 'callback_overdue'"
    assert ("confirm_solved", "info", at(days=5)) in found(engine, over)


def test_the_page_says_that_a_breach_was_over_before_it_was_seen(engine: Engine) -> None:
    fill(engine, complaint("A"))
    fill(engine, seen("A", "first_contact", at(minutes=14)))
    look(engine, at(minutes=15))
    with engine.begin() as conn:
        (row,) = [one for one in alerts.alerts(conn, ALL, "all", 9, at(1)) if one.rule == "breached"]
        assert alerts.counts(conn, ALL, at(1)).open == 0
    assert row.was_over


def test_a_breach_that_had_ended_is_withdrawn_when_a_fact_shows_it_was_met_in_time(engine: Engine) -> None:
    fill(engine, complaint("A"))
    look(engine, at(minutes=11))
    fill(engine, seen("A", "first_contact", at(minutes=14)))
    look(engine, at(minutes=15))
    assert found(engine) == [("first_contact", "warning", at(minutes=14), False)]
    fill(engine, seen("A", "first_contact", at(minutes=8)))
    look(engine, at(minutes=16))
    assert found(engine) == [("first_contact", "warning", at(minutes=8), True)]


@pytest.mark.parametrize("ended", [False, True])
def test_the_alert_of_a_deadline_that_is_gone_is_withdrawn(engine: Engine, ended: bool) -> None:
    """A tier that was never 1, as is learned later: there is no plan."""
    fill(
        engine,
        complaint(
            "A",
            MONDAY,
            (
                "tier",
                at(minutes=1),
                "1",
            ),
            tier=2,
        ),
    )
    look(engine, at(minutes=40))
    if ended:
        fill(engine, seen("A", "plan", at(minutes=41)))
        look(engine, at(minutes=42))
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "DELETE FROM facts.complaint_event WHERE field IN ('tier', 'plan') AND value = '1'"
        )
        conn.exec_driver_sql("DELETE FROM facts.complaint_event WHERE field = 'plan'")
        conn.execute(text("INSERT INTO derived.dirty (complaint_id) VALUES (:id)"), {"id": id_of(conn, "A")})
        derive(conn)
        assert rows(conn, "SELECT FROM derived.deadline WHERE target = 'plan'") == []
    look(engine, at(minutes=43))
    plans = "SELECT DISTINCT withdrawn_at FROM journal.alert WHERE target = 'plan'"
    assert found(engine, plans) == [(at(minutes=43),)]


def test_a_withdrawn_alert_that_was_not_sent_yet_is_not_sent(engine: Engine) -> None:
    fill(engine, complaint("A", tier=1))
    look(engine, at(minutes=11))
    fill(engine, seen("A", "first_contact", at(minutes=8)))
    look(engine, at(minutes=12))
    states = (
        "SELECT state FROM journal.delivery JOIN journal.alert a USING (alert_id) WHERE rule = 'breached'"
    )
    assert found(engine, states) == [("cancelled",)]


@pytest.mark.parametrize(("met", "is_withdrawn"), [(12, False), (9, True)])
def test_what_ends_while_a_sweep_rings_it_has_one_alert_and_that_is_settled(
    engine: Engine, met: int, is_withdrawn: bool
) -> None:
    fill(engine, complaint("A"))
    batch = seen("A", "first_contact", at(minutes=met))
    with engine.begin() as ringing:
        assert len(cross_timers(ringing, at(minutes=11))) == 1
        deriving = threading.Thread(target=fill, args=(engine, batch))
        deriving.start()
        deriving.join(0.5)
        look(engine, at(minutes=13))
    deriving.join(20)
    look(engine, at(minutes=14))
    assert found(engine) == [("first_contact", "warning", at(minutes=met), is_withdrawn)]
