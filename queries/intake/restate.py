"""What follows from all that a source stated of a complaint: its observations, receipt and texts.

A function of the statements alone, by their instants. What was written before and no longer follows is
retracted, never deleted (docs/architecture.md: Statements).
"""

from collections.abc import Mapping

from sqlalchemy import Connection, text

from config.vocabulary import STATUSES
from queries.intake import meanings
from queries.intake.facts import ENDED

TABLES = """
CREATE TEMP TABLE IF NOT EXISTS intake_cell (complaint_id bigint, key text, field text, party_id bigint,
    place int, from_at timestamptz, value text, at timestamptz, place_before int, value_before text,
    at_before timestamptz, until_before timestamptz) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS intake_follows (complaint_id bigint, party_id bigint, field text,
    happened_at timestamptz, source_seq bigint, value text, stated_at timestamptz) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS intake_coded (LIKE intake_follows) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS intake_standing (LIKE intake_follows) ON COMMIT DELETE ROWS;
DELETE FROM intake_cell;
DELETE FROM intake_follows;
DELETE FROM intake_coded;
DELETE FROM intake_standing;
"""
# Before all of a log's, which counts its order from 0: where both tell of one instant, the log is exact. A
# state that reaches back is the weakest; one that held at an instant stands after what was reached then.
BASE, LAST = -64, 32
PLACE_OF_STATUS = " ".join(f"WHEN '{status}' THEN {n}" for n, status in enumerate(STATUSES, start=1))
NOT_FROM_THE_START = ", ".join(f"'{status}'" for status in STATUSES if status.startswith("waiting"))
NOT_FROM_THE_START += ", 'resolved', 'closed', 'withdrawn'"
OVER = ", ".join(f"'{status}'" for status in sorted(ENDED))


def restate(conn: Connection, params: Mapping[str, object]) -> int:
    """Of the complaints in intake_restated; returns how many observations are new. `params`: those of
    door.merge."""
    meanings.hold(conn, str(params["source"]))
    conn.execute(text(_CELLS), params)
    if meanings.learn(conn, params, "intake_cell"):
        conn.execute(text(f"TRUNCATE pg_temp.intake_cell; {_CELLS}"), params)
    for sql in (*_NEW_CODES, _RENEW, _REACHED, _STATES, _STATUS_HELD, _CODED, _STANDING, _RETRACT):
        conn.execute(text(sql), params)
    conn.execute(text(_UPCOMING), params)
    return conn.execute(text(_WRITE), params).rowcount


