"""One clock while it runs: how pauses and policy versions move its due time (docs/architecture.md: Clocks).

Pure. Instants are whole seconds.
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
    """Left by a deadline that was cancelled at `since`: what replaces it is due at `due_at` at the latest."""

    due_at: int
    since: int
    of: str  # the target of the cancelled deadline


@dataclass(slots=True)
class Clock:
    """`running_from`: start of the current span; None while it does not run. `due_at` follows from `promise`,
    `pauses` and `carried_dues`."""

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
    carried_dues: list[CarriedDue] = field(default_factory=list)
    running_from: int | None = None

    @property
    def ended_at(self) -> int | None:
        return self.met_at if self.met_at is not None else self.cancelled_at


def begin(clock: Clock, target: ClockTarget, since: int, timeline: Timeline) -> None:
    """Run from `since` on, which may be after its start: pauses between the two count."""
    clock.promise, clock.policy_version = target, target.version
    clock.pauses = _pauses(timeline, target, clock.started_at, since)
    clock.cancelled_at, clock.running_from = None, since
    _recompute_due(clock, target)


def advance(
    clock: Clock, interval: ConstantInterval, timeline: Timeline, policies: ResolvedPolicies, reached: Reached
) -> None:
    """Run through an interval, or until it is met, past due (then nothing moves it) or not promised."""
    target, since = clock.promise, clock.running_from
    if target is None or since is None:
        return
    index = next(n for n, policy in enumerate(policies) if policy.version == clock.policy_version)
    moves = {policy.applied_at: policy for policy in moves_after(policies, index, since)}
    if not moves and not target.pauses_on:
        return
    changes = (at for at, _ in timeline.states["status"])
    for at in sorted({at for at in (*moves, *changes) if since < at < interval.until}):
        met = reached(target.met_by)
        if (met is not None and met <= at) or (clock.due_at is not None and clock.due_at <= at):
            return
        if at in moves:
            moved = moves[at].targets.get(clock.target)
            if moved is None or not moved.covers(interval):
                finish(clock, None, at)
                return
            target = moved
        if at in moves or _paused_by(timeline, target, at) != _paused_by_now(clock):
            _switch_policy_or_pause(clock, target, timeline, at)


def _switch_policy_or_pause(clock: Clock, target: ClockTarget, timeline: Timeline, at: int) -> None:
    """A pause begins or ends, or another policy version takes over; pauses until now keep their effect."""
    close_span(clock, at)
    by = _paused_by(timeline, target, at)
    if _paused_by_now(clock):
        last = clock.pauses.pop()
        if at > last.from_at:
            clock.pauses.append(last._replace(until_at=at))
    if by:
        clock.pauses.append(Pause(at, OPEN_END, by))
    clock.promise, clock.policy_version = target, target.version
    _recompute_due(clock, target)


def finish(clock: Clock, met: int | None, stop: int) -> None:
    """End the clock: met at `met`, or cancelled at `stop`. With `stop` at OPEN_END it may also go on."""
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


def carried_due(clock: Clock) -> CarriedDue | None:
    """What a cancelled clock leaves behind; a pause is taken to end at that instant."""
    at, target = clock.cancelled_at, clock.promise
    if at is None or target is None:
        return None
    due = clock.due_at
    if due is None:
        pauses = [pause._replace(until_at=min(pause.until_at, at)) for pause in clock.pauses]
        found = _due(target, clock.started_at, pauses, clock.carried_dues)
        due = at if found is None else found.at
    return CarriedDue(due, at, clock.target)


def _pauses(timeline: Timeline, target: ClockTarget, a: int, b: int) -> list[Pause]:
    """Pauses that overlap a to b; one that still lasts at b has no end yet."""
    found: list[Pause] = []
    if not target.pauses_on:
        return found
    changes = timeline.states["status"]
    for index, (at, value) in enumerate(changes):
        until = changes[index + 1][0] if index + 1 < len(changes) else OPEN_END
        if value in target.pauses_on and until > a and at <= b:
            found.append(Pause(max(at, a), until if until <= b else OPEN_END, str(value)))
    return found


def _paused_by(timeline: Timeline, target: ClockTarget, at: int) -> str:
    status = timeline.at("status", at) if target.pauses_on else None
    return status if status is not None and status in target.pauses_on else ""


def _paused_by_now(clock: Clock) -> str:
    lasts = clock.pauses and clock.pauses[-1].until_at == OPEN_END
    return clock.pauses[-1].by if lasts else ""


def _recompute_due(clock: Clock, target: ClockTarget) -> None:
    """Set due and warning times from start, pauses and carried due times; while paused, the time left."""
    found = _due(target, clock.started_at, clock.pauses, clock.carried_dues)
    clock.due_at = None if found is None else found.at
    clock.warn_at = None if found is None else target.warn(clock.started_at, found.at)
    clock.left_seconds = None
    if found is None:
        before = _due(target, clock.started_at, clock.pauses[:-1], clock.carried_dues)
        clock.left_seconds = target.left(clock.pauses[-1].from_at, before.at) if before else None
    else:
        clock.provisional = found.provisional


def _due(
    target: ClockTarget, start: int, pauses: Sequence[Pause], carried_dues: Sequence[CarriedDue]
) -> Due | None:
    found = target.due(start, pauses)
    for carried in carried_dues:
        at = _carried_due_at(carried, target, pauses)
        if at is not None and (found is None or at < found.at):
            found = Due(at, found is not None and found.provisional)
    return found


def _carried_due_at(carried: CarriedDue, target: ClockTarget, pauses: Sequence[Pause]) -> int | None:
    """The carried due time, later by each pause since it was carried, in the hours of the new target."""
    due = carried.due_at
    for pause in pauses:
        since = max(pause.from_at, carried.since)
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
