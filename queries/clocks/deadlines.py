"""The deadlines of one complaint, from its timeline and the resolved policies (docs/architecture.md: Clocks).

Pure. A clock runs from its start; tier changes cancel and start clocks, pauses stop them, no move gains time.
Instants are whole seconds.
"""

from functools import partial

from queries.clocks.running_clock import (
    CarriedDue,
    Clock,
    Reached,
    advance,
    begin,
    carried_due,
    close_span,
    finish,
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


def complaint_clocks(timeline: Timeline, policies: ResolvedPolicies) -> list[Clock]:
    """Clocks of the complaint itself, episode by episode."""
    found: list[Clock] = []
    for number in range(1, len(timeline.episodes) + 1):
        found += _episode_clocks(timeline, number, policies)
    return found


def _episode_clocks(timeline: Timeline, number: int, policies: ResolvedPolicies) -> list[Clock]:
    started, over = timeline.episodes[number - 1]
    end = OPEN_END if over is None else over
    intervals = _constant_intervals(timeline, started, end, policies)
    reached = partial(_reached, timeline, number)
    clocks: dict[str, Clock] = {}
    for index, interval in enumerate(intervals):
        before = intervals[index - 1] if index else None
        _start_clocks(clocks, timeline, number, policies, interval, before)
        following = intervals[index + 1] if index + 1 < len(intervals) else None
        for clock in clocks.values():
            if clock.running_from is not None:
                advance(clock, interval, timeline, policies, reached)
                _end_interval(clock, interval, following, end, reached)
    return list(clocks.values())


def _reached(timeline: Timeline, number: int, milestone: str) -> int | None:
    return timeline.first_met(milestone, number)


def _constant_intervals(
    timeline: Timeline, started: int, end: int, policies: ResolvedPolicies
) -> list[ConstantInterval]:
    """Intervals of one tier; and of one channel and category where a target depends on these."""
    names = ["tier"]
    targets = [target for policy in policies for target in policy.targets.values()]
    if any(target.channels or target.categories for target in targets):
        names += ["channel", "category"]
    moments = {
        started,
        *(at for name in names for at, _ in timeline.states.get(name, ()) if started < at < end),
    }
    ordered = sorted(moments)
    found: list[ConstantInterval] = []
    for at, until in zip(ordered, [*ordered[1:], end], strict=True):
        tier, channel, category = (timeline.at(name, at) for name in ("tier", "channel", "category"))
        found.append(ConstantInterval(at, until, int(tier) if tier else None, channel, category))
    return found


def _start_clocks(
    clocks: dict[str, Clock],
    timeline: Timeline,
    number: int,
    policies: ResolvedPolicies,
    interval: ConstantInterval,
    before: ConstantInterval | None,
) -> None:
    """Start, or start again, the clocks of targets that apply in this interval and are not met yet."""
    started = timeline.episodes[number - 1][0]
    urgent = before is not None and _more_urgent(interval, before)
    carried = _earliest_cancelled(clocks, interval) if urgent else None
    for name in _names(clocks, policies, started, interval.since):
        clock = clocks.get(name)
        if clock is None:
            found = _new_target(name, policies, started, interval, urgent)
        elif clock.cancelled_at is not None and clock.cancelled_at <= interval.since:
            found = _restarted_target(clock, policies, interval)
        else:
            continue
        if found is None or (number > 1 and not found[0].again):
            continue
        target, origin = found
        met = timeline.first_met(target.met_by, number)
        if met is not None and met < interval.since:
            continue  # met before this tier required it
        if clock is None:
            clock = clocks[name] = Clock(name, 0, number, origin, target.version)
        else:
            clock.carried_dues += _as_list(carried_due(clock))  # a clock keeps its earliest due time
        clock.carried_dues += _as_list(carried)
        begin(clock, target, interval.since, timeline)


def _as_list(carried: CarriedDue | None) -> list[CarriedDue]:
    return [] if carried is None else [carried]


def _more_urgent(interval: ConstantInterval, before: ConstantInterval) -> bool:
    return before.tier is None or interval.tier is None or interval.tier < before.tier


def _names(clocks: dict[str, Clock], policies: ResolvedPolicies, started: int, since: int) -> list[str]:
    policies_then = (policies[in_force(policies, started, since)], policies[in_force(policies, since)])
    return list(dict.fromkeys([*clocks, *(name for policy in policies_then for name in policy.targets)]))


def _new_target(
    name: str, policies: ResolvedPolicies, started: int, interval: ConstantInterval, urgent: bool
) -> tuple[ClockTarget, int] | None:
    """The target and its start, by the policy version in force then. It starts with the change to a more
    urgent tier, at the instant it became that tier, or with the episode."""
    for origin in (started,) if started == interval.since else (started, interval.since):
        target = policies[in_force(policies, origin, interval.since)].targets.get(name)
        if target is None or target.starts == "requested" or not target.covers(interval):
            continue
        if origin == (interval.since if urgent or target.starts == "tier" else started):
            return target, origin
    return None


def _restarted_target(
    clock: Clock, policies: ResolvedPolicies, interval: ConstantInterval
) -> tuple[ClockTarget, int] | None:
    policy = policies[in_force(policies, clock.started_at, interval.since)]
    target = policy.targets.get(clock.target)
    return None if target is None or not target.covers(interval) else (target, clock.started_at)


def _earliest_cancelled(clocks: dict[str, Clock], interval: ConstantInterval) -> CarriedDue | None:
    """The earliest due time among the clocks that this change of tier cancelled."""
    left = [
        carried
        for clock in clocks.values()
        if clock.cancelled_at == interval.since and (carried := carried_due(clock)) is not None
    ]
    return min(left, default=None)


def _end_interval(
    clock: Clock, interval: ConstantInterval, following: ConstantInterval | None, end: int, reached: Reached
) -> None:
    """A change does not cancel what is past due: that runs until it is met or the episode is over."""
    if clock.running_from is None or clock.promise is None:
        return
    met = reached(clock.promise.met_by)
    late = clock.due_at is not None and clock.due_at <= interval.until
    if following is None or late:
        finish(clock, met, end)
    elif (met is not None and met <= interval.until) or not clock.promise.covers(following):
        finish(clock, met, interval.until)


def request_clocks(timeline: Timeline, request: Request, policies: ResolvedPolicies) -> list[Clock]:
    """A co-owner's clocks (N6); resolving, cancelling or ending the complaint stops them."""
    start, stop = request.requested_at, stopped_at(timeline, request)
    tier, channel, category = (timeline.at(name, start) for name in ("tier", "channel", "category"))
    interval = ConstantInterval(
        start, OPEN_END if stop is None else stop, int(tier) if tier else None, channel, category
    )
    reached = partial(_answered, request)
    found = []
    for target in policies[in_force(policies, start)].targets.values():
        if target.starts == "requested" and target.covers(interval):
            clock = Clock(target.name, request.request_id, request.episode, start, target.version)
            begin(clock, target, start, timeline)
            advance(clock, interval, timeline, policies, reached)
            finish(clock, reached((clock.promise or target).met_by), interval.until)
            found.append(clock)
    return found


def _answered(request: Request, milestone: str) -> int | None:
    """Giving the opinion counts as having responded."""
    if milestone == "opinion":
        return request.opinion_at
    return min((at for at in (request.responded_at, request.opinion_at) if at is not None), default=None)


def promised_clock(
    timeline: Timeline, promises: list[tuple[int, int]], policy: ResolvedPolicy
) -> Clock | None:
    """`promises`: the instants promised by the source itself, as (known from, due) in order. Moving one after
    it has passed changes nothing, and no policy version moves it; the warning follows the policy's share."""
    if not promises:
        return None
    over = timeline.episodes[0][1]
    clock = Clock("promised", 0, 1, timeline.received_at, policy.version, running_from=timeline.received_at)
    for since, due in promises:
        if clock.due_at is not None:
            if (over is not None and since >= over) or clock.due_at <= since:
                break
            close_span(clock, since)
        clock.due_at, clock.warn_at = due, _warn(timeline.received_at, due, policy.warn_share)
    finish(clock, timeline.first_met("resolved", 1), OPEN_END if over is None else over)
    return clock


def _warn(start: int, due: int, share: float) -> int | None:
    return start + int((due - start) * share) if due > start else None
