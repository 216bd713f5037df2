"""The callbacks of a complaint (N7, N15): when each is due, its state after attempts and bookings. Pure."""

from dataclasses import dataclass, field
from typing import NamedTuple

from queries.clocks.running_clock import Span
from queries.clocks.timeline import Timeline
from queries.intake.facts import UNRESOLVED_ENDS
from queries.policies.resolved import AttemptsPolicy, ResolvedPolicies, in_force, moves_after

ENDING = frozenset({"confirmed", "not_solved", "refused"})


class Attempt(NamedTuple):
    kind: str
    episode: int  # 0: the one that its instant tells
    at: int
    outcome: str
    call_again_at: int | None


class Booking(NamedTuple):
    kind: str
    episode: int  # as of an attempt
    at: int
    agent_id: int | None
    starts_at: int | None


@dataclass(slots=True)
class Callback:
    kind: str
    episode: int
    resolved_at: int  # what it follows up: the resolution, or the bad answer
    due_at: int
    next_at: int
    ended_at: int | None = None
    outcome: str | None = None
    attempts: int = 0
    last_outcome: str | None = None
    agent_id: int | None = None
    revision: int = 0
    policy_version: int = 0
    spans: list[Span] = field(default_factory=list)  # only where a policy version moved it


def callbacks(
    timeline: Timeline,
    bad_answers: list[int],
    attempts: list[Attempt],
    bookings: list[Booking],
    policies: ResolvedPolicies,
) -> list[Callback]:
    """`bad_answers`: instants of answers of 1 or 2."""
    found: list[Callback] = []
    for number, (_started, over) in enumerate(timeline.episodes, start=1):
        resolved_at = timeline.first_met("resolved", number)
        if resolved_at is None or over is None:
            continue
        stopped = _stopped(timeline, number)
        starts = dict.fromkeys(("confirm_solved", "experience"), resolved_at)
        bad = [at for at in bad_answers if timeline.episode_at(at) == number and at >= resolved_at]
        if bad:
            starts["dissatisfied"] = bad[0]
        moments: list[Attempt | Booking] = [one for one in attempts if _episode(one, timeline) == number]
        moments += [one for one in bookings if _episode(one, timeline) == number]
        made: list[Callback] = []
        for kind, at in starts.items():
            until = _seven_stopped(made, stopped) if kind == "experience" else stopped
            made.append(_follow(_start(kind, number, at, policies), moments, policies, until))
        for callback in made:
            _move(callback, policies)
        found += made
    return found


def _episode(moment: Attempt | Booking, timeline: Timeline) -> int:
    return moment.episode or timeline.followed_up_at(moment.at)


def _stopped(timeline: Timeline, episode: int) -> int | None:
    """When re-opening, or an end without a resolution, ended the follow-up of this episode."""
    ends = [timeline.first_met(end, episode) for end in UNRESOLVED_ENDS]
    instants = [timeline.reopened[episode - 1], *ends]
    return min((at for at in instants if at is not None), default=None)


def _start(kind: str, number: int, at: int, policies: ResolvedPolicies) -> Callback:
    policy = policies[in_force(policies, at)]
    due = policy.callback_due[kind](at)
    return Callback(kind, number, at, due, next_at=at, policy_version=policy.version)


def _follow(
    callback: Callback, moments: list[Attempt | Booking], policies: ResolvedPolicies, stopped: int | None
) -> Callback:
    """`moments`: of its episode."""
    of_kind = [one for one in moments if one.kind == callback.kind]
    for moment in sorted(of_kind, key=lambda one: one.at):
        callback.revision += 1
        if callback.ended_at is not None or (stopped is not None and moment.at > stopped):
            continue
        if isinstance(moment, Attempt):
            in_use = policies[in_force(policies, callback.resolved_at, moment.at)]
            _apply_attempt(callback, moment, in_use.attempts)
        else:
            callback.agent_id = moment.agent_id
            callback.next_at = callback.next_at if moment.starts_at is None else moment.starts_at
    if callback.ended_at is None and stopped is not None:
        callback.ended_at, callback.outcome = stopped, "cancelled"
    return callback


def _move(callback: Callback, policies: ResolvedPolicies) -> None:
    """Apply later policy versions that move open deadlines, while it is pending and not past due."""
    since = callback.resolved_at
    for policy in moves_after(policies, in_force(policies, since), since):
        at = policy.applied_at
        if (callback.ended_at is not None and callback.ended_at <= at) or callback.due_at <= at:
            return
        callback.spans.append(_span(callback, since, at))
        callback.due_at = policy.callback_due[callback.kind](callback.resolved_at)
        callback.policy_version, since = policy.version, at
    if callback.spans:
        callback.spans.append(_span(callback, since, callback.ended_at))


def _span(callback: Callback, since: int, until: int | None) -> Span:
    return Span(since, until, callback.due_at, None, False, None, callback.policy_version)


def _apply_attempt(callback: Callback, attempt: Attempt, policy: AttemptsPolicy) -> None:
    callback.attempts += 1
    callback.last_outcome = attempt.outcome
    if attempt.outcome in ENDING:
        callback.ended_at, callback.outcome = attempt.at, attempt.outcome
    elif callback.attempts >= policy.most:
        callback.ended_at, callback.outcome = attempt.at, "exhausted"
    else:
        wait = policy.retry_seconds.get(attempt.outcome, 0)
        callback.next_at = attempt.call_again_at or attempt.at + wait


def _seven_stopped(made: list[Callback], stopped: int | None) -> int | None:
    """After "not solved" on the 3-day call there is no 7-day call: the experience is not over yet."""
    not_solved = [c.ended_at for c in made if c.kind == "confirm_solved" and c.outcome == "not_solved"]
    return min((at for at in (*not_solved, stopped) if at is not None), default=None)
