"""When a budget is used up, and the working time between two instants (docs/architecture.md: Working time).

The pure reference. Instants are whole seconds since 1970; spans are half-open.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.policy import Calendar
from queries.hours.calendar_days import FIRST_PUBLISHED, LAST_PUBLISHED, calendar_day

USUAL_YEARS = (2000, 2049)  # laid out at once
ALL_YEARS = (1970, 2149)  # laid out on demand; outside them every second counts, provisionally
BEGINNING, END = -62_135_596_800, 253_370_764_800  # of the years 1 and 9999
OPEN_END = 1 << 60  # later than any instant
EPOCH = date(1970, 1, 1).toordinal()


class Due(NamedTuple):
    at: int
    provisional: bool


def local_instant(day: date, second: int, zone: ZoneInfo) -> int:
    """When clocks in `zone` first show that second of the day, or skip it; 86400 is the end of the day."""
    if second == 86400:
        day, second = day + timedelta(days=1), 0
    wall = datetime(day.year, day.month, day.day, second // 3600, second // 60 % 60, second % 60, tzinfo=zone)
    naive = (day.toordinal() - EPOCH) * 86400 + second
    first, later = naive - _offset(wall), naive - _offset(wall.replace(fold=1))
    if first <= later:
        return first
    shown = _offset(wall.replace(fold=1))  # skipped: the clocks change between the two readings
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
    each working day, by the ordinal of its date. `calendar` None: around the clock.

    Positions count from the first usual year, so that they are the same in the usual and in all years."""

    calendar: Calendar | None
    zone: ZoneInfo
    starts: list[int]
    ends: list[int]
    before: list[int]
    working_days: list[int]
    closes: list[int]
    known: tuple[int, int]  # instants outside are provisional
    _wider: list["Hours"] = field(default_factory=list, compare=False, repr=False)

    def laid_for(self, a: int, b: int) -> "Hours":
        """With the spans of all years if a to b is not within the usual ones."""
        if self.calendar is None or (self.ends[0] <= a and b < self.starts[-1]):
            return self
        return self.all_years()

    def all_years(self) -> "Hours":
        if self.calendar is None:
            return self
        if not self._wider:
            self._wider.append(_lay_out(self.calendar, self.zone, ALL_YEARS))
        return self._wider[0]

    def position(self, instant: int) -> int:
        """Working seconds from the beginning of the usual years to `instant`."""
        laid = self.laid_for(instant, instant)
        index = bisect_right(laid.starts, instant) - 1
        start, end = laid.starts[index], laid.ends[index]
        return laid.before[index] + (instant if instant < end else end) - start

    def at_position(self, position: int) -> int:
        """The first instant with so many working seconds before it: a closing time, not the next opening."""
        usual = self.calendar is None or self.before[1] < position <= self.before[-1]
        laid = self if usual else self.all_years()
        index = bisect_left(laid.before, position) - 1
        return laid.starts[index] + position - laid.before[index]

    def between(self, a: int, b: int) -> int:
        """Working seconds from a to b, negative when b is before a."""
        return self.position(b) - self.position(a)

    def due(self, start: int, budget: int) -> Due:
        """A budget used up exactly at closing time is due at closing time, not at the next opening."""
        at = self.at_position(self.position(start) + budget)
        if at < start:  # no budget is left while it is closed: due at once
            at = start
        return Due(at, self.is_provisional(start, at))

    def close_of_working_day(self, start: int, number: int) -> Due:
        """The close of the n-th working day after the day of `start`, which never counts (N5)."""
        day = local_date(start, self.zone).toordinal()
        for laid in (self, self.all_years()):
            last = bisect_right(laid.working_days, day) + number - 1
            if laid.ends[0] <= start and last < len(laid.closes):
                return Due(laid.closes[last], self.is_provisional(start, laid.closes[last]))
        return Due(end_of_day(start, number, self.zone), True)  # laid out nowhere

    def spans(self, a: int, b: int) -> list[tuple[int, int]]:
        """The open spans that overlap a … b, uncut."""
        laid = self.laid_for(a, b)
        since, until = max(bisect_right(laid.starts, a) - 1, 0), bisect_left(laid.starts, b)
        return list(zip(laid.starts[since:until], laid.ends[since:until], strict=True))

    def is_provisional(self, start: int, at: int) -> bool:
        """Whether holidays between them are not published."""
        return at > self.known[1] or start < self.known[0]


def lay_out(calendar: Calendar, zone_name: str) -> Hours:
    """Takes a tenth of a second, so callers keep the result per zone."""
    return _lay_out(calendar, ZoneInfo(calendar.zone or zone_name), USUAL_YEARS)


def _lay_out(calendar: Calendar, zone: ZoneInfo, years: tuple[int, int]) -> Hours:
    first, zero, last = (
        local_midnight(date(year, 1, 1), zone) for year in (years[0], USUAL_YEARS[0], years[1] + 1)
    )
    starts, ends, worked = [BEGINNING], [first], [BEGINNING - first]
    working_days, closes = [], []
    total = 0
    for day, spans in _days(calendar, zone, years):
        for start, end in spans:
            starts.append(start)
            ends.append(end)
            worked.append(total)
            total += end - start
        if spans:
            working_days.append(day)
            closes.append(ends[-1])
    starts.append(last)
    ends.append(END)
    worked.append(total)
    earlier = worked[bisect_left(starts, zero)]  # before the usual years
    before = [position - earlier for position in worked]
    return Hours(calendar, zone, starts, ends, before, working_days, closes, _known(calendar, zone))


def around_the_clock(zone_name: str) -> Hours:
    """The hours `always`."""
    return Hours(None, ZoneInfo(zone_name), [BEGINNING], [END], [BEGINNING], [], [], (BEGINNING, END))


def _known(calendar: Calendar, zone: ZoneInfo) -> tuple[int, int]:
    first, last = ALL_YEARS
    if calendar.holidays == "cn":
        first, last = max(first, FIRST_PUBLISHED), min(last, LAST_PUBLISHED)
    return local_midnight(date(first, 1, 1), zone), local_midnight(date(last + 1, 1, 1), zone)


def _days(
    calendar: Calendar, zone: ZoneInfo, years: tuple[int, int]
) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Ordinal and open spans of each local day. Only days on which the clocks change need care."""
    first, last = date(years[0], 1, 1).toordinal(), date(years[1], 12, 31).toordinal()
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
