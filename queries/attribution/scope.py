"""Whose time it was, over a scope: the set-based twin of queries/attribution/parts.py.

Covers the complaints received in the period (days of their zone), as known at `now`: by region, by the tier
they have then, and by the departments asked as co-owners. Everything is in seconds.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from queries.attribution.critical_path import (
    ALIVE,
    IN_SCOPE,
    JUDGED,
    TEAM_STATUSES,
    as_of,
    seconds,
    team_seconds,
)
from queries.attribution.parts import HOLDER_OF, TEAM, Holder
from queries.filters import Filters
from queries.hours.calendar_spans import laid
from queries.hours.working_time import Hours, local_midnight
from queries.policies.history import PolicyHistory, Version, hours_of, load_policy_history
from queries.policies.resolved import Place


@dataclass(frozen=True, slots=True)
class Share:
    """The time of one holder; `open_seconds`: in the team's hours."""

    holder: Holder
    department_id: int | None
    seconds: int
    open_seconds: int


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one co-owner department, on the critical path. Breaches are those attributed to it."""

    department_id: int | None
    late_requests: int
    late_seconds: int
    avoidable: int
    own: int
    no_telling: int


@dataclass(frozen=True, slots=True)
class Totals:
    """`shares` sum to `life`. `waited`: by customers, until resolved; `worked`: by the team, in its hours."""

    complaints: int
    life: int
    waited: int
    worked: int
    shares: tuple[Share, ...]
    costs: tuple[Cost, ...]


def zones(conn: Connection, filters: Filters, now: datetime) -> Iterator[dict[str, Any]]:
    """Parameters for the statements: once for each place (a time zone, without the regions that have closed
    days of their own), and for each part of the period in which the team's hours are the same there."""
    history = load_policy_history(conn)
    found = _regions_by_place(history)
    for place, regions in sorted(found.items()):
        low, high = (
            local_midnight(day, ZoneInfo(place.zone))
            for day in (filters.since, filters.until + timedelta(days=1))
        )
        clocks = json.dumps(list(_clocks(history.versions, place, low, int(now.timestamp()))))
        for since, until, hours in _constant_intervals(history, place, low, high):
            yield {
                **filters.values(),
                **laid(hours, since, int(now.timestamp())),
                "now": now.replace(microsecond=0),
                "source_zone": None if place.regions else place.zone,
                "place_regions": regions if len(found) > 1 else None,
                "low": datetime.fromtimestamp(since, UTC),
                "high": datetime.fromtimestamp(until, UTC),
                "clocks": clocks,
            }


def _regions_by_place(history: PolicyHistory) -> dict[Place, list[int]]:
    """Complaints without a region are where their source is."""
    found: dict[Place, list[int]] = {Place(zone): [] for zone, _ in history.sources.values()}
    for region in history.regions:
        place = history.region_place(region)
        if place is not None:
            found.setdefault(place, []).append(region)
    return found


def _constant_intervals(
    history: PolicyHistory, place: Place, low: int, high: int
) -> list[tuple[int, int, Hours]]:
    edges = [low, *(one.applied_at for one in history.versions if low < one.applied_at < high), high]
    found: list[tuple[int, int, Hours]] = []
    for since, until in pairwise(sorted(set(edges))):
        hours = history.team_hours(place, since)
        if found and found[-1][2] == hours:
            since = found.pop()[0]
        found.append((since, until, hours))
    return found


def _clocks(versions: list[Version], place: Place, since: int, until: int) -> Iterator[dict[str, Any]]:
    """The targets that do not run around the clock."""
    for version in versions:
        for target in version.policy.targets:
            if target.hours != "always":
                spans = laid(hours_of(version, target.hours, place), since, until)
                named = {"policy_version": version.version, "target": target.name}
                yield named | {name: [at.isoformat() for at in laid_out] for name, laid_out in spans.items()}


