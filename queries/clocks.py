"""The deadlines of one life (design: Clocks). Pure: a life and its targets in, deadlines and their spans out.

A clock runs from its start; tier changes cancel and start clocks, pauses stop them, and no move buys time.
Instants are whole seconds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from queries.lifecycle import Life, Request

OPEN_END = 1 << 60  # later than any instant


@dataclass(frozen=True, slots=True)
class ClockTarget:
    """A policy's target laid out for one zone. `due` gives (instant, provisional) from a start and takes
    `left(a, b)`: seconds of the target's hours between two instants."""

    name: str
    tiers: frozenset[int] | None
    starts: str  # received, tier (the instant it became that tier), requested
    met_by: str
    again: bool  # a re-opening starts it anew
    due: Callable[[int], tuple[int, bool]]
    extend: Callable[[int, int], tuple[int, bool]]  # from an instant, so many seconds of its hours
    left: Callable[[int, int], int]
    warn: Callable[[int, int], int | None]  # start, due → when it is at risk
    pauses_on: frozenset[str]
    policy_version: int


class Span(NamedTuple):
    from_at: int
    until_at: int | None
    due_at: int | None
    warn_at: int | None
    paused: bool
    policy_version: int


@dataclass(slots=True)
class Clock:
    target: str
    party_id: int
    episode: int
    started_at: int
    due_at: int | None
    warn_at: int | None
    policy_version: int
    provisional: bool = False
    left_seconds: int | None = None
    met_at: int | None = None
    cancelled_at: int | None = None
    spans: list[Span] = field(default_factory=list)
    running_from: int | None = None
    earliest: int = OPEN_END


def complaint_clocks(life: Life, targets: Iterable[ClockTarget]) -> list[Clock]:
    """Clocks of the complaint itself, episode by episode."""
    wanted = [target for target in targets if target.starts != "requested"]
    found: list[Clock] = []
    for number in range(1, len(life.episodes) + 1):
        of_episode = [target for target in wanted if number == 1 or target.again]
        found += _episode_clocks(life, number, of_episode)
    return found


def request_clocks(life: Life, request: Request, targets: Iterable[ClockTarget]) -> list[Clock]:
    """A co-owner's clocks (N6); resolving, cancelling or ending the complaint stops them."""
    over = life.episodes[request.episode - 1][1]
    stops = [at for at in (over, request.cancelled_at) if at is not None and at >= request.requested_at]
    stop = min(stops, default=OPEN_END)
    found = []
    for target in targets:
        if target.starts != "requested":
            continue
        met = request.responded_at if target.met_by == "responded" else request.opinion_at
        if target.met_by == "responded" and met is None:
            met = request.opinion_at  # who gave the opinion has responded
        clock = _start(target, request.requested_at, request.requested_at, request.episode, OPEN_END)
        clock.party_id = request.request_id
        _run(clock, target, life, met, stop)
        found.append(clock)
    return found


def _episode_clocks(life: Life, number: int, targets: list[ClockTarget]) -> list[Clock]:
    started, over = life.episodes[number - 1]
    end = OPEN_END if over is None else over
    stretches = _tier_stretches(life, started, end)
    clocks: dict[str, Clock] = {}
    met = {t.name: life.first_met(t.met_by, number) for t in targets}
    before: int | None = None
    for index, (since, until, tier) in enumerate(stretches):
        last = index + 1 == len(stretches)
        floor = _cancelled_due(clocks, targets, met, tier, since) if index else OPEN_END
        for target in targets:
            if target.tiers is not None and tier not in target.tiers:
                continue
            reached = met[target.name]
            clock = clocks.get(target.name)
            if clock is None:
                if reached is not None and reached < since:
                    continue  # done before this tier asked for it
                urgent = before is None or tier is None or tier < before
                origin = since if target.starts == "tier" or (index and urgent) else started
                clock = _start(target, origin, since, number, floor if index and urgent else OPEN_END)
                clocks[target.name] = clock
            elif clock.cancelled_at is not None:
                _restart(clock, target, since, floor if before is None or (tier or 0) < before else OPEN_END)
            else:
                continue
        before = tier
        for target in targets:
            clock = clocks.get(target.name)
            if clock is not None and clock.running_from is not None:
                leaves = target.tiers is not None and not last and stretches[index + 1][2] not in target.tiers
                if leaves or last:
                    _run(clock, target, life, met[target.name], until, over_anyway=last, end=end)
    return list(clocks.values())


def _tier_stretches(life: Life, started: int, end: int) -> list[tuple[int, int, int | None]]:
    changes = [(max(at, started), value) for at, value in life.states.get("tier", ()) if at < end]
    if not changes or changes[0][0] > started:
        changes.insert(0, (started, life.at("tier", started)))
    kept: dict[int, str | None] = dict(changes)  # the last one at each instant
    instants = sorted(kept)
    found: list[tuple[int, int, int | None]] = []
    for index, at in enumerate(instants):
        value = kept[at]
        tier = int(value) if value else None
        until = instants[index + 1] if index + 1 < len(instants) else end
        if found and found[-1][2] == tier:
            found[-1] = (found[-1][0], until, tier)
        else:
            found.append((at, until, tier))
    return found


