"""Alerts by breach risk: once around the limit, once for many processes, none for what is over."""

import threading
from collections.abc import Iterable
from datetime import datetime

import pytest
from sqlalchemy import Engine, text

from jobs import risk, sweep
from queries.alerts.rule import find
from queries.alerts.rules import likely_breach
from queries.intake.facts import Batch, Observation
from queries.pages import alerts
from tests.build import MONDAY, at, complaint
from tests.jobs.alerting import ALL, floor, found, judged, say, work

RAISED = "SELECT occurrence, ended_at FROM journal.alert WHERE rule = 'likely_breach' ORDER BY alert_id"
NEAR = at(23)  # the feedback of what was received on Monday is due an hour later


def minutes(of: Iterable[float | None], engine: Engine) -> None:
    for minute, p in enumerate(of):
        judged(engine, at(23, minute), A=p)


def test_a_value_around_the_limit_rings_once_and_again_only_after_a_real_fall(engine: Engine) -> None:
    floor(engine, complaint("A"))
    minutes((0.69, 0.71, 0.65, 0.72, 0.59, 0.71), engine)
    assert found(engine, RAISED) == [(1, at(23, 4)), (2, None)]


def test_exactly_at_the_limits_it_is_on_and_stays_on(engine: Engine) -> None:
    floor(engine, complaint("A"))
    minutes((0.7, 0.6), engine)
    assert found(engine, RAISED) == [(1, None)]


def test_a_deadline_that_loses_its_number_keeps_its_alert(engine: Engine) -> None:
    floor(engine, complaint("A"))
    minutes((0.8, None, None, 0.8), engine)
    assert found(engine, RAISED) == [(1, None)]


def test_only_what_falls_due_within_two_hours_rings(engine: Engine) -> None:
    floor(engine, complaint("A"))
    judged(engine, at(21.9), A=0.99)
    assert found(engine, RAISED) == []
    risk.run(work(engine, at(22)))
    assert found(engine, "SELECT crossed_at, decided_at, found_late FROM journal.alert") == [
        (at(22), at(22), False)
    ]


def test_what_is_past_due_is_a_breach_and_no_longer_likely(engine: Engine) -> None:
    floor(engine, complaint("A"), complaint("B"))
    judged(engine, NEAR, A=0.9)
    sweep.run(work(engine, at(24.01)))
    judged(engine, at(24.01), A=0.9, B=0.9)
    assert found(engine, RAISED) == [(1, at(24.01))]


def test_what_was_met_since_the_number_was_computed_does_not_ring(engine: Engine) -> None:
    floor(engine, complaint("A", MONDAY, ("feedback", NEAR, None)))
    judged(engine, at(23, minutes=0.2), A=0.95)
    assert found(engine, RAISED) == []


def test_an_alert_is_over_when_its_deadline_is_met_at_that_instant(engine: Engine) -> None:
    floor(engine, complaint("A"))
    judged(engine, NEAR, A=0.95)
    floor(engine, Batch(observations=[Observation("A", "feedback", at(23, 1), None, 9)]))
    risk.run(work(engine, at(23, 2)))
    assert found(engine, RAISED) == [(1, at(23, 1))]


def test_an_alert_is_over_when_its_deadline_is_cancelled(engine: Engine) -> None:
    floor(engine, complaint("A"))
    judged(engine, NEAR, A=0.95)
    floor(engine, Batch(observations=[Observation("A", "status", at(23, 1), "withdrawn", 9)]))
    sweep.run(work(engine, at(23, 2)))
    assert found(engine, RAISED) == [(1, at(23, 1))]


@pytest.mark.parametrize("due_at", [None, at(40)], ids=["paused", "moved away"])
def test_an_alert_is_over_when_nothing_falls_due_so_soon_any_more(
    engine: Engine, due_at: datetime | None
) -> None:
    floor(engine, complaint("A"))
    judged(engine, NEAR, A=0.95)
    with engine.begin() as conn:
        conn.execute(
            text("UPDATE derived.deadline SET due_at = :due WHERE target = 'feedback'"), {"due": due_at}
        )
    risk.run(work(engine, at(23, 1)))
    assert found(engine, RAISED) == [(1, at(23, 1))]


