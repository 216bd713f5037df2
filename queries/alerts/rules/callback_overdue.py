"""A callback had not ended by its due time."""

from queries.alerts.rule import Rule, Texts
from queries.alerts.timers import CALLBACK_DUE, taken, waiting

RULE = Rule(
    name="callback_overdue",
    label=Texts("callback overdue", "回访逾期"),
    title=Texts("Callback overdue: complaint {complaint}", "回访逾期：投诉 {complaint}"),
    levels=("info",),
    notify_levels=(),
    repeats="when withdrawn",
    waiting=waiting(CALLBACK_DUE),
    find=f"""{taken(CALLBACK_DUE)},
found AS (
    SELECT format('callback:%s:%s:%s:%s', t.complaint_id, target, party_id, t.episode) AS subject,
           'info' AS level, t.fire_at AS at,
           jsonb_build_object('started_at', k.resolved_at, 'due_at', k.due_at) AS reason,
           t.complaint_id, target, party_id, t.episode, k.tier, k.department_id, k.region_id
    FROM taken t JOIN derived.callback k
      ON k.complaint_id = t.complaint_id AND k.kind = t.target AND k.episode = t.episode
    WHERE k.ended_at IS NULL AND t.fire_at = k.due_at)""",
)
