"""In which hour of the week an instant lies, in the policy's zone; holidays count as Sundays."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from config.policy import WEEKDAYS, Calendar, Policy
from queries.arrays import Floats, Numbers
from queries.hours.calendar_days import calendar_day
from queries.surges.model import HOUR, WEEK_HOURS
from queries.surges.scan import HoursBetween

SUNDAY = 6
LONGEST_GAP = 86_400.0  # seconds of silence that are taken into account
Gap = tuple[float, float]  # epoch seconds: last heard, heard again


def week_hours(policy: Policy, first: int, hours: int) -> Numbers:
    """Of `hours` hours from hour `first` of the epoch on; 0 is midnight of a Monday."""
    return np.array([_week_hour(policy, hour) for hour in range(first, first + hours)], dtype=np.int64)


def hours_between(policy: Policy, gaps: Sequence[Gap] = ()) -> HoursBetween:
    """Complaints that were held up while a source was silent may arrive together when it is heard again: the
    window in which that happens includes the silence."""

    def between(since: float, until: float) -> Floats:
        found = np.zeros(WEEK_HOURS)
        _add(found, policy, since, until)
        for silent, heard in gaps:
            if since <= heard < until:
                _add(found, policy, max(silent, heard - LONGEST_GAP), min(since, heard))
        return found

    return between


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
    """The day of the week as which it counts: 0 is Monday."""
    if calendar is None:
        return day.weekday()
    found = calendar_day(calendar, day)
    if found.kind == "make_up":
        return WEEKDAYS.index(calendar.make_up_hours_of)
    is_off = found.kind == "holiday" or (found.kind == "override" and not found.spans)
    return SUNDAY if is_off else day.weekday()
