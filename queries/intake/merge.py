"""The SQL of the intake: the merge in its order, and the current state of the touched complaints."""

from queries.intake.facts import ENDED
from queries.intake.restate import NOT_FROM_THE_START

OVER = ", ".join(f"'{status}'" for status in sorted(ENDED))

# An instant outside the supported years, which no page could draw and no calendar reaches.
FIND_FAR_INSTANT_SQL = """
SELECT external_id, field, at::text FROM (
    SELECT external_id, 'received' AS field, received_at AS at FROM pg_temp.intake_complaint
    UNION ALL SELECT external_id, field, happened_at FROM pg_temp.intake_event
    UNION ALL SELECT external_id, field, CASE field WHEN 'promised' THEN value::timestamptz END
    FROM pg_temp.intake_event
    UNION ALL SELECT external_id, 'survey', sent_at FROM pg_temp.intake_survey
    UNION ALL SELECT external_id, 'answer', answered_at FROM pg_temp.intake_answer
    UNION ALL SELECT external_id, 'attempt', attempted_at FROM pg_temp.intake_attempt
    UNION ALL SELECT external_id, 'attempt', call_again_at FROM pg_temp.intake_attempt
    UNION ALL SELECT external_id, 'booking', unnest(ARRAY[booked_at, starts_at]) FROM pg_temp.intake_booking
    UNION ALL SELECT external_id, 'statement', unnest(ARRAY[earliest, latest]) FROM pg_temp.intake_snapshot
    UNION ALL SELECT external_id, 'promised', (cells -> 'promised' ->> 0)::timestamptz
    FROM pg_temp.intake_snapshot) given
WHERE at < :earliest OR at >= :latest LIMIT 1
"""

# What is staged of a log, with the board's own numbers.
OBSERVED = """
SELECT i.complaint_id, e.party_id, e.field, e.happened_at, e.source_seq,
       CASE WHEN e.field IN ('department', 'requested')
                THEN CASE WHEN e.happened_at >= d.active_until
                          THEN coalesce(d.merged_into, d.department_id) ELSE d.department_id END::text
            WHEN e.field = 'region' THEN r.region_id::text
            WHEN e.field = 'owner' THEN a.agent_id::text
            WHEN e.field = 'parent' THEN nullif(p.complaint_id, i.complaint_id)::text
            ELSE e.value END AS value
FROM pg_temp.intake_event e
JOIN pg_temp.intake_id i USING (external_id)
LEFT JOIN facts.department d ON e.field IN ('department', 'requested') AND d.code = e.value
LEFT JOIN facts.region r ON e.field = 'region' AND r.code = e.value
LEFT JOIN facts.agent a ON e.field = 'owner' AND a.login = e.value
LEFT JOIN facts.complaint_ref p ON e.field = 'parent' AND p.source = :source AND p.external_id = e.value
WHERE e.field <> 'unread'
"""

OF_A_FILE = ("texts_of_no_file", "texts_of_the_file")  # steps of what can be taken back

