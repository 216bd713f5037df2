"""Working time against an independent slow counter, and its rules (docs/architecture.md: Working time)."""

import csv
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.policy import Calendar
from queries.hours.calendar_days import FIRST_PUBLISHED, LAST_PUBLISHED, calendar_day
from queries.hours.working_time import around_the_clock, end_of_day, lay_out, local_date, local_instant
from tests.queries.hours.calendars import CALENDARS, MOMENTS, ZONES, at, hours, local, places
from tests.queries.hours.slow_counter import slow_between, slow_close_of_working_day, slow_due

CN = "Asia/Shanghai"
OFFICE = CALENDARS["office"]
BUDGETS = st.integers(1, 20 * 3600) | st.sampled_from([1, 3600, 4 * 3600, 8 * 3600, 16 * 3600])


@settings(max_examples=150, deadline=None)
@given(places(), BUDGETS)
def test_a_due_time_is_where_a_minute_by_minute_counter_uses_the_budget_up(
    place: tuple[str, str, int], budget: int
) -> None:
    calendar, zone, start = place
    expected = slow_due(CALENDARS[calendar], ZoneInfo(zone), start, budget)
    assert hours(calendar, zone).due(start, budget).at == expected


@settings(max_examples=100, deadline=None)
@given(places(), st.integers(0, 6 * 86400))
def test_the_time_between_is_what_the_counter_counts_and_negative_backwards(
    place: tuple[str, str, int], later: int
) -> None:
    calendar, zone, a = place
    expected = slow_between(CALENDARS[calendar], ZoneInfo(zone), a, a + later)
    assert hours(calendar, zone).between(a, a + later) == expected
    assert hours(calendar, zone).between(a + later, a) == -expected


@pytest.mark.parametrize("zone", [zone for zone in ZONES if zone != CN])
@pytest.mark.parametrize("calendar", sorted(CALENDARS))
def test_second_by_second_over_every_change_of_clocks(calendar: str, zone: str) -> None:
    for moment in MOMENTS[zone][:2]:
        start = at(zone, moment) - 3 * 3600 - 17
        expected = slow_between(CALENDARS[calendar], ZoneInfo(zone), start, start + 10 * 3600, step=1)
        assert hours(calendar, zone).between(start, start + 10 * 3600) == expected


@settings(max_examples=150, deadline=None)
@given(places(), st.integers(1, 12))
def test_the_nth_working_day_is_found_by_turning_calendar_pages(
    place: tuple[str, str, int], number: int
) -> None:
    zone, start = place[1:]
    day, close = slow_close_of_working_day(OFFICE, ZoneInfo(zone), start, number)
    due = hours("office", zone).close_of_working_day(start, number)
    assert due.at == local_instant(day, close, ZoneInfo(zone))


@settings(max_examples=100, deadline=None)
@given(places(), BUDGETS)
def test_a_position_and_its_instant_are_inverse(place: tuple[str, str, int], budget: int) -> None:
    laid = hours(*place[:2])
    position = laid.position(place[2]) + budget
    assert laid.position(laid.at_position(position)) == position
    assert laid.position(laid.at_position(position) - 1) < position


@pytest.mark.parametrize(
    ("start", "hours_of_work", "due"),
    [
        ("2026-11-20 17:00", 1, "2026-11-20 18:00:00"),  # used up at closing: due at closing
        ("2026-11-20 11:00", 1, "2026-11-20 12:00:00"),  # so too at lunch
        ("2026-11-20 12:30", 1, "2026-11-20 14:00:00"),
        ("2026-11-20 18:00", 1, "2026-11-23 10:00:00"),  # half-open: closing time itself is closed
        ("2026-11-20 18:00", 8, "2026-11-23 18:00:00"),
        ("2026-11-21 03:00", 8, "2026-11-23 18:00:00"),
        ("2026-09-30 17:00", 2, "2026-10-04 11:00:00"),  # an override opens one hour amid the National Day
        ("2026-09-30 17:00", 3, "2026-10-08 10:00:00"),
        ("2025-12-31 11:00", 2, "2026-01-04 10:00:00"),  # half a day, New Year, a worked Sunday
        ("2026-03-10 17:00", 2, "2026-03-12 10:00:00"),  # an override closes the Wednesday
        ("2026-02-13 17:00", 9, "2026-02-14 18:00:00"),  # a worked Saturday before the Spring Festival
        ("2026-02-14 17:00", 2, "2026-02-24 10:00:00"),
    ],
)
def test_budgets_in_office_hours(start: str, hours_of_work: int, due: str) -> None:
    answer = hours("office", CN).due(at(CN, start), hours_of_work * 3600)
    assert (local(CN, answer.at), answer.provisional) == (due, False)