def test_deadlines_of_co_owners_and_callbacks_ring_too(engine: Engine) -> None:
    floor(
        engine,
        complaint("A", MONDAY, ("1.requested", at(22), "BILL")),
        complaint("B", MONDAY, ("status", at(1), "resolved")),
    )
    with engine.begin() as conn:
        say(conn, "A", "opinion", 0.75, at(25), party=1)
    risk.run(work(engine, at(25)))
    with engine.begin() as conn:
        say(conn, "B", "confirm_solved", 0.75, at(86))
    risk.run(work(engine, at(86)))
    ids = dict(found(engine, "SELECT external_id, complaint_id FROM facts.complaint"))
    rung = found(engine, "SELECT subject, target FROM journal.alert WHERE rule = 'likely_breach'")
    assert rung == [
        (f"deadline:{ids['A']}:opinion:1:1", "opinion"),
        (f"callback:{ids['B']}:confirm_solved:0:1", "confirm_solved"),
    ]


def test_two_processes_at_once_ring_once(engine: Engine) -> None:
    floor(engine, *(complaint(f"A{number}") for number in range(20)))
    with engine.begin() as conn:
        for number in range(20):
            say(conn, f"A{number}", "feedback", 0.9, NEAR)
    decided: list[int] = []

    def judge() -> None:
        with engine.begin() as conn:
            decided.append(len(find(conn, likely_breach.RULE, NEAR).alerts))

    first = engine.connect()
    with first.begin():
        decided.append(len(find(first, likely_breach.RULE, NEAR).alerts))
        others = [threading.Thread(target=judge, daemon=True) for _ in range(2)]
        for other in others:
            other.start()
        _until_waiting(engine, 2)
    for other in others:
        other.join(60)
    first.close()
    assert sorted(decided) == [0, 0, 20]
    assert found(
        engine, "SELECT count(*), max(occurrence) FROM journal.alert WHERE rule = 'likely_breach'"
    ) == [(20, 1)]


def _until_waiting(engine: Engine, many: int) -> None:
    """The others hold at the rows that the first has not committed yet."""
    for _ in range(500):
        waiting = found(
            engine,
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE wait_event_type = 'Lock' AND pg_sleep(0.01) IS NOT NULL",
        )
        if waiting == [(many,)]:
            return
    pytest.fail("nobody waited")


def test_the_message_carries_the_number_with_its_evidence_in_both_languages_and_nothing_personal(
    engine: Engine,
) -> None:
    floor(engine, complaint("A", category="billing_dispute"))
    judged(engine, NEAR, A=0.92)
    ((title, chinese, stars, due, whole),) = found(
        engine,
        "SELECT message ->> 'title', message ->> 'title_zh', message ->> 'stars', message ->> 'due_at', "
        "message::text FROM journal.delivery",
    )
    evidence = "(92 %, adjusted: of 700 similar 633 breached)"
    assert title == f"Likely to breach: Progress feedback of complaint A {evidence}"
    assert chinese == "很可能超时：投诉 A 的反馈进展（92%，经修正：同类时限 633/700 已超时）"
    assert (stars, datetime.fromisoformat(str(due))) == ("★★", at(24))
    assert "Title A" not in str(whole)


def test_more_than_five_at_once_are_one_digest(engine: Engine) -> None:
    names = [f"A{number}" for number in range(6)]
    floor(engine, *map(complaint, names))
    judged(engine, NEAR, **dict.fromkeys(names, 0.9))
    assert found(engine, "SELECT digest_of, message ->> 'rule' FROM journal.delivery") == [
        (6, "likely_breach")
    ]


