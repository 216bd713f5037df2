"""What the daily roll-ups count, defined once: every flow of the board as an instant with its dimensions."""

from queries.days import DAY

# {0}: prefix of the derived tables, either the tables themselves or those staged by a batch.
_FLOWS = """
SELECT complaint_id, happened_at AS at, milestone AS flow, region_id, department_id, tier, channel,
       NULL::float AS score, NULL::smallint AS nps
FROM {0}milestone WHERE milestone IN ('received', 'resolved') AND NOT merged
UNION ALL
SELECT complaint_id, from_at, 'entered', region_id, department_id, tier, channel, NULL, NULL
FROM {0}stint WHERE counts_as_open
UNION ALL
SELECT complaint_id, until_at, 'departed', region_id, department_id, tier, channel, NULL, NULL
FROM {0}stint WHERE counts_as_open AND until_at IS NOT NULL
UNION ALL
SELECT complaint_id, due_at,
       CASE WHEN coalesce(met_at, cancelled_at) <= due_at THEN 'due' ELSE 'breached' END,
       region_id, department_id, tier, channel, NULL, NULL
FROM {0}deadline WHERE due_at IS NOT NULL AND (cancelled_at IS NULL OR cancelled_at > due_at)
UNION ALL
SELECT complaint_id, sent_at, 'sent', region_id, department_id, tier, channel, NULL, NULL FROM {0}survey
UNION ALL
SELECT complaint_id, answered_at, 'answered', region_id, department_id, tier, channel, score, nps
FROM {0}survey WHERE answered_at IS NOT NULL
"""

STAGED = _FLOWS.format("pg_temp.new_")

# As an array, the batch reaches the index of each branch of the view; joined, all of history would be read.
MARK_MOVED_DAYS = f"""
WITH old AS (SELECT f.* FROM derived.flow f
             WHERE f.complaint_id = ANY (ARRAY (SELECT complaint_id FROM pg_temp.batch_id))),
new AS ({STAGED}),
moved AS ((TABLE old EXCEPT TABLE new) UNION ALL (TABLE new EXCEPT TABLE old))
INSERT INTO derived.dirty_day (day)
SELECT DISTINCT {DAY} FROM moved f LEFT JOIN facts.region r USING (region_id)
"""

MARK_DAYS = f"""
INSERT INTO derived.dirty_day (day)
SELECT DISTINCT {DAY} FROM derived.flow f LEFT JOIN facts.region r USING (region_id)
WHERE f.complaint_id = ANY (:ids)
"""
