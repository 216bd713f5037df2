"""A deadline has used most of its time."""

from queries.alerts.rule import Rule, Texts
from queries.alerts.timers import WARN, taken, waiting

# Tier 1 is one level more urgent, but not to warn of what has a number: its breach risk tells of it
# (likely_breach.py).
RULE = Rule(
    name="at_risk",
    label=Texts("at risk", "临期"),
    title=Texts("At risk: {target} of complaint {complaint}", "临期：投诉 {complaint} 的{target}"),
    levels=("warning", "info"),
    notify_levels=("warning",),
    repeats="at another level",
    is_warning=True,
    waiting=waiting(WARN),
    find=f"""{taken(WARN)},
found AS (
    SELECT format('deadline:%s:%s:%s:%s', complaint_id, target, party_id, episode) AS subject,
           CASE WHEN d.tier = 1 AND p IS NULL THEN 'warning' ELSE 'info' END AS level, t.fire_at AS at,
           jsonb_build_object('started_at', d.started_at, 'due_at', d.due_at) AS reason,
           complaint_id, target, party_id, episode, d.tier, d.department_id, d.region_id
    FROM taken t JOIN derived.deadline d USING (complaint_id, target, party_id, episode)
    LEFT JOIN derived.risk r USING (complaint_id, target, party_id, episode)
    WHERE d.met_at IS NULL AND d.cancelled_at IS NULL AND t.fire_at = d.warn_at AND d.due_at > :now
      AND NOT (p IS NOT NULL AND EXISTS (
        SELECT FROM journal.alert a WHERE a.rule = 'at_risk' AND a.complaint_id = t.complaint_id
        AND a.target = t.target AND a.party_id = t.party_id AND a.episode = t.episode
        AND a.withdrawn_at IS NULL)))""",
)
