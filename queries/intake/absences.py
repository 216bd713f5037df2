"""Complaints that the database of their source has no more, found by comparing all of its rows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from queries.db import DERIVE_CHANNEL
from queries.intake import door, vanished
from queries.intake.merge import MARK_DIRTY_SQL
from queries.intake.staging import STATEMENT_TABLES


def miss(conn: Connection, source: str, numbers: Sequence[str], now: datetime) -> int:
    """Those of these complaints that are open have vanished; returns how many. Stated again, they come
    back."""
    door.clear_staging(conn)
    conn.execute(text(STATEMENT_TABLES))
    params = {"source": source, "numbers": list(numbers), "now": now, "import_id": None, "complete_at": None}
    for sql in (_MISSED, _LOCK, _ABSENT):
        conn.execute(text(sql), params)
    found = vanished.miss(conn, params)
    door.refresh_current(conn)
    conn.execute(text(MARK_DIRTY_SQL))
    conn.execute(text("SELECT pg_notify(:channel, '')"), {"channel": DERIVE_CHANNEL})
    return found


_MISSED = """
INSERT INTO pg_temp.intake_restated
SELECT complaint_id FROM facts.complaint_ref WHERE source = :source AND external_id = ANY (:numbers)
"""
_LOCK = """
SELECT FROM facts.complaint WHERE complaint_id IN (SELECT complaint_id FROM pg_temp.intake_restated)
ORDER BY complaint_id FOR NO KEY UPDATE
"""
# After all that was stated of it, also by a source whose clock is ahead.
_ABSENT = """
INSERT INTO facts.absence (complaint_id, missed_at, recorded_at)
SELECT t.complaint_id, greatest(CAST(:now AS timestamptz), max(s.last_at) + interval '1 microsecond'),
       CAST(:now AS timestamptz)
FROM pg_temp.intake_restated t JOIN facts.statement s USING (complaint_id)
GROUP BY t.complaint_id ORDER BY 1 ON CONFLICT DO NOTHING
"""
