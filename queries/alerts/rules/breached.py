"""A deadline was neither met nor cancelled by its due time."""

from queries.alerts.rule import Rule, Texts
from queries.alerts.timers import DUE, taken, waiting

# One breach is one alert, whatever becomes of its tier or due time: the index alert_standing lets no second
# one stand beside it.
RULE = Rule(
    name="breached",
    label=Texts("breached", "已超时"),
    title=Texts("Breached: {target} of complaint {complaint}", "已超时：投诉 {complaint} 的{target}"),
    levels=("critical", "warning"),
    notify_levels=("critical", "warning"),
    repeats="when withdrawn",
    waiting=waiting(DUE),
    find=f"""{taken(DUE)},
found AS (
    SELECT format('deadline:%s:%s:%s:%s', complaint_id, target, party_id, episode) AS subject,
           CASE WHEN d.tier = 1 THEN 'critical' ELSE 'warning' END AS level, t.fire_at AS at,
           jsonb_build_object('started_at', d.started_at, 'due_at', d.due_at) AS reason,
           complaint_id, target, party_id, episode, d.tier, d.department_id, d.region_id
    FROM taken t JOIN derived.deadline d USING (complaint_id, target, party_id, episode)
    WHERE d.met_at IS NULL AND d.cancelled_at IS NULL AND t.fire_at = d.due_at
      AND d.excused_at IS NULL)""",
)
