"""Dates as files write them, as instants."""

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.instants import bounded
from jobs.sources.rows.date_forms import Local, parser


class NoInstant(ValueError):
    """The text fits none of the formats."""


class Read(NamedTuple):
    """`day_only`: the text has no time, `at` is the day's first instant. `other`: the later instant of a
    local time that comes twice, when clocks go back; `at` is the earlier."""

    at: datetime
    day_only: bool = False
    other: datetime | None = None


def reader(formats: tuple[str, ...], zone: str) -> Callable[[str], Read]:
    """Text → UTC, by the first format that fits; raises NoInstant. A time that a change of clocks skips is
    read as the instant at which the clocks changed, so that order stays. What no zone can reach, near the
    years 1 and 9999, is read as it stands."""
    parsers = [parser(form) for form in formats]
    info = ZoneInfo(zone)

    def first(text: str) -> Local | None:
        for parse in parsers:
            found = parse(text)
            if found is not None:
                return found
        return None

    @lru_cache(maxsize=65_536)
    def read(text: str) -> Read:
        found = first(text)
        if found is None and not text.isascii():
            found = first(unicodedata.normalize("NFKC", text))  # full-width digits and colons
        if found is None:
            raise NoInstant(text)
        return _in_utc(found, info)

    return read


def _in_utc(found: Local, zone: ZoneInfo) -> Read:
    at = found.at
    aware = at if at.tzinfo else at.replace(tzinfo=zone)
    if bounded(aware) != aware:
        return Read(at.replace(tzinfo=UTC), found.day_only)
    if at.tzinfo and not isinstance(at.tzinfo, ZoneInfo):
        return Read(at.astimezone(UTC), found.day_only)
    home = at.tzinfo if isinstance(at.tzinfo, ZoneInfo) else zone
    local = at.replace(tzinfo=None)
    instant = _at_home(local, home)
    later = local.replace(tzinfo=home, fold=1).astimezone(UTC)
    return Read(instant, found.day_only, later if later > instant and not found.day_only else None)


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
