"""Open deadlines by the time that is left."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from queries.as_of import ASSIGNED, OPEN_DEADLINES
from queries.db import row_of, rows_of
from queries.filters import NARROWED, Filters
from queries.open_deadlines import WHICH, Which

# Of an open deadline d that is not past due.
RISK = """LEFT JOIN derived.risk r ON r.complaint_id = d.complaint_id AND r.target = d.target
    AND r.party_id = d.party_id AND r.episode = d.episode AND d.due_at >= :now"""

NO_RISK = "NULL::float8 AS p, NULL::int AS k, NULL::int AS n, NULL"  # of a past moment none is kept


@dataclass(frozen=True, slots=True)
class OpenDeadline:
    complaint_id: int
    external_id: str
    target: str
    party_id: int  # the co-owner request, else 0
    tier: int | None
    department_id: int | None  # whose it is: the co-owner's for a co-owner request
    lead_department_id: int | None
    region_id: int | None
    owner_en: str | None
    owner_zh: str | None
    started_at: datetime
    due_at: datetime | None  # None: paused
    left_seconds: int | None  # of its budget, while paused
    p: float | None  # breach risk; None: no number, and of a past moment none is kept
    k: int | None  # of n similar ones, breached
    n: int | None
    level: str | None  # how similar they are: EVIDENCE_LEVELS in queries/risk/model.py
    excused_at: datetime | None  # of a breach


@dataclass(frozen=True, slots=True)
class Summary:
    open: int
    breached: int
    excused: int  # of the breached
    within_hour: int
    within_four_hours: int
    at_risk: int
    paused: int


@dataclass(frozen=True, slots=True)
class HourDue:
    hour: datetime  # the full hour
    tier: int  # 0: none
    deadlines: int


_SUMMED: dict[str, Which] = {
    "open": "open",
    "breached": "breached",
    "excused": "excused",
    "within_hour": "hour",
    "within_four_hours": "four_hours",
    "at_risk": "at_risk",
    "paused": "paused",
}


def summary(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> Summary:
    counts = ", ".join(f"count(*) FILTER (WHERE {WHICH[which]}) AS {name}" for name, which in _SUMMED.items())
    found = conn.execute(
        text(f"SELECT {counts} FROM {OPEN_DEADLINES[past]} d WHERE {NARROWED}"),
        {**filters.values(), "now": now},
    )
    return row_of(Summary, found)


def open_deadlines(
    conn: Connection,
    filters: Filters,
    which: Which,
    hour: datetime | None,
    limit: int,
    now: datetime,
    past: bool = False,
) -> tuple[OpenDeadline, ...]:
    """The next to breach first, paused ones last; of the breached the latest first. `hour`: of due_in."""
    order = "due_at DESC" if which == "breached" else "due_at ASC NULLS LAST"
    lead = "d.lead_department_id" if past else "c.department_id"
    odds = f"{NO_RISK} AS level" if past else "r.p, r.k, r.n, r.level"
    assigned = ASSIGNED[past].format("d.complaint_id")
    rows = conn.execute(
        text(
            "SELECT d.complaint_id, c.external_id, d.target, d.party_id, d.tier, d.department_id, "
            f"{lead} AS lead_department_id, d.region_id, a.name_en AS owner_en, a.name_zh AS owner_zh, "
            f"d.started_at, d.due_at, d.left_seconds, {odds}, d.excused_at "
            f"FROM (SELECT * FROM {OPEN_DEADLINES[past]} o WHERE {WHICH[which]} AND {NARROWED} "
            f"ORDER BY {order}, complaint_id, target, party_id LIMIT :limit) d "
            "JOIN facts.complaint c USING (complaint_id) "
            f"LEFT JOIN facts.agent a ON a.agent_id = d.owner_id AND {assigned} "
            f"{'' if past else RISK} "
            f"ORDER BY d.{order}, d.complaint_id, d.target, d.party_id"
        ),
        {**filters.values(), "now": now, "limit": limit, "hour": hour},
    )
    return rows_of(OpenDeadline, rows)


def due_by_hour(
    conn: Connection, filters: Filters, hours: int, now: datetime, past: bool = False
) -> tuple[HourDue, ...]:
    """This hour from now on, and the next ones; hours in which nothing falls due are left out."""
    rows = conn.execute(
        text(
            "SELECT date_trunc('hour', due_at) AS hour, coalesce(tier, 0) AS tier, count(*) AS deadlines "
            f"FROM {OPEN_DEADLINES[past]} d WHERE due_at >= :now "
            "AND due_at < date_trunc('hour', CAST(:now AS timestamptz)) + make_interval(hours => :hours) "
            f"AND {NARROWED} GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        {**filters.values(), "now": now, "hours": hours},
    )
    return rows_of(HourDue, rows)
