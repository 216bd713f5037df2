"""Did solutions hold (N9): complaints resolved for good, and customers who complain again of the same."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, text

from queries.days import DAY, WINDOW
from queries.db import rows_of
from queries.filters import NARROWED, Filters
from queries.merged import OWN_MILESTONE

HOLDS_DAYS = 30  # a solution held that was not re-opened so long; a repeat follows within so long
Which = Literal["resolved", "reopened", "received", "repeated"]
WHICH: tuple[Which, ...] = ("reopened", "resolved", "repeated", "received")


@dataclass(frozen=True, slots=True)
class Lasting:
    """Complaints resolved in the period. The last of them can be re-opened until `final_after` is over."""

    resolved: int
    reopened: int
    final_after: date

    @property
    def rate(self) -> float | None:
        return (self.resolved - self.reopened) / self.resolved if self.resolved else None


@dataclass(frozen=True, slots=True)
class Repeated:
    """Complaints received in the period whose customer and category are known."""

    received: int
    repeated: int

    @property
    def rate(self) -> float | None:
        return self.repeated / self.received if self.received else None


@dataclass(frozen=True, slots=True)
class Resolution:
    """`at`: when it was resolved or received; `other_at`: when it was re-opened, or when the complaint that
    it repeats (`other_id`) was received."""

    complaint_id: int
    external_id: str
    at: datetime
    other_at: datetime | None
    other_id: int | None
    other_external_id: str | None
    tier: int | None
    department_id: int | None
    region_id: int | None
    category: str | None
    channel: str | None


# Milestones of the period with the dimensions of their instant; the day belongs to the region's zone.
_OF_PERIOD = f"""
    (SELECT f.* FROM (
        SELECT complaint_id, episode, happened_at AS at, tier, department_id, region_id, category, channel
        FROM derived.milestone
        WHERE milestone = '{{0}}' AND {OWN_MILESTONE} AND {WINDOW.format("happened_at")}
          AND happened_at <= :now AND {NARROWED}) f
     LEFT JOIN facts.region r USING (region_id)
     WHERE {DAY} BETWEEN :since AND :until)"""
# One row a complaint: the resolution that did not hold, else the last one. The next episode begins with the
# re-opening.
RESOLVED = f"""
    SELECT DISTINCT ON (m.complaint_id) m.*, o.happened_at AS other_at, NULL::bigint AS other_id
    FROM {_OF_PERIOD.format("resolved")} m
    LEFT JOIN derived.milestone o
      ON o.complaint_id = m.complaint_id AND o.episode = m.episode + 1 AND o.milestone = 'reopened'
     AND o.happened_at <= :now AND o.happened_at <= m.at + make_interval(days => :days)
    ORDER BY m.complaint_id, o.happened_at NULLS LAST, m.at DESC"""
_RECEIVED = f"""
    SELECT m.*, o.received_at AS other_at, o.complaint_id AS other_id
    FROM {_OF_PERIOD.format("received")} m
    JOIN facts.complaint c ON c.complaint_id = m.complaint_id
    LEFT JOIN LATERAL (
        SELECT e.received_at, e.complaint_id FROM facts.complaint e
        WHERE e.customer_id = c.customer_id AND e.category = c.category
          AND e.received_at >= c.received_at - make_interval(days => :days)
          AND (e.received_at, e.complaint_id) < (c.received_at, c.complaint_id)
          AND e.parent_id IS DISTINCT FROM c.complaint_id
        ORDER BY e.received_at DESC, e.complaint_id DESC LIMIT 1) o ON true
    WHERE c.customer_id IS NOT NULL AND c.category IS NOT NULL"""
_SETS: dict[Which, str] = {
    "resolved": f"SELECT * FROM ({RESOLVED}) q",
    "reopened": f"SELECT * FROM ({RESOLVED}) q WHERE other_at IS NOT NULL",
    "received": f"SELECT * FROM ({_RECEIVED}) q",
    "repeated": f"SELECT * FROM ({_RECEIVED}) q WHERE other_at IS NOT NULL",
}


def lasting(conn: Connection, filters: Filters, now: datetime) -> Lasting:
    """Counts complaints, not resolutions: one that was resolved twice held when none was re-opened."""
    row = conn.execute(
        text(f"SELECT count(*) AS complaints, count(other_at) AS others FROM ({RESOLVED}) q"),
        parameters(filters, now),
    ).one()
    return Lasting(row.complaints, row.others, filters.until + timedelta(days=HOLDS_DAYS))


def repeated(conn: Connection, filters: Filters, now: datetime) -> Repeated:
    """The earlier complaint counts where the person may see it, whichever department or tier it had."""
    row = conn.execute(
        text(f"SELECT count(*) AS complaints, count(other_at) AS others FROM ({_RECEIVED}) q"),
        parameters(filters, now),
    ).one()
    return Repeated(row.complaints, row.others)


def complaints(
    conn: Connection, filters: Filters, which: Which, limit: int, now: datetime
) -> tuple[Resolution, ...]:
    """Exactly those that `lasting` and `repeated` count; the newest first."""
    rows = conn.execute(
        text(
            "SELECT q.complaint_id, c.external_id, q.at, q.other_at, q.other_id, "
            "o.external_id AS other_external_id, q.tier, "
            "q.department_id, q.region_id, q.category, q.channel "
            f"FROM ({_SETS[which]} ORDER BY at DESC, complaint_id DESC LIMIT :limit) q "
            "JOIN facts.complaint c ON c.complaint_id = q.complaint_id "
            "LEFT JOIN facts.complaint o ON o.complaint_id = q.other_id "
            "ORDER BY q.at DESC, q.complaint_id DESC"
        ),
        {**parameters(filters, now), "limit": limit},
    )
    return rows_of(Resolution, rows)


def parameters(filters: Filters, now: datetime) -> dict[str, object]:
    return {**filters.values(), "now": now, "days": HOLDS_DAYS}
