"""Segments and counted days in words, at a terminal and for programs (`board due`, `board explain`)."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.instants import EARLIEST, LATEST
from queries.hours.question import Answer
from queries.hours.segments import CountedDay, Segment

PROVISIONAL = "Provisional: not all holidays up to then are published; weekdays stand in for them."

FIRST, LAST = int(EARLIEST.timestamp()), int(LATEST.timestamp())


def local(at: int, zone: ZoneInfo) -> datetime:
    """Whole seconds far from our time are shown as the last that is believed."""
    return datetime.fromtimestamp(min(max(at, FIRST), LAST), zone)


def print_answer(answer: Answer, say: Callable[[str], None], as_json: bool = False) -> None:
    for line in [json.dumps(_as_json(answer), ensure_ascii=False)] if as_json else _as_lines(answer):
        say(line)


def _as_lines(answer: Answer) -> Iterator[str]:
    yield f"Due {local(answer.due.at, answer.zone):%a %Y-%m-%d %H:%M:%S} ({answer.zone.key})"
    if answer.due.provisional:
        yield PROVISIONAL
    yield from lines_of_days(answer.days) if answer.days else lines_of_segments(answer.segments, answer.zone)


def _as_json(answer: Answer) -> dict[str, Any]:
    return {
        "due_at": local(answer.due.at, answer.zone).isoformat(),
        "provisional": answer.due.provisional,
        "start": local(answer.start, answer.zone).isoformat(),
        "zone": answer.zone.key,
        "budget": {"seconds": answer.budget.seconds, "working_days": answer.budget.working_days},
        **parts_as_json(answer.segments, answer.days, answer.zone),
    }


def lines_of_segments(segments: Sequence[Segment], zone: ZoneInfo) -> Iterator[str]:
    """With their sum."""
    for one in segments:
        since, until = local(one.from_at, zone), local(one.until_at, zone)
        yield f"  {since:%a %Y-%m-%d %H:%M:%S} … {until:%a %Y-%m-%d %H:%M:%S}  {_label(one)}"
    yield f"  {timedelta(seconds=sum(one.counted for one in segments))} counted"


def lines_of_days(days: Sequence[CountedDay]) -> Iterator[str]:
    for day in days:
        yield f"  {day.date:%a %Y-%m-%d}  {'counts' if day.counted else 'does not count'}{_why(day)}"
    yield f"  {sum(day.counted for day in days)} working days counted"


def parts_as_json(
    segments: Sequence[Segment], days: Sequence[CountedDay], zone: ZoneInfo
) -> dict[str, list[dict[str, Any]]]:
    def iso(at: int) -> str:
        return local(at, zone).isoformat()

    return {
        "segments": [
            one._asdict()
            | {"from_at": iso(one.from_at), "until_at": iso(one.until_at), "counted": one.counted}
            for one in segments
        ],
        "days": [day._asdict() | {"date": day.date.isoformat(), "close": iso(day.close)} for day in days],
    }


def _label(one: Segment) -> str:
    parts = ["open" if one.open else "closed"]
    if one.paused_by is not None:
        parts.append("paused" if one.paused_by == "pause" else f"paused: {one.paused_by.replace('_', ' ')}")
    if one.kind != "usual":
        parts.append(one.kind.replace("_", "-"))
    if one.name:
        parts.append(one.name)
    counted = f"  +{timedelta(seconds=one.counted)}" if one.counted else ""
    return ", ".join(parts) + counted


def _why(day: CountedDay) -> str:
    parts = [day.kind.replace("_", "-")] if day.kind != "usual" else []
    parts += [day.name] if day.name else []
    parts += ["wholly paused"] if day.paused else []
    return f" ({', '.join(parts)})" if parts else ""