# Run in this order. Rows of complaints that exist are locked in id order before any of their facts is read,
# so that two intakes, or an intake and a deriver, never see half of each other's work.
MERGE = {
    "source": """
        INSERT INTO facts.source (source, time_zone, milestones) VALUES (:source, :zone, :milestones)
        ON CONFLICT (source) DO UPDATE SET milestones = EXCLUDED.milestones, time_zone = EXCLUDED.time_zone
        WHERE (facts.source.milestones, facts.source.time_zone)
            IS DISTINCT FROM (EXCLUDED.milestones, EXCLUDED.time_zone)
    """,
    "departments": """
        INSERT INTO facts.department (code, name_en, name_zh, is_unknown)
        SELECT DISTINCT value, value, value, true FROM pg_temp.intake_event e
        WHERE field IN ('department', 'requested') AND value IS NOT NULL
          AND NOT EXISTS (SELECT FROM facts.department d WHERE d.code = e.value)
        ORDER BY 1 ON CONFLICT DO NOTHING
    """,
    "regions": """
        INSERT INTO facts.region (code, level, name_en, name_zh, time_zone, is_unknown)
        SELECT DISTINCT value, 'province', value, value, :zone, true FROM pg_temp.intake_event e
        WHERE field = 'region' AND value IS NOT NULL
          AND NOT EXISTS (SELECT FROM facts.region r WHERE r.code = e.value)
        ORDER BY 1 ON CONFLICT DO NOTHING
    """,
    "agents": """
        INSERT INTO facts.agent (login, name_en, name_zh, is_unknown)
        SELECT DISTINCT value, value, value, true FROM pg_temp.intake_event e
        WHERE field = 'owner' AND value IS NOT NULL
          AND NOT EXISTS (SELECT FROM facts.agent a WHERE a.login = e.value)
        ORDER BY 1 ON CONFLICT DO NOTHING
    """,
    "customers": """
        INSERT INTO facts.customer (source, external_id, masked_name, masked_phone, phone_hash, value)
        SELECT DISTINCT ON (external_id) :source, external_id, masked_name, masked_phone, phone_hash, value
        FROM pg_temp.intake_customer ORDER BY external_id
        ON CONFLICT (source, external_id) DO UPDATE SET masked_name = EXCLUDED.masked_name,
            masked_phone = EXCLUDED.masked_phone, phone_hash = EXCLUDED.phone_hash, value = EXCLUDED.value
        WHERE (facts.customer.masked_name, facts.customer.masked_phone, facts.customer.phone_hash,
               facts.customer.value) IS DISTINCT FROM
              (EXCLUDED.masked_name, EXCLUDED.masked_phone, EXCLUDED.phone_hash, EXCLUDED.value)
    """,
    # In parts, so that no array grows with the file.
    "personal": """
        SELECT facts.keep_personal(
            array_agg(customer_id ORDER BY customer_id), array_agg(name ORDER BY customer_id),
            array_agg(phone ORDER BY customer_id), array_agg(address ORDER BY customer_id))
        FROM (
            SELECT *, row_number() OVER (ORDER BY customer_id) / 5000 AS part FROM (
                SELECT DISTINCT ON (c.customer_id) c.customer_id, d.name, d.phone, d.address
                FROM pg_temp.intake_customer d
                JOIN facts.customer c ON c.source = :source AND c.external_id = d.external_id
                ORDER BY c.customer_id) told) numbered
        GROUP BY part ORDER BY part
    """,
    "seen": """
        INSERT INTO pg_temp.intake_id (external_id, received_at)
        SELECT external_id, min(received_at) FROM (
            SELECT external_id, received_at FROM pg_temp.intake_complaint
            UNION ALL SELECT external_id, NULL FROM pg_temp.intake_event
            UNION ALL SELECT external_id, NULL FROM pg_temp.intake_survey
            UNION ALL SELECT external_id, NULL FROM pg_temp.intake_answer
            UNION ALL SELECT external_id, NULL FROM pg_temp.intake_attempt
            UNION ALL SELECT external_id, NULL FROM pg_temp.intake_booking
            UNION ALL SELECT external_id, NULL FROM pg_temp.intake_snapshot) seen
        GROUP BY external_id
    """,
    "refs": """
        INSERT INTO facts.complaint_ref (source, external_id)
        SELECT :source, external_id FROM (
            SELECT external_id FROM pg_temp.intake_id
            UNION SELECT value FROM pg_temp.intake_event WHERE field = 'parent' AND value IS NOT NULL) d
        WHERE NOT EXISTS (SELECT FROM facts.complaint_ref r
                          WHERE r.source = :source AND r.external_id = d.external_id)
        ORDER BY external_id ON CONFLICT DO NOTHING
    """,
    "ids": """
        UPDATE pg_temp.intake_id d SET complaint_id = r.complaint_id
        FROM facts.complaint_ref r WHERE r.source = :source AND r.external_id = d.external_id;
        ANALYZE pg_temp.intake_id;
    """,
    "lock": """
        SELECT FROM facts.complaint WHERE complaint_id IN (SELECT complaint_id FROM pg_temp.intake_id)
        ORDER BY complaint_id FOR NO KEY UPDATE
    """,
    # Texts that a file gives, so that it can be taken back; what stood before any file is no file's.
    "texts_of_no_file": """
        INSERT INTO facts.told_text (complaint_id, digest, imports, title, body, customer_id)
        SELECT complaint_id, md5(jsonb_build_array(c.title, c.body, customer_id)::text)::uuid, '{0}', c.title,
               c.body, customer_id
        FROM facts.complaint c JOIN pg_temp.intake_id i USING (complaint_id)
        WHERE c.stated_at IS NULL
          AND num_nonnulls(c.title, c.body, customer_id) > 0
          AND NOT EXISTS (SELECT FROM facts.told_text t WHERE t.complaint_id = c.complaint_id)
          AND i.external_id IN (SELECT external_id FROM pg_temp.intake_complaint)
        ON CONFLICT DO NOTHING
    """,
    "texts_of_the_file": """
        INSERT INTO facts.told_text AS t (complaint_id, digest, imports, title, body, customer_id)
        SELECT i.complaint_id, md5(jsonb_build_array(g.title, g.body, u.customer_id)::text)::uuid,
               ARRAY[CAST(:import_id AS int)], g.title, g.body, u.customer_id
        FROM (SELECT DISTINCT ON (external_id) external_id, title, body, customer
              FROM pg_temp.intake_complaint ORDER BY external_id, received_at) g
        JOIN pg_temp.intake_id i USING (external_id)
        LEFT JOIN facts.customer u ON u.source = :source AND u.external_id = g.customer
        WHERE num_nonnulls(g.title, g.body, u.customer_id) > 0
        ORDER BY i.complaint_id
        ON CONFLICT (complaint_id, digest) DO UPDATE SET imports = t.imports || EXCLUDED.imports
    """,
    "complaints": """
        WITH first_seen AS (
            SELECT external_id, min(happened_at) AS at FROM (
                SELECT external_id, happened_at FROM pg_temp.intake_event
                UNION ALL SELECT external_id, sent_at FROM pg_temp.intake_survey
                UNION ALL SELECT external_id, answered_at FROM pg_temp.intake_answer
                UNION ALL SELECT external_id, attempted_at FROM pg_temp.intake_attempt
                UNION ALL SELECT external_id, booked_at FROM pg_temp.intake_booking) seen
            GROUP BY external_id),
        stated AS (
            SELECT DISTINCT ON (external_id) external_id, stated_at,
                   (cells -> 'received!' ->> 1)::timestamptz AS received_at
            FROM pg_temp.intake_snapshot ORDER BY external_id, stated_at, place),
        given AS (
            SELECT DISTINCT ON (external_id) external_id, title, body, customer FROM pg_temp.intake_complaint
            ORDER BY external_id, received_at),
        written AS (
            INSERT INTO facts.complaint AS c (complaint_id, source, external_id, received_at, received_known,
                                              recorded_at, is_history, customer_id, title, body)
            SELECT d.complaint_id, :source, d.external_id,
                   coalesce(d.received_at, s.received_at, least(f.at, s.stated_at)),
                   coalesce(d.received_at, s.received_at) IS NOT NULL, :now, :is_history,
                   customer.customer_id, t.title, t.body
            FROM pg_temp.intake_id d
            LEFT JOIN first_seen f USING (external_id)
            LEFT JOIN stated s USING (external_id)
            LEFT JOIN given t USING (external_id)
            LEFT JOIN facts.customer customer
                   ON customer.source = :source AND customer.external_id = t.customer
            -- What is stated of a known one is compared by itself (queries/intake/restate.py).
            LEFT JOIN facts.complaint k ON k.complaint_id = d.complaint_id
            WHERE d.received_at IS NOT NULL OR f.at IS NOT NULL OR k.complaint_id IS NULL
            ORDER BY d.complaint_id
            ON CONFLICT (complaint_id) DO UPDATE SET
                received_at = CASE
                    WHEN c.stated_at IS NOT NULL AND c.received_known THEN c.received_at
                    WHEN c.received_known = EXCLUDED.received_known
                        THEN least(c.received_at, EXCLUDED.received_at)
                    WHEN EXCLUDED.received_known THEN EXCLUDED.received_at
                    ELSE c.received_at END,
                received_known = c.received_known OR EXCLUDED.received_known,
                customer_id = coalesce(c.customer_id, EXCLUDED.customer_id),
                title = coalesce(c.title, EXCLUDED.title), body = coalesce(c.body, EXCLUDED.body)
            WHERE (EXCLUDED.received_known AND NOT c.received_known)
               OR (EXCLUDED.received_known = c.received_known AND EXCLUDED.received_at < c.received_at
                   AND NOT (c.stated_at IS NOT NULL AND c.received_known))
               OR (c.customer_id IS NULL AND EXCLUDED.customer_id IS NOT NULL)
               OR (c.title IS NULL AND EXCLUDED.title IS NOT NULL)
               OR (c.body IS NULL AND EXCLUDED.body IS NOT NULL)
            RETURNING complaint_id)
        INSERT INTO pg_temp.intake_touched SELECT complaint_id FROM written
    """,
    # facts.complaint keeps the earliest reception; each one reported is also an observation like any other.
    "receptions": """
        INSERT INTO facts.complaint_event (complaint_id, field, happened_at, recorded_at, import_id)
        SELECT DISTINCT i.complaint_id, CAST('received' AS facts.observed), c.received_at,
               CAST(:now AS timestamptz), CAST(:import_id AS int)
        FROM pg_temp.intake_complaint c JOIN pg_temp.intake_id i USING (external_id)
        ON CONFLICT DO NOTHING
    """,
    "texts": """
        INSERT INTO derived.unread_text (complaint_id, received_at)
        SELECT c.complaint_id, c.received_at
        FROM pg_temp.intake_id d JOIN facts.complaint c USING (complaint_id)
        LEFT JOIN derived.text_signal s USING (complaint_id)
        WHERE d.external_id IN (SELECT external_id FROM pg_temp.intake_complaint
                                WHERE title IS NOT NULL OR body IS NOT NULL)
          AND s.characters IS DISTINCT FROM
              length(coalesce(c.title, '')) + length(coalesce(c.body, ''))
    """,
    "events": f"""
        WITH written AS (
            INSERT INTO facts.complaint_event (complaint_id, party_id, field, happened_at, source_seq, value,
                                               recorded_at, import_id)
            SELECT complaint_id, party_id, CAST(field AS facts.observed), happened_at, source_seq, value,
                   :now, CAST(:import_id AS int)
            FROM ({OBSERVED}) observed
            ON CONFLICT DO NOTHING
            RETURNING complaint_id)
        INSERT INTO pg_temp.intake_touched SELECT complaint_id FROM written
    """,
    "upcoming": """
        INSERT INTO derived.upcoming (complaint_id, at)
        SELECT DISTINCT i.complaint_id, e.happened_at
        FROM pg_temp.intake_event e JOIN pg_temp.intake_id i USING (external_id)
        WHERE e.happened_at > :now AND e.party_id = 0 ON CONFLICT DO NOTHING
    """,
}

