"""Forecasts, sampled each hour, and what became of them: none twice, none made up."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from config.settings import Settings
from jobs import risk as job
from jobs.work import Work
from queries import db
from queries.clocks.rebuild import build_next, swap
from queries.db import Scope
from queries.risk.forecast_log import (
    DAYS,
    FORECASTS_AN_HOUR,
    DayOutcome,
    actual_by_day,
    drift,
    interval,
    record,
    waiting,
)
from queries.risk.learning import learn_again
from queries.risk.refresh import refresh_risk, try_lock
from tests.build import MONDAY, at, complaint, derive, organisation, rows, settle, take, together
from tests.queries.risk.weeks import floor, numbers

NOW = at(days=10)
ZONE = "Asia/Shanghai"
TODAY = date(2026, 3, 2)
HOUR = timedelta(hours=1)


def said(conn: Connection) -> list[tuple[object, ...]]:
    return rows(
        conn,
        "SELECT hour, external_id, target FROM journal.forecast JOIN facts.complaint USING (complaint_id) "
        "ORDER BY 1, 2, 3",
    )


def test_each_hour_is_written_down_once_with_its_evidence(conn: Connection) -> None:
    floor(conn, 60)
    learn_again(conn, NOW)
    settle(conn, complaint("A", NOW))
    for minute in (1, 2, 59):
        refresh_risk(conn, NOW + timedelta(minutes=minute))
        record(conn, NOW + timedelta(minutes=minute))
    assert said(conn) == [(NOW, "A", target) for target in ("feedback", "first_contact", "verification")]
    refresh_risk(conn, NOW + HOUR)
    record(conn, NOW + HOUR)
    assert said(conn)[3:] == [(NOW + HOUR, "A", target) for target in ("feedback", "verification")]
    assert rows(
        conn,
        "SELECT predicted_at, due_at, k, n, level, tier, curve_version, p BETWEEN 0.1 AND 0.4 "
        "FROM journal.forecast WHERE target = 'first_contact'",
    ) == [
        (NOW + timedelta(minutes=1), NOW + timedelta(minutes=10), 15, 60, "category", 2, 1, True),
    ]


def test_an_hour_is_written_by_one_of_two_processes(engine: Engine) -> None:
    with engine.begin() as conn:
        floor(conn, 60)
        learn_again(conn, NOW)
        settle(conn, complaint("A", NOW))
    with engine.begin() as other:
        assert try_lock(other)
        job.run(Work(engine, Settings(), "late", NOW + timedelta(minutes=1), lambda: None, dict))
        assert said(other) == []
    for process in ("one", "two"):
        job.run(Work(engine, Settings(), process, NOW + timedelta(minutes=1), lambda: None, dict))
    with engine.begin() as conn:
        assert [row[2] for row in said(conn)] == ["feedback", "first_contact", "verification"]
        assert rows(conn, "SELECT count(DISTINCT predicted_at) FROM journal.forecast") == [(1,)]


def test_a_large_floor_is_sampled_fairly_and_always_the_same(conn: Connection) -> None:
    organisation(conn)
    take(conn, together(complaint(f"P{number}", MONDAY, category=f"c{number % 2}") for number in range(300)))
    derive(conn)
    numbers(conn)
    now = MONDAY + timedelta(minutes=5)

    def sample(hours: int) -> list[tuple[object, ...]]:
        conn.execute(text("TRUNCATE journal.forecast"))
        conn.execute(text("UPDATE derived.deadline SET due_at = due_at + interval '1 h'"))
        record(conn, now + hours * HOUR)
        return [row[1:] for row in said(conn)]

    first, again, next_hour = sample(0), sample(0), sample(1)
    assert len(first) == FORECASTS_AN_HOUR < 900
    assert first == again != next_hour
    assert 100 < sum(target == "feedback" for _, target in first) < 230  # a third, by its own luck
    overlap = len(set(first) & set(next_hour))
    assert 200 < overlap < 360  # as many as chance has it: 500 × 500 / 900


def test_what_is_past_due_or_has_no_number_is_not_written(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("A", MONDAY))
    numbers(conn)
    conn.execute(text("DELETE FROM derived.risk WHERE target = 'feedback'"))
    record(conn, at(minutes=11))  # the first contact was due at 10 min
    assert [row[2] for row in said(conn)] == ["verification"]


def test_an_hour_without_numbers_is_tried_again(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("A", MONDAY))
    assert record(conn, at(minutes=1)) == 0
    numbers(conn)
    assert record(conn, at(minutes=2)) == 3


def test_what_was_said_is_never_changed(engine: Engine, database_url: str) -> None:
    jobs = db.engine(database_url, role="board_jobs")
    for statement in ("UPDATE journal.forecast SET p = 0", "DELETE FROM journal.forecast"):
        with pytest.raises(Exception, match="permission denied"), jobs.begin() as conn:
            conn.execute(text(statement))


def told(conn: Connection, now: datetime) -> list[tuple[date, int, int, float, int]]:
    return [
        (one.day, one.numbers, one.left_out, round(one.expected, 4), one.breached)
        for one in actual_by_day(conn, ZONE, now)
    ]


def test_a_number_counts_when_its_due_time_has_passed_however_it_ended(conn: Connection) -> None:
    """Verification is due after 2 h: A met it exactly then, B too late, C never, D was withdrawn before."""
    organisation(conn)
    settle(conn, *(complaint(name, MONDAY) for name in "ABCDE"))
    numbers(conn)
    conn.execute(text("DELETE FROM derived.risk WHERE target <> 'verification'"))
    record(conn, at(minutes=1))
    settle(
        conn,
        complaint("A", MONDAY, ("verification_started", at(2), None)),
        complaint("B", MONDAY, ("verification_started", at(hours=2, minutes=1), None)),
        complaint("D", MONDAY, ("status", at(1), "withdrawn")),
        complaint("E", MONDAY, ("verification_started", at(1), None)),
    )
    assert told(conn, at(hours=1, minutes=59)) == []  # D and E have ended, but are not due yet
    assert told(conn, at(hours=2, minutes=5)) == [(TODAY, 4, 1, 1.0, 2)]
    assert told(conn, at(days=DAYS + 1)) == []
    assert waiting(conn, at(1)).next_due == at(2)
    assert waiting(conn, at(3)).next_due is None


def test_the_due_time_in_force_decides(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("A", MONDAY, ("verification_started", at(3), None)))
    conn.execute(text("UPDATE derived.deadline SET met_at = NULL WHERE target = 'verification'"))
    numbers(conn)
    conn.execute(text("DELETE FROM derived.risk WHERE target <> 'verification'"))
    record(conn, at(1))
    moved = "UPDATE derived.deadline SET due_at = :due, met_at = :met WHERE target = 'verification'"
    conn.execute(text(moved), {"due": at(4), "met": at(3)})
    assert told(conn, at(3.5)) == []
    assert told(conn, at(5)) == [(TODAY, 1, 0, 0.25, 0)]


def test_a_deadline_that_was_asked_often_widens_the_interval_as_its_own_echo(conn: Connection) -> None:
    """Three numbers of one deadline: p (1 − p) × (1 + 3 + 5); of three deadlines of three complaints: × 3."""
    organisation(conn)
    settle(conn, complaint("A", MONDAY))
    numbers(conn, 0.5)
    conn.execute(text("DELETE FROM derived.risk WHERE target <> 'feedback'"))
    for hour in range(3):
        record(conn, at(hour))
    (one,) = actual_by_day(conn, ZONE, at(days=2))
    assert (one.numbers, one.expected, one.breached, one.variance) == (3, 1.5, 3, pytest.approx(9 / 4))
    settle(conn, *(complaint(name, at(days=3)) for name in "BCD"))
    numbers(conn, 0.5)
    conn.execute(text("DELETE FROM derived.risk WHERE target <> 'feedback'"))
    conn.execute(text("DELETE FROM derived.risk WHERE complaint_id = 1"))
    record(conn, at(days=3))
    assert actual_by_day(conn, ZONE, at(days=5))[-1].variance == pytest.approx(3 / 4)


def test_a_rebuild_and_a_clock_that_is_set_back_change_nothing(engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, complaint("A", MONDAY), complaint("B", MONDAY))
        numbers(conn)
        record(conn, at(hours=1))
        before = actual_by_day(conn, ZONE, at(days=3))
    for _ in build_next(engine):
        pass
    with engine.begin() as conn:
        swap(conn, MONDAY)
        assert actual_by_day(conn, ZONE, at(days=3)) == before
        assert record(conn, at(hours=1, minutes=30)) == 0
        assert record(conn, at(minutes=30)) == 4  # an hour that was left out: what was not due then


def test_a_manager_sees_what_was_said_of_their_provinces(engine: Engine, database_url: str) -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, complaint("GD", MONDAY), complaint("BJ", MONDAY, region="BJ-01"))
        numbers(conn)
        record(conn, at(minutes=1))
        ids = dict(rows(conn, "SELECT code, region_id FROM facts.region"))
    app = db.engine(database_url, role="board_app")
    for regions, there in (((ids["GD-01"],), 3), (None, 6), ((), 0)):
        with db.reading(app, Scope("x", "manager", regions)) as conn:
            assert sum(day.numbers for day in actual_by_day(conn, ZONE, at(days=3))) == there


def simulated(
    seed: int, share_predicted: float, share_true: float, days: int = 7, each: int = 120
) -> list[DayOutcome]:
    """Days of independent deadlines: `share_true` breach, `share_predicted` were predicted to."""
    draw = random.Random(seed)
    variance = each * share_predicted * (1 - share_predicted)
    breaches = [sum(draw.random() < share_true for _ in range(each)) for _ in range(days)]
    return [
        DayOutcome(date(2026, 3, 1 + day), each, 0, each * share_predicted, breached, variance)
        for day, breached in enumerate(breaches)
    ]


def warned(days: Sequence[DayOutcome]) -> bool:
    found = drift(days)
    assert found is not None
    return found.is_off


def test_right_numbers_warn_about_once_in_a_hundred_times_and_wrong_ones_are_found() -> None:
    false = sum(warned(simulated(seed, 0.3, 0.3)) for seed in range(1000))
    assert 1 <= false <= 20
    assert sum(warned(simulated(seed, 0.4, 0.3)) for seed in range(200)) >= 198  # 10 points too high
    assert sum(warned(simulated(seed, 0.3, 0.4)) for seed in range(200)) >= 198


def test_drift_tells_by_how_many_points_and_since_when() -> None:
    even = [DayOutcome(date(2026, 3, day), 100, 0, 30.0, 32, 21.0) for day in (1, 2, 3)]
    high = [DayOutcome(date(2026, 3, day), 100, 0, 50.0, 30, 25.0) for day in (4, 5, 6)]
    found = drift([*even, *high, DayOutcome(date(2026, 3, 7), 0, 3, 0.0, 0, 0.0)])
    assert found is not None
    assert (found.numbers, found.expected, found.breached) == (600, 240.0, 186)
    assert found.points == pytest.approx(9)
    assert found.is_off
    assert found.since == date(2026, 3, 4)
    assert drift([]) is None


def test_no_breach_where_few_were_expected_is_no_drift() -> None:
    low, _ = interval(2.0, 1.96)
    assert low < 0
    assert not warned([DayOutcome(date(2026, 3, 1), 100, 0, 2.0, 0, 1.96)])
