"""The complaints, requests and breaches behind the sums of queries/attribution/scope.py, the most first."""

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, text

from queries.as_of import EXCUSED
from queries.attribution.critical_path import (
    ALIVE,
    ENDED_STATUSES,
    HELD,
    IN_SCOPE,
    JUDGED,
    LATE,
    TEAM_STATUSES,
    as_of,
    seconds,
    team_seconds,
)
from queries.attribution.parts import HOLDER_OF, Holder, Outcome
from queries.attribution.scope import zones
from queries.db import rows_of
from queries.filters import Filters


@dataclass(frozen=True, slots=True)
class HeldComplaint:
    complaint_id: int
    external_id: str
    tier: int | None
    department_id: int | None
    region_id: int | None
    received_at: datetime
    seconds: int  # of the requested holder
    life: int
    waited: int
    worked: int


@dataclass(frozen=True, slots=True)
class LateRequest:
    complaint_id: int
    external_id: str
    request_id: int
    department_id: int | None
    lead_department_id: int | None
    tier: int | None
    region_id: int | None
    requested_at: datetime
    ended_at: datetime | None  # opinion, cancelled or resolved
    late_seconds: int


@dataclass(frozen=True, slots=True)
class Breach:
    """Of a deadline of the lead owner; `co_owner_id`: to whom it is attributed."""

    complaint_id: int
    external_id: str
    target: str
    episode: int
    outcome: Outcome
    co_owner_id: int | None
    lead_department_id: int | None
    tier: int | None
    region_id: int | None
    due_at: datetime
    ended_at: datetime | None
    over_seconds: int  # in its own hours, as the next
    late_seconds: int  # of all co-owners
    excused_at: datetime | None


# Filter by department: null takes all, 0 those without a known department.
_OF = "(CAST(:of_department AS int) IS NULL OR coalesce({0}, 0) = CAST(:of_department AS int))"
_OF_HOLDER = "(CAST(:of_department AS int) IS NULL OR s.department_id = CAST(:of_department AS int))"
# Complaints that have ended come from derived.time_held; for the others, the time of co-owners is subtracted
# from that of the lead.
_HELD_BY = f"""
WITH chosen AS MATERIALIZED ({ALIVE}), {HELD},
theirs AS (
    SELECT complaint_id, {seconds("from_at", "until_at")} AS had FROM lives
    WHERE status = ANY (:statuses) AND (:holder <> 'lead' OR {_OF.format("department_id")})
    UNION ALL
    SELECT complaint_id, -{seconds("from_at", "until_at")} FROM held
    WHERE :holder = 'lead' AND {_OF.format("lead_id")}
    UNION ALL
    SELECT complaint_id, {seconds("from_at", "until_at")} FROM held
    WHERE :holder = 'co_owner' AND {_OF.format("department_id")}
),
summed AS (
    SELECT complaint_id, sum(had) AS had FROM theirs GROUP BY 1 HAVING sum(had) > 0
    UNION ALL
    SELECT complaint_id, sum(seconds) FROM derived.time_held s
    WHERE holder = :holder AND {_OF_HOLDER} AND %(ended)s AND {IN_SCOPE} GROUP BY 1
)"""
_COUNT_HELD = f"{_HELD_BY} SELECT count(*) FROM summed"
_LIST_HELD = f"""{_HELD_BY},
most AS (SELECT * FROM summed ORDER BY had DESC, complaint_id LIMIT :limit),
clocks AS (
    SELECT complaint_id, sum({seconds("l.from_at", "l.until_at")}) AS life,
           sum({seconds("l.from_at", "l.until_at")}) FILTER (WHERE l.status <> ALL (:follow_up)) AS waited,
           sum({team_seconds("l.from_at", "l.until_at")})
               FILTER (WHERE l.status IN ({TEAM_STATUSES})) AS worked
    FROM most JOIN lives l USING (complaint_id) GROUP BY complaint_id
    UNION ALL
    SELECT complaint_id, sum(t.seconds), sum(t.seconds) FILTER (WHERE t.holder <> 'follow_up'),
           sum(t.open_seconds)
    FROM most JOIN derived.time_held t USING (complaint_id)
    WHERE complaint_id NOT IN (SELECT complaint_id FROM chosen) GROUP BY complaint_id
)
SELECT complaint_id, c.external_id, last.tier, last.department_id, c.region_id, c.received_at,
       CAST(m.had AS bigint) AS seconds, CAST(k.life AS bigint) AS life,
       CAST(coalesce(k.waited, 0) AS bigint) AS waited, CAST(coalesce(k.worked, 0) AS bigint) AS worked
FROM most m JOIN clocks k USING (complaint_id) JOIN facts.complaint c USING (complaint_id)
CROSS JOIN LATERAL (
    SELECT s.tier, s.department_id FROM derived.stint s
    WHERE s.complaint_id = m.complaint_id AND s.from_at <= :now AND s.status NOT IN ({ENDED_STATUSES})
    ORDER BY s.seq DESC LIMIT 1) last
"""


