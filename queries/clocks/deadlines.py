"""The deadlines of one life (design: Clocks). Pure: a life and policy editions in, deadlines and spans out.

A clock runs from its start; tier changes cancel and start clocks, pauses stop them, and no move buys time.
Instants are whole seconds.
"""

from functools import partial

from queries.clocks.running_clock import (
    CarriedDue,
    Clock,
    Reached,
    advance,
    begin,
    close_span,
    finish,
    floor_left_by,
)
from queries.clocks.timeline import Request, Timeline, stopped_at
from queries.hours.working_time import OPEN_END
from queries.policies.resolved import (
    ClockTarget,
    ConstantInterval,
    ResolvedPolicies,
    ResolvedPolicy,
    in_force,
)


def complaint_clocks(life: Timeline, editions: ResolvedPolicies) -> list[Clock]:
    """Clocks of the complaint itself, episode by episode."""
    found: list[Clock] = []
    for number in range(1, len(life.episodes) + 1):
        found += _episode_clocks(life, number, editions)
    return found


def _episode_clocks(life: Timeline, number: int, editions: ResolvedPolicies) -> list[Clock]:
    started, over = life.episodes[number - 1]
    end = OPEN_END if over is None else over
    stretches = _stretches(life, started, end, editions)
    reached = partial(_reached, life, number)
    clocks: dict[str, Clock] = {}
    for index, stretch in enumerate(stretches):
        before = stretches[index - 1] if index else None
        _open(clocks, life, number, editions, stretch, before)
        following = stretches[index + 1] if index + 1 < len(stretches) else None
        for clock in clocks.values():
            if clock.running_from is not None:
                advance(clock, stretch, life, editions, reached)
                _end_stretch(clock, stretch, following, end, reached)
    return list(clocks.values())


def _reached(life: Timeline, number: int, milestone: str) -> int | None:
    return life.first_met(milestone, number)


def _stretches(life: Timeline, started: int, end: int, editions: ResolvedPolicies) -> list[ConstantInterval]:
    """Of one tier each; and of one channel and category where a target asks for these."""
    names = ["tier"]
    targets = [target for edition in editions for target in edition.targets.values()]
    if any(target.channels or target.categories for target in targets):
        names += ["channel", "category"]
    moments = {started, *(at for name in names for at, _ in life.states.get(name, ()) if started < at < end)}
    ordered = sorted(moments)
    found: list[ConstantInterval] = []
    for at, until in zip(ordered, [*ordered[1:], end], strict=True):
        tier, channel, category = (life.at(name, at) for name in ("tier", "channel", "category"))
        found.append(ConstantInterval(at, until, int(tier) if tier else None, channel, category))
    return found


def _open(
    clocks: dict[str, Clock],
    life: Timeline,
    number: int,
    editions: ResolvedPolicies,
    stretch: ConstantInterval,
    before: ConstantInterval | None,
) -> None:
    """Start, or start again, the clocks that this stretch asks for and nobody has met yet."""
    started = life.episodes[number - 1][0]
    urgent = before is not None and _more_urgent(stretch, before)
    floor = _earliest_cancelled(clocks, stretch) if urgent else None
    for name in _names(clocks, editions, started, stretch.since):
        clock = clocks.get(name)
        if clock is None:
            found = _fresh(name, editions, started, stretch, urgent)
        elif clock.cancelled_at is not None and clock.cancelled_at <= stretch.since:
            found = _again(clock, editions, stretch)
        else:
            continue
        if found is None or (number > 1 and not found[0].again):
            continue
        target, origin = found
        met = life.first_met(target.met_by, number)
        if met is not None and met < stretch.since:
            continue  # done before this tier asked for it
        if clock is None:
            clock = clocks[name] = Clock(name, 0, number, origin, target.version)
        else:
            clock.floors += _one(floor_left_by(clock))  # it keeps its earliest due time
        clock.floors += _one(floor)
        begin(clock, target, stretch.since, life)


def _one(floor: CarriedDue | None) -> list[CarriedDue]:
    return [] if floor is None else [floor]


def _more_urgent(stretch: ConstantInterval, before: ConstantInterval) -> bool:
    return before.tier is None or stretch.tier is None or stretch.tier < before.tier


