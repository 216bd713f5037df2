"""Alerts of a withdrawn policy version, which are withdrawn once their complaint is derived without it."""

from datetime import datetime

from sqlalchemy import Connection, text

# It remains where the deadline, as derived now, was due at that very instant while it ran. It is withdrawn
# if it crossed only by the withdrawn version, also if it was raised before the complaint was derived again.
_WITHDRAW_ALERTS = """
UPDATE journal.alert a SET withdrawn_at = :now
WHERE a.complaint_id = ANY (:ids) AND a.withdrawn_at IS NULL
  AND a.rule IN ('breached', 'at_risk', 'likely_breach', 'callback_overdue')
  AND EXISTS (SELECT FROM journal.policy_withdrawal w JOIN journal.policy_version v USING (version)
              WHERE a.decided_at BETWEEN v.applied_at AND w.withdrawn_at + interval '1 day')
  AND NOT EXISTS (
      SELECT FROM derived.deadline_span s
      WHERE s.complaint_id = a.complaint_id AND s.target = a.target AND s.party_id = a.party_id
        AND s.episode = a.episode AND s.due_at = CAST(a.reason ->> 'due_at' AS timestamptz)
        AND s.from_at <= a.decided_at AND (s.until_at IS NULL OR s.until_at > a.crossed_at)
        AND (a.rule <> 'at_risk' OR s.warn_at = a.crossed_at))
  AND NOT EXISTS (
      SELECT FROM derived.callback k
      WHERE a.subject LIKE 'callback:%' AND k.complaint_id = a.complaint_id AND k.kind = a.target
        AND k.episode = a.episode AND k.due_at = CAST(a.reason ->> 'due_at' AS timestamptz))
RETURNING a.alert_id
"""
# A digest is cancelled once all of its alerts are withdrawn (jobs/alerts/notify.py writes digests).
_CANCEL_DELIVERIES = """
UPDATE journal.delivery d SET state = 'cancelled'
FROM journal.alert a
WHERE d.alert_id = a.alert_id AND d.state = 'waiting' AND d.sent_at IS NULL
  AND a.withdrawn_at IS NOT NULL AND (
    d.digest_of = 0 AND a.alert_id = ANY (:withdrawn)
    OR d.digest_of > 0
    AND (a.rule, a.level, a.decided_at, a.found_late) IN (
        SELECT rule, level, decided_at, found_late FROM journal.alert WHERE alert_id = ANY (:withdrawn))
    AND NOT EXISTS (
        SELECT FROM journal.alert other
        WHERE other.decided_at = a.decided_at AND other.rule = a.rule AND other.level = a.level
          AND other.found_late = a.found_late AND other.withdrawn_at IS NULL))
"""


def any_policy_withdrawn(conn: Connection) -> bool:
    found: bool = conn.execute(text("SELECT EXISTS (SELECT FROM journal.policy_withdrawal)")).scalar_one()
    return found


def withdraw_alerts(conn: Connection, ids: list[int], now: datetime) -> int:
    """Of complaints that were just derived; returns how many alerts were withdrawn."""
    withdrawn = list(conn.execute(text(_WITHDRAW_ALERTS), {"ids": ids, "now": now}).scalars())
    if withdrawn:
        conn.execute(text(_CANCEL_DELIVERIES), {"withdrawn": withdrawn})
    return len(withdrawn)
