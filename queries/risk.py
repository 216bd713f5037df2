"""Open deadlines by the time that is left."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from queries.filters import NARROWED, Filters

OPEN = "met_at IS NULL AND cancelled_at IS NULL"


@dataclass(frozen=True, slots=True)
class OpenDeadline:
    complaint_id: int
    external_id: str
    target: str
    party_id: int  # the co-owner request, else 0
    tier: int | None
    department_id: int | None
    region_id: int | None
    owner_en: str | None
    owner_zh: str | None
    started_at: datetime
    due_at: datetime | None  # None: paused


@dataclass(frozen=True, slots=True)
class Summary:
    open: int
    breached: int
    within_hour: int
    within_four_hours: int
    at_risk: int
    paused: int


@dataclass(frozen=True, slots=True)
class HourDue:
    hour: datetime  # the full hour
    tier: int
    deadlines: int


def summary(conn: Connection, filters: Filters, now: datetime) -> Summary:
    row = conn.execute(
        text(
            "SELECT count(*), count(*) FILTER (WHERE due_at < :now), "
            "count(*) FILTER (WHERE due_at >= :now AND due_at < CAST(:now AS timestamptz) + interval '1 h'), "
            "count(*) FILTER (WHERE due_at >= :now AND due_at < CAST(:now AS timestamptz) + interval '4 h'), "
            "count(*) FILTER (WHERE due_at >= :now AND warn_at <= :now), "
            "count(*) FILTER (WHERE due_at IS NULL) "
            f"FROM derived.deadline WHERE {OPEN} AND started_at <= :now AND {NARROWED}"
        ),
        {**filters.values(), "now": now},
    ).one()
    return Summary(*row)


def open_deadlines(
    conn: Connection, filters: Filters, breached: bool, limit: int, now: datetime
) -> tuple[OpenDeadline, ...]:
    """By time left: the next to breach, or with `breached` the latest breaches; paused ones come last."""
    side = "due_at < :now" if breached else "(due_at >= :now OR due_at IS NULL)"
    order = "due_at DESC" if breached else "due_at ASC NULLS LAST"
    rows = conn.execute(
        text(
            "SELECT d.complaint_id, c.external_id, d.target, d.party_id, d.tier, d.department_id, "
            "d.region_id, a.name_en, a.name_zh, d.started_at, d.due_at FROM ("
            f"SELECT * FROM derived.deadline WHERE {OPEN} AND {side} AND {NARROWED} "
            f"ORDER BY {order} LIMIT :limit) d JOIN facts.complaint c USING (complaint_id) "
            f"LEFT JOIN facts.agent a ON a.agent_id = d.owner_id ORDER BY d.{order}, d.complaint_id"
        ),
        {**filters.values(), "now": now, "limit": limit},
    )
    return tuple(OpenDeadline(*row) for row in rows)


def due_by_hour(conn: Connection, filters: Filters, hours: int, now: datetime) -> tuple[HourDue, ...]:
    """The coming hours, tier by tier; hours in which nothing falls due are left out."""
    rows = conn.execute(
        text(
            "SELECT date_trunc('hour', due_at), coalesce(tier, 0), count(*) FROM derived.deadline "
            f"WHERE {OPEN} AND due_at >= :now "
            "AND due_at < CAST(:now AS timestamptz) + make_interval(hours => :hours) "
            f"AND {NARROWED} GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        {**filters.values(), "now": now, "hours": hours},
    )
    return tuple(HourDue(*row) for row in rows)
