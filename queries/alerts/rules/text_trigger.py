"""The text of a complaint proposes tier 1. Each text is decided on once."""

from queries.alerts.rule import OPEN, Rule, Texts
from queries.texts.proposals import STILL_PROPOSED

# The alert carries the group of words; never the text, nor its words.
RULE = Rule(
    name="text_trigger",
    label=Texts("proposed for tier 1", "建议升为一级"),
    title=Texts(
        "Proposed for tier 1: complaint {complaint} ({target})",
        "建议升为一级：投诉 {complaint}（{target}）",
    ),
    levels=("warning",),
    notify_levels=("warning",),
    repeats="never",
    find=f"""
looked AS (
    UPDATE derived.text_signal SET is_decided = true WHERE complaint_id = ANY (ARRAY (
        SELECT complaint_id FROM derived.text_signal WHERE cardinality(triggers) > 0 AND NOT is_decided
        ORDER BY complaint_id LIMIT :batch FOR UPDATE SKIP LOCKED))
    RETURNING complaint_id, triggers),
found AS (
    SELECT format('text:%s', complaint_id) AS subject, 'warning' AS level, c.received_at AS at,
           jsonb_build_object('groups', l.triggers) AS reason, complaint_id, l.triggers[1] AS target,
           NULL::bigint AS party_id, NULL::smallint AS episode, c.tier, c.department_id, c.region_id
    FROM looked l JOIN facts.complaint c USING (complaint_id)
    WHERE NOT c.is_history AND {STILL_PROPOSED})""",
    end=f"""
UPDATE journal.alert a SET ended_at = :now FROM facts.complaint c
WHERE {OPEN} AND a.rule = 'text_trigger' AND c.complaint_id = a.complaint_id AND NOT ({STILL_PROPOSED})""",
)
