"""What became of the alerts of deadlines and callbacks: by the complaints derived since the last look.

Deriving writes a complaint's number to derived.unsettled in its own commit. From that commit on its deadlines
say what its alerts are: over, never so, or missing.
"""

from datetime import datetime

from sqlalchemy import Connection, text

from queries.alerts.rule import LATE_SECONDS
from queries.db import SPEED

# Deadlines and callbacks under the names that alerts have.
_CLOCKS = """
    (SELECT format('deadline:%s:%s:%s:%s', complaint_id, target, party_id, episode) AS subject,
            'breached' AS rule, complaint_id, target, party_id, episode, tier, department_id, region_id,
            started_at, due_at, coalesce(met_at, cancelled_at) AS ended_at, excused_at
     FROM derived.deadline WHERE complaint_id = ANY (:ids)
     UNION ALL
     SELECT format('callback:%s:%s:0:%s', complaint_id, kind, episode), 'callback_overdue', complaint_id,
            kind, 0, episode, tier, department_id, region_id, resolved_at, due_at, ended_at, NULL
     FROM derived.callback WHERE complaint_id = ANY (:ids))
"""

_TAKE = """
DELETE FROM derived.unsettled WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM derived.unsettled LIMIT :limit FOR UPDATE SKIP LOCKED)) RETURNING complaint_id
"""

# A breach that had ended before a sweep saw it: written down as over, nobody is notified. Not what an import
# of history brought.
_OVER = f"""
INSERT INTO journal.alert (rule, subject, level, occurrence, decided_at, crossed_at, found_late, reason,
                           complaint_id, target, party_id, episode, tier, department_id, region_id, ended_at)
SELECT rule, subject, CASE WHEN rule = 'callback_overdue' THEN 'info' WHEN t.tier = 1 THEN 'critical'
                           ELSE 'warning' END,
       (SELECT coalesce(max(a.occurrence), 0) + 1 FROM journal.alert a
        WHERE a.rule = t.rule AND a.subject = t.subject),
       :now, due_at, :now - due_at > make_interval(secs => :late * {SPEED}),
       jsonb_build_object('started_at', started_at, 'due_at', due_at), t.complaint_id, target, party_id,
       episode, t.tier, t.department_id, t.region_id, ended_at
FROM {_CLOCKS} t JOIN facts.complaint c USING (complaint_id)
WHERE ended_at > due_at AND due_at <= :now AND (NOT c.is_history OR due_at > c.recorded_at)
ORDER BY subject
ON CONFLICT DO NOTHING
"""

# Its deadline is gone, or was not breached after all: withdrawn. Else it is over when its deadline is or is
# excused, and open again where what had ended it was taken back; a warning that is over stays so.
_SETTLE = f"""
UPDATE journal.alert a SET ended_at = v.over_at, withdrawn_at = CASE WHEN is_so THEN NULL ELSE :now END
FROM (
    SELECT o.alert_id, s.subject IS NOT NULL AND (
               o.rule NOT IN ('breached', 'callback_overdue')
               OR coalesce(s.due_at < s.ended_at, s.due_at <= :now, false)) AS is_so,
           CASE WHEN o.rule IN ('breached', 'callback_overdue') AND s.subject IS NOT NULL
                THEN least(s.ended_at, s.excused_at)
                ELSE coalesce(o.ended_at, s.ended_at) END AS over_at
    FROM journal.alert o LEFT JOIN {_CLOCKS} s USING (complaint_id, subject)
    WHERE o.complaint_id = ANY (:ids) AND o.withdrawn_at IS NULL
      AND (o.subject LIKE 'deadline:%' OR o.subject LIKE 'callback:%')
    ORDER BY o.alert_id FOR NO KEY UPDATE OF o) v
WHERE a.alert_id = v.alert_id AND (NOT is_so OR a.ended_at IS DISTINCT FROM v.over_at)
"""


def settle(conn: Connection, now: datetime, limit: int = 5_000) -> int:
    """Of complaints derived since: returns how many were looked at.

    A sweep that raises an alert at this moment holds the timer, for which deriving waits: what it derived
    was written after the alert, so that no alert is missed here.
    """
    ids = sorted(set(conn.execute(text(_TAKE), {"limit": limit}).scalars()))
    if ids:
        values = {"ids": ids, "now": now, "late": LATE_SECONDS}
        conn.execute(text(_OVER), values)
        conn.execute(text(_SETTLE), values)
    return len(ids)