@pytest.mark.parametrize(
    ("start", "number", "due"),
    [
        ("2026-09-18 10:00", 1, "2026-09-20 18:00:00"),  # a Friday before a worked Sunday: that is day 1
        ("2026-09-18 10:00", 3, "2026-09-22 18:00:00"),
        ("2026-09-18 00:00", 1, "2026-09-20 18:00:00"),  # before opening: the day of receipt never counts
        ("2026-09-19 10:00", 1, "2026-09-20 18:00:00"),  # received on a closed day
        ("2026-09-30 23:59", 2, "2026-10-08 18:00:00"),  # the override of 4 October is day 1
        ("2025-12-30 10:00", 1, "2025-12-31 12:00:00"),  # at the close of a half day
        ("2025-12-30 10:00", 2, "2026-01-04 18:00:00"),
    ],
)
def test_working_days_are_counted_after_the_day_of_receipt(start: str, number: int, due: str) -> None:
    answer = hours("office", CN).close_of_working_day(at(CN, start), number)
    assert (local(CN, answer.at), answer.provisional) == (due, False)


def test_years_that_are_not_published_follow_their_weekdays_and_say_so() -> None:
    year = LAST_PUBLISHED + 1
    start = at(CN, f"{year - 1}-12-31 17:00")
    laid = hours("office", CN)
    assert not laid.due(start, 3600).provisional
    assert laid.due(start, 30 * 3600).provisional
    assert laid.close_of_working_day(start, 3).provisional
    assert laid.due(at(CN, f"{FIRST_PUBLISHED - 1}-06-03 09:00"), 60).provisional
    assert not hours("nights", CN).due(start, 30 * 3600).provisional


BORDER = "2003-12-31"  # five days after it the holidays are published
FAR = st.sampled_from(["1986-05-04", "1995-02-27", BORDER, "2049-12-31", "2075-06-14", "2099-12-30"])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(CALENDARS)), st.sampled_from(ZONES), FAR, st.integers(0, 5 * 86400), BUDGETS)
def test_in_years_far_away_weekdays_stand_in_by_the_minute_by_minute_counter_too(
    calendar: str, zone: str, day: str, later: int, budget: int
) -> None:
    start, laid, of = at(zone, day) + later, hours(calendar, zone), CALENDARS[calendar]
    due = laid.due(start, budget)
    assert due.at == slow_due(of, ZoneInfo(zone), start, budget)
    assert laid.between(start, start + 4 * 86400) == slow_between(
        of, ZoneInfo(zone), start, start + 4 * 86400
    )
    counted, close = slow_close_of_working_day(of, ZoneInfo(zone), start, 3)
    assert laid.close_of_working_day(start, 3).at == local_instant(counted, close, ZoneInfo(zone))
    if day != BORDER:
        is_published = FIRST_PUBLISHED <= int(day[:4]) < LAST_PUBLISHED
        assert due.provisional == (calendar == "office" and not is_published)


@pytest.mark.parametrize(
    ("start", "due", "third_day"),
    [
        ("1995-03-03 17:00", "1995-03-06 16:00:00", "1995-03-08 18:00:00"),  # a Friday
        ("2075-03-01 17:00", "2075-03-04 16:00:00", "2075-03-06 18:00:00"),
    ],
)
def test_office_hours_of_1995_and_2075_are_those_of_their_weekdays_and_provisional(
    start: str, due: str, third_day: str
) -> None:
    laid, at_ = hours("office", CN), at(CN, start)
    answers = laid.due(at_, 7 * 3600), laid.close_of_working_day(at_, 3)
    assert [local(CN, one.at) for one in answers] == [due, third_day]
    assert [one.provisional for one in answers] == [True, True]


def test_a_budget_may_lead_from_the_usual_years_into_others_and_back() -> None:
    laid, start = hours("office", CN), at(CN, "2049-12-30 10:00")
    later = laid.due(start, 9_000_000).at
    assert local(CN, later)[:4] == "2051"
    assert laid.between(start, later) == 9_000_000
    assert laid.at_position(laid.position(later) - 9_000_000) == start
    assert sum(end - begin for begin, end in laid.spans(start, later)) >= 9_000_000


