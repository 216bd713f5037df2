"""All policy versions and when each was in force, resolved per time zone for deriving."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from config.policy import Goals, Policy, Target, parse
from config.wall import Wall
from queries.hours.working_time import Hours, around_the_clock, end_of_day, lay_out
from queries.policies.resolved import AttemptsPolicy, ClockTarget, Place, ResolvedPolicy


class Version(NamedTuple):
    """`applied_at`: from when it is in force, which may be before it was entered."""

    version: int
    applied_at: int
    move_open: bool
    body: str  # the policy file

    @property
    def policy(self) -> Policy:
        return _parsed(self.body)


_parsed = lru_cache(maxsize=32)(parse)


@lru_cache(maxsize=128)
def _laid_out(body: str, calendar: str, place: Place) -> Hours:
    found = _parsed(body).calendars[calendar]
    mine = tuple(code for code in place.regions if code in found.regions)
    if mine != place.regions:
        return _laid_out(body, calendar, Place(place.zone, mine))
    return lay_out(found.in_regions(mine), place.zone)


@dataclass(slots=True)
class PolicyHistory:
    """All policy versions, the zones of regions and what sources report; for outcome.decide."""

    versions: list[Version]
    regions: dict[int, Place]  # each with all regions above it
    sources: dict[str, tuple[str, frozenset[str]]]  # time zone, milestones
    _policies: dict[tuple[Place, str, str | None], list[ResolvedPolicy]] = field(default_factory=dict)
    _places: dict[int, Place] = field(default_factory=dict)

    def milestones(self, source: str) -> frozenset[str]:
        return self.sources[source][1]

    def zone(self, region_id: int | None, source: str) -> str:
        return self.place(region_id, source).zone

    def place(self, region_id: int | None, source: str) -> Place:
        return self.region_place(region_id) or Place(self.sources[source][0])

    def region_place(self, region_id: int | None) -> Place | None:
        """None where the region is not known: then the source's zone holds."""
        if not self._places and self.regions:
            apart = frozenset[str]().union(
                *(one.regions for version in self.versions for one in version.policy.calendars.values())
            )
            self._places = {
                key: Place(one.zone, tuple(code for code in one.regions if code in apart))
                for key, one in self.regions.items()
            }
        return self._places.get(region_id or 0)

    def team_hours(self, place: Place, received_at: int) -> Hours:
        """When departments work, by the policy in force when a complaint was received."""
        version = version_at(self.versions, received_at)
        return hours_of(version, version.policy.team_hours, place)

    def target_hours(self, place: Place, policy_version: int, target: str) -> Hours:
        """Of a deadline; one that is no target of the policy runs around the clock. Where its version was
        withdrawn, the last one is used until it is derived again."""
        found = (one for one in self.versions if one.version == policy_version)
        version = next(found, self.versions[-1])
        hours = (one.hours for one in version.policy.targets if one.name == target)
        return hours_of(version, next(hours, "always"), place)

    def policies(
        self, region_id: int | None, source: str, customer_value: str | None
    ) -> list[ResolvedPolicy]:
        """Every version, with the targets whose milestone the source reports, for customers of that value."""
        key = (self.place(region_id, source), source, customer_value)
        if key not in self._policies:
            self._policies[key] = [self._resolve(version, *key) for version in self.versions]
        return self._policies[key]

    def _resolve(self, version: Version, place: Place, source: str, value: str | None) -> ResolvedPolicy:
        policy, info = version.policy, ZoneInfo(place.zone)
        days = {
            "confirm_solved": policy.callbacks.confirm_solved_days,
            "experience": policy.callbacks.experience_days,
            "dissatisfied": policy.callbacks.dissatisfied_days,
        }
        retry = {str(outcome): seconds for outcome, seconds in policy.callbacks.retry.items()}
        reported = self.milestones(source)
        return ResolvedPolicy(
            version=version.version,
            applied_at=version.applied_at,
            move_open=version.move_open,
            targets={
                target.name: _clock_target(version, target, place)
                for target in policy.targets
                if target.on
                and target.met_by in reported
                and (not target.customer_values or value in target.customer_values)
            },
            callback_due={kind: _natural_days(number, info) for kind, number in days.items()},
            attempts=AttemptsPolicy(retry, policy.callbacks.most_attempts),
            warn_share=policy.warn_share,
        )

    def hours(self, version: int, target: str, place: Place) -> Hours:
        """Of a target in that version; around the clock where it has no such target or calendar."""
        of = next((one for one in self.versions if one.version == version), None)
        found = next((one for one in of.policy.targets if one.name == target), None) if of else None
        if of is None or found is None or found.hours == "always":
            return around_the_clock(place.zone or "UTC")
        return _laid_out(of.body, found.hours, place)

    def with_version(self, body: str, applied_at: int, move_open: bool) -> "PolicyHistory":
        """As if that policy had been applied too, in force from `applied_at`."""
        number = max(version.version for version in self.versions) + 1
        versions = [*self.versions, Version(number, applied_at, move_open, body)]
        versions.sort(key=lambda one: (one.applied_at, one.version))
        return PolicyHistory(versions, self.regions, self.sources)


