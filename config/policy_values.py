"""How values are written in the policy file: durations, budgets, times and spans of a day, time zones."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST = 3650 * 86400
Grade = Literal["agent", "senior", "team_lead", "supervisor", "manager"]
GRADES: tuple[Grade, ...] = get_args(Grade)  # of who works on complaints, upwards


class Part(BaseModel):
    """A table of the file; a key that it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds of the target's hours, or whole working days (never both)."""

    seconds: int = 0
    working_days: int = 0


def parse_seconds(value: object) -> int:
    """'90s', '10m', '2h', '15d' → seconds."""
    match = re.fullmatch(r"(\d+)\s*([smhd])", str(value))
    if not match or int(match[1]) == 0:
        raise ValueError(f"'{value}' is not a duration above zero; write such as '10m', '2h' or '15d'")
    seconds = int(match[1]) * UNITS[match[2]]
    if seconds > LONGEST:
        raise ValueError(f"'{value}' is longer than ten years; write a shorter time")
    return seconds


def budget(value: object) -> Budget:
    match = re.fullmatch(r"(\d+) working days?", str(value))
    if match and 0 < int(match[1]) <= 2500:
        return Budget(working_days=int(match[1]))
    try:
        return Budget(seconds=parse_seconds(value))
    except ValueError:
        raise ValueError(
            f"'{value}' is not a budget above zero and below ten years; "
            "write such as '10m', '2h', '3 working days'"
        ) from None


def span(value: object) -> tuple[int, int]:
    match = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", str(value))
    if not match:
        raise ValueError(f"'{value}' is not a span; write such as '09:00-12:00'")
    hours = [int(part) for part in match.groups()]
    start, end = hours[0] * 3600 + hours[1] * 60, hours[2] * 3600 + hours[3] * 60
    if hours[1] > 59 or hours[3] > 59 or end > 86400:
        raise ValueError(f"'{value}' names a time that no day has; the last is 24:00")
    if start >= end:
        raise ValueError(f"'{value}' ends before it begins; write the earlier time first")
    return start, end


def time_of_day(value: object) -> int:
    """'08:00' → seconds since midnight."""
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", str(value))
    if not match:
        raise ValueError(f"'{value}' is no time of day; write such as '08:00'")
    return int(match[1]) * 3600 + int(match[2]) * 60


_zones = cache(available_timezones)


def zone(value: object) -> str:
    if str(value) not in _zones():
        raise ValueError(f"'{value}' is no time zone; write such as 'Asia/Shanghai'")
    return str(value)


def own_zone(value: object) -> object:
    """'region' says what leaving `zone` out says."""
    return None if value == "region" else value