def _cancelled_due(
    clocks: dict[str, Clock],
    targets: list[ClockTarget],
    met: dict[str, int | None],
    tier: int | None,
    at: int,
) -> int:
    """The earliest due time among the clocks that this tier change cancels."""
    dues = [
        clock.earliest
        for target in targets
        if (clock := clocks.get(target.name)) is not None
        and clock.cancelled_at == at
        and target.tiers is not None
        and tier not in target.tiers
    ]
    return min(dues, default=OPEN_END)


def _start(target: ClockTarget, origin: int, since: int, episode: int, floor: int) -> Clock:
    due, provisional = target.due(origin)
    due = min(due, floor)
    return Clock(
        target=target.name,
        party_id=0,
        episode=episode,
        started_at=origin,
        due_at=due,
        warn_at=target.warn(origin, due),
        policy_version=target.policy_version,
        provisional=provisional,
        running_from=since,
        earliest=due,
    )


def _restart(clock: Clock, target: ClockTarget, since: int, floor: int) -> None:
    """Back in a tier it was in before: it keeps its earliest due time."""
    due = min(clock.earliest, floor)
    clock.due_at, clock.earliest = due, due
    clock.warn_at = target.warn(clock.started_at, due)
    clock.cancelled_at, clock.running_from = None, since


def _run(
    clock: Clock,
    target: ClockTarget,
    life: Life,
    met: int | None,
    stop: int,
    over_anyway: bool = True,
    end: int = OPEN_END,
) -> None:
    """Let the clock run until it is met or stopped. A tier change does not stop what is already past due."""
    at = clock.running_from or clock.started_at
    for since, until in _pauses(life, target, at, min(stop, OPEN_END if met is None else met)):
        if clock.due_at is None or clock.due_at <= since:
            break
        left = target.left(since, clock.due_at)
        _close_span(clock, at, since)
        if until >= min(stop, OPEN_END if met is None else met):
            clock.due_at, clock.warn_at, clock.left_seconds, at = None, None, left, since
            break
        clock.spans.append(Span(since, until, None, None, True, clock.policy_version))
        clock.due_at, provisional = target.extend(until, left)
        clock.provisional = clock.provisional or provisional
        clock.warn_at = target.warn(clock.started_at, clock.due_at)
        at = until
    _finish(clock, at, met, stop, over_anyway, end)


def _finish(clock: Clock, at: int, met: int | None, stop: int, over_anyway: bool, end: int) -> None:
    due = clock.due_at
    if not over_anyway and due is not None and due <= stop:
        stop = end  # past due: stays until it is met or the episode is over
    if met is not None and met <= stop:
        clock.met_at, until = met, met
    elif stop < OPEN_END:
        clock.cancelled_at, until = stop, stop
    else:
        until = OPEN_END
    if until > at or not clock.spans:
        paused = due is None
        ended = None if until == OPEN_END else until
        clock.spans.append(Span(at, ended, due, clock.warn_at, paused, clock.policy_version))
    if due is not None:
        clock.earliest = min(clock.earliest, due) if clock.cancelled_at is None else due
    clock.running_from = None


def _close_span(clock: Clock, since: int, until: int) -> None:
    if until > since:
        clock.spans.append(Span(since, until, clock.due_at, clock.warn_at, False, clock.policy_version))


def _pauses(life: Life, target: ClockTarget, since: int, stop: int) -> Iterable[tuple[int, int]]:
    if not target.pauses_on:
        return
    status = life.states["status"]
    for index, (at, value) in enumerate(status):
        until = status[index + 1][0] if index + 1 < len(status) else OPEN_END
        if value in target.pauses_on and until > since and at < stop:
            yield max(at, since), until


def promised_clock(
    life: Life, promises: list[tuple[int, int]], warn: Callable[[int, int], int | None], policy_version: int
) -> Clock | None:
    """The source's own promised instants, (known from, due) in order; a promise moved after it passed
    moves nothing."""
    if not promises:
        return None
    over = life.episodes[0][1]
    start = life.received_at
    clock = Clock("promised", 0, 1, start, promises[0][1], warn(start, promises[0][1]), policy_version)
    at = start
    for since, due in promises[1:]:
        if (over is not None and since >= over) or (clock.due_at or 0) <= since:
            break
        _close_span(clock, at, since)
        at, clock.due_at, clock.warn_at = since, due, warn(start, due)
    met = life.first_met("resolved", 1)
    _finish(clock, at, met, OPEN_END if over is None else over, True, OPEN_END)
    return clock
