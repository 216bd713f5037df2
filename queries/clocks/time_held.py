"""Whose time it was, of a life that has ended, as it is laid down (queries/attribution/parts.py)."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from queries.attribution.parts import Holder, Past, Promise, Request, Stint, late, parts, pieces, verdicts
from queries.clocks import timeline
from queries.clocks.running_clock import Clock
from queries.clocks.timeline import Timeline, stopped_at
from queries.hours.working_time import Hours


class TimeHeld(NamedTuple):
    """Of one holder. The breaches are those named after a co-owner."""

    holder: Holder
    department_id: int | None
    seconds: int
    open_seconds: int
    late_seconds: int
    late_requests: int
    avoidable: int
    own: int


def time_held(
    life: Timeline,
    lived: Iterable[timeline.Stint],
    clocks: list[Clock],
    team: Hours,
    hours: Callable[[int, str], Hours],
) -> Iterator[TimeHeld]:
    """`hours`: of a target by policy version and name. In the order of their first piece."""
    ended = life.received_at if life.ended_at is None else life.ended_at
    known = (Stint(one.from_at, one.until_at, one.status, one.department) for one in lived)
    held = pieces(known, _requests(life), ended)
    delays = late(held, list(_past(clocks, ended))) if life.requests else []
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


def _requests(life: Timeline) -> Iterator[Request]:
    for one in life.requests:
        ends = [at for at in (one.opinion_at, stopped_at(life, one)) if at is not None]
        yield Request(one.request_id, one.department, one.requested_at, min(ends, default=None))


def _past(clocks: Iterable[Clock], ended: int) -> Iterator[Past]:
    """Of the co-owners' deadlines."""
    for clock in clocks:
        for span in clock.spans if clock.party_id else ():
            until = ended if span.until_at is None else min(span.until_at, ended)
            if span.due_at is not None and max(span.from_at, span.due_at) < until:
                yield Past(clock.party_id, max(span.from_at, span.due_at), until)


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
