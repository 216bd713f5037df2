"""Alerts by breach risk: on from `alert_from`, off below `alert_until`; in between, what is stays as it is.

The open alert is the memory: a subject that has one rings no second time, one that fell below rings anew as
the next occurrence. Deadlines of complaints and co-owners, and callbacks, that are due within `alert_within`.
"""

from datetime import datetime

from sqlalchemy import Connection, text

from config.risk import Risk
from queries.alerts.sweep import NEW, Alert, decided

_KEY = "complaint_id, target, party_id, episode"
# A row of risk may be a minute old: whether its deadline still runs is the deadline's to say.
_SOON = f"""
    (SELECT 'deadline' AS clock, {_KEY}, started_at, due_at, tier, department_id, region_id
     FROM derived.deadline WHERE met_at IS NULL AND cancelled_at IS NULL
     UNION ALL
     SELECT 'callback', complaint_id, kind, 0, episode, resolved_at, due_at, tier, department_id, region_id
     FROM derived.callback WHERE ended_at IS NULL) s
    LEFT JOIN derived.risk r USING ({_KEY})
    WHERE due_at >= :now AND due_at <= CAST(:now AS timestamptz) + make_interval(secs => :within)
"""

# p is a real: as one, 0.7 is not below 0.7.
_RING = f"""
WITH likely AS (
    SELECT format('%s:%s:%s:%s:%s', clock, complaint_id, target, party_id, episode) AS subject, s.*,
           r.p, r.k, r.n, r.level, r.curve_version, r.computed_at
    FROM {_SOON} AND p >= CAST(:alert_from AS real)),
crossed AS (
    SELECT 'likely_breach' AS rule, subject, 'warning' AS level, rung + 1 AS occurrence,
           greatest(computed_at, due_at - make_interval(secs => :within)) AS at,
           jsonb_build_object('started_at', started_at, 'due_at', due_at, 'p', p, 'k', k, 'n', n,
                              'similar', level, 'curve_version', curve_version) AS reason,
           {_KEY}, tier, department_id, region_id
    FROM likely l CROSS JOIN LATERAL (
        SELECT coalesce(max(occurrence), 0) AS rung,
               coalesce(bool_or(ended_at IS NULL AND withdrawn_at IS NULL), false) AS is_open
        FROM journal.alert a WHERE a.rule = 'likely_breach' AND a.subject = l.subject) before
    WHERE NOT is_open),
{NEW}
"""

# Without a number it goes on: less is known, nothing is better. Counted, so that each open alert looks up its
# own deadline: an anti-join was planned for the one open alert of quiet times, and took minutes for 8,000.
_END = f"""
UPDATE journal.alert a SET ended_at = :now
WHERE a.rule = 'likely_breach' AND a.ended_at IS NULL AND a.withdrawn_at IS NULL AND 0 = (
    SELECT count(*) FROM {_SOON} AND clock = split_part(a.subject, ':', 1)
        AND s.complaint_id = a.complaint_id AND s.target = a.target AND s.party_id = a.party_id
        AND s.episode = a.episode AND (p IS NULL OR p >= CAST(:alert_until AS real)))
"""


def ring(conn: Connection, limits: Risk, now: datetime) -> list[Alert]:
    """The alerts that are new."""
    return decided(conn, _RING, now, within=limits.alert_within, alert_from=limits.alert_from)


def end(conn: Connection, limits: Risk, now: datetime) -> int:
    """How many are over: less likely, no longer due so soon, paused or gone. What is met or breached has been
    ended by then, at its own instant (queries/alerts/sweep.py)."""
    values = {"now": now, "within": limits.alert_within, "alert_until": limits.alert_until}
    return conn.execute(text(_END), values).rowcount