@pytest.mark.parametrize("moment", ["1970-01-01", "1999-12-31 23:59", "2049-12-31 23:59", "2380-05-05 10:00"])
@pytest.mark.parametrize("budget", [1, 86400, 400_000_000])
def test_no_year_is_an_error(moment: str, budget: int) -> None:
    laid, start = hours("office", CN), at(CN, moment)
    assert laid.due(start, budget).provisional
    assert laid.due(start, budget).at > start
    assert laid.close_of_working_day(start, 3).provisional
    assert laid.between(start, laid.due(start, budget).at) == budget


def test_a_time_that_the_clocks_skip_is_the_instant_of_the_change() -> None:
    zone, change = ZoneInfo("America/New_York"), at("UTC", "2026-03-08 07:00")
    assert local_instant(date(2026, 3, 8), 2 * 3600 + 1800, zone) == change
    assert local_instant(date(2026, 3, 8), 3 * 3600, zone) == change


def test_a_time_that_the_clocks_show_twice_is_the_first_showing() -> None:
    zone = ZoneInfo("America/New_York")
    assert local_instant(date(2026, 11, 1), 3600 + 1800, zone) == at("UTC", "2026-11-01 05:30")


def test_a_day_open_around_the_clock_has_23_or_25_hours_when_the_clocks_change() -> None:
    everyday = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    laid = lay_out(Calendar.model_validate({"hours": everyday}), "America/New_York")
    for day, length in (("2026-03-08", 23), ("2026-11-01", 25), ("2026-11-02", 24)):
        midnight = at("America/New_York", day)
        assert laid.due(midnight, length * 3600).at == end_of_day(midnight, 0, laid.zone)


def test_a_day_that_never_was_is_not_a_working_day() -> None:
    """Samoa went from Thursday 29 to Saturday 31 December 2011."""
    laid = hours("nights", "Pacific/Apia")
    due = laid.close_of_working_day(at("Pacific/Apia", "2011-12-29 10:00"), 1)
    assert local("Pacific/Apia", due.at) == "2012-01-02 00:00:00"  # the end of Sunday


def test_callbacks_are_due_at_the_end_of_a_natural_day_of_the_region() -> None:
    zone = ZoneInfo("America/New_York")
    assert local(zone.key, end_of_day(at(zone.key, "2026-03-06 23:59"), 3, zone)) == "2026-03-10 00:00:00"
    assert local(CN, end_of_day(at(CN, "2026-10-01 00:00"), 7, ZoneInfo(CN))) == "2026-10-09 00:00:00"


def test_around_the_clock_every_second_counts() -> None:
    always = around_the_clock(CN)
    assert always.due(1_000_000, 3600) == (1_003_600, False)
    assert (always.position(-5), always.at_position(7), always.between(9, 2)) == (-5, 7, -7)


def test_nothing_left_while_closed_is_due_at_once() -> None:
    saturday = at(CN, "2026-11-21 10:00")
    assert hours("office", CN).due(saturday, 0).at == saturday


@pytest.mark.parametrize("calendar", sorted(CALENDARS))
@pytest.mark.parametrize("zone", ZONES)
def test_spans_are_in_order_and_their_sums_run(calendar: str, zone: str) -> None:
    laid = hours(calendar, zone)
    spans = list(zip(laid.starts, laid.ends, laid.before, strict=True))
    assert all(start < end for start, end, _ in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert all(other[2] == one[2] + one[1] - one[0] for one, other in pairwise(spans))


def test_every_published_holiday_and_worked_weekend_is_in_the_calendar(real_data: Path) -> None:
    with (real_data / "holiday_cn_2007_2027.csv").open(encoding="utf-8-sig") as file:
        said = {date.fromisoformat(row["date"]): row["is_off_day"] == "True" for row in csv.DictReader(file)}
    assert len(said) == 678
    plain = OFFICE.model_copy(update={"overrides": {}})
    days = [
        date(2007, 1, 1) + timedelta(days=number) for number in range((max(said) - date(2007, 1, 1)).days)
    ]
    wrong = [day for day in days if bool(calendar_day(plain, day).spans) == said.get(day, day.weekday() >= 5)]
    assert wrong == []


def test_the_local_date_is_the_regions() -> None:
    assert local_date(at("UTC", "2026-01-01 20:00"), ZoneInfo(CN)) == date(2026, 1, 2)
