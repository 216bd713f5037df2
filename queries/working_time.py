"""Working time (design: Working time): when a budget is used up, and what lies between two instants.

The pure reference. Instants are whole seconds since 1970; spans are half-open.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import chinese_calendar

from config.policy import WEEKDAYS, Calendar

FIRST_YEAR, LAST_YEAR = 2005, 2045


class Day(NamedTuple):
    """One local date: its open spans in instants, its holiday's name, and whether the year is published."""

    date: date
    spans: tuple[tuple[int, int], ...]
    name: str | None
    make_up: bool
    published: bool


class Due(NamedTuple):
    at: int
    provisional: bool


def local_midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def end_of_day(start: int, days: int, zone: ZoneInfo) -> int:
    """The end of the n-th natural day after the day of `start`."""
    day = datetime.fromtimestamp(start, zone).date() + timedelta(days=days + 1)
    return local_midnight(day, zone)


@dataclass(frozen=True, slots=True)
class Hours:
    """A calendar laid out for one zone: span starts, ends, and working seconds before each."""

    zone: ZoneInfo
    days: tuple[Day, ...]
    starts: list[int]
    ends: list[int]
    before: list[int]
    published_until: int

    def position(self, instant: int) -> int:
        """Working seconds from the calendar's beginning to `instant`."""
        index = bisect_right(self.starts, instant) - 1
        if index < 0:
            return 0
        return self.before[index] + min(instant, self.ends[index]) - self.starts[index]

    def between(self, a: int, b: int) -> int:
        """Working seconds from a to b, negative when b is before a."""
        return self.position(b) - self.position(a)

    def due(self, start: int, budget: int) -> Due:
        """A budget used up exactly at closing time is due at closing time, not at the next opening."""
        wanted = self.position(start) + budget
        index = bisect_left(self.before, wanted) - 1
        at = self.starts[index] + wanted - self.before[index]
        return Due(at, at > self.published_until)

    def close_of_working_day(self, start: int, number: int) -> Due:
        """The close of the n-th working day after the day of `start`, which never counts."""
        first = datetime.fromtimestamp(start, self.zone).date() - self.days[0].date
        for day in self.days[first.days + 1 :]:
            if day.spans:
                number -= 1
                if number == 0:
                    return Due(day.spans[-1][1], not day.published)
        raise OverflowError(f"no such working day before {LAST_YEAR}")


def lay_out(calendar: Calendar, zone_name: str) -> Hours:
    """Takes half a second: lay a calendar out once per zone and keep it."""
    zone = ZoneInfo(calendar.zone or zone_name)
    first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
    days = tuple(_day(calendar, first + timedelta(days=n), zone) for n in range((last - first).days + 1))
    starts: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    total = 0
    for day in days:
        for start, end in day.spans:
            starts.append(start)
            ends.append(end)
            before.append(total)
            total += end - start
    unpublished = next((d.date for d in days if not d.published and d.date.year > FIRST_YEAR + 1), last)
    return Hours(zone, days, starts, ends, before, local_midnight(unpublished, zone))


def _day(calendar: Calendar, day: date, zone: ZoneInfo) -> Day:
    hours: dict[str, tuple[tuple[int, int], ...]] = {
        str(name): open_ for name, open_ in calendar.hours.items()
    }
    spans = hours.get(WEEKDAYS[day.weekday()], ())
    name: str | None = None
    make_up, published = False, True
    if calendar.holidays == "cn":
        off, name, published = _chinese(day)
        make_up = not off and day.weekday() >= 5 and published
        if off and name:
            spans = ()
        elif make_up:
            spans = hours.get(calendar.make_up_hours_of, ())
    if day in calendar.overrides:
        spans = calendar.overrides[day]
    laid = tuple((_instant(day, start, zone), _instant(day, end, zone)) for start, end in spans)
    return Day(day, tuple(span for span in laid if span[1] > span[0]), name, make_up, published)


def _instant(day: date, second: int, zone: ZoneInfo) -> int:
    """Wall-clock seconds of a local day; a time that the clocks skip becomes the instant of the change."""
    if second == 86400:
        return local_midnight(day + timedelta(days=1), zone)
    wall = datetime(day.year, day.month, day.day, second // 3600, second // 60 % 60, tzinfo=zone)
    return int(wall.astimezone(UTC).timestamp())


def _chinese(day: date) -> tuple[bool, str | None, bool]:
    """(off, holiday name, published). Years that are not published yet follow their weekdays."""
    try:
        off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return day.weekday() >= 5, None, False
    return off, name, True
