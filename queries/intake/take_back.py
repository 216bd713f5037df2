"""Taking an import back: what only it stated stands no more, and what it had replaced stands again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from config import UserError
from queries.db import DERIVE_CHANNEL, row_or_none
from queries.intake import door, restate, told_again, vanished
from queries.intake.follow_up import FOLLOW_UP, Table
from queries.intake.merge import MARK_DIRTY_SQL
from queries.intake.staging import STATEMENT_TABLES


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Complaints: those that the import told of, those of them of which nothing stands any more, and those
    that stand with other facts."""

    touched: int
    gone: int
    changed: int


class NothingToTakeBack(UserError):
    """What the caller's transaction did is to be rolled back."""


_NOTHING = "Import {} changed nothing of any complaint, so there is nothing to take back."


def take_back(conn: Connection, import_id: int, by: str, reason: str, now: datetime) -> TakenBack:
    """In the caller's transaction: rolled back, it tells what would change. Raises NothingToTakeBack."""
    _refuse(conn, import_id)
    given = {"import_id": import_id, "by": by, "reason": reason, "now": now}
    params = conn.execute(text(_IMPORT), given).mappings().one_or_none()
    if params is None:
        raise NothingToTakeBack(_NOTHING.format(import_id))
    door.clear_staging(conn)
    conn.execute(text(STATEMENT_TABLES + RESET_TABLE))
    values = {**params, "import_id": import_id, "now": now, "complete_at": None}
    for sql in (_AFFECTED, _LOCK, _TOLD_BY_STATEMENT, _TOLD_BY_LOG, _STATEMENTS, _EVENTS):
        conn.execute(text(sql), values)
    exports = conn.execute(text(_EXPORTS), values).rowcount
    if not (told_again.forget(conn, import_id) or exports or conn.execute(text(_ANY_AFFECTED)).scalar_one()):
        raise NothingToTakeBack(_NOTHING.format(import_id))
    values["import_id"] = None  # of what is written from here on
    conn.execute(text(_OBSERVED_AGAIN), values)
    for table in FOLLOW_UP:
        conn.execute(text(_retracted(table)), {"taken": import_id, "now": now})
        conn.execute(text(_stands_again(table)), values)
    for sql in (_TEXTS, _RECEPTION, _UNREAD):
        conn.execute(text(sql), values)
    restate.restate(conn, values)
    vanished.miss(conn, values)
    conn.execute(text(_NOTHING_STANDS), values)
    door.refresh_current(conn, now)
    touched = conn.execute(text(MARK_DIRTY_SQL)).rowcount
    gone, changed = conn.execute(text(_COUNT), values).one()
    conn.execute(text("SELECT pg_notify(:channel, '')"), {"channel": DERIVE_CHANNEL})
    return TakenBack(touched, gone, changed)


@dataclass(frozen=True, slots=True)
class _Run:
    outcome: str | None
    taken_back_at: datetime | None
    taken_back_by: str | None


def _refuse(conn: Connection, import_id: int) -> None:
    run = row_or_none(_Run, conn.execute(text(_RUN), {"import_id": import_id}))
    if run is None:
        raise NothingToTakeBack(f"There is no import {import_id}.")
    if run.taken_back_at is not None:
        by = f" by {run.taken_back_by}" if run.taken_back_by else ""
        raise NothingToTakeBack(
            f"Import {import_id} was taken back at {run.taken_back_at:%Y-%m-%d %H:%M} UTC{by}."
        )
    if run.outcome != "done":
        raise NothingToTakeBack(f"Import {import_id} brought nothing: it is not done.")


