"""Whose time it was, for complaints that have ended, as it is stored (queries/attribution/parts.py)."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from queries.attribution.parts import Holder, Overdue, Promise, Request, Stint, late, parts, pieces, verdicts
from queries.clocks.running_clock import Clock
from queries.clocks.timeline import Stint as ComplaintStint
from queries.clocks.timeline import Timeline, stopped_at
from queries.hours.working_time import Hours


class TimeHeld(NamedTuple):
    """Of one holder. `avoidable` and `own`: breaches that are attributed to a co-owner."""

    holder: Holder
    department_id: int | None
    seconds: int
    open_seconds: int
    late_seconds: int
    late_requests: int
    avoidable: int
    own: int


def time_held(
    timeline: Timeline,
    complaint_stints: Iterable[ComplaintStint],
    clocks: list[Clock],
    team: Hours,
    hours: Callable[[int, str], Hours],
) -> Iterator[TimeHeld]:
    """In the order of each holder's first piece. `hours`: of a target, by policy version and name."""
    ended = timeline.received_at if timeline.ended_at is None else timeline.ended_at
    known = (Stint(one.from_at, one.until_at, one.status, one.department) for one in complaint_stints)
    held = pieces(known, _requests(timeline), ended)
    delays = late(held, list(_overdue(clocks, ended))) if timeline.requests else []
    judged = verdicts(_promises(clocks, hours), delays, ended) if delays else ()
    for part in parts(held, delays, team):
        mine = part.holder == "co_owner"
        late_requests = {one.request_id for one in delays if mine and one.department_id == part.department_id}
        named = [
            one.outcome for one in judged if mine and one.caused and one.caused[0][0] == part.department_id
        ]
        yield TimeHeld(
            part.holder,
            part.department_id,
            part.seconds,
            part.open_seconds,
            part.late_seconds,
            len(late_requests),
            named.count("avoidable"),
            named.count("own"),
        )


def _requests(timeline: Timeline) -> Iterator[Request]:
    for one in timeline.requests:
        ends = [at for at in (one.opinion_at, stopped_at(timeline, one)) if at is not None]
        yield Request(one.request_id, one.department, one.requested_at, min(ends, default=None))


def _overdue(clocks: Iterable[Clock], ended: int) -> Iterator[Overdue]:
    """Of the co-owners' deadlines."""
    for clock in clocks:
        for span in clock.spans if clock.party_id else ():
            until = ended if span.until_at is None else min(span.until_at, ended)
            if span.due_at is not None and max(span.from_at, span.due_at) < until:
                yield Overdue(clock.party_id, max(span.from_at, span.due_at), until)


def _promises(clocks: Iterable[Clock], hours: Callable[[int, str], Hours]) -> Iterator[Promise]:
    for clock in clocks:
        if not clock.party_id:
            yield Promise(
                clock.target,
                clock.episode,
                clock.started_at,
                clock.due_at,
                clock.cancelled_at if clock.met_at is None else clock.met_at,
                [
                    (one.from_at, one.until_at)
                    for one in clock.spans
                    if one.paused and one.until_at is not None
                ],
                hours(clock.policy_version, clock.target),
            )
