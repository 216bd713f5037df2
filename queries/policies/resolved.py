"""Policy versions resolved for deriving: what each target covers, when it is due, when it warns. Pure.

Instants are whole seconds.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from config.policy_values import Budget
from queries.hours.segments import Pause, due_after_pauses, paused_days_due
from queries.hours.working_time import OPEN_END, Due, Hours


class ConstantInterval(NamedTuple):
    """A part of an episode in which tier, channel and category stay the same."""

    since: int
    until: int
    tier: int | None
    channel: str | None
    category: str | None


class Place(NamedTuple):
    """Where hours are asked for: a time zone, and the regions with overrides in some policy version, from the
    top of the tree downwards. Most regions have none, and share what is laid out for their zone."""

    zone: str
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClockTarget:
    """A target in one place, as of one policy version. Empty sets and None cover all."""

    name: str
    version: int
    tiers: frozenset[int]
    channels: frozenset[str]
    categories: frozenset[str]
    starts: str  # received, tier (the instant it became that tier), requested
    met_by: str
    again: bool  # a re-opening starts it anew
    budget: Budget
    calendar: str  # its name, or 'always'
    hours: Hours
    warn_share: float
    warn_left: int | None  # seconds of its hours; wins over the share
    pauses_on: frozenset[str]

    def covers(self, interval: ConstantInterval) -> bool:
        return (
            (not self.tiers or interval.tier in self.tiers)
            and (not self.channels or interval.channel in self.channels)
            and (not self.categories or interval.category in self.categories)
        )

    def due(self, start: int, pauses: Sequence[Pause] = ()) -> Due | None:
        """None while the last pause, which has no end yet, keeps it open-ended."""
        if not self.budget.working_days:
            return self.after(start, self.budget.seconds, pauses)
        if not pauses:
            return self.hours.close_of_working_day(start, self.budget.working_days)
        return paused_days_due(self.hours, start, self.budget.working_days, pauses)

    def after(self, start: int, seconds: int, pauses: Sequence[Pause] = ()) -> Due | None:
        """`seconds` of its hours after an instant, not counting pauses."""
        if not pauses:
            return self.hours.due(start, seconds)
        if pauses[-1].until_at < OPEN_END:
            return due_after_pauses(self.hours, start, seconds, pauses)
        due = due_after_pauses(self.hours, start, seconds, pauses[:-1])
        return due if due.at <= pauses[-1].from_at else None

    def left(self, a: int, b: int) -> int:
        return self.hours.between(a, b)

    def warn(self, start: int, due: int | None) -> int | None:
        """When it becomes at risk, counted back from the due time in its hours; never before its start."""
        if due is None or due <= start:
            return None
        total = self.hours.between(start, due)
        if self.budget.seconds:
            total = min(total, self.budget.seconds)
        left = total - int(total * self.warn_share) if self.warn_left is None else self.warn_left
        return max(start, self.hours.at_position(self.hours.position(due) - left))


@dataclass(frozen=True, slots=True)
class AttemptsPolicy:
    """`retry_seconds`: outcome → wait before the next call; after `most` unanswered calls it is given up."""

    retry_seconds: dict[str, int]
    most: int


@dataclass(frozen=True, slots=True)
class ResolvedPolicy:
    """A policy version as it holds in one place, for one source and one value of customer.

    The first also holds for all time before it. `callback_due`: kind → its due time, given its start.
    """

    version: int
    applied_at: int
    move_open: bool
    targets: dict[str, ClockTarget]
    callback_due: dict[str, Callable[[int], int]]
    attempts: AttemptsPolicy
    warn_share: float


ResolvedPolicies = Sequence[ResolvedPolicy]  # by applied_at


def in_force(policies: ResolvedPolicies, started_at: int, at: int | None = None) -> int:
    """Index of the policy that applies at `at` to a deadline started at `started_at`: the last one applied
    by its start, or the last later one that moves open deadlines."""
    index = max(bisect_right(policies, started_at, key=lambda one: one.applied_at) - 1, 0)
    for later in range(index + 1, len(policies)):
        if at is not None and policies[later].applied_at <= at and policies[later].move_open:
            index = later
    return index


def moves_after(policies: ResolvedPolicies, index: int, at: int) -> list[ResolvedPolicy]:
    """Later versions, applied after `at`, that move open deadlines."""
    return [one for one in policies[index + 1 :] if one.move_open and one.applied_at > at]
