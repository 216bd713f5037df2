"""Why each due time of a complaint is what it is (X8): the segments or days that add up to its budget."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from config.policy_values import Budget
from queries.clocks.derive import read_facts
from queries.clocks.outcome import Facts, callbacks_of, clocks_of
from queries.clocks.running_clock import CarriedDue, Clock, Span
from queries.clocks.timeline import Timeline, build_timeline
from queries.hours.segments import CountedDay, Pause, Segment, segments, working_days
from queries.hours.working_time import OPEN_END, Hours, around_the_clock
from queries.policies.history import PolicyHistory, load_policy_history


@dataclass(frozen=True, slots=True)
class Explanation:
    """Instants are whole seconds since 1970.

    The counted seconds of `segments` and `left_seconds` add up to the budget, the counted `days` to its
    working days. `brought_forward`: the seconds by which a deadline that replaced a cancelled one falls short
    of its budget, because of `carried`. `waited`: wall seconds from its start to its end or now; `used`: the
    counted ones of them.
    """

    complaint_id: int
    target: str
    party_id: int
    department_id: int | None  # the co-owner's
    episode: int
    policy_version: int
    calendar: str
    zone: str
    budget: Budget
    started_at: int
    due_at: int | None
    warn_at: int | None
    met_at: int | None
    cancelled_at: int | None
    provisional: bool
    left_seconds: int | None
    segments: tuple[Segment, ...]
    days: tuple[CountedDay, ...]
    carried: CarriedDue | None
    brought_forward: int
    spans: tuple[Span, ...]
    waited: int
    used: int

    @property
    def counted(self) -> int:
        return sum(one.counted for one in self.segments)

    @property
    def ended_at(self) -> int | None:
        return self.met_at if self.met_at is not None else self.cancelled_at


def of_complaint(conn: Connection, complaint_id: int, now: datetime) -> tuple[Explanation, ...]:
    """Every deadline of a complaint in the person's scope, in the order in which they started."""
    found = of_complaints(conn, [complaint_id], int(now.timestamp()))
    return tuple(sorted(found, key=lambda one: (one.episode, one.started_at, one.due_at or OPEN_END)))


def of_complaints(conn: Connection, ids: list[int], now: int) -> Iterator[Explanation]:
    history = load_policy_history(conn)
    for facts in read_facts(conn, ids):
        timeline = build_timeline(facts.received_at, facts.observations)
        region = int(timeline.last("region") or 0) or None
        zone = history.zone(region, facts.source)
        policies = history.policies(region, facts.source, facts.customer_value)
        for clock in clocks_of(timeline, policies, history.milestones(facts.source)):
            yield _explain(facts, timeline, clock, zone, now)
        yield from _callbacks(facts, timeline, history, region, now)


def _explain(facts: Facts, timeline: Timeline, clock: Clock, zone: str, now: int) -> Explanation:
    target = clock.promise
    hours = target.hours if target else around_the_clock(zone)
    pauses = [one._replace(until_at=min(one.until_at, now)) for one in clock.pauses if one.from_at < now]
    until = clock.due_at if clock.due_at is not None else _paused_until(clock, now)
    elapsed = max(until - clock.started_at, 0)
    budget = target.budget if target else Budget(elapsed)
    parts = tuple(segments(hours, clock.started_at, until, pauses)) if elapsed else ()
    days = _days(hours, clock, budget, pauses, until)
    counted = sum(one.counted for one in parts) + (clock.left_seconds or 0)
    end = now if clock.ended_at is None else clock.ended_at
    co_owner = next((one.department for one in timeline.requests if one.request_id == clock.party_id), None)
    return Explanation(
        complaint_id=facts.complaint_id,
        target=clock.target,
        party_id=clock.party_id,
        department_id=co_owner,
        episode=clock.episode,
        policy_version=clock.policy_version,
        calendar=target.calendar if target else "always",
        zone=hours.zone.key,
        budget=budget,
        started_at=clock.started_at,
        due_at=clock.due_at,
        warn_at=clock.warn_at,
        met_at=clock.met_at,
        cancelled_at=clock.cancelled_at,
        provisional=clock.provisional,
        left_seconds=clock.left_seconds,
        segments=parts,
        days=days,
        carried=min(clock.carried_dues, default=None),
        brought_forward=0 if budget.working_days else max(budget.seconds - counted, 0),
        spans=tuple(clock.spans),
        waited=max(end - clock.started_at, 0),
        used=_used(hours, clock.started_at, end, pauses),
    )


def _paused_until(clock: Clock, now: int) -> int:
    """A paused deadline is explained up to now, or to its end."""
    return max(clock.started_at, now if clock.ended_at is None else clock.ended_at)


def _days(
    hours: Hours, clock: Clock, budget: Budget, pauses: list[Pause], until: int
) -> tuple[CountedDay, ...]:
    """Up to the due time, which is earlier where it was carried from a cancelled deadline."""
    if not budget.working_days or clock.due_at is None:
        return ()
    days = working_days(hours, clock.started_at, budget.working_days, pauses)
    return tuple(day for day in days if day.close <= until or not clock.carried_dues)


def _used(hours: Hours, start: int, end: int, pauses: list[Pause]) -> int:
    return sum(one.counted for one in segments(hours, start, end, pauses)) if end > start else 0


def _callbacks(
    facts: Facts, timeline: Timeline, history: PolicyHistory, region: int | None, now: int
) -> Iterator[Explanation]:
    """Callbacks count natural days, from the resolution to the end of the last day (N7)."""
    if "callback" not in history.milestones(facts.source):
        return
    zone = history.zone(region, facts.source)
    hours = around_the_clock(zone)
    for one in callbacks_of(timeline, facts, history.policies(region, facts.source, facts.customer_value)):
        end = now if one.ended_at is None else one.ended_at
        yield Explanation(
            complaint_id=facts.complaint_id,
            target=one.kind,
            party_id=0,
            department_id=None,
            episode=one.episode,
            policy_version=one.policy_version,
            calendar="always",
            zone=zone,
            budget=Budget(one.due_at - one.resolved_at),
            started_at=one.resolved_at,
            due_at=one.due_at,
            warn_at=None,
            met_at=None if one.outcome == "cancelled" else one.ended_at,
            cancelled_at=one.ended_at if one.outcome == "cancelled" else None,
            provisional=False,
            left_seconds=None,
            segments=tuple(segments(hours, one.resolved_at, one.due_at)),
            days=(),
            carried=None,
            brought_forward=0,
            spans=tuple(one.spans),
            waited=max(end - one.resolved_at, 0),
            used=max(end - one.resolved_at, 0),
        )


def number_of(conn: Connection, wanted: str) -> int | None:
    """The board's number of a complaint, given that or the source's; the newest where several match."""
    found: int | None = conn.execute(
        text(
            "SELECT complaint_id FROM facts.complaint WHERE external_id = :wanted "
            "OR complaint_id = CAST(:number AS bigint) ORDER BY received_at DESC LIMIT 1"
        ),
        {"wanted": wanted, "number": wanted if wanted.isdigit() and len(wanted) < 19 else None},
    ).scalar_one_or_none()
    return found
