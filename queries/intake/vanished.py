"""Complaints that a complete export, or the database, of their source no longer has; stated again, they come
back."""

from collections.abc import Mapping

from sqlalchemy import Connection, text

from queries.intake.restate import BASE, LAST, OVER

TABLES = """
CREATE TEMP TABLE IF NOT EXISTS intake_missing (complaint_id bigint, at timestamptz) ON COMMIT DELETE ROWS;
DELETE FROM intake_missing;
"""


def miss(conn: Connection, params: Mapping[str, object]) -> int:
    """After `restate`; returns how many have vanished. `params`: those of door.merge."""
    if params["complete_at"] is not None:
        conn.execute(text(_EXPORT), params)
    elif not conn.execute(text(_ANY_COMPLETE), params).scalar_one():
        return 0
    for sql in (_MISSING, _CAME_BACK, _UPCOMING):
        conn.execute(text(sql), params)
    return conn.execute(text(_VANISHED), params).rowcount


_ANY_COMPLETE = """
SELECT EXISTS (SELECT FROM facts.complete_export WHERE source = :source)
    OR EXISTS (SELECT FROM facts.absence JOIN pg_temp.intake_restated USING (complaint_id))
"""
_EXPORT = """
INSERT INTO facts.complete_export (source, stated_at, import_id, recorded_at)
VALUES (:source, :complete_at, :import_id, :now) ON CONFLICT DO NOTHING
"""
# At the first complete export, or absence, after their last statement, unless they were over by then.
_MISSING = f"""
INSERT INTO pg_temp.intake_missing (complaint_id, at)
SELECT i.complaint_id,
       CASE WHEN coalesce(status.value NOT IN ({OVER}), true) AND parent.value IS NULL THEN (
           SELECT min(x.at) FROM (
               SELECT e.stated_at AS at FROM facts.complete_export e
               WHERE e.source = :source AND e.retracted_at IS NULL
               UNION ALL
               SELECT a.missed_at FROM facts.absence a WHERE a.complaint_id = i.complaint_id) x
           WHERE x.at > stated.last_at) END
FROM (SELECT complaint_id FROM pg_temp.intake_restated
      UNION SELECT c.complaint_id FROM facts.complaint c
      WHERE CAST(:complete_at AS timestamptz) IS NOT NULL AND c.source = :source AND c.stated_at IS NOT NULL
        AND (c.status NOT IN ({OVER}) OR c.vanished_at > :complete_at)
        AND NOT EXISTS (SELECT FROM pg_temp.intake_id i WHERE i.complaint_id = c.complaint_id)) i
LEFT JOIN LATERAL (
    SELECT max(s.last_at) AS last_at FROM facts.statement s WHERE s.complaint_id = i.complaint_id
) stated ON true
LEFT JOIN LATERAL (
    SELECT e.value FROM facts.complaint_event e
    WHERE e.complaint_id = i.complaint_id AND e.party_id = 0 AND e.field = 'status' AND e.origin = 'source'
      AND e.retracted_at IS NULL
    ORDER BY e.happened_at DESC, e.source_seq DESC LIMIT 1) status ON true
LEFT JOIN LATERAL (
    SELECT e.value FROM facts.complaint_event e
    WHERE e.complaint_id = i.complaint_id AND e.party_id = 0 AND e.field = 'parent' AND e.origin = 'source'
      AND e.retracted_at IS NULL
    ORDER BY e.happened_at DESC, e.source_seq DESC LIMIT 1) parent ON true;
ANALYZE pg_temp.intake_missing;
"""
_CAME_BACK = """
WITH gone AS (
    UPDATE facts.complaint_event e SET retracted_at = :now
    FROM pg_temp.intake_missing m
    WHERE e.complaint_id = m.complaint_id AND e.party_id = 0 AND e.field = 'vanished'
      AND e.origin = 'source' AND e.retracted_at IS NULL AND e.happened_at IS DISTINCT FROM m.at
    RETURNING e.complaint_id)
INSERT INTO pg_temp.intake_touched SELECT complaint_id FROM gone
"""
# Behind what a source whose clock is ahead had stated of an instant to come.
_UPCOMING = """
INSERT INTO derived.upcoming (complaint_id, at)
SELECT complaint_id, at FROM pg_temp.intake_missing WHERE at > :now ON CONFLICT DO NOTHING
"""
_VANISHED = f"""
WITH written AS (
    INSERT INTO facts.complaint_event (complaint_id, field, happened_at, source_seq, value, stated_at,
                                       recorded_at, import_id)
    SELECT complaint_id, 'vanished', at, {BASE + LAST}, '1', at, CAST(:now AS timestamptz),
           CAST(:import_id AS int)
    FROM pg_temp.intake_missing WHERE at IS NOT NULL ORDER BY complaint_id
    ON CONFLICT DO NOTHING RETURNING complaint_id)
INSERT INTO pg_temp.intake_touched SELECT complaint_id FROM written
"""