# Equal neighbours of one origin tell nothing new: a source repeating itself does not undo a correction. What
# is to come is not so yet (derived.upcoming), except for a first known value, which reaches back. With a
# parent, or missing at its source, its status is that, unless it had ended before and stayed so. {touched}
# gives the complaint_ids to look at.
_CURRENT_STATE = f"""
WITH touched AS ({{touched}}),
observed AS (
    SELECT e.complaint_id, e.field, e.value, e.happened_at, e.source_seq, e.origin,
           lag(ROW (e.value)) OVER (PARTITION BY e.complaint_id, e.field, e.origin
                                    ORDER BY e.happened_at, e.source_seq)
               IS NOT DISTINCT FROM ROW (e.value) AS repeated
    FROM facts.complaint_event e
    JOIN touched t USING (complaint_id)
    WHERE e.party_id = 0 AND e.retracted_at IS NULL
      AND e.field IN ('status', 'tier', 'department', 'owner', 'region', 'category', 'channel', 'product',
                      'promised', 'parent', 'vanished')),
last AS (
    SELECT DISTINCT ON (complaint_id, field) complaint_id, field, value, happened_at FROM observed
    WHERE NOT repeated AND (happened_at <= :now OR field NOT IN ('parent', 'vanished')
                            AND (field <> 'status' OR value NOT IN ({NOT_FROM_THE_START})))
    ORDER BY complaint_id, field, happened_at <= :now DESC,
             CASE WHEN happened_at <= :now THEN happened_at END DESC, happened_at, source_seq DESC, origin),
left_out AS (
    SELECT l.complaint_id, l.field, coalesce(
        bool_and(s.value IN ({OVER})) FILTER (WHERE s.happened_at >= l.happened_at), true)
        AND coalesce((array_agg(s.value ORDER BY s.happened_at DESC, s.source_seq DESC, s.origin)
                      FILTER (WHERE s.happened_at < l.happened_at))[1] IN ({OVER}), false) AS ended_before
    FROM last l LEFT JOIN observed s
      ON s.complaint_id = l.complaint_id AND s.field = 'status' AND NOT s.repeated AND s.happened_at <= :now
    WHERE l.field IN ('parent', 'vanished') AND l.value IS NOT NULL
    GROUP BY l.complaint_id, l.field),
shown AS (
    SELECT complaint_id, min(CASE field WHEN 'parent' THEN 'merged' ELSE 'vanished' END) AS status
    FROM left_out WHERE NOT ended_before GROUP BY complaint_id),
wide AS (
    SELECT t.complaint_id,
           max(value) FILTER (WHERE field = 'status') AS status,
           max(value) FILTER (WHERE field = 'tier')::smallint AS tier,
           max(value) FILTER (WHERE field = 'department')::int AS department_id,
           max(value) FILTER (WHERE field = 'owner')::int AS owner_id,
           max(value) FILTER (WHERE field = 'region')::int AS region_id,
           max(value) FILTER (WHERE field = 'category') AS category,
           max(value) FILTER (WHERE field = 'channel') AS channel,
           max(value) FILTER (WHERE field = 'product') AS product,
           max(value) FILTER (WHERE field = 'promised')::timestamptz AS promised_at,
           max(value) FILTER (WHERE field = 'parent')::bigint AS parent_id,
           max(happened_at) FILTER (WHERE field = 'vanished') AS vanished_at
    FROM touched t LEFT JOIN last USING (complaint_id) GROUP BY t.complaint_id ORDER BY t.complaint_id)
UPDATE facts.complaint c
SET status = coalesce(s.status, w.status, 'received'), tier = w.tier, department_id = w.department_id,
    owner_id = w.owner_id, region_id = w.region_id, category = w.category, channel = w.channel,
    product = w.product, promised_at = w.promised_at, parent_id = w.parent_id, vanished_at = w.vanished_at
FROM wide w LEFT JOIN shown s USING (complaint_id) WHERE c.complaint_id = w.complaint_id
"""