_ENDED_SUMS_SQL = f"""
SELECT holder, nullif(department_id, 0) AS department, count(*) FILTER (WHERE seq = 1) AS begun,
       sum(seconds) AS had, sum(open_seconds) AS of_it_open, sum(late_seconds) AS late_seconds,
       sum(late_requests) AS late, sum(avoidable) AS avoidable, sum(own) AS own
FROM derived.time_held s WHERE %(ended)s AND {IN_SCOPE} GROUP BY 1, 2
"""
# Rows of several kinds: the time in each status, that of co-owners within it, their delays, what they caused.
ALIVE_SUMS_SQL = f"""
WITH chosen AS MATERIALIZED ({ALIVE}), {JUDGED}
SELECT status AS kind, NULL AS lead, department_id AS department, count(*) FILTER (WHERE seq = 1) AS count,
       sum({seconds("from_at", "until_at")}) AS had,
       sum({team_seconds("from_at", "until_at")}) FILTER (WHERE status IN ({TEAM_STATUSES})) AS of_it_open
FROM lives GROUP BY status, department_id
UNION ALL
SELECT 'held', lead_id, department_id, NULL, sum({seconds("from_at", "until_at")}),
       sum({team_seconds("from_at", "until_at")})
FROM held GROUP BY lead_id, department_id
UNION ALL
SELECT 'late', NULL, department_id, count(*), sum(late_seconds), NULL
FROM (SELECT department_id, sum({seconds("lower(span)", "upper(span)")}) AS late_seconds
      FROM late GROUP BY complaint_id, request_id, department_id) r
GROUP BY department_id
UNION ALL
SELECT outcome, NULL, co_owner_id, count(*), NULL, NULL FROM judged GROUP BY outcome, co_owner_id
"""
_KINDS = ("late", "late_seconds", "avoidable", "own", "no_telling")


def totals(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> Totals:
    """Complaints that have ended come from derived.time_held, the others from their stints."""
    sums = _Sums()
    for zone in zones(conn, filters, now):
        for row in conn.execute(text(as_of(_ENDED_SUMS_SQL, past)), zone):
            sums.add_ended(**row._mapping)
        for row in conn.execute(text(as_of(ALIVE_SUMS_SQL, past)), zone):
            sums.add_alive(**row._mapping)
    return sums.totals()


class _Sums:
    """By holder and department, and by co-owner department."""

    def __init__(self) -> None:
        self.complaints = 0
        self.held: dict[tuple[Holder, int | None], list[int]] = {}
        self.costs: dict[int | None, dict[str, int]] = {}

    def add_ended(
        self, holder: Holder, department: int | None, begun: int, had: Any, of_it_open: Any, **costs: Any
    ) -> None:
        self.complaints += begun
        self._add(holder, department, had, of_it_open)
        if holder == "co_owner":
            self._cost(department, **costs)

    def add_alive(
        self, kind: str, lead: int | None, department: int | None, count: int, had: Any, of_it_open: Any
    ) -> None:
        """The time of lead departments excludes what co-owners held within it."""
        if kind in HOLDER_OF:
            holder = HOLDER_OF[kind]
            self.complaints += count
            self._add(holder, department if holder == "lead" else None, had, of_it_open or 0)
        elif kind == "held":
            self._add("lead", lead, -had, -of_it_open)
            self._add("co_owner", department, had, of_it_open)
            self._cost(department)
        elif kind == "late":
            self._cost(department, late=count, late_seconds=had)
        else:
            self._cost(department, **{kind: count})

    def _add(self, holder: Holder, department: int | None, had: Any, of_it_open: Any) -> None:
        of = self.held.setdefault((holder, department), [0, 0])
        of[0] += int(had)
        of[1] += int(of_it_open)

    def _cost(self, department: int | None, **more: Any) -> None:
        cost = self.costs.setdefault(department, dict.fromkeys(_KINDS, 0))
        for kind, count in more.items():
            cost[kind] += int(count)

    def totals(self) -> Totals:
        shares = tuple(
            Share(*key, *found) for key, found in sorted(self.held.items(), key=_place) if found[0]
        )
        return Totals(
            self.complaints,
            life=sum(share.seconds for share in shares),
            waited=sum(share.seconds for share in shares if share.holder != "follow_up"),
            worked=sum(share.open_seconds for share in shares if share.holder in TEAM),
            shares=shares,
            costs=tuple(
                Cost(key, *(found[kind] for kind in _KINDS))
                for key, found in sorted(self.costs.items(), key=lambda one: one[0] or 0)
            ),
        )


def _place(item: tuple[tuple[Holder, int | None], list[int]]) -> tuple[int, int]:
    (holder, department), _ = item
    return get_args(Holder).index(holder), department or 0