def _clock_target(version: Version, target: Target, place: Place) -> ClockTarget:
    return ClockTarget(
        name=target.name,
        version=version.version,
        tiers=frozenset(target.tiers),
        channels=frozenset(target.channels),
        categories=frozenset(target.categories),
        starts=target.starts,
        met_by=target.met_by,
        again=target.again_on_reopen,
        budget=target.budget,
        calendar=target.hours,
        hours=hours_of(version, target.hours, place),
        warn_share=target.warn_share or version.policy.warn_share,
        warn_left=target.warn_left,
        pauses_on=frozenset(target.pauses_on),
    )


def _natural_days(days: int, zone: ZoneInfo) -> Callable[[int], int]:
    return lambda start: end_of_day(start, days, zone)


def load_policy_history(conn: Connection) -> PolicyHistory:
    """Three small reads; what follows from them is worked out once per process."""
    versions = conn.execute(
        text(
            "SELECT version, in_force_from, move_open, policy FROM journal.standing_policy "
            "ORDER BY in_force_from, version"
        )
    )
    tree = conn.execute(
        text("SELECT region_id, parent_id, code, time_zone FROM facts.region ORDER BY region_id")
    )
    sources = conn.execute(text("SELECT source, time_zone, milestones FROM facts.source ORDER BY source"))
    return _history(
        tuple(Version(number, int(at.timestamp()), moves, body) for number, at, moves, body in versions),
        tuple((region, parent, code, zone) for region, parent, code, zone in tree),
        tuple((source, zone, tuple(milestones)) for source, zone, milestones in sources),
    )


@lru_cache(maxsize=2)
def _history(
    versions: tuple[Version, ...],
    tree: tuple[tuple[int, int | None, str, str], ...],
    sources: tuple[tuple[str, str, tuple[str, ...]], ...],
) -> PolicyHistory:
    reported = {source: (zone, frozenset(milestones)) for source, zone, milestones in sources}
    return PolicyHistory(list(versions), _regions(tree), reported)


def _regions(tree: tuple[tuple[int, int | None, str, str], ...]) -> dict[int, Place]:
    above = {region: (parent, code) for region, parent, code, _ in tree}
    found = {}
    for region, _parent, _code, zone in tree:
        codes: list[str] = []
        here: int | None = region
        while here is not None and here in above and above[here][1] not in codes:
            here, code = above[here]
            codes.insert(0, code)
        found[region] = Place(zone, tuple(codes))
    return found


def place_of(conn: Connection, code: str) -> Place | None:
    """Of a region by its code, with all regions above it; None where there is none of that code."""
    found = load_policy_history(conn).regions.values()
    return next((one for one in found if one.regions[-1] == code), None)


def unknown_regions(conn: Connection, policy: Policy) -> list[str]:
    """Codes for which its calendars have overrides, and which no region of the board has."""
    named = frozenset[str]().union(*(one.regions for one in policy.calendars.values()))
    known = conn.execute(text("SELECT code FROM facts.region WHERE code = ANY (:named)"), {"named": [*named]})
    return sorted(named - set(known.scalars()))


