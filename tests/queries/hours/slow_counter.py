"""Working time counted without arithmetic: look at the wall clock of each minute and ask whether it is open.

Written apart from queries/hours/working_time.py on purpose. Calendars open and close on whole minutes, zones
are whole minutes away from UTC, so that within one minute nothing changes.
"""

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import chinese_calendar

from config.policy import Calendar

NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def hours_of(calendar: Calendar, day: date) -> tuple[tuple[int, int], ...]:
    week = {str(name): spans for name, spans in calendar.hours.items()}
    if day in calendar.overrides:
        return calendar.overrides[day]
    if calendar.holidays == "cn":
        try:
            if not chinese_calendar.is_workday(day):
                statutory = chinese_calendar.is_holiday(day) and chinese_calendar.get_holiday_detail(day)[1]
                return () if statutory else week.get(NAMES[day.weekday()], ())
            if day.weekday() >= 5:
                return week[calendar.make_up_hours_of]
        except NotImplementedError:
            pass
    return week.get(NAMES[day.weekday()], ())


def opened(calendar: Calendar, zone: ZoneInfo, start: int, step: int) -> Iterator[tuple[int, bool]]:
    """(instant, whether it is open) in steps from `start`. While the clocks show an hour again, it stays as
    it was at the end of the first showing: the hands have been there."""
    at = start - start % step - 2 * 86400
    day, hand = date.min, -1
    spans: tuple[tuple[int, int], ...] = ()
    while True:
        wall = datetime.fromtimestamp(at, zone)
        if wall.date() != day:
            day, hand, spans = wall.date(), -1, hours_of(calendar, wall.date())
        hand = max(hand, wall.hour * 3600 + wall.minute * 60 + wall.second)
        if at + step > start:
            yield at, any(a <= hand < b for a, b in spans)
        at += step


def slow_due(calendar: Calendar, zone: ZoneInfo, start: int, budget: int, step: int = 60) -> int:
    left = budget
    for at, is_open in opened(calendar, zone, start, step):
        since = max(at, start)
        if is_open and left <= at + step - since:
            return since + left
        left -= (at + step - since) if is_open else 0
    raise AssertionError


def slow_between(calendar: Calendar, zone: ZoneInfo, a: int, b: int, step: int = 60) -> int:
    total = 0
    for at, is_open in opened(calendar, zone, a, step):
        if at >= b:
            return total
        total += (min(at + step, b) - max(at, a)) if is_open else 0
    raise AssertionError


def slow_close_of_working_day(
    calendar: Calendar, zone: ZoneInfo, start: int, number: int
) -> tuple[date, int]:
    """The date, and the wall-clock second of its last closing. Dates are those that the wall clock shows."""
    at, day = start, datetime.fromtimestamp(start, zone).date()
    while number:
        at += 900
        shown = datetime.fromtimestamp(at, zone).date()
        number -= shown > day and bool(hours_of(calendar, shown))
        day = max(day, shown)
    return day, hours_of(calendar, day)[-1][1]
