"""The policy as the derivation uses it: targets laid out per zone, by policy version."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from config.policy import Goals, Policy, Target, parse
from queries.clocks import ClockTarget
from queries.follow_up import AttemptsPolicy
from queries.outcome import Facts, Plan
from queries.working_time import Hours, around_the_clock, end_of_day, lay_out


class Version(NamedTuple):
    version: int
    applied_at: int
    body: str  # the policy file

    @property
    def policy(self) -> Policy:
        return _parsed(self.body)


_parsed = lru_cache(maxsize=32)(parse)


@lru_cache(maxsize=128)
def _laid_out(body: str, calendar: str, zone: str) -> Hours:
    return lay_out(_parsed(body).calendars[calendar], zone)


@dataclass(slots=True)
class Book:
    """All policy versions, the zones of regions and what sources report; serves queries.outcome.decide.

    A deadline has the last version applied at or before its complaint was received; the first version
    reaches back to all that came before it.
    """

    versions: list[Version]
    zones: dict[int, str]
    sources: dict[str, tuple[str, frozenset[str]]]  # time zone, milestones
    _plans: dict[tuple[object, ...], Plan] = field(default_factory=dict)

    def milestones(self, source: str) -> frozenset[str]:
        return self.sources[source][1]

    def zone(self, region_id: int | None, source: str) -> str:
        return self.zones.get(region_id or 0) or self.sources[source][0]

    def team_hours(self, zone: str, received_at: int) -> Hours:
        """When departments work, by the policy in force when a complaint was received."""
        version = version_at(self.versions, received_at)
        return hours_of(version, version.policy.team_hours, zone)

    def target_hours(self, zone: str, policy_version: int, target: str) -> Hours:
        """Of a deadline; one that is no target of the policy runs around the clock."""
        version = next(one for one in self.versions if one.version == policy_version)
        hours = (one.hours for one in version.policy.targets if one.name == target)
        return hours_of(version, next(hours, "always"), zone)

    def plan(self, region_id: int | None, source: str, facts: Facts) -> Plan:
        zone = self.zone(region_id, source)
        version = version_at(self.versions, facts.received_at)
        said = {one.field: one.value for one in facts.seen if one.field in ("channel", "category")}
        kind = (said.get("channel"), said.get("category"), facts.customer_value)
        wanted = tuple(t for t in version.policy.targets if t.on and _applies(t, *kind))
        key = (version.version, zone, *(t.name for t in wanted))
        if key not in self._plans:
            self._plans[key] = self._lay_out(version, zone, wanted)
        return self._plans[key]

    def _lay_out(self, version: Version, zone: str, targets: tuple[Target, ...]) -> Plan:
        policy = version.policy
        info = ZoneInfo(zone)
        days = {
            "confirm_solved": policy.callbacks.confirm_solved_days,
            "experience": policy.callbacks.experience_days,
            "dissatisfied": policy.callbacks.dissatisfied_days,
        }
        retry = {str(outcome): seconds for outcome, seconds in policy.callbacks.retry.items()}
        return Plan(
            targets=[self._clock(version, target, zone) for target in targets],
            callback_due={kind: _natural_days(number, info) for kind, number in days.items()},
            attempts=AttemptsPolicy(retry, policy.callbacks.most_attempts),
            warn_promised=_warn_by_share(policy.warn_share),
            policy_version=version.version,
        )

    def _clock(self, version: Version, target: Target, zone: str) -> ClockTarget:
        if target.hours == "always":
            due, extend, left = _around_the_clock(target.budget.seconds)
        else:
            due, extend, left = _in_hours(_laid_out(version.body, target.hours, zone), target)
        if target.warn_left is not None:
            warn = _warn_before(target.warn_left)
        else:
            warn = _warn_by_share(target.warn_share or version.policy.warn_share)
        return ClockTarget(
            name=target.name,
            tiers=frozenset(target.tiers) or None,
            starts=target.starts,
            met_by=target.met_by,
            again=target.again_on_reopen,
            due=due,
            extend=extend,
            left=left,
            warn=warn,
            pauses_on=frozenset(target.pauses_on),
            policy_version=version.version,
        )


def _applies(target: Target, channel: str | None, category: str | None, value: str | None) -> bool:
    return (
        (not target.channels or channel in target.channels)
        and (not target.categories or category in target.categories)
        and (not target.customer_values or value in target.customer_values)
    )


Due = Callable[[int], tuple[int, bool]]
Extend = Callable[[int, int], tuple[int, bool]]
Left = Callable[[int, int], int]


def _around_the_clock(budget: int) -> tuple[Due, Extend, Left]:
    return (
        lambda start: (start + budget, False),
        lambda at, left: (at + left, False),
        lambda a, b: b - a,
    )


def _in_hours(hours: Hours, target: Target) -> tuple[Due, Extend, Left]:
    days = target.budget.working_days
    if days:
        return lambda start: hours.close_of_working_day(start, days), hours.due, hours.between
    return lambda start: hours.due(start, target.budget.seconds), hours.due, hours.between


def _natural_days(days: int, zone: ZoneInfo) -> Callable[[int], int]:
    return lambda start: end_of_day(start, days, zone)


def _warn_by_share(share: float) -> Callable[[int, int], int | None]:
    return lambda start, due: start + int((due - start) * share) if due > start else None


def _warn_before(seconds: int) -> Callable[[int, int], int | None]:
    return lambda start, due: max(start, due - seconds) if due > start else None


def load_book(conn: Connection) -> Book:
    """Three small reads; what they say is laid out once per process."""
    versions = conn.execute(
        text("SELECT version, applied_at, policy FROM journal.policy_version ORDER BY applied_at, version")
    )
    zones = conn.execute(text("SELECT region_id, time_zone FROM facts.region ORDER BY region_id"))
    sources = conn.execute(text("SELECT source, time_zone, milestones FROM facts.source ORDER BY source"))
    return _book(
        tuple(Version(number, int(at.timestamp()), body) for number, at, body in versions),
        tuple((region, zone) for region, zone in zones),
        tuple((source, zone, tuple(milestones)) for source, zone, milestones in sources),
    )


@lru_cache(maxsize=2)
def _book(
    versions: tuple[Version, ...],
    zones: tuple[tuple[int, str], ...],
    sources: tuple[tuple[str, str, tuple[str, ...]], ...],
) -> Book:
    reported = {source: (zone, frozenset(milestones)) for source, zone, milestones in sources}
    return Book(list(versions), dict(zones), reported)


def apply_policy(conn: Connection, policy_text: str, now: datetime, person: str, move_open: bool) -> int:
    """Store a policy as the newest version; raises PolicyError, and stores nothing, when it is wrong."""
    parse(policy_text)
    version: int = conn.execute(
        text(
            "INSERT INTO journal.policy_version (applied_at, move_open, policy, applied_by) "
            "VALUES (:now, :move_open, :policy, :person) RETURNING version"
        ),
        {"now": now, "move_open": move_open, "policy": policy_text, "person": person},
    ).scalar_one()
    return version


def policy_in_force(conn: Connection) -> Policy:
    body: str = conn.execute(
        text("SELECT policy FROM journal.policy_version ORDER BY applied_at DESC, version DESC LIMIT 1")
    ).scalar_one()
    return _parsed(body)


def apply_first_policy(conn: Connection, policy_text: str, now: datetime) -> bool:
    """On a database that has none; two starts at once apply one."""
    conn.execute(text("LOCK TABLE journal.policy_version IN SHARE ROW EXCLUSIVE MODE"))
    if conn.execute(text("SELECT EXISTS (SELECT FROM journal.policy_version)")).scalar_one():
        return False
    apply_policy(conn, policy_text, now, "board migrate", move_open=False)
    return True


@dataclass(frozen=True, slots=True)
class TargetName:
    """A target, or a kind of callback, as people read it."""

    code: str
    name_en: str
    name_zh: str


def target_names(conn: Connection) -> tuple[TargetName, ...]:
    return tuple(TargetName(code, *label) for code, label in policy_in_force(conn).labels.items())


def goals(conn: Connection) -> Goals:
    return policy_in_force(conn).goals


def version_at(versions: Sequence[Version], instant: int) -> Version:
    """In force at that instant; the first one reaches back."""
    return versions[max(bisect_right(versions, instant, key=lambda one: one.applied_at) - 1, 0)]


def hours_of(version: Version, name: str, zone: str) -> Hours:
    """Of one of its calendars, or of 'always'."""
    return around_the_clock(zone) if name == "always" else _laid_out(version.body, name, zone)
