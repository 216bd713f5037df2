"""Which hour of the week an instant lies in: by the clocks of the policy's zone, a holiday being a Sunday."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from config.policy import WEEKDAYS, Calendar, Policy
from queries.arrays import Floats, Numbers
from queries.hours.calendar_days import calendar_day
from queries.surges.model import HOUR, WEEK_HOURS
from queries.surges.scan import GapsBetween

SUNDAY = 6
LONGEST_GAP = 86_400.0  # seconds of silence that count
Gap = tuple[float, float]  # epoch seconds: last heard, heard again


def week_hours(policy: Policy, first: int, hours: int) -> Numbers:
    """Of so many hours since the epoch's hour `first`: 0 is midnight of a Monday."""
    return np.array([_week_hour(policy, hour) for hour in range(first, first + hours)], dtype=np.int64)


def stretches(policy: Policy, gaps: Sequence[Gap] = ()) -> GapsBetween:
    """What a source held up while it was silent may come all at once when it is heard again: the window in
    which that happens is as long as both."""

    def lying(since: float, until: float) -> Floats:
        found = np.zeros(WEEK_HOURS)
        _add(found, policy, since, until)
        for silent, heard in gaps:
            if since <= heard < until:
                _add(found, policy, max(silent, heard - LONGEST_GAP), min(since, heard))
        return found

    return lying


def _add(found: Floats, policy: Policy, since: float, until: float) -> None:
    while since < until:
        hour = int(since // HOUR)
        end = min(until, float((hour + 1) * HOUR))
        found[_week_hour(policy, hour)] += (end - since) / HOUR
        since = end


def _week_hour(policy: Policy, hour: int) -> int:
    return _of_hour(policy.zone, policy.calendars.get(policy.team_hours), hour)


def _of_hour(zone: str, calendar: Calendar | None, hour: int) -> int:
    local = (datetime.fromtimestamp(0, UTC) + timedelta(hours=hour)).astimezone(ZoneInfo(zone))
    return weekday(calendar, local.date()) * 24 + local.hour


def weekday(calendar: Calendar | None, day: date) -> int:
    """As which day of the week it passes: 0 is Monday."""
    if calendar is None:
        return day.weekday()
    found = calendar_day(calendar, day)
    if found.kind == "make_up":
        return WEEKDAYS.index(calendar.make_up_hours_of)
    is_off = found.kind == "holiday" or (found.kind == "override" and not found.spans)
    return SUNDAY if is_off else day.weekday()
