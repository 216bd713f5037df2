"""Whose day it is, of complaints that came in by a file."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from queries.filters import Filters
from queries.pages import callbacks
from tests.jobs.sources.centre import Centre

NEW_YORK = ZoneInfo("America/New_York")
ELSEWHERE = """
format = 1
source = "elsewhere"
title = "Solved complaints of an operator elsewhere"
rows = "complaint"
time_zone = "America/New_York"
dates = ["%Y-%m-%d %H:%M"]
milestones = ["resolved", "callback"]
[complaint]
number = "id"
received_at = "opened"
[state]
region = "region"
tier = "tier"
[reached]
resolved = "solved"
"""
SOLVED = ("26 10:00", "26 22:30", "26 12:00", "22 12:00", "25 12:00")


def test_callbacks_are_due_today_by_the_day_of_their_region(centre: Centre) -> None:
    """In the morning of 29 November in New York, when it is night in Shanghai already."""
    lines = [f"K{n},2026-11-20 09:10,New York,2,2026-11-{solved}" for n, solved in enumerate(SOLVED, 1)]
    done = centre.takes(
        "a.csv",
        "\n".join(["id,opened,region,tier,solved", *lines]),
        ELSEWHERE,
        "--as-of",
        "2026-11-26T23:00-05:00",
    )
    assert done.returncode == 0, done.stderr
    now = datetime(2026, 11, 29, 10, 54, tzinfo=NEW_YORK)
    filters = Filters(date(2026, 11, 1), date(2026, 11, 30))
    with centre.engine.connect() as conn:
        found = callbacks.counts(conn, filters, now)
        listed = callbacks.pending(conn, filters, "today", 10, now)
    assert (found.today, found.overdue) == (4, 2)
    assert sorted((one.external_id, one.kind) for one in listed) == [
        ("K1", "confirm_solved"),
        ("K2", "confirm_solved"),
        ("K3", "confirm_solved"),
        ("K4", "experience"),
    ]