def apply_policy(
    conn: Connection,
    policy_text: str,
    now: datetime,
    person: str,
    move_open: bool,
    since: datetime | None = None,
) -> int:
    """Store a policy as a new version, in force from now on or, given for the past, from `since` on; raises
    PolicyError, and stores nothing, when it is wrong."""
    parse(policy_text)
    version: int = conn.execute(
        text(
            "INSERT INTO journal.policy_version (applied_at, move_open, policy, applied_by, in_force_from) "
            "VALUES (:now, :move_open, :policy, :person, :since) RETURNING version"
        ),
        {"now": now, "move_open": move_open, "policy": policy_text, "person": person, "since": since},
    ).scalar_one()
    return version


def policy_in_force(conn: Connection) -> Policy:
    return _parsed(policy_text(conn))


def policy_at(conn: Connection, at: datetime) -> Policy:
    """The one in force at `at`; the first version also holds for all time before it."""
    body: str = conn.execute(
        text(
            "SELECT policy FROM journal.standing_policy ORDER BY in_force_from <= :at DESC, "
            "CASE WHEN in_force_from <= :at THEN in_force_from END DESC, in_force_from, version DESC LIMIT 1"
        ),
        {"at": at},
    ).scalar_one()
    return _parsed(body)


def version_in_force(conn: Connection, now: datetime) -> int:
    """The number of the one in force at `now`; the first version also holds for all time before it."""
    found: int = conn.execute(
        text(
            "SELECT version FROM journal.standing_policy ORDER BY in_force_from <= :now DESC, "
            "CASE WHEN in_force_from <= :now THEN in_force_from END DESC, in_force_from, version DESC LIMIT 1"
        ),
        {"now": now},
    ).scalar_one()
    return found


def apply_first_policy(conn: Connection, policy_text: str, now: datetime) -> bool:
    """On a database without a policy; of two processes that start at once only one applies it."""
    conn.execute(text("LOCK TABLE journal.policy_version IN SHARE ROW EXCLUSIVE MODE"))
    if conn.execute(text("SELECT EXISTS (SELECT FROM journal.policy_version)")).scalar_one():
        return False
    apply_policy(conn, policy_text, now, "board migrate", move_open=False)
    return True


@dataclass(frozen=True, slots=True)
class TargetName:
    """A target, a kind of callback or a calendar, as people read it."""

    code: str
    name_en: str
    name_zh: str


def target_names(conn: Connection) -> tuple[TargetName, ...]:
    return tuple(TargetName(code, *label) for code, label in policy_in_force(conn).labels.items())


def calendar_names(conn: Connection) -> tuple[TargetName, ...]:
    found = policy_in_force(conn).calendars
    return tuple(TargetName(code, one.label or code, one.label_zh or code) for code, one in found.items())


def goals(conn: Connection, now: datetime, past: bool = False) -> Goals:
    return (policy_at(conn, now) if past else policy_in_force(conn)).goals


def wall(conn: Connection, now: datetime, past: bool = False) -> Wall:
    return (policy_at(conn, now) if past else policy_in_force(conn)).wall


def policy_text(conn: Connection) -> str:
    """Of the version in force."""
    body: str = conn.execute(
        text("SELECT policy FROM journal.standing_policy ORDER BY in_force_from DESC, version DESC LIMIT 1")
    ).scalar_one()
    return body


def provisional_deadlines(conn: Connection) -> int:
    """Open ones whose holidays are not all published."""
    found: int = conn.execute(
        text(
            "SELECT count(*) FROM derived.deadline "
            "WHERE met_at IS NULL AND cancelled_at IS NULL AND provisional"
        )
    ).scalar_one()
    return found


def version_at(versions: Sequence[Version], instant: int) -> Version:
    """In force at that instant; the first version also holds for all time before it."""
    return versions[max(bisect_right(versions, instant, key=lambda one: one.applied_at) - 1, 0)]


def hours_of(version: Version, name: str, place: Place) -> Hours:
    """Of one of its calendars, or of 'always'."""
    return around_the_clock(place.zone) if name == "always" else _laid_out(version.body, name, place)
