"""`board explain`: every deadline of a complaint, segment by segment, in words and for programs."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from jobs.commands.due_text import PROVISIONAL, lines_of_days, lines_of_segments, local, parts_as_json
from queries.clocks.explain import Explanation


def lines(one: Explanation, now: int) -> Iterator[str]:
    zone = ZoneInfo(one.zone)
    request = f", co-owner request {one.party_id}" if one.party_id else ""
    episode = f", episode {one.episode}" if one.episode > 1 else ""
    yield f"{one.target}{request}{episode}: {_state(one, zone, now)}"
    yield (
        f"  {_budget(one)} of {one.calendar} hours from {_at(one.started_at, zone)} ({one.zone}), "
        f"policy version {one.policy_version}"
    )
    yield f"  waited {timedelta(seconds=one.waited)}, of which counted {timedelta(seconds=one.used)}"
    if one.provisional:
        yield f"  {PROVISIONAL}"
    if one.days:
        yield from lines_of_days(one.days)
    elif one.segments:
        yield from lines_of_segments(one.segments, zone)
    if one.left_seconds is not None:
        yield f"  {timedelta(seconds=one.left_seconds)} left while it is paused"
    if one.carried is not None and one.brought_forward:
        yield (
            f"  {timedelta(seconds=one.brought_forward)} less: it took over from {one.carried.of}, "
            f"which was due {_at(one.carried.due_at, zone)}"
        )
    if len({span.due_at for span in one.spans}) > 1:
        for span in one.spans:
            due = "paused" if span.due_at is None else f"due {_at(span.due_at, zone)}"
            yield f"  from {_at(span.from_at, zone)}: {due} (policy version {span.policy_version})"


def _at(instant: int, zone: ZoneInfo) -> str:
    return f"{local(instant, zone):%a %Y-%m-%d %H:%M:%S}"


def _budget(one: Explanation) -> str:
    if one.budget.working_days:
        return f"{one.budget.working_days} working days"
    return str(timedelta(seconds=one.budget.seconds))


def _state(one: Explanation, zone: ZoneInfo, now: int) -> str:
    if one.due_at is None:
        return "paused"
    due, end = _at(one.due_at, zone), now if one.ended_at is None else one.ended_at
    if end > one.due_at:
        over = timedelta(seconds=end - one.due_at)
        return f"due {due}, breached by {over}" + ("" if one.ended_at is not None else " so far")
    if one.met_at is not None:
        return f"due {due}, met {_at(one.met_at, zone)}"
    if one.cancelled_at is not None:
        return f"was due {due}, cancelled {_at(one.cancelled_at, zone)}"
    return f"due {due}, {timedelta(seconds=one.due_at - now)} left"


def as_json(one: Explanation) -> dict[str, Any]:
    zone = ZoneInfo(one.zone)

    def iso(at: int | None) -> str | None:
        return None if at is None else local(at, zone).isoformat()

    plain = ("target", "party_id", "episode", "policy_version", "calendar", "zone", "provisional")
    more = ("left_seconds", "brought_forward", "waited", "used", "counted")
    instants = ("started_at", "due_at", "warn_at", "met_at", "cancelled_at")
    return {
        **{name: getattr(one, name) for name in plain},
        **{name: iso(getattr(one, name)) for name in instants},
        "budget": {"seconds": one.budget.seconds, "working_days": one.budget.working_days},
        **{name: getattr(one, name) for name in more},
        "took_over_from": one.carried.of if one.carried else None,
        **parts_as_json(one.segments, one.days, zone),
        "history": [
            span._asdict()
            | {"from_at": iso(span.from_at), "until_at": iso(span.until_at), "due_at": iso(span.due_at)}
            | {"warn_at": iso(span.warn_at)}
            for span in one.spans
        ],
    }
