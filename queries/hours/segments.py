"""Why a due time is what it is (docs/architecture.md: Working time): its segments and its counted days."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from queries.hours.calendar_days import CalendarDay, DayKind, calendar_day
from queries.hours.working_time import OPEN_END, Due, Hours, local_date, local_midnight


class Pause(NamedTuple):
    """`until_at` is OPEN_END while it lasts."""

    from_at: int
    until_at: int
    by: str  # the status that pauses


class Segment(NamedTuple):
    """A part of one kind. `name`: of the holiday, also on its make-up days."""

    from_at: int
    until_at: int
    open: bool
    kind: DayKind
    name: str | None
    paused_by: str | None

    @property
    def counted(self) -> int:
        """Seconds that use up the budget; over a deadline's segments they sum to it."""
        return self.until_at - self.from_at if self.open and self.paused_by is None else 0


class CountedDay(NamedTuple):
    """A date after the day of receipt, and whether it is one of an N-working-day target's."""

    date: date
    close: int
    counted: bool
    kind: DayKind
    name: str | None
    paused: bool  # all of its hours: such a day is not counted


def due_after_pauses(hours: Hours, start: int, seconds: int, pauses: Sequence[Pause]) -> Due:
    """A pause extends the due time only by the working seconds inside it."""
    for pause in sorted(pauses):
        since = max(pause.from_at, start)
        due = hours.due(start, seconds)
        if due.at <= since:
            return due
        if pause.until_at > since:
            seconds -= hours.between(start, since)
            start = pause.until_at
    return hours.due(start, seconds)


def segments(hours: Hours, a: int, b: int, pauses: Sequence[Pause] = ()) -> list[Segment]:
    """From a to b without gaps; neighbours of the same kind are merged."""
    edges = {a, b, *_midnights(hours, a, b), *_opening_and_closing(hours, a, b)}
    edges |= {at for pause in pauses for at in (pause.from_at, pause.until_at) if a < at < b}
    cuts = sorted(edges)
    found: list[Segment] = []
    for since, until in pairwise(cuts):
        piece = _segment(hours, since, until, pauses)
        if found and found[-1][2:] == piece[2:]:
            piece = piece._replace(from_at=found.pop().from_at)
        found.append(piece)
    return found


def working_days(hours: Hours, start: int, number: int, pauses: Sequence[Pause] = ()) -> list[CountedDay]:
    """Each date after the day of `start`, up to the N-th counted one, at whose close the target is due (N5).

    A day that is wholly paused is not counted; part-day pauses change nothing."""
    found: list[CountedDay] = []
    day = local_date(start, hours.zone)
    while number > 0:
        day += timedelta(days=1)
        found.append(_counted_day(hours, day, pauses))
        number -= found[-1].counted
    return found


def paused_days_due(hours: Hours, start: int, number: int, pauses: Sequence[Pause]) -> Due | None:
    """The close of the N-th counted day; None while a pause without an end keeps further days from
    counting."""
    last = date.max
    if pauses[-1].until_at == OPEN_END:
        last = local_date(pauses[-1].from_at, hours.zone)
    day = local_date(start, hours.zone)
    while number > 0 and day < last:
        day += timedelta(days=1)
        found = _counted_day(hours, day, pauses)
        number -= found.counted
    return None if number else Due(found.close, hours.is_provisional(start, found.close))


def _counted_day(hours: Hours, day: date, pauses: Sequence[Pause]) -> CountedDay:
    midnight, end = local_midnight(day, hours.zone), local_midnight(day + timedelta(days=1), hours.zone)
    pieces = [piece for piece in segments(hours, midnight, end, pauses) if piece.open]
    paused = bool(pieces) and not any(piece.counted for piece in pieces)
    close = pieces[-1].until_at if pieces else end
    about = _about(hours, day)
    return CountedDay(day, close, bool(pieces) and not paused, about.kind, about.name, paused)


def _segment(hours: Hours, since: int, until: int, pauses: Sequence[Pause]) -> Segment:
    is_open = hours.between(since, until) > 0
    about = _about(hours, local_date(since, hours.zone))
    paused_by = next((pause.by for pause in pauses if pause.from_at <= since < pause.until_at), None)
    if about.kind == "make_up" and not is_open:
        # Outside its hours a make-up day is like any other.
        return Segment(since, until, False, "usual", None, paused_by)
    return Segment(since, until, is_open, about.kind, about.name, paused_by)


def _about(hours: Hours, day: date) -> CalendarDay:
    return calendar_day(hours.calendar, day) if hours.calendar else CalendarDay((), "usual", None)


def _midnights(hours: Hours, a: int, b: int) -> list[int]:
    if hours.calendar is None:
        return []
    first, last = local_date(a, hours.zone), local_date(b, hours.zone)
    days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
    return [midnight for day in days if a < (midnight := local_midnight(day, hours.zone)) < b]


def _opening_and_closing(hours: Hours, a: int, b: int) -> list[int]:
    spans = hours.spans(a, b)
    return [at for span in spans for at in span if a < at < b]
