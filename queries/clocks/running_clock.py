"""One clock while it runs: what pauses and policy versions make of its due time (design: Clocks). Pure.

Instants are whole seconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from queries.clocks.timeline import Timeline
from queries.hours.segments import Pause
from queries.hours.working_time import OPEN_END, Due
from queries.policies.resolved import ClockTarget, ConstantInterval, ResolvedPolicies, moves_after

Reached = Callable[[str], int | None]  # milestone → when it was reached first


class Span(NamedTuple):
    from_at: int
    until_at: int | None
    due_at: int | None
    warn_at: int | None
    paused: bool
    left_seconds: int | None  # while paused
    policy_version: int


class CarriedDue(NamedTuple):
    """A deadline that was cancelled at `since`, due then: what takes over is due no later."""

    due_at: int
    since: int
    of: str  # its target


@dataclass(slots=True)
class Clock:
    """`running_from` is the start of the current span, None while it does not run. `promise`, `pauses` and
    `floors` are what explains `due_at`."""

    target: str
    party_id: int
    episode: int
    started_at: int
    policy_version: int
    due_at: int | None = None
    warn_at: int | None = None
    provisional: bool = False
    left_seconds: int | None = None
    met_at: int | None = None
    cancelled_at: int | None = None
    spans: list[Span] = field(default_factory=list)
    promise: ClockTarget | None = None
    pauses: list[Pause] = field(default_factory=list)
    floors: list[CarriedDue] = field(default_factory=list)
    running_from: int | None = None

    @property
    def ended_at(self) -> int | None:
        return self.met_at if self.met_at is not None else self.cancelled_at


def begin(clock: Clock, target: ClockTarget, since: int, life: Timeline) -> None:
    """Run from `since` on, which may be later than its start: what paused in between counts as paused."""
    clock.promise, clock.policy_version = target, target.version
    clock.pauses = _pauses(life, target, clock.started_at, since)
    clock.cancelled_at, clock.running_from = None, since
    _look(clock, target)


def advance(
    clock: Clock, stretch: ConstantInterval, life: Timeline, editions: ResolvedPolicies, reached: Reached
) -> None:
    """Run through a stretch, or until it is met, past due (nothing moves it then) or no longer promised."""
    target, since = clock.promise, clock.running_from
    if target is None or since is None:
        return
    index = next(n for n, edition in enumerate(editions) if edition.version == clock.policy_version)
    moves = {edition.applied_at: edition for edition in moves_after(editions, index, since)}
    if not moves and not target.pauses_on:
        return
    changes = (at for at, _ in life.states["status"])
    for at in sorted({at for at in (*moves, *changes) if since < at < stretch.until}):
        met = reached(target.met_by)
        if (met is not None and met <= at) or (clock.due_at is not None and clock.due_at <= at):
            return
        if at in moves:
            moved = moves[at].targets.get(clock.target)
            if moved is None or not moved.covers(stretch):
                finish(clock, None, at)
                return
            target = moved
        if at in moves or _paused_by(life, target, at) != _paused_by_now(clock):
            _turn(clock, target, life, at)


def _turn(clock: Clock, target: ClockTarget, life: Timeline, at: int) -> None:
    """A pause begins or ends, or another policy version takes over: what has paused so far stays paused."""
    close_span(clock, at)
    by = _paused_by(life, target, at)
    if _paused_by_now(clock):
        last = clock.pauses.pop()
        if at > last.from_at:
            clock.pauses.append(last._replace(until_at=at))
    if by:
        clock.pauses.append(Pause(at, OPEN_END, by))
    clock.promise, clock.policy_version = target, target.version
    _look(clock, target)


def finish(clock: Clock, met: int | None, stop: int) -> None:
    """Met, or stopped; at OPEN_END neither: it goes on."""
    since = clock.running_from
    if since is None:
        return
    until = stop
    if met is not None and met <= stop:
        clock.met_at, until = met, met
    elif stop < OPEN_END:
        clock.cancelled_at = stop
    if until > since or not clock.spans:
        clock.spans.append(_span(clock, since, None if until == OPEN_END else until))
    clock.running_from = None


def floor_left_by(clock: Clock) -> CarriedDue | None:
    """What a clock that was cancelled leaves behind: a paused one as if it had gone on then."""
    at, target = clock.cancelled_at, clock.promise
    if at is None or target is None:
        return None
    due = clock.due_at
    if due is None:
        pauses = [pause._replace(until_at=min(pause.until_at, at)) for pause in clock.pauses]
        found = _due(target, clock.started_at, pauses, clock.floors)
        due = at if found is None else found.at
    return CarriedDue(due, at, clock.target)


def _pauses(life: Timeline, target: ClockTarget, a: int, b: int) -> list[Pause]:
    """Those that began from a to b; the one that lasts at b has no end yet."""
    found: list[Pause] = []
    if not target.pauses_on:
        return found
    changes = life.states["status"]
    for index, (at, value) in enumerate(changes):
        until = changes[index + 1][0] if index + 1 < len(changes) else OPEN_END
        if value in target.pauses_on and until > a and at <= b:
            found.append(Pause(max(at, a), until if until <= b else OPEN_END, str(value)))
    return found


def _paused_by(life: Timeline, target: ClockTarget, at: int) -> str:
    status = life.at("status", at) if target.pauses_on else None
    return status if status is not None and status in target.pauses_on else ""


def _paused_by_now(clock: Clock) -> str:
    lasts = clock.pauses and clock.pauses[-1].until_at == OPEN_END
    return clock.pauses[-1].by if lasts else ""


def _look(clock: Clock, target: ClockTarget) -> None:
    """Set due and warning from start, pauses and floors; while paused, what is left."""
    found = _due(target, clock.started_at, clock.pauses, clock.floors)
    clock.due_at = None if found is None else found.at
    clock.warn_at = None if found is None else target.warn(clock.started_at, found.at)
    clock.left_seconds = None
    if found is None:
        before = _due(target, clock.started_at, clock.pauses[:-1], clock.floors)
        clock.left_seconds = target.left(clock.pauses[-1].from_at, before.at) if before else None
    else:
        clock.provisional = found.provisional


def _due(
    target: ClockTarget, start: int, pauses: Sequence[Pause], floors: Sequence[CarriedDue]
) -> Due | None:
    found = target.due(start, pauses)
    for floor in floors:
        brought = _brought_forward(floor, target, pauses)
        if brought is not None and (found is None or brought < found.at):
            found = Due(brought, found is not None and found.provisional)
    return found


def _brought_forward(floor: CarriedDue, target: ClockTarget, pauses: Sequence[Pause]) -> int | None:
    """A floor moves with what is paused after it, in the hours of who took over."""
    due = floor.due_at
    for pause in pauses:
        since = max(pause.from_at, floor.since)
        if pause.until_at <= since:
            continue
        if due <= since:
            return due
        if pause.until_at == OPEN_END:
            return None
        inside = target.left(since, pause.until_at)
        due = target.hours.due(due, inside).at if inside else due
    return due


def close_span(clock: Clock, at: int) -> None:
    since = clock.running_from
    if since is not None and at > since:
        clock.spans.append(_span(clock, since, at))
        clock.running_from = at


def _span(clock: Clock, since: int, until: int | None) -> Span:
    paused = clock.due_at is None
    return Span(since, until, clock.due_at, clock.warn_at, paused, clock.left_seconds, clock.policy_version)
