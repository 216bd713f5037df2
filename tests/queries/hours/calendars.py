"""Calendars and instants that the tests of working time share."""

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from config.policy import Calendar
from queries.hours.working_time import Hours, lay_out

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
LUNCH = ["09:00-12:00", "13:00-18:00"]
NIGHT = ["00:00-01:30", "01:30-02:15", "02:30-03:10", "22:45-24:00"]
CALENDARS = {
    "office": Calendar.model_validate(
        {
            "holidays": "cn",
            "hours": dict.fromkeys(WEEKDAYS, LUNCH),
            "overrides": {"2025-12-31": ["09:00-12:00"], "2026-10-04": ["10:00-11:00"], "2026-03-11": []},
        }
    ),
    "nights": Calendar.model_validate({"hours": dict.fromkeys((*WEEKDAYS, "sun"), NIGHT)}),
}
ZONES = (
    "Asia/Shanghai",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour
    "America/Sao_Paulo",  # changed at midnight until 2019
    "America/Havana",  # falls back to midnight
    "Pacific/Apia",  # had no 30 December 2011
)
MOMENTS = {  # around which much happens
    "Asia/Shanghai": ["2026-02-14", "2026-05-01", "2026-09-20", "2026-10-01", "2025-12-31", "2026-12-31"],
    "America/New_York": ["2026-03-08", "2026-11-01", "2027-03-14", "2026-12-31"],
    "Australia/Lord_Howe": ["2026-04-05", "2026-10-04"],
    "America/Sao_Paulo": ["2018-11-04", "2018-02-18", "2019-02-17"],
    "America/Havana": ["2026-03-08", "2026-11-01"],
    "Pacific/Apia": ["2011-12-30", "2012-04-01"],
}


@lru_cache
def hours(calendar: str, zone: str) -> Hours:
    return lay_out(CALENDARS[calendar], zone)


def at(zone: str, moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).timestamp())


def local(zone: str, instant: int) -> str:
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


@st.composite
def places(draw: st.DrawFn) -> tuple[str, str, int]:
    """(calendar, zone, an instant within days of a change of clocks, holidays or the year's end)."""
    zone = draw(st.sampled_from(ZONES))
    near = at(zone, draw(st.sampled_from(MOMENTS[zone])))
    return draw(st.sampled_from(sorted(CALENDARS))), zone, near + draw(st.integers(-4 * 86400, 4 * 86400))
