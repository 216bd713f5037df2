"""The backlog: open complaints by tier and department, by age, by region, now and over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from queries.as_of import ASSIGNED, FLOWS, OPEN_STINTS, SEALED_DAYS
from queries.days import DAY, ZONES
from queries.db import rows_of
from queries.filters import NARROWED, Filters

# Upper edges of the age bands in hours; the last band is open.
AGE_EDGES = (4, 24, 72, 168)


@dataclass(frozen=True, slots=True)
class Cell:
    tier: int  # 0: none yet
    department_id: int  # 0: none known
    complaints: int


@dataclass(frozen=True, slots=True)
class AgeBand:
    band: int  # index into AGE_EDGES, or its length
    tier: int
    complaints: int


@dataclass(frozen=True, slots=True)
class RegionCount:
    region_id: int
    complaints: int
    tier_1: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class DayBacklog:
    """At the end of the day; of today, so far."""

    day: date
    complaints: int
    received: int
    resolved: int
    is_over: bool


@dataclass(frozen=True, slots=True)
class Slice:
    """The open complaints that one number counts. None: all; 0: those without a known value."""

    tier: int | None = None
    department_id: int | None = None
    regions: tuple[int, ...] | None = None  # a province with its cities
    band: int | None = None

    def values(self) -> dict[str, Any]:
        return {
            "of_tier": self.tier,
            "of_department": self.department_id,
            "of_regions": None if self.regions is None else list(self.regions),
            "of_band": self.band,
        }


@dataclass(frozen=True, slots=True)
class OpenComplaint:
    complaint_id: int
    external_id: str
    received_at: datetime
    since: datetime  # in this status, tier, department and owner
    status: str
    tier: int | None
    department_id: int | None
    owner_en: str | None
    owner_zh: str | None
    region_id: int | None
    category: str | None
    channel: str | None


_AGE = "date_part('epoch', CAST(:now AS timestamptz) - received_at) / 3600"
_BAND = f"width_bucket({_AGE}, CAST(:edges AS float[]))"
_SLICED = f"""
    (CAST(:of_tier AS int) IS NULL OR coalesce(tier, 0) = CAST(:of_tier AS int))
    AND (CAST(:of_department AS int) IS NULL OR coalesce(department_id, 0) = CAST(:of_department AS int))
    AND (CAST(:of_regions AS int[]) IS NULL OR coalesce(region_id, 0) = ANY (CAST(:of_regions AS int[])))
    AND (CAST(:of_band AS int) IS NULL OR {_BAND} = CAST(:of_band AS int))
