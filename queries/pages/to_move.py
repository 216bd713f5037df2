"""Who must move first, for the wall: what is past due, what will probably breach, what is due next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import Connection, text

from queries.as_of import ASSIGNED, OPEN_DEADLINES
from queries.db import rows_of
from queries.filters import NARROWED, Filters
from queries.pages.risk import NO_RISK, RISK
from queries.policies.history import policy_in_force

Group = Literal["past_due", "likely", "next"]
GROUPS: tuple[Group, ...] = get_args(Group)


@dataclass(frozen=True, slots=True)
class Urgent:
    """Deadlines of tier 1 past due in one department (0: not known), and where the longest of them is."""

    department_id: int
    deadlines: int
    oldest_due_at: datetime
    oldest_region_id: int | None


@dataclass(frozen=True, slots=True)
class ToMove:
    """`of`: how many its group has. `p`: breach risk, of `n` similar ones `k` breached; None: no number, or
    of a past moment. `similar`: how similar the n are (EVIDENCE_LEVELS in queries/risk/model.py).
    `alerted_at`: when the last alert of it was raised."""

    group: Group
    of: int
    complaint_id: int
    external_id: str
    target: str
    tier: int | None
    department_id: int | None
    region_id: int | None
    due_at: datetime
    is_co_owner: bool
    has_owner: bool
    p: float | None
    k: int | None
    n: int | None
    similar: str | None
    alerted_at: datetime | None
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Moves:
    """`within`: seconds before the due time from which on a deadline can be a likely one."""

    rows: tuple[ToMove, ...]
    within: int


@dataclass(frozen=True, slots=True)
class CoOwnerLoad:
    """Requests of one co-owning department (0: not known) that still wait for its response or opinion.
    `overdue`: past their limit; `oldest_due_at`: of these the one that was due first."""

    department_id: int
    requests: int
    overdue: int
    oldest_due_at: datetime | None


def urgent(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> tuple[Urgent, ...]:
    """Most first."""
    rows = conn.execute(
        text(
            "SELECT coalesce(department_id, 0) AS department_id, count(*) AS deadlines, "
            "min(due_at) AS oldest_due_at, (array_agg(region_id ORDER BY due_at))[1] AS oldest_region_id "
            f"FROM {OPEN_DEADLINES[past]} d WHERE due_at < :now AND tier = 1 AND {NARROWED} "
            "GROUP BY 1 ORDER BY 2 DESC, 1"
        ),
        {**filters.values(), "now": now},
    )
    return rows_of(Urgent, rows)


_WHEN: dict[Group, str] = {
    "past_due": "due_at < :now",
    "likely": "due_at BETWEEN :now AND :soon",
    "next": "due_at >= :now",
}
_FIRST: dict[Group, str] = {
    "past_due": "coalesce(d.tier, 4), d.due_at, d.complaint_id, d.target",
    "likely": "r.p * (CAST(:weights AS float8[]))[coalesce(d.tier, 3)] DESC, "
    "d.due_at, d.complaint_id, d.target",
    "next": "d.due_at, d.complaint_id, d.target",
}
_SURE: dict[Group, str] = {"past_due": "true", "likely": "r.p >= :from_p", "next": "true"}
_ALERT = """
    SELECT a.decided_at, k.acknowledged_at FROM journal.alert a
    LEFT JOIN journal.acknowledgement k ON k.alert_id = a.alert_id AND k.acknowledged_at <= :now
    WHERE a.rule IN ('breached', 'likely_breach', 'at_risk') AND a.withdrawn_at IS NULL
      AND a.decided_at <= :now
      AND a.subject = format('deadline:%s:%s:%s:%s', d.complaint_id, d.target, d.party_id, d.episode)
    ORDER BY a.alert_id DESC LIMIT 1
"""


def to_move(conn: Connection, filters: Filters, limit: int, now: datetime, past: bool = False) -> Moves:
    """Up to `limit` of each group: past due by tier, the longest first; likely to breach within the time of
    the policy, by risk × weight of the tier; then the next to fall due, which may be likely ones too. A past
    moment has no breach risk and so no likely ones."""
    risk = policy_in_force(conn).risk
    values: dict[str, object] = {
        **filters.values(),
        "now": now,
        "limit": limit,
        "soon": now + timedelta(seconds=risk.alert_within),
        "from_p": risk.alert_from,
        "weights": list(risk.tier_weights),
    }
    groups = [group for group in GROUPS if not (past and group == "likely")]
    rows = tuple(one for group in groups for one in _of(conn, group, values, past))
    return Moves(rows, risk.alert_within)


def _of(conn: Connection, group: Group, values: dict[str, object], past: bool) -> tuple[ToMove, ...]:
    odds, risk = (NO_RISK, "") if past else ("r.p, r.k, r.n, r.level", RISK)
    first = f"""
        SELECT d.*, {odds} AS similar, row_number() OVER (ORDER BY {_FIRST[group]}) AS place,
               count(*) OVER () AS of
        FROM (SELECT complaint_id, target, party_id, episode, tier, department_id, region_id, owner_id, due_at
              FROM {OPEN_DEADLINES[past]} o WHERE {_WHEN[group]} AND {NARROWED}) d {risk}
        WHERE {_SURE[group]} ORDER BY place LIMIT :limit"""
    has_owner = f"d.owner_id IS NOT NULL AND {ASSIGNED[past].format('d.complaint_id')}"
    rows = conn.execute(
        text(
            "SELECT CAST(:group AS text) AS group, d.of, d.complaint_id, c.external_id, d.target, d.tier, "
            "d.department_id, d.region_id, d.due_at, d.party_id <> 0 AS is_co_owner, "
            f"{has_owner} AS has_owner, d.p, d.k, d.n, d.similar, a.decided_at AS alerted_at, "
            f"a.acknowledged_at FROM ({first}) d JOIN facts.complaint c USING (complaint_id) "
            f"LEFT JOIN LATERAL ({_ALERT}) a ON true ORDER BY d.place"
        ),
        {**values, "group": group},
    )
    return rows_of(ToMove, rows)


def co_owner_loads(
    conn: Connection, filters: Filters, now: datetime, past: bool = False
) -> tuple[CoOwnerLoad, ...]:
    """Most past their limit first, then most open."""
    rows = conn.execute(
        text(
            "SELECT coalesce(department_id, 0) AS department_id, "
            "count(DISTINCT (complaint_id, party_id)) AS requests, "
            "count(DISTINCT (complaint_id, party_id)) FILTER (WHERE due_at < :now) AS overdue, "
            "min(due_at) FILTER (WHERE due_at < :now) AS oldest_due_at "
            f"FROM {OPEN_DEADLINES[past]} d WHERE party_id <> 0 AND {NARROWED} "
            "GROUP BY 1 ORDER BY 3 DESC, 2 DESC, 1"
        ),
        {**filters.values(), "now": now},
    )
    return rows_of(CoOwnerLoad, rows)
