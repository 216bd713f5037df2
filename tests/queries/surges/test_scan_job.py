"""Surges on PostgreSQL: scanned once, kept up, ended; what is usual is learned from the complaints."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, text

from config.policy import load
from config.settings import Settings
from jobs import surge, sweep
from jobs.work import Work
from queries import db
from queries.clocks import rebuild
from queries.intake.door import take
from queries.intake.facts import Batch, NewComplaint, Observation
from queries.surges import learning, live, week
from tests.build import MONDAY, SOURCE, organisation, rows

NOON = MONDAY + timedelta(hours=4)  # in Shanghai
PAST_WEEKS = 6
BURST = timedelta(minutes=40)
FOUND = "SELECT category, region_id, until_at IS NULL, people FROM journal.surge ORDER BY surge_id"


def many(
    name: str, times: list[datetime], region: str | None = "GD-01", category: str = "no_signal"
) -> Batch:
    complaints, seen = [], []
    for place, instant in enumerate(times):
        number = f"{name}-{place}"
        complaints.append(NewComplaint(number, instant))
        seen += [
            Observation(number, field, instant, value)
            for field, value in (
                ("category", category),
                ("region", region),
                ("status", "received"),
                ("tier", "2"),
            )
            if value is not None
        ]
    return Batch(complaints=complaints, observations=seen)


def usual_weeks(conn: Connection, until: datetime, weeks: int = PAST_WEEKS) -> None:
    """Two complaints an hour about each of three things, in two provinces."""
    draw = np.random.default_rng(3)
    hours = weeks * 168
    for category in ("no_signal", "billing_dispute", "app_failure"):
        for region in ("GD-01", "BJ-01"):
            ago = draw.uniform(0, hours * 3600, draw.poisson(hours))
            times = [until - timedelta(seconds=float(one)) for one in ago]
            take(conn, SOURCE, many(f"{category}{region}", times, region, category), until)


def burst(start: datetime, count: int = 40) -> list[datetime]:
    return [start + BURST * n / count for n in range(count)]


def work(engine: Engine, now: datetime) -> Work:
    return Work(engine, Settings(), "t", now, lambda: None, dict)


@pytest.fixture
def usual(engine: Engine) -> Engine:
    with engine.begin() as conn:
        organisation(conn)
        usual_weeks(conn, NOON)
        assert learning.learn_again(conn, NOON) > 900
    return engine


def found(engine: Engine, sql: str = FOUND) -> list[tuple[object, ...]]:
    with engine.begin() as conn:
        return rows(conn, sql)


def scans(engine: Engine, *minutes: int) -> None:
    for one in minutes:
        with engine.begin() as conn:
            live.run_scan(conn, NOON + timedelta(minutes=one))


def region(engine: Engine, code: str) -> object:
    return found(engine, f"SELECT region_id FROM facts.region WHERE code = '{code}'")[0][0]


def test_a_burst_is_one_surge_of_its_city_from_its_start_to_its_end(usual: Engine) -> None:
    with usual.begin() as conn:
        take(conn, SOURCE, many("B", burst(NOON)), NOON)
    scans(usual, *range(5, 60, 5))
    city = region(usual, "GD-01")
    ((category, place, runs, people),) = found(usual)
    assert (category, runs) == ("no_signal", True)
    assert place in (city, region(usual, "GD"))
    assert 38 <= int(str(people)) <= 48
    scans(usual, *range(60, 240, 5))
    (ended,) = found(usual, "SELECT from_at, until_at, merged_into FROM journal.surge")
    assert abs(ended[0] - NOON) <= timedelta(minutes=10)  # type: ignore[operator]
    assert NOON + BURST <= ended[1] <= NOON + timedelta(hours=2)  # type: ignore[operator]


def test_of_the_looks_at_one_instant_only_the_first_looks(usual: Engine) -> None:
    with usual.begin() as conn:
        take(conn, SOURCE, many("B", burst(NOON)), NOON)
        assert live.run_scan(conn, NOON + timedelta(minutes=30)) == 1
        assert live.run_scan(conn, NOON + timedelta(minutes=31)) == 0
        assert live.run_scan(conn, NOON + timedelta(minutes=20)) == 0
    assert len(found(usual)) == 1


def test_two_processes_at_once_make_one_surge(usual: Engine) -> None:
    with usual.begin() as conn:
        take(conn, SOURCE, many("B", burst(NOON)), NOON)
    now = NOON + timedelta(minutes=30)
    with ThreadPoolExecutor(4) as pool:
        moved = list(pool.map(lambda _n: surge.run(work(usual, now)), range(4)))
    assert any(moved)
    assert len(found(usual)) == 1


def test_when_what_is_usual_is_first_known_the_last_days_are_backfilled_once(engine: Engine) -> None:
    two_days_ago = NOON - timedelta(days=2)
    with engine.begin() as conn:
        organisation(conn)
        usual_weeks(conn, NOON)
        take(conn, SOURCE, many("B", burst(two_days_ago)), NOON)
    for minutes in (0, 5, 10):
        surge.run(work(engine, NOON + timedelta(minutes=minutes)))
        sweep.run(work(engine, NOON + timedelta(minutes=minutes)))
    ((back, since, until, people),) = found(
        engine, "SELECT looked_back, from_at, until_at, people FROM journal.surge"
    )
    assert back is True
    assert abs(since - two_days_ago) <= timedelta(minutes=10)  # type: ignore[operator]
    assert two_days_ago + BURST <= until <= two_days_ago + timedelta(hours=2)  # type: ignore[operator]
    assert 38 <= int(str(people)) <= 48
    assert found(engine, "SELECT * FROM journal.alert WHERE rule = 'surge'") == []


def test_a_board_that_was_down_goes_on_with_the_surge(usual: Engine) -> None:
    with usual.begin() as conn:
        take(conn, SOURCE, many("B", burst(NOON)), NOON)
    scans(usual, 30)
    scans(usual, 600)
    ((_, _, runs, _),) = found(usual)
    assert runs is False


def test_the_job_learns_at_first_and_says_nothing_of_two_days(engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)
        take(conn, SOURCE, many("A", [NOON - timedelta(minutes=30 * n) for n in range(96)]), NOON)
        take(conn, SOURCE, many("B", burst(NOON)), NOON)
    assert surge.run(work(engine, NOON + timedelta(minutes=30))) == 0
    assert found(engine, "SELECT known_hours, baseline IS NULL FROM derived.surge_baseline") == [(0, True)]
    assert found(engine) == []


def test_what_staff_enter_is_no_surge(usual: Engine) -> None:
    by_staff = many("B", burst(NOON))
    by_staff = replace(
        by_staff,
        observations=[
            *by_staff.observations,
            *(
                Observation(one.external_id, "channel", one.received_at, "employee")
                for one in by_staff.complaints
            ),
        ],
    )
    with usual.begin() as conn:
        take(conn, SOURCE, by_staff, NOON)
    scans(usual, 30)
    assert found(usual) == []


def test_what_a_silent_source_held_up_is_no_surge(usual: Engine) -> None:
    """It was away for twenty hours, and all that came meanwhile is received at once."""
    heard = NOON + timedelta(minutes=12)
    with usual.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO journal.alert (rule, subject, level, decided_at, crossed_at, reason, ended_at) "
                "VALUES ('feed_silent', 'source:test', 'critical', :at, :at, jsonb_build_object("
                "'heard_at', CAST(:silent AS timestamptz)), :heard)"
            ),
            {"at": NOON, "silent": NOON - timedelta(hours=20), "heard": heard},
        )
        take(conn, SOURCE, many("B", [heard + timedelta(seconds=n) for n in range(22)]), heard)
    scans(usual, 15, 20, 25, 30)
    assert found(usual) == []
    with usual.begin() as conn:
        conn.execute(text("DELETE FROM journal.alert"))
    scans(usual, 35)
    assert len(found(usual)) == 1


def test_a_rebuild_leaves_surges_as_they_are(usual: Engine) -> None:
    with usual.begin() as conn:
        take(conn, SOURCE, many("B", burst(NOON)), NOON)
    scans(usual, 30)
    before = found(usual)
    with usual.begin() as conn:
        began = db.board_now(conn)
    for _done in rebuild.build_next(usual):
        pass
    with usual.begin() as conn:
        rebuild.swap(conn, began)
    scans(usual, 35)
    assert [row[:3] for row in found(usual)] == [row[:3] for row in before]


def test_a_surge_rings_once_with_its_numbers(usual: Engine) -> None:
    with usual.begin() as conn:
        take(conn, SOURCE, many("B", burst(NOON)), NOON)
    for minutes in (30, 35, 40, 240, 245):
        scans(usual, minutes)
        sweep.run(
            Work(usual, Settings(webhook_url="http://127.0.0.1:9/"), "t", NOON + timedelta(minutes=minutes),
                 lambda: None, dict)
        )  # fmt: skip
    assert found(
        usual, "SELECT level, occurrence, ended_at IS NULL FROM journal.alert WHERE rule = 'surge'"
    ) == [("warning", 1, False)]
    ((english, chinese, path),) = found(
        usual,
        "SELECT message ->> 'title', message ->> 'title_zh', message ->> 'path' FROM journal.delivery "
        "JOIN journal.alert USING (alert_id) WHERE rule = 'surge'",
    )
    assert str(english).startswith("Surge: ") and "people complain about “No signal” (Guang" in str(english)
    assert str(chinese).startswith("集中投诉：“无信号”（广") and str(path).startswith("/surges?surge=")


@pytest.mark.parametrize(
    ("day", "passes_as"),
    [
        (date(2026, 10, 1), 6),  # National Day, a Thursday
        (date(2026, 10, 10), 0),  # a Saturday that is worked
        (date(2026, 11, 25), 2),
        (date(2026, 11, 28), 5),
        (date(2031, 10, 1), 2),  # not published yet
    ],
)
def test_a_holiday_passes_as_a_sunday_and_a_worked_weekend_as_a_working_day(
    day: date, passes_as: int
) -> None:
    assert week.weekday(load().calendars["office"], day) == passes_as


def test_an_hour_that_comes_twice_is_two_hours_of_that_name() -> None:
    autumn = load().model_copy(update={"zone": "America/New_York"})
    since = datetime(2026, 11, 1, 4, tzinfo=UTC).timestamp()  # midnight
    hours = week.hours_between(autumn)(since, since + 4 * 3600)
    assert [hours[6 * 24 + hour] for hour in range(4)] == [1, 2, 1, 0]
