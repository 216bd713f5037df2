"""Whose time it was, over a scope: the set-based twin of queries/attribution.py.

Of the complaints received in the period (days of their zone), as known at `now`: by region, by the tier that
they have then, and, of departments, those that asked one of them as a co-owner. Everything is in seconds.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from queries.attribution import HOLDER_OF, TEAM, Holder
from queries.calendar_spans import laid
from queries.critical_path import GOES_ON, JUDGED, LIVED, TEAM_STATUSES, seconds, team_seconds
from queries.filters import Filters
from queries.plans import Version, hours_of, load_book, version_at
from queries.working_time import local_midnight


@dataclass(frozen=True, slots=True)
class Share:
    """What one holder had; open: in the team's hours."""

    holder: Holder
    department_id: int | None
    seconds: int
    open_seconds: int


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one co-owner department, on the critical path. The breaches are those named after it."""

    department_id: int | None
    late_requests: int
    late_seconds: int
    avoidable: int
    own: int
    no_telling: int


@dataclass(frozen=True, slots=True)
class Whole:
    """`shares` sum to `life`. `waited`: of customers, until resolved; `worked`: of the team, in its hours."""

    complaints: int
    life: int
    waited: int
    worked: int
    shares: tuple[Share, ...]
    costs: tuple[Cost, ...]


def zones(conn: Connection, filters: Filters, now: datetime) -> Iterator[dict[str, Any]]:
    """Parameters for the statements, once for each time zone: days and hours are its own."""
    versions = load_book(conn).versions
    instant = int(now.timestamp())
    team = version_at(versions, instant)
    found = conn.execute(text(_ZONES)).all()
    for zone, regions in found:
        info = ZoneInfo(zone)
        low = local_midnight(filters.since, info)
        high = local_midnight(filters.until + timedelta(days=1), info)
        yield {
            **filters.values(),
            **laid(hours_of(team, team.policy.team_hours, zone), low, instant),
            "now": now.replace(microsecond=0),
            "zone": zone,
            "zone_regions": list(regions or ()) if len(found) > 1 else None,
            "low": datetime.fromtimestamp(low, UTC),
            "high": datetime.fromtimestamp(high, UTC),
            "clocks": json.dumps(list(_clocks(versions, zone, low, instant))),
        }


_ZONES = """
SELECT zone, array_agg(region_id) FILTER (WHERE region_id IS NOT NULL) FROM (
    SELECT time_zone AS zone, region_id FROM facts.region
    UNION ALL SELECT time_zone, NULL FROM facts.source) z
GROUP BY zone ORDER BY zone
"""


def _clocks(versions: list[Version], zone: str, since: int, until: int) -> Iterator[dict[str, Any]]:
    """The targets that do not run around the clock."""
    for version in versions:
        for target in version.policy.targets:
            if target.hours != "always":
                spans = laid(hours_of(version, target.hours, zone), since, until)
                named = {"policy_version": version.version, "target": target.name}
                yield named | {name: [at.isoformat() for at in laid_out] for name, laid_out in spans.items()}


# One row for each status and department, and one for each lead and co-owner department.
_LIVES = f"""
SELECT status, department_id, count(*) FILTER (WHERE seq = 1), sum({seconds("from_at", "until_at")}),
       sum({team_seconds("from_at", "until_at")}) FILTER (WHERE status IN ({TEAM_STATUSES}))
FROM (SELECT s.status, s.department_id, s.seq, s.from_at, least(s.until_at, :now) AS until_at
      FROM derived.stint s WHERE {LIVED} AND %s) l
GROUP BY 1, 2
"""
_COSTS = f"""
WITH {JUDGED}
SELECT 'held', lead_id, department_id, NULL, sum({seconds("from_at", "until_at")}),
       sum({team_seconds("from_at", "until_at")})
FROM held GROUP BY 2, 3
UNION ALL
SELECT 'late', NULL, department_id, count(*), sum(late_seconds), NULL
FROM (SELECT department_id, sum({seconds("lower(stretch)", "upper(stretch)")}) AS late_seconds
      FROM late GROUP BY complaint_id, request_id, department_id) r
GROUP BY department_id
UNION ALL
SELECT outcome, NULL, co_owner_id, count(*), NULL, NULL FROM judged GROUP BY outcome, co_owner_id
"""


def whole(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> Whole:
    """What the departments had as leads is without what co-owners held meanwhile."""
    sums: dict[tuple[Holder, int | None], list[int]] = {}
    costs: dict[int | None, dict[str, int]] = {}
    complaints = 0
    for zone in zones(conn, filters, now):
        lives = text(_LIVES % (GOES_ON if past else "true"))
        for status, department, begun, had, of_it_open in conn.execute(lives, zone):
            holder = HOLDER_OF[status]
            complaints += begun
            _add(sums, (holder, department if holder == "lead" else None), had, of_it_open)
        for kind, lead, department, count, had, of_it_open in conn.execute(text(_COSTS), zone):
            cost = costs.setdefault(department, dict.fromkeys(_KINDS, 0))
            if kind == "held":
                _add(sums, ("lead", lead), -had, -of_it_open)
                _add(sums, ("co_owner", department), had, of_it_open)
                continue
            cost[kind] += count
            if kind == "late":
                cost["late_seconds"] += int(had)
    shares = tuple(Share(*key, *found) for key, found in sorted(sums.items(), key=_place) if found[0])
    return Whole(
        complaints,
        life=sum(share.seconds for share in shares),
        waited=sum(share.seconds for share in shares if share.holder != "follow_up"),
        worked=sum(share.open_seconds for share in shares if share.holder in TEAM),
        shares=shares,
        costs=tuple(
            Cost(key, *(found[kind] for kind in _KINDS))
            for key, found in sorted(costs.items(), key=lambda one: one[0] or 0)
        ),
    )


_KINDS = ("late", "late_seconds", "avoidable", "own", "no_telling")


def _add(sums: dict[Any, list[int]], key: Any, had: Any, of_it_open: Any) -> None:
    of = sums.setdefault(key, [0, 0])
    of[0] += int(had or 0)
    of[1] += int(of_it_open or 0)


def _place(item: tuple[tuple[Holder, int | None], list[int]]) -> tuple[int, int]:
    (holder, department), _ = item
    return get_args(Holder).index(holder), department or 0
