"""Deriving a batch: take dirty complaints, lock them, read their facts, decide, write what changed."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from config.instants import EARLIEST, LATEST
from queries.clocks import write
from queries.clocks.follow_up import Attempt, Booking
from queries.clocks.outcome import Excuse, Facts, Rows, SurveySeen, decide
from queries.clocks.timeline import Observed
from queries.clocks.withdrawn_alerts import any_policy_withdrawn, withdraw_alerts
from queries.db import board_now, rows_by_first
from queries.policies.history import load_policy_history

BATCH = 5_000
POLICY_LOCK = 0x0C0B0A2F  # shared while deriving, exclusive while applying a policy


@dataclass(frozen=True, slots=True)
class Derived:
    taken: int  # complaints
    changed: int  # rows of derived that differ from before


def derive_dirty(conn: Connection, limit: int = BATCH) -> Derived:
    """One batch, in the caller's transaction (READ COMMITTED); `taken` is 0 when nothing was dirty."""
    ids = _take(conn, limit)
    if not ids:
        return Derived(0, 0)
    derived = derive_these(conn, ids)
    if any_policy_withdrawn(conn):
        withdraw_alerts(conn, ids, board_now(conn))
    return derived


def derive_these(conn: Connection, ids: list[int], schema: str = "derived") -> Derived:
    """Locks first, in id order; only a later statement may read the facts that the locks protect
    (docs/architecture.md: Deriving a batch)."""
    conn.execute(
        text(
            "SELECT FROM facts.complaint WHERE complaint_id = ANY (:ids) ORDER BY complaint_id "
            "FOR NO KEY UPDATE"
        ),
        {"ids": ids},
    )
    conn.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": POLICY_LOCK})
    rows, history = Rows(), load_policy_history(conn)
    for facts in read_facts(conn, ids):
        decide(facts, history, rows)
    return Derived(len(ids), write.write(conn, ids, rows, schema))


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
    """The facts of complaints: all that stand, or those that were recorded by `known_at` and stood then."""
    params: dict[str, object] = {"ids": ids, "known_at": known_at}
    past = known_at is not None
    observations = rows_by_first(Observed, conn.execute(text(_OBSERVED_SQL[past]), params))
    surveys = rows_by_first(SurveySeen, conn.execute(text(_SURVEYS_SQL[past]), params))
    attempts = rows_by_first(Attempt, conn.execute(text(_ATTEMPTS_SQL[past]), params))
    bookings = rows_by_first(Booking, conn.execute(text(_BOOKINGS_SQL[past]), params))
    excuses = rows_by_first(Excuse, conn.execute(text(_EXCUSES_SQL), params))
    return [
        Facts(
            complaint_id=row.complaint_id,
            source=row.source,
            received_at=row.received_at,
            alerts_from=row.recorded_at if row.is_history else None,
            observations=observations.get(row.complaint_id, []),
            surveys=surveys.get(row.complaint_id, []),
            attempts=attempts.get(row.complaint_id, []),
            bookings=bookings.get(row.complaint_id, []),
            customer_value=row.value,
            excuses=excuses.get(row.complaint_id, []),
        )
        for row in conn.execute(text(_COMPLAINTS_SQL[past]), params)
    ]


_SECONDS = (
    rf"CASE WHEN \1 < '{EARLIEST}' THEN {int(EARLIEST.timestamp())} "
    rf"WHEN \1 > '{LATEST}' THEN {int(LATEST.timestamp())} "
    r"ELSE floor(date_part('epoch', \1))::bigint END"
)


def _sql(template: str) -> dict[bool, str]:
    """By whether :known_at is given. Fills in what all reads share: whole seconds within the supported years,
    since one infinite instant would fail its whole batch; and which facts stand, or did at :known_at."""
    template = re.sub(r"seconds\[([a-z_.:]+)\]", _SECONDS, template)
    now = re.sub(r"stands\[([a-z]+)\]", r"\1.retracted_at IS NULL", template)
    known = r"\1.recorded_at <= :known_at AND (\1.retracted_at IS NULL OR \1.retracted_at > :known_at)"
    return {False: now, True: re.sub(r"stands\[([a-z]+)\]", known, template)}