_RUN = """
SELECT outcome, taken_back_at, taken_back_by FROM journal.import_run WHERE import_id = :import_id FOR UPDATE
"""
_IMPORT = """
WITH taken AS (
    UPDATE journal.import_run SET taken_back_at = :now, taken_back_by = :by, taken_back_reason = :reason
    WHERE import_id = :import_id RETURNING source)
SELECT s.source, s.time_zone AS zone FROM taken JOIN facts.source s USING (source)
"""
_FOLLOWED_UP = "\n".join(
    f"UNION SELECT complaint_id FROM facts.{one.name} WHERE import_id = :import_id" for one in FOLLOW_UP
)
_AFFECTED = f"""
INSERT INTO pg_temp.intake_touched (complaint_id)
SELECT complaint_id FROM facts.statement WHERE :import_id = ANY (imports)
UNION SELECT complaint_id FROM facts.told_text WHERE :import_id = ANY (imports)
UNION SELECT complaint_id FROM facts.complaint_event WHERE import_id = :import_id AND retracted_at IS NULL
UNION SELECT c.complaint_id FROM facts.complete_export x JOIN facts.complaint c
      ON c.source = x.source AND c.vanished_at = x.stated_at WHERE x.import_id = :import_id
{_FOLLOWED_UP};
INSERT INTO pg_temp.intake_restated SELECT complaint_id FROM pg_temp.intake_touched;
ANALYZE pg_temp.intake_restated;
"""
_ANY_AFFECTED = "SELECT EXISTS (SELECT FROM pg_temp.intake_restated)"
_LOCK = """
SELECT FROM facts.complaint WHERE complaint_id IN (SELECT complaint_id FROM pg_temp.intake_touched)
ORDER BY complaint_id FOR NO KEY UPDATE
"""
# Which texts the import gave of which complaints. Those go, unless somebody else gave one too.
RESET_TABLE = """
CREATE TEMP TABLE IF NOT EXISTS intake_reset (complaint_id bigint, name text) ON COMMIT DELETE ROWS;
TRUNCATE intake_reset;
"""
_TOLD_BY_STATEMENT = """
INSERT INTO pg_temp.intake_reset
SELECT DISTINCT s.complaint_id, substr(key, 2) FROM facts.statement s, jsonb_object_keys(s.cells) key
WHERE :import_id = ANY (s.imports) AND key LIKE '=%'
"""
_TOLD_BY_LOG = """
INSERT INTO pg_temp.intake_reset
SELECT complaint_id, name FROM facts.told_text t
CROSS JOIN LATERAL (VALUES ('title', t.title IS NOT NULL), ('body', t.body IS NOT NULL),
                           ('customer', t.customer_id IS NOT NULL)) given (name, is_given)
WHERE :import_id = ANY (t.imports) AND is_given
"""
_STATEMENTS = """
UPDATE facts.statement s SET (stated, turns, imports, last_at) = (
    SELECT coalesce(array_agg(u.at ORDER BY u.place), '{}'),
           coalesce(array_agg(u.turn ORDER BY u.place), '{}'),
           coalesce(array_agg(u.import ORDER BY u.place), '{}'), max(u.at)
    FROM unnest(s.stated, s.turns, s.imports) WITH ORDINALITY u (at, turn, import, place)
    WHERE u.import <> :import_id)
FROM pg_temp.intake_restated t WHERE s.complaint_id = t.complaint_id AND :import_id = ANY (s.imports)
"""
_EXPORTS = "UPDATE facts.complete_export SET retracted_at = :now WHERE import_id = :import_id"
# Of a log. What follows from statements is told by `restate`.
_EVENTS = """
UPDATE facts.complaint_event e SET retracted_at = :now FROM pg_temp.intake_restated t
WHERE e.complaint_id = t.complaint_id AND e.import_id = :import_id AND e.stated_at IS NULL
  AND e.retracted_at IS NULL
"""
_OBSERVED_AGAIN = """
INSERT INTO facts.complaint_event (complaint_id, party_id, field, happened_at, source_seq, value, recorded_at,
                                   import_id)
SELECT DISTINCT ON (a.complaint_id, r.party_id, r.field, r.happened_at, r.source_seq) a.complaint_id,
       r.party_id, r.field, r.happened_at, r.source_seq, r.value, CAST(:now AS timestamptz), a.imports[1]
FROM facts.told_again a JOIN pg_temp.intake_restated USING (complaint_id)
CROSS JOIN LATERAL jsonb_populate_recordset(NULL::facts.complaint_event, a.told) r
WHERE a.what = 'complaint_event' AND cardinality(a.imports) > 0
ORDER BY a.complaint_id, r.party_id, r.field, r.happened_at, r.source_seq, a.imports[1]
ON CONFLICT DO NOTHING
"""


def _retracted(table: Table) -> str:
    return (
        f"UPDATE facts.{table.name} SET retracted_at = :now WHERE import_id = :taken AND retracted_at IS NULL"
    )


def _stands_again(table: Table) -> str:
    """Of what was replaced or told again, by imports that were not taken back: of a log the first row of a
    key, of snapshots the newest."""
    names = f"complaint_id, {table.key}"
    kept = f"{names}, {table.rest}, stated_at, import_id"
    told = ", ".join(f"r.{name}" for name in (*table.key.split(", "), *table.rest.split(", ")))
    return f"""
        INSERT INTO facts.{table.name} ({kept}, recorded_at)
        SELECT DISTINCT ON ({names}) {kept}, CAST(:now AS timestamptz) FROM (
            SELECT {kept} FROM facts.{table.name} o JOIN pg_temp.intake_restated USING (complaint_id)
            WHERE o.retracted_at IS NOT NULL AND NOT EXISTS (
                SELECT FROM journal.import_run r
                WHERE r.import_id = o.import_id AND r.taken_back_at IS NOT NULL)
            UNION ALL
            SELECT a.complaint_id, {told}, r.stated_at, a.imports[1]
            FROM facts.told_again a JOIN pg_temp.intake_restated USING (complaint_id)
            CROSS JOIN LATERAL jsonb_populate_recordset(NULL::facts.{table.name}, a.told) r
            WHERE a.what = '{table.name}' AND cardinality(a.imports) > 0) o
        ORDER BY {names}, stated_at DESC NULLS LAST, import_id NULLS FIRST
        ON CONFLICT DO NOTHING"""


