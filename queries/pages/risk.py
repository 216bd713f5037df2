"""Open deadlines by the time that is left."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from queries.as_of import ASSIGNED, OPEN_DEADLINES
from queries.filters import NARROWED, Filters
from queries.open_deadlines import WHICH, Which

# Of an open deadline d that is not past due.
RISK = """LEFT JOIN derived.risk r ON r.complaint_id = d.complaint_id AND r.target = d.target
    AND r.party_id = d.party_id AND r.episode = d.episode AND d.due_at >= :now"""


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
    tier: int  # 0: none
    deadlines: int


def summary(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> Summary:
    counted: tuple[Which, ...] = ("open", "breached", "hour", "four_hours", "at_risk", "paused")
    counts = ", ".join(f"count(*) FILTER (WHERE {WHICH[which]})" for which in counted)
    row = conn.execute(
        text(f"SELECT {counts} FROM {OPEN_DEADLINES[past]} d WHERE {NARROWED}"),
        {**filters.values(), "now": now},
    ).one()
    return Summary(*row)


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
    odds = "NULL, NULL, NULL, NULL" if past else "r.p, r.k, r.n, r.level"
    assigned = ASSIGNED[past].format("d.complaint_id")
    rows = conn.execute(
        text(
            "SELECT d.complaint_id, c.external_id, d.target, d.party_id, d.tier, d.department_id, "
            f"{lead}, d.region_id, a.name_en, a.name_zh, d.started_at, d.due_at, d.left_seconds, "
            f"{odds} "
            f"FROM (SELECT * FROM {OPEN_DEADLINES[past]} o WHERE {WHICH[which]} AND {NARROWED} "
            f"ORDER BY {order}, complaint_id, target, party_id LIMIT :limit) d "
            "JOIN facts.complaint c USING (complaint_id) "
            f"LEFT JOIN facts.agent a ON a.agent_id = d.owner_id AND {assigned} "
            f"{'' if past else RISK} "
            f"ORDER BY d.{order}, d.complaint_id, d.target, d.party_id"
        ),
        {**filters.values(), "now": now, "limit": limit, "hour": hour},
    )
    return tuple(OpenDeadline(*row) for row in rows)


def due_by_hour(
    conn: Connection, filters: Filters, hours: int, now: datetime, past: bool = False
) -> tuple[HourDue, ...]:
    """This hour from now on, and the next ones; hours in which nothing falls due are left out."""
    rows = conn.execute(
        text(
            "SELECT date_trunc('hour', due_at), coalesce(tier, 0), count(*) "
            f"FROM {OPEN_DEADLINES[past]} d WHERE due_at >= :now "
            "AND due_at < date_trunc('hour', CAST(:now AS timestamptz)) + make_interval(hours => :hours) "
            f"AND {NARROWED} GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        {**filters.values(), "now": now, "hours": hours},
    )
    return tuple(HourDue(*row) for row in rows)
