"""What changed since the running shift began: how many, and which."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Connection, text

from queries.as_of import EXCUSED
from queries.db import row_of, rows_of
from queries.filters import NARROWED, Filters
from queries.merged import OWN_MILESTONE

What = Literal["received", "resolved", "breached", "recovered", "called"]
WHATS: tuple[What, ...] = get_args(What)


@dataclass(frozen=True, slots=True)
class Changes:
    """Of complaints; of deadlines that fell due unmet, and of such that came to an end; of callbacks."""

    received: int
    resolved: int
    breached: int
    recovered: int
    called: int
    excused: int  # of the breached


@dataclass(frozen=True, slots=True)
class Happening:
    at: datetime
    complaint_id: int
    external_id: str
    target: str | None  # or the kind of a callback
    party_id: int
    outcome: str | None  # of a callback
    late_seconds: float | None  # of a breach that ended
    excused_at: datetime | None  # of a breach
    tier: int | None
    department_id: int | None
    region_id: int | None


_MILESTONE = f"""
SELECT happened_at AS at, complaint_id, NULL AS target, 0::bigint AS party_id, NULL AS outcome,
       NULL::float AS late_seconds, tier, department_id, region_id
FROM derived.milestone
WHERE milestone = '{{0}}' AND {OWN_MILESTONE} AND happened_at > :since AND happened_at <= :now
"""
# After :since and up to :now inclusive, so that the state at :since plus these changes is the state at :now.
# Each is read by an index and has the dimensions of its instant, so that nothing later shows, now or in the
# past.
_HAPPENED: dict[What, str] = {
    "received": _MILESTONE.format("received"),
    "resolved": _MILESTONE.format("resolved"),
    # Past due is only what is later than its due time.
    "breached": """
        SELECT d.due_at AS at, d.complaint_id, d.target, d.party_id, NULL AS outcome,
               NULL::float AS late_seconds,
               CASE WHEN s.complaint_id IS NULL THEN d.tier ELSE s.tier END AS tier,
               CASE WHEN s.complaint_id IS NULL OR d.party_id <> 0 THEN d.department_id
                    ELSE s.department_id END AS department_id, d.region_id, {excused} AS excused_at
        FROM derived.deadline d
        LEFT JOIN derived.stint s ON s.complaint_id = d.complaint_id AND s.from_at <= d.due_at
         AND (s.until_at IS NULL OR s.until_at > d.due_at)
        WHERE d.due_at >= :since AND d.due_at < :now
          AND (d.met_at IS NULL AND d.cancelled_at IS NULL OR coalesce(d.met_at, d.cancelled_at) > d.due_at)
    """,
    # Its last span ends with it.
    "recovered": """
        SELECT p.until_at AS at, d.complaint_id, d.target, d.party_id, NULL AS outcome,
               date_part('epoch', p.until_at - d.due_at) AS late_seconds, d.tier, d.department_id, d.region_id
        FROM derived.deadline_span p
        JOIN derived.deadline d
          ON d.complaint_id = p.complaint_id AND d.target = p.target AND d.party_id = p.party_id
         AND d.episode = p.episode AND coalesce(d.met_at, d.cancelled_at) = p.until_at
        WHERE p.until_at > :since AND p.until_at <= :now AND p.until_at > d.due_at
    """,
    "called": """
        SELECT ended_at AS at, complaint_id, kind AS target, 0::bigint AS party_id, outcome,
               NULL::float AS late_seconds, tier, department_id, region_id
        FROM derived.callback WHERE ended_at > :since AND ended_at <= :now AND outcome <> 'cancelled'
    """,
}


def _happened(what: What, past: bool) -> str:
    return _HAPPENED[what].replace("{excused}", EXCUSED[past].format("d"))


def changes(
    conn: Connection, filters: Filters, since: datetime, now: datetime, past: bool = False
) -> Changes:
    counts = ", ".join(
        f"(SELECT count(*) FROM ({_happened(what, past)}) {what} WHERE {NARROWED}) AS {what}"
        for what in WHATS
    )
    excused = f"SELECT count(excused_at) FROM ({_happened('breached', past)}) e WHERE {NARROWED}"
    counts += f", ({excused}) AS excused"
    found = conn.execute(text(f"SELECT {counts}"), {**filters.values(), "since": since, "now": now})
    return row_of(Changes, found)


def happened(
    conn: Connection,
    filters: Filters,
    what: What,
    since: datetime,
    limit: int,
    now: datetime,
    past: bool = False,
) -> tuple[Happening, ...]:
    """Exactly the events behind a number of `changes`, newest first."""
    excused = "h.excused_at" if what == "breached" else "NULL::timestamptz AS excused_at"
    rows = conn.execute(
        text(
            "SELECT h.at, h.complaint_id, c.external_id, h.target, h.party_id, h.outcome, h.late_seconds, "
            f"{excused}, "
            "h.tier, h.department_id, h.region_id "
            f"FROM (SELECT * FROM ({_happened(what, past)}) o WHERE {NARROWED} "
            "ORDER BY at DESC, complaint_id, target, party_id LIMIT :limit) h "
            "JOIN facts.complaint c USING (complaint_id) "
            "ORDER BY h.at DESC, h.complaint_id, h.target, h.party_id"
        ),
        {**filters.values(), "since": since, "now": now, "limit": limit},
    )
    return rows_of(Happening, rows)