CURRENT_STATE = _CURRENT_STATE.format(touched="SELECT DISTINCT complaint_id FROM pg_temp.intake_touched")
CURRENT_STATE_OF = _CURRENT_STATE.format(touched="SELECT unnest(CAST(:ids AS bigint[])) AS complaint_id")

# One of which nothing stands any more keeps its row, without instants.
_CURRENT_REQUESTS = """
WITH touched AS ({touched})
INSERT INTO facts.co_owner_request AS q (complaint_id, request_id, department_id, requested_at, responded_at,
                                         opinion_at, cancelled_at)
SELECT e.complaint_id, e.party_id, max(e.value) FILTER (WHERE e.field = 'requested')::int,
       min(e.happened_at) FILTER (WHERE e.field = 'requested'),
       min(e.happened_at) FILTER (WHERE e.field = 'responded'),
       min(e.happened_at) FILTER (WHERE e.field = 'opinion'),
       min(e.happened_at) FILTER (WHERE e.field = 'cancelled')
FROM (
    SELECT complaint_id, party_id, field, value, happened_at
    FROM facts.complaint_event JOIN touched USING (complaint_id)
    WHERE party_id <> 0 AND retracted_at IS NULL
    UNION ALL
    SELECT complaint_id, request_id, NULL, NULL, NULL
    FROM facts.co_owner_request JOIN touched USING (complaint_id)) e
GROUP BY e.complaint_id, e.party_id ORDER BY 1, 2
ON CONFLICT (complaint_id, request_id) DO UPDATE
SET department_id = EXCLUDED.department_id, requested_at = EXCLUDED.requested_at,
    responded_at = EXCLUDED.responded_at, opinion_at = EXCLUDED.opinion_at,
    cancelled_at = EXCLUDED.cancelled_at
"""

