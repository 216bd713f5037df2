"""Other ways to count working time, on the calendar of benchmarks/working_time.py.

Neither library knows worked weekends (调休): on some starts they answer otherwise, which the table says.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import businesstimedelta
import pandas
from business_duration import businessDuration

from config.policy import Calendar
from queries.hours.calendar_days import FIRST_PUBLISHED, LAST_PUBLISHED, calendar_day

AHEAD = 8 * 3600  # of Shanghai, which has changed no clocks in these years
WEEK = [0, 1, 2, 3, 4]


def _closed_weekdays(calendar: Calendar) -> dict[date, str]:
    first, last = date(FIRST_PUBLISHED, 1, 1), date(LAST_PUBLISHED, 12, 31)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return {day: "closed" for day in days if day.weekday() < 5 and not calendar_day(calendar, day).spans}


def by_businesstimedelta(calendar: Calendar) -> Callable[[int, int], int]:
    """(start, budget) → due, in epoch seconds."""
    work = businesstimedelta.WorkDayRule(start_time=time(9), end_time=time(18), working_days=WEEK)
    lunch = businesstimedelta.LunchTimeRule(start_time=time(12), end_time=time(13), working_days=WEEK)
    closed = businesstimedelta.HolidayRule(_closed_weekdays(calendar))
    rules = businesstimedelta.Rules([work, lunch, closed])

    def due(start: int, budget: int) -> int:
        begin = datetime.fromtimestamp(start + AHEAD, UTC)  # its rules know the zones of pytz only
        after = begin + businesstimedelta.BusinessTimeDelta(rules, seconds=budget)
        return int(after.timestamp()) - AHEAD

    return due


def by_business_duration(calendar: Calendar) -> Callable[[int, int], int]:
    """(start, until) → working seconds between: it has no due times, and no lunch breaks either, so that
    the day is one span of eight hours, and it counts only the easier half of the question."""
    closed = _closed_weekdays(calendar)

    def between(start: int, until: int) -> int:
        a, b = (pandas.Timestamp(at + AHEAD, unit="s") for at in (start, until))
        return int(businessDuration(a, b, time(9), time(17), WEEK, closed, unit="sec"))

    return between
