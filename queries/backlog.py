"""The backlog: open complaints by tier and department, by age, by region, now and over time."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, text

from queries.filters import NARROWED, Filters

OPEN = "counts_as_open AND until_at IS NULL"
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


@dataclass(frozen=True, slots=True)
class OpenComplaint:
    complaint_id: int
    external_id: str
    received_at: datetime
    status: str
    tier: int | None
    department_id: int | None
    region_id: int | None
    category: str | None
    channel: str | None


def by_tier_and_department(conn: Connection, filters: Filters) -> tuple[Cell, ...]:
    rows = conn.execute(
        text(
            "SELECT coalesce(tier, 0), coalesce(department_id, 0), count(*) FROM derived.stint "
            f"WHERE {OPEN} AND {NARROWED} GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        filters.values(),
    )
    return tuple(Cell(*row) for row in rows)


def by_age(conn: Connection, filters: Filters, now: datetime) -> tuple[AgeBand, ...]:
    rows = conn.execute(
        text(
            "SELECT width_bucket(date_part('epoch', CAST(:now AS timestamptz) - received_at) / 3600, "
            "CAST(:edges AS float[])), coalesce(tier, 0), count(*) FROM derived.stint "
            f"WHERE {OPEN} AND {NARROWED} GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        {**filters.values(), "now": now, "edges": list(AGE_EDGES)},
    )
    return tuple(AgeBand(*row) for row in rows)


def by_region(conn: Connection, filters: Filters, provinces: bool) -> tuple[RegionCount, ...]:
    """Most first; whole provinces, or their cities one by one."""
    of = "coalesce(r.parent_id, s.region_id, 0)" if provinces else "coalesce(s.region_id, 0)"
    rows = conn.execute(
        text(
            f"SELECT {of}, count(*), count(*) FILTER (WHERE tier = 1), min(received_at) "
            f"FROM (SELECT * FROM derived.stint WHERE {OPEN} AND {NARROWED}) s "
            "LEFT JOIN facts.region r ON r.region_id = s.region_id GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 40"
        ),
        filters.values(),
    )
    return tuple(RegionCount(*row) for row in rows)


def over_time(conn: Connection, filters: Filters, now: datetime) -> tuple[DayBacklog, ...]:
    """Day by day back from now: today's backlog less what entered, plus what departed since.

    Sealed days come from the roll-ups, the others are counted from their rows.
    """
    rows = conn.execute(
        text(_OVER_TIME.format(narrowed=NARROWED, open=OPEN)), {**filters.values(), "now": now}
    )
    return tuple(DayBacklog(*row) for row in rows)


_OVER_TIME = """
WITH today AS (SELECT (CAST(:now AS timestamptz) AT TIME ZONE 'Asia/Shanghai')::date AS day),
days AS (
    SELECT day::date
    FROM generate_series(CAST(:since AS date), (SELECT day FROM today), interval '1 day') day),
sealed AS (
    SELECT day, sum(entered) AS entered, sum(departed) AS departed, sum(received) AS received,
           sum(resolved) AS resolved
    FROM derived.daily WHERE day >= :since AND day IN (SELECT day FROM derived.sealed_day)
      AND {narrowed} GROUP BY day),
loose AS (SELECT d.day FROM days d WHERE d.day NOT IN (SELECT day FROM derived.sealed_day)),
live AS (
    SELECT l.day, count(*) FILTER (WHERE flow = 'entered') AS entered,
           count(*) FILTER (WHERE flow = 'departed') AS departed,
           count(*) FILTER (WHERE flow = 'received') AS received,
           count(*) FILTER (WHERE flow = 'resolved') AS resolved
    FROM loose l CROSS JOIN LATERAL (
        SELECT flow FROM derived.flow
        WHERE at >= l.day::timestamp AT TIME ZONE 'Asia/Shanghai'
          AND at < (l.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' AND {narrowed}) f
    GROUP BY l.day),
moved AS (TABLE sealed UNION ALL TABLE live),
now_open AS (SELECT count(*) AS complaints FROM derived.stint WHERE {open} AND {narrowed})
SELECT d.day,
       (SELECT complaints FROM now_open)
       - coalesce(sum(m.entered - m.departed) OVER (ORDER BY d.day DESC ROWS BETWEEN UNBOUNDED PRECEDING
                                                    AND 1 PRECEDING), 0),
       coalesce(m.received, 0), coalesce(m.resolved, 0)
FROM days d LEFT JOIN moved m USING (day) WHERE d.day <= :until ORDER BY d.day
"""


def open_complaints(
    conn: Connection, filters: Filters, band: int | None, limit: int, now: datetime
) -> tuple[OpenComplaint, ...]:
    """Exactly those behind a number of this page, oldest first."""
    rows = conn.execute(
        text(
            "SELECT s.complaint_id, c.external_id, s.received_at, s.status, s.tier, s.department_id, "
            "s.region_id, s.category, s.channel "
            f"FROM (SELECT * FROM derived.stint WHERE {OPEN} AND {NARROWED} "
            "AND (CAST(:band AS int) IS NULL OR width_bucket(date_part('epoch', CAST(:now AS timestamptz) "
            "- received_at) / 3600, CAST(:edges AS float[])) = :band) "
            "ORDER BY received_at, complaint_id LIMIT :limit) s "
            "JOIN facts.complaint c USING (complaint_id) ORDER BY s.received_at, s.complaint_id"
        ),
        {**filters.values(), "now": now, "edges": list(AGE_EDGES), "band": band, "limit": limit},
    )
    return tuple(OpenComplaint(*row) for row in rows)