_COMPLAINTS = """
SELECT c.complaint_id, c.source, seconds[c.recorded_at] AS recorded_at, c.is_history, customer.value,
       {received_at} AS received_at
FROM facts.complaint c LEFT JOIN facts.customer customer USING (customer_id)
WHERE c.complaint_id = ANY (:ids) AND {condition}
ORDER BY c.complaint_id
"""
# facts.complaint holds the reception that stands. At :known_at another one may have been known, or none;
# then the first observation of any kind is used.
_KNOWN_RECEPTION = """coalesce((
           SELECT coalesce(min(seconds[e.happened_at]) FILTER (WHERE e.field = 'received'),
                           min(seconds[e.happened_at]))
           FROM (SELECT happened_at, field::text FROM facts.complaint_event o
                 WHERE o.complaint_id = c.complaint_id AND stands[o]
                 UNION ALL SELECT sent_at, '' FROM facts.survey s
                 WHERE s.complaint_id = c.complaint_id AND stands[s]
                 UNION ALL SELECT answered_at, '' FROM facts.survey_answer a
                 WHERE a.complaint_id = c.complaint_id AND stands[a]
                 UNION ALL SELECT attempted_at, '' FROM facts.callback_attempt t
                 WHERE t.complaint_id = c.complaint_id AND stands[t]) e), seconds[c.received_at])"""
_COMPLAINTS_SQL = {
    False: _sql(
        _COMPLAINTS.format(received_at="seconds[c.received_at]", condition="c.taken_back_at IS NULL")
    )[False],
    True: _sql(_COMPLAINTS.format(received_at=_KNOWN_RECEPTION, condition="c.recorded_at <= :known_at"))[
        True
    ],
}

_OBSERVED_SQL = _sql("""
SELECT e.complaint_id, seconds[e.happened_at] AS at, e.party_id, e.field, e.origin,
       CASE e.field WHEN 'promised' THEN (seconds[e.value::timestamptz])::text
            ELSE e.value END AS value
FROM facts.complaint_event e
WHERE e.complaint_id = ANY (:ids) AND e.field <> 'received' AND stands[e]
ORDER BY e.complaint_id, e.happened_at, e.source_seq, e.origin DESC, e.field
""")

_SURVEYS_SQL = _sql("""
SELECT s.complaint_id, s.survey_id, s.channel, seconds[s.sent_at] AS sent_at,
       seconds[a.answered_at] AS answered_at,
       (SELECT avg(score)::float FROM unnest(a.scores) AS score) AS score, a.scores[1] AS overall, a.nps
FROM facts.survey s
LEFT JOIN facts.survey_answer a
       ON a.complaint_id = s.complaint_id AND a.survey_id = s.survey_id AND stands[a]
WHERE s.complaint_id = ANY (:ids) AND stands[s]
ORDER BY s.complaint_id, s.survey_id
""")

_ATTEMPTS_SQL = _sql("""
SELECT t.complaint_id, t.kind, t.episode, seconds[t.attempted_at] AS at, t.outcome,
       seconds[t.call_again_at] AS call_again_at
FROM facts.callback_attempt t WHERE t.complaint_id = ANY (:ids) AND stands[t]
ORDER BY t.complaint_id, t.attempted_at, t.attempt_key
""")

_BOOKINGS_SQL = _sql("""
SELECT b.complaint_id, b.kind, b.episode, seconds[b.booked_at] AS at, b.agent_id,
       seconds[b.starts_at] AS starts_at
FROM facts.callback_booking b WHERE b.complaint_id = ANY (:ids) AND stands[b]
ORDER BY b.complaint_id, b.booked_at, b.booking_key
""")

_EXCUSES_SQL = """
SELECT e.complaint_id, e.target, e.party_id, e.episode,
       CAST(date_part('epoch', e.excused_at) AS bigint) AS at, e.is_excused
FROM facts.excuse e
WHERE e.complaint_id = ANY (:ids) AND coalesce(e.recorded_at <= CAST(:known_at AS timestamptz), true)
ORDER BY e.complaint_id, e.excuse_id
"""
