"""Dates as files write them, without strptime: a format becomes one regular expression."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.instants import bounded
from config.source_values import ISO

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
PATTERNS = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d\d)",
    "m": r"(?P<m>\d\d?)",
    "d": r"(?P<d>\d\d?)",
    "H": r"(?P<H>\d\d?)",
    "I": r"(?P<I>\d\d?)",
    "M": r"(?P<M>\d\d?)",
    "S": r"(?P<S>\d\d?)",
    "p": r"(?P<p>[AaPp])\.?[Mm]\.?",
    "b": r"(?P<b>[A-Za-z]{3})[a-z]*\.?",
    "f": r"(?P<f>\d{1,6})",
    "z": r"(?P<z>Z|[+-]\d\d:?\d\d)",
}
Parse = Callable[[str], datetime | None]


class NoInstant(ValueError):
    """The text fits none of the formats."""


class Read(NamedTuple):
    at: datetime
    day_only: bool = False
    other: datetime | None = None


def reader(formats: tuple[str, ...], zone: str) -> Callable[[str], Read]:
    """Text → UTC, by the first format that fits; raises NoInstant. A time that a change of clocks skips is
    read as the instant at which the clocks changed, so that order stays. What no zone can reach, near the
    years 1 and 9999, is read as it stands."""
    parsers = [parser(form) for form in formats]
    info = ZoneInfo(zone)

    @lru_cache(maxsize=65_536)
    def read(text: str) -> Read:
        for parse in parsers:
            found = parse(text)
            if found is not None:
                at = _in_utc(found, info)
                late = _in_utc(found.replace(fold=1), info)
                return Read(at, ":" not in text and len(text) <= 10, late if late > at else None)
        raise NoInstant(text)

    return read


def _in_utc(found: datetime, zone: ZoneInfo) -> datetime:
    aware = found if found.tzinfo else found.replace(tzinfo=zone)
    if bounded(aware) != aware:
        return found.replace(tzinfo=UTC)
    return found.astimezone(UTC) if found.tzinfo else _at_home(found, zone)


def _at_home(local: datetime, zone: ZoneInfo) -> datetime:
    before = local.replace(tzinfo=zone)
    instant = before.astimezone(UTC)
    back = instant.astimezone(zone).replace(tzinfo=None)
    return instant if back == local else _after_gap(local, zone)


def _after_gap(local: datetime, zone: ZoneInfo) -> datetime:
    """The skipped hour has the offset before as fold 0, the one after as fold 1."""
    early, late = (local.replace(tzinfo=zone, fold=fold) for fold in (1, 0))
    low, high = early.astimezone(UTC), late.astimezone(UTC)
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def parser(form: str) -> Parse:
    """None where the text does not fit the format, or names a date that does not exist."""
    if form == ISO:
        return _iso
    parts = re.split(r"(%.)", form)
    pattern = "".join(PATTERNS[part[1]] if part.startswith("%") else re.escape(part) for part in parts)
    matches = re.compile(pattern).fullmatch

    def parse(text: str) -> datetime | None:
        match = matches(text)
        return _made(match.groupdict()) if match else None

    return parse


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _made(part: dict[str, str]) -> datetime | None:
    try:
        return datetime(
            _year(part),
            int(part["m"]) if "m" in part else MONTHS.index(part.get("b", "").lower()) + 1,
            int(part.get("d", 1)),
            _hour(part),
            int(part.get("M", 0)),
            int(part.get("S", 0)),
            int(part.get("f", "0").ljust(6, "0")),
            _offset(part.get("z")),
        )
    except ValueError:
        return None


def _year(part: dict[str, str]) -> int:
    """Two digits as strptime reads them: 69 to 99 are of the last century."""
    if "Y" in part:
        return int(part["Y"])
    year = int(part["y"]) if "y" in part else -1
    return year + (2000 if 0 <= year < 69 else 1900)


def _hour(part: dict[str, str]) -> int:
    if "I" not in part:
        return int(part.get("H", 0))
    hour = int(part["I"])
    if not 1 <= hour <= 12:
        raise ValueError
    return hour % 12 + (12 if part.get("p", "a") in "Pp" else 0)


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes))
