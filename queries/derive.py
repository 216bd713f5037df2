"""Deriving a batch: take dirty complaints, lock them, read their facts, decide, write what changed."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection, text

from queries import derive_write
from queries.follow_up import Attempt, Booking
from queries.lifecycle import Seen
from queries.outcome import Facts, Organisation, Rows, SurveySeen, decide

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Derived:
    taken: int  # complaints
    changed: int  # rows of derived that differ from before


def derive_dirty(conn: Connection, organisation: Organisation, limit: int = BATCH) -> Derived:
    """One batch in the caller's transaction (READ COMMITTED); nothing taken means nothing was dirty."""
    ids = _take(conn, limit)
    if not ids:
        return Derived(0, 0)
    return derive_these(conn, organisation, ids)


def derive_these(
    conn: Connection, organisation: Organisation, ids: list[int], schema: str = "derived"
) -> Derived:
    """Locks first, in id order; only a later statement may read what the locks protect (design)."""
    conn.execute(
        text(
            "SELECT FROM facts.complaint WHERE complaint_id = ANY (:ids) ORDER BY complaint_id "
            "FOR NO KEY UPDATE"
        ),
        {"ids": ids},
    )
    rows = Rows()
    for facts in read_facts(conn, ids):
        decide(facts, organisation, rows)
    return Derived(len(ids), derive_write.write(conn, ids, rows, schema))


def _take(conn: Connection, limit: int) -> list[int]:
    taken = conn.execute(
        text(
            "DELETE FROM derived.dirty WHERE ctid = ANY (ARRAY ("
            "SELECT ctid FROM derived.dirty LIMIT :limit FOR UPDATE SKIP LOCKED)) RETURNING complaint_id"
        ),
        {"limit": limit},
    )
    return sorted(set(taken.scalars()))


def count_dirty(conn: Connection) -> int:
    waiting: int = conn.execute(text("SELECT count(*) FROM derived.dirty")).scalar_one()
    return waiting


def read_facts(conn: Connection, ids: list[int], known_at: datetime | None = None) -> list[Facts]:
    """The facts of complaints, or only those recorded by `known_at`."""
    params = {"ids": ids, "known_at": known_at}
    grouped = {name: _by_complaint(conn, sql, params) for name, sql in _READS.items()}
    found = []
    for row in conn.execute(text(_COMPLAINTS), params):
        key = row.complaint_id
        found.append(
            Facts(
                complaint_id=key,
                source=row.source,
                received_at=row.received_at,
                alerts_from=row.recorded_at if row.is_history else None,
                seen=[Seen(*values[1:]) for values in grouped["seen"].get(key, ())],
                surveys=[SurveySeen(*values[1:]) for values in grouped["surveys"].get(key, ())],
                attempts=[Attempt(*values[1:]) for values in grouped["attempts"].get(key, ())],
                bookings=[Booking(*values[1:]) for values in grouped["bookings"].get(key, ())],
                customer_value=row.value,
            )
        )
    return found


_KNOWN = "(CAST(:known_at AS timestamptz) IS NULL OR {0}.recorded_at <= :known_at)"
_SECONDS = "floor(date_part('epoch', {0}))::bigint"

_COMPLAINTS = f"""
SELECT c.complaint_id, c.source, {_SECONDS.format("c.received_at")} AS received_at, c.is_history,
       {_SECONDS.format("c.recorded_at")} AS recorded_at, customer.value
FROM facts.complaint c LEFT JOIN facts.customer customer USING (customer_id)
WHERE c.complaint_id = ANY (:ids) AND {_KNOWN.format("c")}
ORDER BY c.complaint_id
"""

_READS = {
    "seen": f"""
        SELECT e.complaint_id, {_SECONDS.format("e.happened_at")}, e.party_id, e.field, e.origin, e.value
        FROM facts.complaint_event e WHERE e.complaint_id = ANY (:ids) AND {_KNOWN.format("e")}
        ORDER BY e.complaint_id, e.happened_at, e.source_seq, e.origin DESC, e.field
        """,
    "surveys": f"""
        SELECT s.complaint_id, s.survey_id, s.channel, {_SECONDS.format("s.sent_at")},
               {_SECONDS.format("a.answered_at")},
               (SELECT avg(score)::float FROM unnest(a.scores) AS score), a.scores[1], a.nps
        FROM facts.survey s
        LEFT JOIN facts.survey_answer a ON a.complaint_id = s.complaint_id AND a.survey_id = s.survey_id
              AND {_KNOWN.format("a")}
        WHERE s.complaint_id = ANY (:ids) AND {_KNOWN.format("s")}
        ORDER BY s.complaint_id, s.survey_id
        """,
    "attempts": f"""
        SELECT t.complaint_id, t.kind, t.episode, {_SECONDS.format("t.attempted_at")}, t.outcome,
               {_SECONDS.format("t.call_again_at")}
        FROM facts.callback_attempt t WHERE t.complaint_id = ANY (:ids) AND {_KNOWN.format("t")}
        ORDER BY t.complaint_id, t.attempted_at, t.attempt_key
        """,
    "bookings": f"""
        SELECT b.complaint_id, b.kind, b.episode, {_SECONDS.format("b.booked_at")}, b.agent_id,
               {_SECONDS.format("b.starts_at")}
        FROM facts.callback_booking b WHERE b.complaint_id = ANY (:ids) AND {_KNOWN.format("b")}
        ORDER BY b.complaint_id, b.booked_at, b.booking_key
        """,
}


def _by_complaint(
    conn: Connection, sql: str, params: dict[str, object]
) -> dict[int, list[tuple[object, ...]]]:
    rows = conn.execute(text(sql), params).all()
    grouped: dict[int, list[tuple[object, ...]]] = defaultdict(list)
    for key, values in groupby(rows, key=itemgetter(0)):
        grouped[key] = list(values)  # type: ignore[arg-type]
    return grouped