# What logs gave first; what is stated comes over it by `restate`.
_TEXTS = """
WITH reset AS (
    SELECT complaint_id, bool_or(name = 'title') AS title, bool_or(name = 'body') AS body,
           bool_or(name = 'customer') AS customer, bool_or(name = 'details') AS details
    FROM pg_temp.intake_reset GROUP BY complaint_id),
given AS (
    SELECT complaint_id,
           (array_agg(t.title ORDER BY t.imports[1]) FILTER (WHERE t.title IS NOT NULL))[1] AS title,
           (array_agg(t.body ORDER BY t.imports[1]) FILTER (WHERE t.body IS NOT NULL))[1] AS body,
           (array_agg(t.customer_id ORDER BY t.imports[1]) FILTER (WHERE t.customer_id IS NOT NULL))[1]
               AS customer_id
    FROM reset JOIN facts.told_text t USING (complaint_id) WHERE cardinality(t.imports) > 0
    GROUP BY complaint_id)
UPDATE facts.complaint c
SET title = CASE WHEN r.title THEN g.title ELSE c.title END,
    body = CASE WHEN r.body THEN g.body ELSE c.body END,
    customer_id = CASE WHEN r.customer THEN g.customer_id ELSE c.customer_id END,
    details = CASE WHEN r.details THEN NULL ELSE c.details END
FROM reset r LEFT JOIN given g USING (complaint_id) WHERE c.complaint_id = r.complaint_id
"""
_FIRST_SEEN = "\n".join(
    f"UNION ALL SELECT complaint_id, {at}, false FROM facts.{name} WHERE retracted_at IS NULL AND {{these}}"
    for name, at in (
        ("survey", "sent_at"),
        ("survey_answer", "answered_at"),
        ("callback_attempt", "attempted_at"),
        ("callback_booking", "booked_at"),
    )
)
# As far as logs tell; 'infinity' where only statements do, of which `restate` takes the earliest.
_THESE = "complaint_id = ANY (ARRAY (SELECT complaint_id FROM pg_temp.intake_restated))"
_RECEPTION = f"""
WITH told AS (
    SELECT complaint_id, min(at) AS at, min(at) FILTER (WHERE is_receipt) AS received_at FROM (
        SELECT complaint_id, happened_at AS at, field = 'received' AS is_receipt FROM facts.complaint_event
        WHERE origin = 'source' AND stated_at IS NULL AND retracted_at IS NULL AND {_THESE}
        {_FIRST_SEEN.format(these=_THESE)}) logged
    GROUP BY complaint_id)
UPDATE facts.complaint c SET received_known = told.received_at IS NOT NULL,
    received_at = coalesce(told.received_at, told.at, 'infinity')
FROM pg_temp.intake_restated t LEFT JOIN told USING (complaint_id)
WHERE c.complaint_id = t.complaint_id AND (told.at IS NOT NULL OR EXISTS (
    SELECT FROM facts.statement s WHERE s.complaint_id = t.complaint_id AND s.last_at IS NOT NULL))
"""
_UNREAD = """
INSERT INTO derived.unread_text (complaint_id, received_at)
SELECT DISTINCT complaint_id, received_at FROM pg_temp.intake_reset JOIN facts.complaint USING (complaint_id)
WHERE name IN ('title', 'body')
"""
_STANDS = " OR ".join(
    f"EXISTS (SELECT FROM facts.{table} f WHERE f.complaint_id = t.complaint_id AND f.retracted_at IS NULL)"
    for table in ("complaint_event", *(one.name for one in FOLLOW_UP))
)
_NOTHING_STANDS = f"""
UPDATE facts.complaint c SET taken_back_at = :now FROM pg_temp.intake_restated t
WHERE c.complaint_id = t.complaint_id AND c.taken_back_at IS NULL AND NOT ({_STANDS}) AND NOT EXISTS (
    SELECT FROM facts.statement s WHERE s.complaint_id = t.complaint_id AND s.last_at IS NOT NULL)
"""
_MOVED = " OR ".join(
    f"EXISTS (SELECT FROM facts.{table} f WHERE f.complaint_id = c.complaint_id "
    "AND :now IN (f.recorded_at, f.retracted_at))"
    for table in ("complaint_event", *(one.name for one in FOLLOW_UP))
)
_COUNT = f"""
SELECT count(*) FILTER (WHERE c.taken_back_at = :now) AS gone,
       count(*) FILTER (WHERE c.taken_back_at IS NULL AND ({_MOVED})) AS changed
FROM pg_temp.intake_restated JOIN facts.complaint c USING (complaint_id)
"""
