"""The shifts of the complaint centre: when each begins, and which one runs."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from config.policy_values import Part, time_of_day


class Shift(Part):
    """`begins`: seconds since midnight, in the policy's zone; it lasts until the next one begins."""

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    label: str
    label_zh: str
    begins: Annotated[int, BeforeValidator(time_of_day)]
    assumption: bool = False


class Running(NamedTuple):
    shift: Shift
    began_at: datetime
    ends_at: datetime  # as the next one begins


# For a policy without shifts, such as those written before they existed.
WHOLE_DAY = (Shift.model_validate({"name": "day", "label": "Day", "label_zh": "当日", "begins": "00:00"}),)


def problem(shifts: Sequence[Shift]) -> str:
    """What is wrong with them together; empty if nothing is."""
    if not shifts:
        return "no shift is named; write at least one [[shifts]], or leave the table out for whole days"
    for place, shift in enumerate(shifts):
        for other in shifts[:place]:
            if other.name == shift.name:
                return f"two shifts are named '{shift.name}'; each has a name of its own"
            if other.begins == shift.begins:
                begins = f"{shift.begins // 3600:02d}:{shift.begins % 3600 // 60:02d}"
                return f"shifts '{other.name}' and '{shift.name}' both begin at {begins}; begin one later"
    return ""


def running(shifts: Sequence[Shift], zone: str, now: datetime) -> Running:
    """The last one that began at or before `now`."""
    today = now.astimezone(ZoneInfo(zone)).date()
    days = [today + timedelta(days=day) for day in (-1, 0, 1)]
    begun = sorted(
        ((_begins(shift, day, zone), shift) for shift in shifts for day in days), key=lambda one: one[0]
    )
    return next(
        Running(shift, began_at, ends_at)
        for (began_at, shift), (ends_at, _) in pairwise(begun)
        if began_at <= now < ends_at
    )


def _begins(shift: Shift, day: date, zone: str) -> datetime:
    at = time(shift.begins // 3600, shift.begins % 3600 // 60)
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
