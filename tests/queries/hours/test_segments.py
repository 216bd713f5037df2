"""What explains a due time adds up to it: segments to the budget, days to the number promised."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from queries.hours.segments import Pause, due_after_pauses, segments, working_days
from queries.hours.working_time import around_the_clock
from tests.queries.hours.calendars import CALENDARS, at, hours, local, places
from tests.queries.hours.slow_counter import opened

CN = "Asia/Shanghai"


@st.composite
def pauses_after(draw: st.DrawFn, start: int) -> list[Pause]:
    """Some before the start, some overlapping."""
    found = []
    for _ in range(draw(st.integers(0, 4))):
        since = start + draw(st.integers(-86400, 4 * 86400))
        found.append(Pause(since, since + draw(st.integers(1, 2 * 86400)), "waiting_customer"))
    return found


def slow_due_after_pauses(
    calendar: str, zone: str, start: int, budget: int, pauses: list[Pause], step: int
) -> int:
    left = budget
    for instant, is_open in opened(CALENDARS[calendar], hours(calendar, zone).zone, start, step):
        if instant >= start and is_open and not any(p.from_at <= instant < p.until_at for p in pauses):
            left -= step
            if left <= 0:
                return instant + step
    raise AssertionError


@settings(max_examples=100, deadline=None)
@given(places(), st.integers(1, 16 * 60), st.data())
def test_a_pause_extends_a_due_time_only_by_the_working_seconds_inside_it(
    place: tuple[str, str, int], minutes: int, data: st.DataObject
) -> None:
    calendar, zone, moment = place
    start = moment - moment % 60
    drawn = data.draw(pauses_after(start))
    pauses = [Pause(p.from_at - p.from_at % 60, p.until_at + -p.until_at % 60, p.by) for p in drawn]
    expected = slow_due_after_pauses(calendar, zone, start, minutes * 60, pauses, step=60)
    assert due_after_pauses(hours(calendar, zone), start, minutes * 60, pauses).at == expected


@settings(max_examples=100, deadline=None)
@given(places(), st.integers(1, 20 * 3600), st.data())
def test_the_segments_of_a_deadline_have_no_gaps_and_sum_to_its_budget(
    place: tuple[str, str, int], budget: int, data: st.DataObject
) -> None:
    calendar, zone, start = place
    laid, pauses = hours(calendar, zone), data.draw(pauses_after(start))
    due = due_after_pauses(laid, start, budget, pauses).at
    found = segments(laid, start, due, pauses)
    assert (found[0].from_at, found[-1].until_at) == (start, due)
    assert all(one.until_at == other.from_at for one, other in pairwise(found))
    assert all(one[2:] != other[2:] for one, other in pairwise(found))
    assert sum(one.counted for one in found) == budget
    assert sum(one.until_at - one.from_at for one in found if one.open) == laid.between(start, due)


@settings(max_examples=100, deadline=None)
@given(places(), st.integers(1, 9))
def test_the_last_counted_day_closes_when_the_target_is_due(place: tuple[str, str, int], number: int) -> None:
    laid = hours(*place[:2])
    days = working_days(laid, place[2], number)
    assert days[-1].close == laid.close_of_working_day(place[2], number).at
    assert sum(day.counted for day in days) == number


def test_holidays_and_make_up_days_have_their_names() -> None:
    found = segments(hours("office", CN), at(CN, "2026-09-30 17:00"), at(CN, "2026-10-10 10:00"))
    said = [(local(CN, one.from_at)[5:16], one.open, one.kind, one.name) for one in found]
    assert said[:4] == [
        ("09-30 17:00", True, "usual", None),
        ("09-30 18:00", False, "usual", None),
        ("10-01 00:00", False, "holiday", "National Day"),
        ("10-04 00:00", False, "override", "National Day"),
    ]
    assert said[-1] == ("10-10 09:00", True, "make_up", "National Day")


def test_a_day_that_is_wholly_paused_is_not_counted_and_part_of_a_day_changes_nothing() -> None:
    laid, friday = hours("office", CN), at(CN, "2026-11-20 10:00")

    def due(*pauses: tuple[str, str]) -> str:
        stops = [Pause(at(CN, since), at(CN, until), "waiting_customer") for since, until in pauses]
        return local(CN, working_days(laid, friday, 2, stops)[-1].close)

    assert due() == "2026-11-24 18:00:00"
    assert due(("2026-11-23 09:00", "2026-11-23 18:00")) == "2026-11-25 18:00:00"
    assert due(("2026-11-23 09:00", "2026-11-23 17:59:59")) == "2026-11-24 18:00:00"
    assert due(("2026-11-20 11:00", "2026-11-23 08:00")) == "2026-11-24 18:00:00"
    morning, afternoon = ("2026-11-23 08:00", "2026-11-23 12:30"), ("2026-11-23 13:00", "2026-11-23 20:00")
    assert due(morning, afternoon) == "2026-11-25 18:00:00"
    assert due(("2026-11-24 15:00", "2026-11-27 12:00")) == "2026-11-24 18:00:00"


def test_around_the_clock_a_deadline_is_one_segment() -> None:
    (only,) = segments(around_the_clock(CN), at(CN, "2026-09-30 17:00"), at(CN, "2026-10-02 17:00"))
    assert (only.counted, only.kind, only.name) == (2 * 86400, "usual", None)
