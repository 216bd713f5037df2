"""What a date is in a calendar: its hours, its holiday, and whether that is already published
(docs/architecture.md: Working time)."""

from datetime import date
from typing import Literal, NamedTuple

import chinese_calendar

from config.policy import WEEKDAYS, Calendar

DayKind = Literal["usual", "holiday", "make_up", "override"]

FIRST_PUBLISHED = min(chinese_calendar.holidays).year
LAST_PUBLISHED = max(chinese_calendar.holidays).year


class CalendarDay(NamedTuple):
    """`spans` in wall-clock seconds of the day; `name` of the holiday, also on its make-up days, or why a
    region has other hours."""

    spans: tuple[tuple[int, int], ...]
    kind: DayKind
    name: str | None


def calendar_day(calendar: Calendar, day: date) -> CalendarDay:
    """Years that are not published yet follow their weekdays."""
    holiday = chinese_calendar.holidays.get(day) if calendar.holidays == "cn" else None
    worked = chinese_calendar.workdays.get(day) if calendar.holidays == "cn" else None
    if day in calendar.overrides:
        name = calendar.reason(day) or holiday or worked
        return CalendarDay(calendar.overrides[day], "override", name)
    if worked and day.weekday() >= 5:
        return CalendarDay(calendar.hours.get(calendar.make_up_hours_of, ()), "make_up", worked)
    if holiday:
        return CalendarDay((), "holiday", holiday)
    return CalendarDay(calendar.hours.get(WEEKDAYS[day.weekday()], ()), "usual", None)