def held_by(
    conn: Connection,
    filters: Filters,
    holder: Holder,
    department_id: int | None,
    limit: int,
    now: datetime,
    past: bool = False,
) -> tuple[HeldComplaint, ...]:
    """`department_id` of a lead or a co-owner: None for all, 0 for those without a known department."""
    more = {**_held_by(holder, department_id), "limit": limit}
    sql = text(as_of(_LIST_HELD, past))
    results = (conn.execute(sql, zone | more) for zone in zones(conn, filters, now))
    found = (one for result in results for one in rows_of(HeldComplaint, result))
    return tuple(sorted(found, key=lambda one: (-one.seconds, one.complaint_id))[:limit])


def count_held(
    conn: Connection,
    filters: Filters,
    holder: Holder,
    department_id: int | None,
    now: datetime,
    past: bool = False,
) -> int:
    sql, more = text(as_of(_COUNT_HELD, past)), _held_by(holder, department_id)
    return sum(conn.execute(sql, zone | more).scalar_one() for zone in zones(conn, filters, now))


def _held_by(holder: Holder, department_id: int | None) -> dict[str, Any]:
    return {
        "holder": holder,
        "of_department": department_id,
        "statuses": [status for status, whose in HOLDER_OF.items() if whose == holder],
        "follow_up": [status for status, whose in HOLDER_OF.items() if whose == "follow_up"],
    }


# Complaints that go on, and those that have ended and match the condition.
def _or_ended(what: str) -> str:
    return (
        f"chosen AS MATERIALIZED ({ALIVE} UNION SELECT s.complaint_id FROM derived.time_held s "
        f"WHERE %(ended)s AND {what} AND {IN_SCOPE})"
    )


_LATE_REQUESTS = f"""
WITH {_or_ended("s.late_requests > 0")}, {LATE}
SELECT l.complaint_id, c.external_id, l.request_id, q.department_id, q.lead_department_id, q.tier,
       q.region_id, q.requested_at,
       least(CASE WHEN q.opinion_at <= :now THEN q.opinion_at END,
             CASE WHEN q.ended_at <= :now THEN q.ended_at END) AS ended_at,
       CAST(sum({seconds("lower(l.span)", "upper(l.span)")}) AS bigint) AS late_seconds
FROM late l JOIN derived.co_owner_request q USING (complaint_id, request_id)
JOIN facts.complaint c USING (complaint_id)
WHERE {_OF.format("l.department_id")}
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY 10 DESC, 1, 3 LIMIT :limit
"""


def late_requests(
    conn: Connection,
    filters: Filters,
    department_id: int | None,
    limit: int,
    now: datetime,
    past: bool = False,
) -> tuple[LateRequest, ...]:
    """Requests that held a complaint past one of their limits."""
    sql, more = text(as_of(_LATE_REQUESTS, past)), {"of_department": department_id, "limit": limit}
    results = (conn.execute(sql, zone | more) for zone in zones(conn, filters, now))
    found = (one for result in results for one in rows_of(LateRequest, result))
    return tuple(sorted(found, key=attrgetter("late_seconds"), reverse=True)[:limit])


_BREACHES = f"""
WITH {_or_ended("s.avoidable + s.own > 0")}, {JUDGED}
SELECT j.complaint_id, c.external_id, j.target, j.episode, j.outcome, j.co_owner_id,
       l.department_id AS lead_department_id, l.tier, c.region_id, j.due_at, j.ended_at,
       CAST(j.over_seconds AS bigint) AS over_seconds, CAST(j.late_seconds AS bigint) AS late_seconds,
       (SELECT {{excused}} FROM derived.deadline d WHERE d.complaint_id = j.complaint_id
        AND d.target = j.target AND d.party_id = 0 AND d.episode = j.episode) AS excused_at
FROM judged j JOIN facts.complaint c USING (complaint_id) CROSS JOIN LATERAL (
    SELECT s.department_id, s.tier FROM derived.stint s
    WHERE s.complaint_id = j.complaint_id AND s.from_at <= coalesce(j.ended_at, :now)
      AND s.status NOT IN ({ENDED_STATUSES})
    ORDER BY s.seq DESC LIMIT 1) l
WHERE j.outcome = :outcome AND {_OF.format("j.co_owner_id")}
ORDER BY j.due_at DESC, j.complaint_id, j.target LIMIT :limit
"""


def breaches(
    conn: Connection,
    filters: Filters,
    outcome: Outcome,
    department_id: int | None,
    limit: int,
    now: datetime,
    past: bool = False,
) -> tuple[Breach, ...]:
    """Breaches with a late co-owner, attributed to `department_id`; the latest first."""
    sql = text(as_of(_BREACHES, past).replace("{excused}", EXCUSED[past].format("d")))
    more = {"of_department": department_id, "outcome": outcome, "limit": limit}
    results = (conn.execute(sql, zone | more) for zone in zones(conn, filters, now))
    found = (one for result in results for one in rows_of(Breach, result))
    return tuple(sorted(found, key=attrgetter("due_at"), reverse=True)[:limit])
