"""Working time (design: Working time): when a budget is used up, and what lies between two instants.

The pure reference. Instants are whole seconds since 1970; spans are half-open.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.policy import Calendar
from queries.calendar_days import FIRST_PUBLISHED, LAST_PUBLISHED, calendar_day

FIRST_YEAR, LAST_YEAR = 2000, 2049  # laid out; before and after them every second counts, provisionally
BEGINNING, END = -62_135_596_800, 253_370_764_800  # of the years 1 and 9999
OPEN_END = 1 << 60  # later than any instant
EPOCH = date(1970, 1, 1).toordinal()


class Due(NamedTuple):
    at: int
    provisional: bool


def local_instant(day: date, second: int, zone: ZoneInfo) -> int:
    """When the clocks of `zone` first show that second of the day, or jump over it; 86400 is its end."""
    if second == 86400:
        day, second = day + timedelta(days=1), 0
    wall = datetime(day.year, day.month, day.day, second // 3600, second // 60 % 60, second % 60, tzinfo=zone)
    naive = (day.toordinal() - EPOCH) * 86400 + second
    first, later = naive - _offset(wall), naive - _offset(wall.replace(fold=1))
    if first <= later:
        return first
    shown = _offset(wall.replace(fold=1))  # skipped: the change lies between the two readings
    passed = range(later, first)
    return later + bisect_left(
        passed, True, key=lambda at: _offset(datetime.fromtimestamp(at, zone)) == shown
    )


def _offset(moment: datetime) -> int:
    offset = moment.utcoffset()
    return int(offset.total_seconds()) if offset else 0


def local_midnight(day: date, zone: ZoneInfo) -> int:
    return local_instant(day, 0, zone)


def end_of_day(start: int, days: int, zone: ZoneInfo) -> int:
    """The end of the n-th natural day after the day of `start` (N7)."""
    return local_midnight(local_date(start, zone) + timedelta(days=days + 1), zone)


def local_date(instant: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(instant, zone).date()


@dataclass(frozen=True, slots=True)
class Hours:
    """A calendar laid out for one zone: span starts, ends, and working seconds before each; and the close of
    each working day, by the ordinal of its date. `calendar` None: around the clock."""

    calendar: Calendar | None
    zone: ZoneInfo
    starts: list[int]
    ends: list[int]
    before: list[int]
    working_days: list[int]
    closes: list[int]
    known: tuple[int, int]  # what lies before or after is provisional

    def position(self, instant: int) -> int:
        """Working seconds from the calendar's beginning to `instant`."""
        index = bisect_right(self.starts, instant) - 1
        start, end = self.starts[index], self.ends[index]
        return self.before[index] + (instant if instant < end else end) - start

    def at_position(self, position: int) -> int:
        """The first instant with so many working seconds before it: a closing time, not the next opening."""
        index = bisect_left(self.before, position) - 1
        return self.starts[index] + position - self.before[index]

    def between(self, a: int, b: int) -> int:
        """Working seconds from a to b, negative when b is before a."""
        return self.position(b) - self.position(a)

    def due(self, start: int, budget: int) -> Due:
        """A budget used up exactly at closing time is due at closing time, not at the next opening."""
        at = self.at_position(self.position(start) + budget)
        if at < start:  # nothing is left, and it is closed: due at once
            at = start
        return Due(at, self.is_provisional(start, at))

    def close_of_working_day(self, start: int, number: int) -> Due:
        """The close of the n-th working day after the day of `start`, which never counts (N5)."""
        first = bisect_right(self.working_days, local_date(start, self.zone).toordinal())
        last = first + number - 1
        if last >= len(self.closes) or start < self.ends[0]:  # not laid out
            return Due(end_of_day(start, number, self.zone), True)
        at = self.closes[last]
        return Due(at, self.is_provisional(start, at))

    def spans(self, a: int, b: int) -> list[tuple[int, int]]:
        """The open spans that touch a … b, whole."""
        since, until = max(bisect_right(self.starts, a) - 1, 0), bisect_left(self.starts, b)
        return list(zip(self.starts[since:until], self.ends[since:until], strict=True))

    def is_provisional(self, start: int, at: int) -> bool:
        """Whether holidays between them are not published."""
        return at > self.known[1] or start < self.known[0]


def lay_out(calendar: Calendar, zone_name: str) -> Hours:
    """Takes a tenth of a second: lay a calendar out once per zone and keep it."""
    zone = ZoneInfo(calendar.zone or zone_name)
    first = local_midnight(date(FIRST_YEAR, 1, 1), zone)
    last = local_midnight(date(LAST_YEAR + 1, 1, 1), zone)
    starts, ends, before = [BEGINNING], [first], [BEGINNING - first]
    working_days, closes = [], []
    total = 0
    for day, spans in _days(calendar, zone):
        for start, end in spans:
            starts.append(start)
            ends.append(end)
            before.append(total)
            total += end - start
        if spans:
            working_days.append(day)
            closes.append(ends[-1])
    starts.append(last)
    ends.append(END)
    before.append(total)
    return Hours(calendar, zone, starts, ends, before, working_days, closes, _known(calendar, zone))


def around_the_clock(zone_name: str) -> Hours:
    """The hours `always`."""
    return Hours(None, ZoneInfo(zone_name), [BEGINNING], [END], [BEGINNING], [], [], (BEGINNING, END))


def _known(calendar: Calendar, zone: ZoneInfo) -> tuple[int, int]:
    first, last = FIRST_YEAR, LAST_YEAR
    if calendar.holidays == "cn":
        first, last = max(first, FIRST_PUBLISHED), min(last, LAST_PUBLISHED)
    return local_midnight(date(first, 1, 1), zone), local_midnight(date(last + 1, 1, 1), zone)


def _days(calendar: Calendar, zone: ZoneInfo) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Ordinal and open spans of each local day. Only days on which the clocks change need care."""
    first, last = date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 12, 31).toordinal()
    tomorrow = local_midnight(date.fromordinal(first), zone)
    for ordinal in range(first, last + 1):
        day = date.fromordinal(ordinal)
        midnight, tomorrow = tomorrow, local_midnight(date.fromordinal(ordinal + 1), zone)
        wanted = calendar_day(calendar, day).spans
        if tomorrow - midnight == 86400:
            yield ordinal, [(midnight + start, midnight + end) for start, end in wanted]
        else:
            laid = [(local_instant(day, a, zone), local_instant(day, b, zone)) for a, b in wanted]
            yield ordinal, [span for span in laid if span[1] > span[0]]