CURRENT_REQUESTS = _CURRENT_REQUESTS.format(
    touched="SELECT DISTINCT complaint_id FROM pg_temp.intake_touched"
)
CURRENT_REQUESTS_OF = _CURRENT_REQUESTS.format(
    touched="SELECT unnest(CAST(:ids AS bigint[])) AS complaint_id"
)
CURRENT = (CURRENT_STATE, CURRENT_REQUESTS)

# What is stated again is no longer taken back.
GIVEN_AGAIN_SQL = """
UPDATE facts.complaint c SET taken_back_at = NULL FROM pg_temp.intake_touched t
WHERE c.complaint_id = t.complaint_id AND c.taken_back_at IS NOT NULL
"""

FIND_REACHED_SQL = """
SELECT DISTINCT complaint_id FROM derived.upcoming WHERE at <= :now ORDER BY complaint_id LIMIT :most
"""
FORGET_REACHED_SQL = "DELETE FROM derived.upcoming WHERE complaint_id = ANY (:ids) AND at <= :now"
LOCK_SQL = """
SELECT FROM facts.complaint WHERE complaint_id = ANY (:ids) ORDER BY complaint_id FOR NO KEY UPDATE
"""

MARK_DIRTY_SQL = """
INSERT INTO derived.dirty (complaint_id) SELECT DISTINCT complaint_id FROM pg_temp.intake_touched
"""

UPSERT_FEED_SQL = """
INSERT INTO journal.feed AS f (source, heard_at, fact_at, expected_every)
VALUES (:source, :now, (SELECT max(at) FROM (SELECT happened_at AS at FROM pg_temp.intake_event
    UNION ALL SELECT stated_at FROM pg_temp.intake_snapshot) i), :expected_every)
ON CONFLICT (source) DO UPDATE SET heard_at = greatest(f.heard_at, EXCLUDED.heard_at),
    fact_at = greatest(f.fact_at, EXCLUDED.fact_at),
    expected_every = coalesce(EXCLUDED.expected_every, f.expected_every)
"""