# Statements in a row that are equal are one, from the first until the last instant. Of several of one instant
# the last that speaks of a key counts. `before`: the statement before it that speaks of the same key.
_CELLS = f"""
WITH points AS (
    SELECT s.complaint_id, s.digest, p.at, p.turn,
           lag(s.digest) OVER w AS digest_before, lag(p.at) OVER w AS at_before
    FROM facts.statement s, unnest(s.stated, s.turns) p (at, turn)
    WHERE s.complaint_id = ANY (ARRAY (SELECT complaint_id FROM pg_temp.intake_restated))
    WINDOW w AS (PARTITION BY s.complaint_id ORDER BY p.at, p.turn)),
runs AS (
    SELECT complaint_id, digest, at AS from_at,
           row_number() OVER w AS place, lead(at_before) OVER w AS until_at
    FROM points WHERE digest_before IS DISTINCT FROM digest
    WINDOW w AS (PARTITION BY complaint_id ORDER BY at, turn)),
told AS (
    SELECT DISTINCT ON (r.complaint_id, c.key, r.from_at) r.complaint_id, c.key, r.place, r.from_at,
           r.until_at, coalesce(m.means, c.value ->> 0) AS value, (c.value ->> 1)::timestamptz AS at
    FROM runs r JOIN facts.statement s USING (complaint_id, digest) CROSS JOIN jsonb_each(s.cells) c
    {meanings.meaning("split_part(c.key, '!', 1)", "(c.value ->> 0)")}
    WHERE s.complaint_id = ANY (ARRAY (SELECT complaint_id FROM pg_temp.intake_restated))
      AND (m.means IS NOT NULL OR NOT {meanings.is_unread("c.key", "(c.value ->> 0)")})
    ORDER BY r.complaint_id, c.key, r.from_at, r.place DESC)
INSERT INTO pg_temp.intake_cell
SELECT complaint_id, key,
       CASE WHEN key LIKE 'reopened!%' THEN 'status' ELSE split_part(key, '!', 1) END,
       CASE WHEN split_part(key, '!', 2) ~ '^[0-9]+$' THEN split_part(key, '!', 2)::bigint ELSE 0 END,
       place, from_at, value, at, lag(place) OVER k, lag(value) OVER k, lag(at) OVER k, lag(until_at) OVER k
FROM told WINDOW k AS (PARTITION BY complaint_id, key ORDER BY place);
ANALYZE pg_temp.intake_cell;
"""
_NEW_CODES = (
    """
    INSERT INTO facts.department (code, name_en, name_zh, is_unknown)
    SELECT DISTINCT value, value, value, true FROM pg_temp.intake_cell c
    WHERE field IN ('department', 'requested') AND value IS NOT NULL
      AND NOT EXISTS (SELECT FROM facts.department d WHERE d.code = c.value)
    ORDER BY 1 ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO facts.region (code, level, name_en, name_zh, time_zone, is_unknown)
    SELECT DISTINCT value, 'province', value, value, :zone, true FROM pg_temp.intake_cell c
    WHERE field = 'region' AND value IS NOT NULL
      AND NOT EXISTS (SELECT FROM facts.region r WHERE r.code = c.value)
    ORDER BY 1 ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO facts.agent (login, name_en, name_zh, is_unknown)
    SELECT DISTINCT value, value, value, true FROM pg_temp.intake_cell c
    WHERE field = 'owner' AND value IS NOT NULL
      AND NOT EXISTS (SELECT FROM facts.agent a WHERE a.login = c.value)
    ORDER BY 1 ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO facts.complaint_ref (source, external_id)
    SELECT DISTINCT :source, value FROM pg_temp.intake_cell c
    WHERE field = 'parent' AND value IS NOT NULL
      AND NOT EXISTS (SELECT FROM facts.complaint_ref r WHERE r.source = :source AND r.external_id = c.value)
    ORDER BY 2 ON CONFLICT DO NOTHING
    """,
)
# The newest that was stated of each; a receipt that was never stated is the earliest instant of all.
_RENEW = """
WITH newest AS (
    SELECT DISTINCT ON (complaint_id, key) complaint_id, key, value, at
    FROM pg_temp.intake_cell WHERE key = 'received!' OR key LIKE '=%'
    ORDER BY complaint_id, key, place DESC),
wide AS (
    SELECT complaint_id, max(at) FILTER (WHERE key = 'received!') AS received_at,
           max(value) FILTER (WHERE key = '=title') AS title, max(value) FILTER (WHERE key = '=body') AS body,
           max(value) FILTER (WHERE key = '=customer') AS customer,
           max(value) FILTER (WHERE key = '=details')::jsonb AS details
    FROM newest GROUP BY complaint_id),
bounds AS (
    SELECT complaint_id, coalesce(max(from_at), max(at)) AS stated_at, min(at) AS first_at FROM (
        SELECT s.complaint_id, CAST(NULL AS timestamptz) AS from_at,
               (SELECT min(one) FROM unnest(s.stated) one) AS at
        FROM facts.statement s JOIN pg_temp.intake_restated USING (complaint_id)
        UNION ALL SELECT complaint_id, CASE WHEN place_before IS NULL
                      OR (value, at) IS DISTINCT FROM (value_before, at_before) THEN from_at END,
                  coalesce(at, from_at) FROM pg_temp.intake_cell) i
    GROUP BY complaint_id),
now_so AS (
    SELECT c.complaint_id,
           coalesce(w.received_at, CASE WHEN c.received_known THEN c.received_at
                                        ELSE least(c.received_at, b.first_at) END) AS received_at,
           w.received_at IS NOT NULL OR c.received_known AS received_known,
           coalesce(w.title, c.title) AS title, coalesce(w.body, c.body) AS body,
           coalesce(u.customer_id, c.customer_id) AS customer_id, coalesce(w.details, c.details) AS details,
           b.stated_at
    FROM pg_temp.intake_restated JOIN facts.complaint c USING (complaint_id)
    LEFT JOIN wide w USING (complaint_id) LEFT JOIN bounds b USING (complaint_id)
    LEFT JOIN facts.customer u ON u.source = :source AND u.external_id = w.customer),
renewed AS (
    SELECT n.*, (n.received_at, n.customer_id) IS DISTINCT FROM (c.received_at, c.customer_id) AS is_moved,
           (n.title, n.body) IS DISTINCT FROM (c.title, c.body) AS is_reworded
    FROM now_so n JOIN facts.complaint c USING (complaint_id)
    WHERE (n.received_at, n.received_known, n.title, n.body, n.customer_id, n.details, n.stated_at)
        IS DISTINCT FROM (c.received_at, c.received_known, c.title, c.body, c.customer_id, c.details,
                          c.stated_at)),
written AS (
    UPDATE facts.complaint c SET received_at = n.received_at, received_known = n.received_known,
        title = n.title, body = n.body, customer_id = n.customer_id, details = n.details,
        stated_at = n.stated_at
    FROM renewed n WHERE c.complaint_id = n.complaint_id),
unread AS (
    INSERT INTO derived.unread_text (complaint_id, received_at)
    SELECT complaint_id, received_at FROM renewed WHERE is_reworded)
INSERT INTO pg_temp.intake_touched SELECT complaint_id FROM renewed WHERE is_moved
"""
# Milestones: another instant replaces the one before it unless it lies after all statements of that one, or
# that one itself did. A receipt is always replaced.
_REACHED = f"""
WITH changed AS (
    SELECT * FROM pg_temp.intake_cell WHERE key LIKE '%!%'
      AND (place_before IS NULL OR (value, at) IS DISTINCT FROM (value_before, at_before))),
moves AS (
    SELECT complaint_id, key, party_id, field, value, at, place, true AS is_so, from_at
    FROM changed WHERE at IS NOT NULL
    UNION ALL
    SELECT complaint_id, key, party_id, field, value_before, at_before, place, false, NULL
    FROM changed
    WHERE at_before IS NOT NULL AND (key = 'received!' OR at IS NULL OR at <= until_before
                                     OR at_before > until_before)),
judged AS (
    SELECT *, max(place) FILTER (WHERE NOT is_so) OVER (PARTITION BY complaint_id, key, value, at) AS undone
    FROM moves)
INSERT INTO pg_temp.intake_follows
SELECT complaint_id, party_id, field, at,
       {BASE} + CASE WHEN field = 'status' THEN CASE value {PLACE_OF_STATUS} ELSE 0 END ELSE 0 END, value,
       min(from_at)
FROM judged WHERE is_so AND place > coalesce(undone, -1)
GROUP BY complaint_id, party_id, field, at, value
"""
# States: at the instant since when, else at the statement's own. The first reaches back to receipt, unless
# the complaint waits or is over by it, or a log told of the field before. An instant since when takes the
# place of older statements after it; where the value is the same and it lies before them, of the older
# instant. What began at an instant was not so before: what was is not known.
_STATES = f"""
WITH logged AS MATERIALIZED (
    SELECT e.complaint_id, e.field::text AS field, min(e.happened_at) AS at
    FROM pg_temp.intake_restated t JOIN facts.complaint_event e USING (complaint_id)
    WHERE e.party_id = 0 AND e.origin = 'source' AND e.stated_at IS NULL AND e.retracted_at IS NULL
    GROUP BY 1, 2),
changed AS (
    SELECT c.*, value IS DISTINCT FROM value_before OR place_before IS NULL AS is_other
    FROM pg_temp.intake_cell c
    WHERE key !~ '[!=]' AND (place_before IS NULL OR value IS DISTINCT FROM value_before
                             OR at IS DISTINCT FROM at_before AND at IS NOT NULL)),
counted AS (
    SELECT c.*, count(*) FILTER (WHERE is_other) OVER (PARTITION BY complaint_id, key ORDER BY place) AS held,
           CASE WHEN c.at IS NOT NULL THEN least(c.at, from_at)
                WHEN place_before IS NOT NULL
                  OR key = 'status' AND value IN ({NOT_FROM_THE_START})
                  OR logged.at <= from_at
                THEN from_at END AS happened_at
    FROM changed c LEFT JOIN logged USING (complaint_id, field)),
kept AS (
    SELECT o.complaint_id, 0 AS party_id, o.field, coalesce(o.happened_at, c.received_at) AS happened_at,
           {BASE} + CASE WHEN o.happened_at IS NULL THEN 0 ELSE {LAST} END AS source_seq, o.value,
           min(o.from_at) AS stated_at,
           bool_or(o.place_before IS NULL AND o.at > c.received_at AND o.at <= o.from_at) AS is_since
    FROM counted o JOIN facts.complaint c USING (complaint_id)
    WHERE NOT EXISTS (
        SELECT FROM counted n WHERE n.complaint_id = o.complaint_id AND n.key = o.key AND n.place > o.place
          AND n.at IS NOT NULL AND (coalesce(o.happened_at, c.received_at) >= n.at
                                    OR n.held = o.held AND n.at <= n.until_before))
    GROUP BY 1, 2, 3, 4, 5, 6),
first AS (
    SELECT DISTINCT ON (complaint_id, field) * FROM kept
    ORDER BY complaint_id, field, happened_at, source_seq)
INSERT INTO pg_temp.intake_follows
SELECT complaint_id, party_id, field, happened_at, source_seq, value, stated_at FROM kept
UNION ALL
SELECT complaint_id, party_id, f.field, c.received_at, {BASE}, CASE f.field WHEN 'status' THEN 'received' END,
       f.stated_at
FROM first f JOIN facts.complaint c USING (complaint_id) WHERE is_since AND f.field <> 'parent'
"""
# A status that was reached is over by the first statement after it that still, or again, has another one.
_STATUS_HELD = f"""
WITH reached AS (
    SELECT f.complaint_id, f.value, f.happened_at, lead(f.happened_at) OVER (
               PARTITION BY f.complaint_id ORDER BY f.happened_at, f.source_seq, f.value DESC) AS until_at
    FROM pg_temp.intake_follows f
    WHERE f.field = 'status' AND f.complaint_id IN (
        SELECT complaint_id FROM pg_temp.intake_cell WHERE field = 'status' AND key <> 'status'))
INSERT INTO pg_temp.intake_follows
SELECT r.complaint_id, CAST(0 AS bigint), 'status', held.at, CAST({BASE + LAST} AS bigint), held.value,
       held.at
FROM reached r
CROSS JOIN LATERAL (
    SELECT * FROM (
        SELECT DISTINCT ON (p.at) p.at, s.cells -> 'status' ->> 0 AS value, s.cells -> 'status' ->> 1 AS since
        FROM facts.statement s, unnest(s.stated, s.turns) p (at, turn)
        WHERE s.complaint_id = r.complaint_id AND s.cells ? 'status'
          AND p.at >= r.happened_at AND (r.until_at IS NULL OR p.at < r.until_at)
        ORDER BY p.at, p.turn DESC) told
    WHERE since IS NULL AND value IS DISTINCT FROM r.value ORDER BY at LIMIT 1) held
"""
# With the board's own numbers of departments, regions, owners and parents.
_CODED = """
INSERT INTO pg_temp.intake_coded
SELECT f.complaint_id, f.party_id, f.field, f.happened_at, f.source_seq,
       CASE WHEN f.field IN ('department', 'requested')
                THEN CASE WHEN f.happened_at >= d.active_until THEN coalesce(d.merged_into, d.department_id)
                          ELSE d.department_id END::text
            WHEN f.field = 'region' THEN r.region_id::text
            WHEN f.field = 'owner' THEN a.agent_id::text
            WHEN f.field = 'parent' THEN nullif(p.complaint_id, f.complaint_id)::text
            ELSE f.value END, f.stated_at
FROM pg_temp.intake_follows f
LEFT JOIN facts.department d ON f.field IN ('department', 'requested') AND d.code = f.value
LEFT JOIN facts.region r ON f.field = 'region' AND r.code = f.value
LEFT JOIN facts.agent a ON f.field = 'owner' AND a.login = f.value
LEFT JOIN facts.complaint_ref p ON f.field = 'parent' AND p.source = :source AND p.external_id = f.value;
ANALYZE pg_temp.intake_coded;
"""
_STANDING = """
INSERT INTO pg_temp.intake_standing
SELECT e.complaint_id, e.party_id, e.field, e.happened_at, e.source_seq, e.value, e.stated_at
FROM pg_temp.intake_restated t
JOIN facts.complaint_event e ON e.complaint_id = t.complaint_id AND e.origin = 'source'
     AND e.stated_at IS NOT NULL AND e.retracted_at IS NULL AND e.field <> 'vanished';
ANALYZE pg_temp.intake_standing;
"""
_KEY = "complaint_id, party_id, field, happened_at, source_seq"
_RETRACT = f"""
WITH gone AS (
    UPDATE facts.complaint_event e SET retracted_at = :now
    FROM (SELECT {_KEY}, value, stated_at FROM pg_temp.intake_standing
          EXCEPT SELECT {_KEY}, value, stated_at FROM pg_temp.intake_coded) g
    WHERE e.complaint_id = g.complaint_id AND e.party_id = g.party_id
      AND e.field = CAST(g.field AS facts.observed) AND e.origin = 'source'
      AND e.happened_at = g.happened_at AND e.source_seq = g.source_seq AND e.retracted_at IS NULL
    RETURNING e.complaint_id)
INSERT INTO pg_temp.intake_touched SELECT complaint_id FROM gone
"""
_WRITE = f"""
WITH written AS (
    INSERT INTO facts.complaint_event ({_KEY}, value, stated_at, recorded_at, import_id)
    SELECT complaint_id, party_id, CAST(field AS facts.observed), happened_at, source_seq, value, stated_at,
           CAST(:now AS timestamptz), CAST(:import_id AS int)
    FROM (SELECT {_KEY}, value, stated_at FROM pg_temp.intake_coded
          EXCEPT SELECT {_KEY}, value, stated_at FROM pg_temp.intake_standing) new
    ORDER BY complaint_id ON CONFLICT DO NOTHING RETURNING complaint_id)
INSERT INTO pg_temp.intake_touched SELECT complaint_id FROM written
"""
_UPCOMING = """
INSERT INTO derived.upcoming (complaint_id, at)
SELECT DISTINCT complaint_id, happened_at FROM pg_temp.intake_coded
WHERE happened_at > :now AND party_id = 0 ON CONFLICT DO NOTHING
"""
