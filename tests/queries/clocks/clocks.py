"""Clocks by hand: seconds from reception."""

from dataclasses import replace

from config.policy_values import Budget
from queries.clocks.deadlines import complaint_clocks
from queries.clocks.running_clock import Clock
from queries.clocks.timeline import Observed, Timeline, build_timeline
from queries.hours.working_time import Hours, around_the_clock
from queries.policies.resolved import AttemptsPolicy, ClockTarget, ResolvedPolicy

MINUTE, HOUR, DAY = 60, 3600, 86400
ALWAYS = around_the_clock("UTC")


def target(
    name: str,
    budget: int | Budget,
    tiers: tuple[int, ...] = (),
    starts: str = "received",
    met_by: str | None = None,
    again: bool = True,
    pauses_on: tuple[str, ...] = (),
    categories: tuple[str, ...] = (),
    hours: Hours = ALWAYS,
    warn_left: int | None = None,
) -> ClockTarget:
    return ClockTarget(
        name=name,
        version=1,
        tiers=frozenset(tiers),
        channels=frozenset(),
        categories=frozenset(categories),
        starts=starts,
        met_by=met_by or name,
        again=again,
        budget=budget if isinstance(budget, Budget) else Budget(budget),
        calendar="always" if hours is ALWAYS else "office",
        hours=hours,
        warn_share=0.8,
        warn_left=warn_left,
        pauses_on=frozenset(pauses_on),
    )


def edition(*targets: ClockTarget, version: int = 1, at: int = 0, move_open: bool = True) -> ResolvedPolicy:
    named = {one.name: replace(one, version=version) for one in targets}
    return ResolvedPolicy(version, at, move_open, named, {}, AttemptsPolicy({}, 5), 0.8)


FIRST = target("first_contact", 10 * MINUTE, again=False)
PLAN = target("plan", 30 * MINUTE, (1,), "tier")
FEEDBACK = target("feedback", 24 * HOUR, (2,))
ANSWER = target("answered", 3 * DAY, (3,))
RESPOND = target("responded", HOUR, starts="requested")
ALL = [FIRST, PLAN, FEEDBACK, ANSWER, RESPOND]


def life(*rows: tuple[int, str, str | None]) -> Timeline:
    return build_timeline(0, [Observed(at, 0, field, "source", value) for at, field, value in rows])


def clocks(
    of: Timeline, targets: list[ClockTarget] = ALL, *later: ResolvedPolicy
) -> dict[tuple[str, int], Clock]:
    found = complaint_clocks(of, [edition(*targets), *later])
    return {(clock.target, clock.episode): clock for clock in found}
