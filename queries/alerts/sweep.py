"""What all rules share: a warning ends with its breach, and messages that became pointless are cancelled."""

from datetime import datetime

from sqlalchemy import Connection, text

from queries.alerts import rules
from queries.alerts.rule import OPEN, end

# By the index of open alerts.
_END_WARNINGS = f"""
UPDATE journal.alert a SET ended_at = :now
WHERE {OPEN} AND a.rule = ANY (:warnings) AND 0 < (
    SELECT count(*) FROM journal.alert b WHERE b.subject = a.subject AND b.withdrawn_at IS NULL
    AND b.rule = CASE WHEN a.subject LIKE 'callback:%' THEN 'callback_overdue' ELSE 'breached' END)
"""
# Over, a warning that was not sent yet is pointless; so is whatever turned out not to be so.
_CANCEL = """
UPDATE journal.delivery d SET state = 'cancelled' FROM journal.alert a
WHERE d.alert_id = a.alert_id AND d.state = 'waiting' AND d.digest_of = 0 AND d.sent_at IS NULL
  AND (a.rule = ANY (:warnings) AND a.ended_at IS NOT NULL OR a.withdrawn_at IS NOT NULL)
"""


def end_warnings(conn: Connection, now: datetime) -> int:
    """Of what has breached meanwhile; returns how many."""
    return conn.execute(text(_END_WARNINGS), {"now": now, "warnings": _warnings()}).rowcount


def end_alerts(conn: Connection, now: datetime) -> int:
    """Of all rules of the sweep, and the messages of what is over."""
    ended = end_warnings(conn, now) + sum(end(conn, one, now) for one in rules.RULES if one.job == "sweep")
    cancel_pointless(conn)
    return ended


def cancel_pointless(conn: Connection) -> int:
    """Messages that wait and are no longer worth sending."""
    return conn.execute(text(_CANCEL), {"warnings": _warnings()}).rowcount


def _warnings() -> list[str]:
    return [one.name for one in rules.RULES if one.is_warning]