def test_what_crossed_more_than_an_hour_ago_is_found_late_and_goes_into_a_digest(engine: Engine) -> None:
    """The jobs stood still from before it fell due so soon."""
    floor(engine, complaint("A"))
    with engine.begin() as conn:
        say(conn, "A", "feedback", 0.9, at(21))
    risk.run(work(engine, at(23.5)))
    assert found(engine, "SELECT crossed_at, found_late FROM journal.alert") == [(at(22), True)]
    assert found(engine, "SELECT digest_of FROM journal.delivery") == [(1,)]


def test_in_a_replay_nothing_leaves_the_board(engine: Engine) -> None:
    floor(engine, complaint("A"))
    with engine.begin() as conn:
        conn.exec_driver_sql("INSERT INTO journal.clock (anchor, started, speed) VALUES (now(), now(), 10)")
    judged(engine, NEAR, A=0.9)
    assert len(found(engine, RAISED)) == 1
    assert found(engine, "SELECT * FROM journal.delivery") == []


@pytest.mark.parametrize(
    ("p", "minute"), [(0.9, at(24.01)), (0.5, at(23, 1))], ids=["breached", "less likely"]
)
def test_over_what_was_not_sent_yet_is_not_sent(engine: Engine, p: float, minute: datetime) -> None:
    floor(engine, complaint("A"))
    judged(engine, NEAR, A=0.9)
    judged(engine, minute, A=p)
    sweep.run(work(engine, minute))
    states = (
        "SELECT d.state FROM journal.delivery d JOIN journal.alert a USING (alert_id) "
        "WHERE a.rule = 'likely_breach'"
    )
    assert found(engine, states) == [("cancelled",)]


@pytest.mark.parametrize(("p", "level", "sent"), [(0.2, "info", 0), (None, "warning", 1)])
def test_the_share_of_time_warns_outside_the_board_only_of_what_has_no_number(
    engine: Engine, p: float | None, level: str, sent: int
) -> None:
    floor(engine, complaint("A", tier=1))
    with engine.begin() as conn:
        say(conn, "A", "plan", p, at(0.1))
    sweep.run(work(engine, at(minutes=25)))
    warned = "FROM journal.alert WHERE rule = 'at_risk' AND target = 'plan'"
    assert found(engine, f"SELECT level {warned}") == [(level,)]
    assert found(
        engine, f"SELECT count(*) FROM journal.delivery WHERE alert_id IN (SELECT alert_id {warned})"
    ) == [(sent,)]


def test_a_number_that_comes_later_does_not_warn_a_second_time(engine: Engine) -> None:
    floor(engine, complaint("A", tier=1))
    sweep.run(work(engine, at(minutes=25)))
    floor(engine, Batch(observations=[Observation("A", "owner", at(minutes=26), "li", 9)]))
    with engine.begin() as conn:
        say(conn, "A", "plan", 0.2, at(minutes=26))
    sweep.run(work(engine, at(minutes=27)))
    warned = "SELECT level FROM journal.alert WHERE rule = 'at_risk' AND target = 'plan'"
    assert found(engine, warned) == [("warning",)]


def test_the_list_of_alerts_shows_it_now_and_as_it_was(engine: Engine) -> None:
    floor(engine, complaint("A"))
    minutes((0.92, 0.5), engine)

    def listed(now: datetime, which: alerts.Which) -> list[tuple[object, ...]]:
        with engine.begin() as conn:
            shown = alerts.alerts(conn, ALL, which, 9, now, past=True)
        return [(one.p, one.k, one.n, one.ended_at) for one in shown if one.rule == "likely_breach"]

    assert listed(at(22.9), "open") == []
    assert listed(at(23, 0.5), "open") == [(pytest.approx(0.92), 633, 700, None)]
    assert listed(at(23, 2), "open") == []
    assert listed(at(23, 2), "all") == [(pytest.approx(0.92), 633, 700, at(23, 1))]
