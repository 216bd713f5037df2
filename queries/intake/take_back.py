"""Taking an import back: what only it stated stands no more, and what it had replaced stands again."""

from datetime import datetime

from sqlalchemy import Connection, text

from queries.db import DERIVE_CHANNEL
from queries.intake import door, restate, vanished
from queries.intake.follow_up import FOLLOW_UP, Table
from queries.intake.merge import MARK_DIRTY_SQL
from queries.intake.staging import STATEMENT_TABLES


def take_back(conn: Connection, import_id: int, now: datetime) -> int:
    """Returns how many complaints are derived again; 0 where it was taken back before or brought nothing."""
    params = conn.execute(text(_IMPORT), {"import_id": import_id, "now": now}).mappings().one_or_none()
    if params is None:
        return 0
    door.clear_staging(conn)
    conn.execute(text(STATEMENT_TABLES))
    values = {**params, "import_id": import_id, "now": now, "complete_at": None}
    for sql in (_AFFECTED, _LOCK, _STATEMENTS, _EXPORTS, _EVENTS):
        conn.execute(text(sql), values)
    values["import_id"] = None  # of what is written from here on
    for table in FOLLOW_UP:
        conn.execute(text(_retracted(table)), {"taken": import_id, "now": now})
        conn.execute(text(_stands_again(table)), values)
    conn.execute(text(_RECEPTION), values)
    restate.restate(conn, values)
    vanished.miss(conn, values)
    conn.execute(text(_NOTHING_STANDS), values)
    door.refresh_current(conn, now)
    touched = conn.execute(text(MARK_DIRTY_SQL)).rowcount
    conn.execute(text("SELECT pg_notify(:channel, '')"), {"channel": DERIVE_CHANNEL})
    return touched


_IMPORT = """
UPDATE journal.import_run r SET taken_back_at = :now FROM facts.source s
WHERE r.import_id = :import_id AND r.taken_back_at IS NULL AND s.source = r.source
RETURNING r.source, s.time_zone AS zone
"""
_FOLLOWED_UP = "\n".join(
    f"UNION SELECT complaint_id FROM facts.{one.name} WHERE import_id = :import_id" for one in FOLLOW_UP
)
_AFFECTED = f"""
INSERT INTO pg_temp.intake_touched (complaint_id)
SELECT complaint_id FROM facts.statement WHERE :import_id = ANY (imports)
UNION SELECT complaint_id FROM facts.complaint_event WHERE import_id = :import_id AND retracted_at IS NULL
UNION SELECT c.complaint_id FROM facts.complete_export x JOIN facts.complaint c
      ON c.source = x.source AND c.vanished_at = x.stated_at WHERE x.import_id = :import_id
{_FOLLOWED_UP};
INSERT INTO pg_temp.intake_restated SELECT complaint_id FROM pg_temp.intake_touched;
ANALYZE pg_temp.intake_restated;
"""
_LOCK = """
SELECT FROM facts.complaint WHERE complaint_id IN (SELECT complaint_id FROM pg_temp.intake_touched)
ORDER BY complaint_id FOR NO KEY UPDATE
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


def _retracted(table: Table) -> str:
    return (
        f"UPDATE facts.{table.name} SET retracted_at = :now WHERE import_id = :taken AND retracted_at IS NULL"
    )


def _stands_again(table: Table) -> str:
    """The newest of what was replaced, of imports that were not taken back."""
    names = f"complaint_id, {table.key}"
    kept = f"{names}, {table.rest}, stated_at, import_id"
    return f"""
        INSERT INTO facts.{table.name} ({kept}, recorded_at)
        SELECT DISTINCT ON ({names}) {kept}, CAST(:now AS timestamptz)
        FROM facts.{table.name} o JOIN pg_temp.intake_restated USING (complaint_id)
        WHERE o.retracted_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM journal.import_run r
            WHERE r.import_id = o.import_id AND r.taken_back_at IS NOT NULL)
        ORDER BY {names}, stated_at DESC NULLS LAST, o.recorded_at DESC
        ON CONFLICT DO NOTHING"""


_RECEPTION = """
UPDATE facts.complaint c SET received_at = r.at FROM (
    SELECT e.complaint_id, min(e.happened_at) AS at
    FROM pg_temp.intake_restated t JOIN facts.complaint_event e USING (complaint_id)
    WHERE e.field = 'received' AND e.stated_at IS NULL AND e.retracted_at IS NULL
    GROUP BY e.complaint_id) r
WHERE c.complaint_id = r.complaint_id AND c.stated_at IS NULL AND c.received_at <> r.at
"""
_STANDS = " OR ".join(
    f"EXISTS (SELECT FROM facts.{table} f WHERE f.complaint_id = t.complaint_id AND f.retracted_at IS NULL)"
    for table in ("complaint_event", *(one.name for one in FOLLOW_UP))
)
_NOTHING_STANDS = f"""
UPDATE facts.complaint c SET taken_back_at = :now FROM pg_temp.intake_restated t
WHERE c.complaint_id = t.complaint_id AND NOT ({_STANDS}) AND NOT EXISTS (
    SELECT FROM facts.statement s WHERE s.complaint_id = t.complaint_id AND s.last_at IS NOT NULL)
"""
