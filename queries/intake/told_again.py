"""What several imports told of a log, so that each of them can be taken back alone.

Of a log the first row of a key counts. What another import tells of that key is kept here, each different
content of a complaint once, and stands as soon as the first is taken back.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from queries.intake.merge import OBSERVED

# Rows that queries/intake/ties.py found known and left out of what is merged.
KNOWN = """
CREATE TEMP TABLE IF NOT EXISTS intake_known (complaint_id bigint, party_id bigint, field text,
    happened_at timestamptz, source_seq bigint, value text) ON COMMIT DELETE ROWS;
"""


def keep(conn: Connection, params: Mapping[str, Any]) -> None:
    """After the merge: staged rows whose key another import had brought. `params`: those of door.merge."""
    if params["import_id"] is not None:
        conn.execute(text(KNOWN))
        keep_rows(conn, "complaint_event", _OBSERVED_BEFORE, params)


_OBSERVED_BEFORE = f"""
SELECT o.complaint_id, o.party_id, o.field, o.happened_at, o.source_seq, o.value
FROM ({OBSERVED}
      UNION ALL SELECT i.complaint_id, 0, 'received', c.received_at, 0, NULL
      FROM pg_temp.intake_complaint c JOIN pg_temp.intake_id i USING (external_id)) o
JOIN facts.complaint_event e
  ON e.complaint_id = o.complaint_id AND e.party_id = o.party_id AND e.field = CAST(o.field AS facts.observed)
 AND e.origin = 'source' AND e.happened_at = o.happened_at AND e.source_seq = o.source_seq
 AND e.retracted_at IS NULL AND e.import_id <> :import_id
UNION SELECT complaint_id, party_id, field, happened_at, source_seq, value FROM pg_temp.intake_known
"""


def keep_rows(conn: Connection, name: str, again: str, params: Mapping[str, Any]) -> None:
    """`again`: a SELECT of rows of the table facts.`name`."""
    conn.execute(text(_kept(name, again)), params)


def _kept(name: str, again: str) -> str:
    return f"""
        WITH again AS ({again}),
        packed AS (SELECT complaint_id, jsonb_agg(told ORDER BY told::text) AS told FROM (
            SELECT complaint_id, to_jsonb(again) - 'complaint_id' AS told FROM again) each
            GROUP BY complaint_id)
        INSERT INTO facts.told_again AS t (complaint_id, what, digest, imports, told)
        SELECT complaint_id, '{name}', md5(told::text)::uuid, ARRAY[CAST(:import_id AS int)], told
        FROM packed
        ORDER BY complaint_id
        ON CONFLICT (complaint_id, what, digest) DO UPDATE SET imports = t.imports || EXCLUDED.imports"""


def forget(conn: Connection, import_id: int) -> int:
    """That this import told any of it; returns how many rows said so."""
    return sum(
        conn.execute(
            text(
                f"UPDATE facts.{name} SET imports = array_remove(imports, CAST(:import_id AS int)) "
                "WHERE CAST(:import_id AS int) = ANY (imports)"
            ),
            {"import_id": import_id},
        ).rowcount
        for name in ("told_again", "told_text")
    )
