"""Which open complaints wait for a co-owner, for whom, and which deadline of the lead owner is at stake."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from queries.db import rows_of
from queries.filters import Filters


@dataclass(frozen=True, slots=True)
class Blocked:
    """`since`: when that co-owner began to hold it. `limit_at`: the next of the co-owner's own due times.

    At stake is the lead owner's deadline that is due next; where all are past due, the one that was due last.
    Where there is none, `target` is None; a paused one has no due time.
    """

    complaint_id: int
    external_id: str
    tier: int | None
    region_id: int | None
    lead_department_id: int | None
    owner_en: str | None
    owner_zh: str | None
    department_id: int | None
    request_id: int
    requested_at: datetime
    since: datetime
    responded_at: datetime | None
    limit_at: datetime | None
    target: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Blocker:
    """Of one department (0: not known): complaints that wait for it, and since when the longest does."""

    department_id: int
    complaints: int
    oldest_at: datetime


# Rows in force at :now: live ones by their indexes, those of a past moment by their instants.
_WAITING = {
    False: "counts_as_open AND until_at IS NULL AND from_at <= :now",
    True: "counts_as_open AND from_at <= :now AND (until_at IS NULL OR until_at > :now)",
}
_REQUESTED = {
    False: "opinion_at IS NULL AND ended_at IS NULL AND requested_at <= :now",
    True: "requested_at <= :now AND coalesce(least(opinion_at, ended_at) > :now, true)",
}
# Of deadlines, with their due times at :now.
_RUNNING = """
    SELECT n.target, n.due_at FROM derived.deadline_span n
    JOIN derived.deadline d USING (complaint_id, target, party_id, episode)
    WHERE n.complaint_id = {0} AND n.party_id = {1} AND n.from_at <= :now
      AND coalesce(n.until_at, 'infinity') > :now AND coalesce(d.met_at, d.cancelled_at, 'infinity') > :now
"""
_BLOCKED = """
WITH waiting AS (
    SELECT * FROM derived.stint WHERE status = 'waiting_co_owner' AND %(waiting)s
      AND (CAST(:regions AS int[]) IS NULL OR region_id = ANY (CAST(:regions AS int[])))
      AND (CAST(:tiers AS int[]) IS NULL OR tier = ANY (CAST(:tiers AS int[])))
),
blocked AS (
    SELECT w.complaint_id, w.tier, w.region_id, w.department_id AS lead_id, w.owner_id, q.department_id,
           q.request_id, q.requested_at, greatest(q.requested_at, coalesce((
               SELECT max(p.until_at) FROM derived.stint p WHERE p.complaint_id = w.complaint_id
               AND p.seq < w.seq AND p.status <> 'waiting_co_owner'), w.received_at)) AS since,
           CASE WHEN q.responded_at <= :now THEN q.responded_at END AS responded_at
    FROM waiting w CROSS JOIN LATERAL (
        SELECT * FROM derived.co_owner_request q WHERE q.complaint_id = w.complaint_id AND %(requested)s
        ORDER BY requested_at, request_id LIMIT 1) q
    WHERE (CAST(:departments AS int[]) IS NULL OR q.department_id = ANY (CAST(:departments AS int[])))
      AND (CAST(:of_department AS int) IS NULL
           OR coalesce(q.department_id, 0) = CAST(:of_department AS int))
)"""
# First what can still be saved, the next due first; then what is paused, past due, or has no deadline.
_LIST = f"""{_BLOCKED}
SELECT b.complaint_id, c.external_id, b.tier, b.region_id, b.lead_id AS lead_department_id,
       a.name_en AS owner_en, a.name_zh AS owner_zh, b.department_id, b.request_id,
       b.requested_at, b.since, b.responded_at,
       (SELECT min(l.due_at) FROM ({_RUNNING.format("b.complaint_id", "b.request_id")}) l) AS limit_at,
       s.target, s.due_at
FROM blocked b JOIN facts.complaint c USING (complaint_id)
LEFT JOIN facts.agent a ON a.agent_id = b.owner_id
LEFT JOIN LATERAL (
    SELECT s.*, CASE WHEN due_at IS NULL THEN 2 WHEN due_at >= :now THEN 1 ELSE 3 END AS urgency
    FROM ({_RUNNING.format("b.complaint_id", "0")}) s
    ORDER BY urgency, CASE WHEN due_at >= :now THEN due_at END, due_at DESC, target LIMIT 1) s ON true
ORDER BY s.urgency NULLS LAST, CASE WHEN s.due_at >= :now THEN s.due_at END, b.since, b.complaint_id
LIMIT :limit
"""
_COUNT = f"""{_BLOCKED}
SELECT coalesce(department_id, 0) AS department_id, count(*) AS complaints, min(since) AS oldest_at
FROM blocked GROUP BY 1 ORDER BY 2 DESC, 1
"""


def blocked(
    conn: Connection,
    filters: Filters,
    department_id: int | None,
    limit: int,
    now: datetime,
    past: bool = False,
) -> tuple[Blocked, ...]:
    """The most urgent first. `department_id` of the co-owner: None for all, 0 for none known."""
    params = {**_parameters(filters, department_id, now), "limit": limit}
    return rows_of(Blocked, conn.execute(text(_in_force(_LIST, past)), params))


def blockers(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> tuple[Blocker, ...]:
    """The one that keeps most complaints waiting first."""
    rows = conn.execute(text(_in_force(_COUNT, past)), _parameters(filters, None, now))
    return rows_of(Blocker, rows)


def _in_force(sql: str, past: bool) -> str:
    return sql % {"waiting": _WAITING[past], "requested": _REQUESTED[past]}


def _parameters(filters: Filters, department_id: int | None, now: datetime) -> dict[str, Any]:
    return {**filters.values(), "of_department": department_id, "now": now.replace(microsecond=0)}