def _names(clocks: dict[str, Clock], editions: ResolvedPolicies, started: int, since: int) -> list[str]:
    editions_then = (editions[in_force(editions, started, since)], editions[in_force(editions, since)])
    return list(dict.fromkeys([*clocks, *(name for edition in editions_then for name in edition.targets)]))


def _fresh(
    name: str, editions: ResolvedPolicies, started: int, stretch: ConstantInterval, urgent: bool
) -> tuple[ClockTarget, int] | None:
    """The target by the version in force at its start: the change towards more urgent, the instant of the
    tier, or the beginning of the episode."""
    for origin in (started,) if started == stretch.since else (started, stretch.since):
        target = editions[in_force(editions, origin, stretch.since)].targets.get(name)
        if target is None or target.starts == "requested" or not target.covers(stretch):
            continue
        if origin == (stretch.since if urgent or target.starts == "tier" else started):
            return target, origin
    return None


def _again(
    clock: Clock, editions: ResolvedPolicies, stretch: ConstantInterval
) -> tuple[ClockTarget, int] | None:
    edition = editions[in_force(editions, clock.started_at, stretch.since)]
    target = edition.targets.get(clock.target)
    return None if target is None or not target.covers(stretch) else (target, clock.started_at)


def _earliest_cancelled(clocks: dict[str, Clock], stretch: ConstantInterval) -> CarriedDue | None:
    """The earliest due time among the clocks that this change of tier cancelled."""
    left = [
        floor
        for clock in clocks.values()
        if clock.cancelled_at == stretch.since and (floor := floor_left_by(clock)) is not None
    ]
    return min(left, default=None)


def _end_stretch(
    clock: Clock, stretch: ConstantInterval, following: ConstantInterval | None, end: int, reached: Reached
) -> None:
    """A change does not stop what is already past due: that stays until it is met or the episode is over."""
    if clock.running_from is None or clock.promise is None:
        return
    met = reached(clock.promise.met_by)
    late = clock.due_at is not None and clock.due_at <= stretch.until
    if following is None or late:
        finish(clock, met, end)
    elif (met is not None and met <= stretch.until) or not clock.promise.covers(following):
        finish(clock, met, stretch.until)


def request_clocks(life: Timeline, request: Request, editions: ResolvedPolicies) -> list[Clock]:
    """A co-owner's clocks (N6); resolving, cancelling or ending the complaint stops them."""
    start, stop = request.requested_at, stopped_at(life, request)
    tier, channel, category = (life.at(name, start) for name in ("tier", "channel", "category"))
    stretch = ConstantInterval(
        start, OPEN_END if stop is None else stop, int(tier) if tier else None, channel, category
    )
    reached = partial(_answered, request)
    found = []
    for target in editions[in_force(editions, start)].targets.values():
        if target.starts == "requested" and target.covers(stretch):
            clock = Clock(target.name, request.request_id, request.episode, start, target.version)
            begin(clock, target, start, life)
            advance(clock, stretch, life, editions, reached)
            finish(clock, reached((clock.promise or target).met_by), stretch.until)
            found.append(clock)
    return found


def _answered(request: Request, milestone: str) -> int | None:
    """Who gave the opinion has responded."""
    if milestone == "opinion":
        return request.opinion_at
    return min((at for at in (request.responded_at, request.opinion_at) if at is not None), default=None)


def promised_clock(life: Timeline, promises: list[tuple[int, int]], edition: ResolvedPolicy) -> Clock | None:
    """The source's own promised instants, (known from, due) in order; a promise moved after it passed
    moves nothing. It warns by the share of its time; no policy version moves it."""
    if not promises:
        return None
    over = life.episodes[0][1]
    clock = Clock("promised", 0, 1, life.received_at, edition.version, running_from=life.received_at)
    for since, due in promises:
        if clock.due_at is not None:
            if (over is not None and since >= over) or clock.due_at <= since:
                break
            close_span(clock, since)
        clock.due_at, clock.warn_at = due, _warn(life.received_at, due, edition.warn_share)
    finish(clock, life.first_met("resolved", 1), OPEN_END if over is None else over)
    return clock


def _warn(start: int, due: int, share: float) -> int | None:
    return start + int((due - start) * share) if due > start else None