"""


def by_tier_and_department(
    conn: Connection, filters: Filters, now: datetime, past: bool = False
) -> tuple[Cell, ...]:
    rows = conn.execute(
        text(
            f"SELECT coalesce(tier, 0) AS tier, coalesce(department_id, 0) AS department_id, "
            f"count(*) AS complaints FROM {OPEN_STINTS[past]} s "
            f"WHERE {NARROWED} GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        {**filters.values(), "now": now},
    )
    return rows_of(Cell, rows)


def by_age(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> tuple[AgeBand, ...]:
    """By time since the reception."""
    rows = conn.execute(
        text(
            f"SELECT {_BAND} AS band, coalesce(tier, 0) AS tier, count(*) AS complaints "
            f"FROM {OPEN_STINTS[past]} s "
            f"WHERE {NARROWED} GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        {**filters.values(), "now": now, "edges": list(AGE_EDGES)},
    )
    return rows_of(AgeBand, rows)


def by_region(
    conn: Connection, filters: Filters, provinces: bool, now: datetime, past: bool = False
) -> tuple[RegionCount, ...]:
    """Most first; whole provinces, or their cities one by one."""
    of = "coalesce(r.parent_id, s.region_id, 0)" if provinces else "coalesce(s.region_id, 0)"
    rows = conn.execute(
        text(
            f"SELECT {of} AS region_id, count(*) AS complaints, count(*) FILTER (WHERE tier = 1) AS tier_1, "
            "min(received_at) AS oldest_at "
            f"FROM (SELECT * FROM {OPEN_STINTS[past]} o WHERE {NARROWED}) s "
            "LEFT JOIN facts.region r ON r.region_id = s.region_id GROUP BY 1 ORDER BY 2 DESC, 1"
        ),
        {**filters.values(), "now": now},
    )
    return rows_of(RegionCount, rows)


def over_time(
    conn: Connection, filters: Filters, now: datetime, past: bool = False
) -> tuple[DayBacklog, ...]:
    """Day by day back from now: today's backlog minus what entered since, plus what departed.

    Sealed days come from the roll-ups, the others are counted from their rows. Days are of the region's zone;
    today is the page's, and where it is tomorrow already what happened so far counts today.
    """
    today = now.astimezone(ZoneInfo(filters.zone)).date()
    days = [filters.since + timedelta(n) for n in range((today - filters.since).days + 1)]
    params = {**filters.values(), "now": now}
    sealed = set(conn.execute(text(f"SELECT day FROM {SEALED_DAYS[past]} s"), params).scalars())
    moved = {row.day: row for row in conn.execute(text(_sealed(past)), params)}
    for since, until in _runs([day for day in days if day not in sealed]):
        run = {"first": since, "last": until, "today": today}
        low, high = conn.execute(text(_BOUNDS), {**run, "now": now}).one()
        bounds = {**run, "low": low, "high": high}
        moved |= {row.day: row for row in conn.execute(text(_loose(past)), {**params, **bounds})}
    complaints = count_open(conn, filters, Slice(), now, past)
    found = []
    for day in reversed(days):
        one = moved.get(day)
        received, resolved, grew = (one.received, one.resolved, one.grew) if one else (0, 0, 0)
        found.append(DayBacklog(day, complaints, received, resolved, day < today))
        complaints -= grew
    return tuple(row for row in reversed(found) if row.day <= filters.until)


def _runs(days: Sequence[date]) -> list[tuple[date, date]]:
    """First and last day of each run of consecutive days."""
    found: list[tuple[date, date]] = []
    for day in days:
        since = found.pop()[0] if found and found[-1][1] == day - timedelta(1) else day
        found.append((since, day))
    return found


def _sealed(past: bool) -> str:
    return f"""
    SELECT day, sum(received)::int AS received, sum(resolved)::int AS resolved,
           sum(entered - departed)::int AS grew FROM derived.daily
    WHERE day >= :since AND day IN {SEALED_DAYS[past]} AND {NARROWED} GROUP BY day
    """


_BOUNDS = f"""
SELECT min(CAST(:first AS date)::timestamp AT TIME ZONE zone),
       greatest(max((CAST(:last AS date) + 1)::timestamp AT TIME ZONE zone),
                CASE WHEN CAST(:last AS date) = CAST(:today AS date)
                     THEN CAST(:now AS timestamptz) + interval '1 s' END)
FROM {ZONES} z
"""


def _loose(past: bool) -> str:
    """One index scan for each run of days; the bounds cover every zone."""
    return f"""
    SELECT day, count(*) FILTER (WHERE flow = 'received') AS received,
           count(*) FILTER (WHERE flow = 'resolved') AS resolved,
           count(*) FILTER (WHERE flow = 'entered') - count(*) FILTER (WHERE flow = 'departed') AS grew
    FROM (SELECT CASE WHEN f.at <= :now THEN least({DAY}, CAST(:today AS date)) ELSE {DAY} END AS day, f.flow
          FROM {FLOWS[past]} f LEFT JOIN facts.region r USING (region_id)
          WHERE f.at >= :low AND f.at < :high AND f.flow IN ('received', 'resolved', 'entered', 'departed')
            AND {NARROWED}) q
    WHERE day BETWEEN :first AND :last GROUP BY day
    """


def count_open(conn: Connection, filters: Filters, part: Slice, now: datetime, past: bool = False) -> int:
    found: int = conn.execute(
        text(f"SELECT count(*) FROM {OPEN_STINTS[past]} s WHERE {NARROWED} AND {_SLICED}"),
        {**filters.values(), **part.values(), "now": now, "edges": list(AGE_EDGES)},
    ).scalar_one()
    return found


def open_complaints(
    conn: Connection, filters: Filters, part: Slice, limit: int, now: datetime, past: bool = False
) -> tuple[OpenComplaint, ...]:
    """Exactly the complaints behind a number of the page, oldest first."""
    assigned = ASSIGNED[past].format("s.complaint_id")
    rows = conn.execute(
        text(
            "SELECT s.complaint_id, c.external_id, s.received_at, s.from_at AS since, s.status, s.tier, "
            "s.department_id, a.name_en AS owner_en, a.name_zh AS owner_zh, s.region_id, "
            "s.category, s.channel "
            f"FROM (SELECT * FROM {OPEN_STINTS[past]} o WHERE {NARROWED} AND {_SLICED} "
            "ORDER BY received_at, complaint_id LIMIT :limit) s JOIN facts.complaint c USING (complaint_id) "
            f"LEFT JOIN facts.agent a ON a.agent_id = s.owner_id AND {assigned} "
            "ORDER BY s.received_at, s.complaint_id"
        ),
        {**filters.values(), **part.values(), "now": now, "edges": list(AGE_EDGES), "limit": limit},
    )
    return rows_of(OpenComplaint, rows)
