"""What has crossed: timers taken, alerts decided, deliveries laid down, in the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from queries.db import SPEED, rows_of
from queries.intake.feeds import IS_SILENT, SILENT_AFTER
from queries.surges.decisions import COVERS
from queries.texts.proposals import STILL_PROPOSED

LATE_SECONDS = 3600  # real ones: a crossing decided later than this was found late


@dataclass(frozen=True, slots=True)
class Alert:
    alert_id: int
    rule: str
    subject: str
    level: str
    occurrence: int
    crossed_at: datetime
    found_late: bool
    complaint_id: int | None
    external_id: str | None
    target: str | None
    tier: int | None
    department: str | None
    region: str | None
    reason: dict[str, Any]
    decided_at: datetime


# Ends a statement whose CTE `crossed` holds one row an alert.
NEW = f"""
new AS (
    INSERT INTO journal.alert (rule, subject, level, occurrence, decided_at, crossed_at, found_late, reason,
                               complaint_id, target, party_id, episode, tier, department_id, region_id)
    SELECT rule, subject, level, occurrence, :now, at, :now - at > make_interval(secs => :late * {SPEED}),
           reason, complaint_id, target, party_id, episode, tier, department_id, region_id
    FROM crossed
    ON CONFLICT DO NOTHING RETURNING *)
SELECT n.alert_id, n.rule, n.subject, n.level, n.occurrence, n.crossed_at, n.found_late, n.complaint_id,
       c.external_id, n.target, n.tier, d.code AS department, r.code AS region, n.reason, n.decided_at
FROM new n LEFT JOIN facts.complaint c USING (complaint_id)
LEFT JOIN facts.department d ON d.department_id = n.department_id
LEFT JOIN facts.region r ON r.region_id = n.region_id
ORDER BY n.level, n.crossed_at
"""

# One breach is one alert, whatever becomes of its tier or due time: the index alert_standing lets no second
# one stand beside it. Only after one that was withdrawn it may ring again.
OCCURRENCE = """
    CASE WHEN t.rule = 'at_risk' THEN (
        SELECT count(*) + 1 FROM journal.alert a
        WHERE a.rule = t.rule AND a.subject = t.subject AND a.withdrawn_at IS NOT NULL)
    ELSE (
        SELECT coalesce(max(a.occurrence), 0) + 1 FROM journal.alert a
        WHERE a.rule = t.rule AND a.subject = t.subject) END"""

# A timer says when to look; the deadline says whether it is so. Tier 1 is one level more urgent, but not to
# warn of what has a number: its breach risk tells of it (queries/alerts/likely_breach.py).
_TIMERS = f"""
WITH taken AS (
    DELETE FROM derived.timer WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM derived.timer WHERE fire_at <= :now ORDER BY fire_at LIMIT :limit
        FOR UPDATE SKIP LOCKED))
    RETURNING *),
standing AS (
    SELECT t.*, d.started_at, d.due_at, d.tier, d.department_id, d.region_id, false AS is_callback
    FROM taken t JOIN derived.deadline d USING (complaint_id, target, party_id, episode)
    WHERE d.met_at IS NULL AND d.cancelled_at IS NULL
      AND t.fire_at = CASE t.kind WHEN 'warn' THEN d.warn_at ELSE d.due_at END
      AND NOT (t.kind = 'warn' AND d.due_at <= :now)
    UNION ALL
    SELECT t.*, k.resolved_at, k.due_at, k.tier, k.department_id, k.region_id, true
    FROM taken t JOIN derived.callback k
      ON k.complaint_id = t.complaint_id AND k.kind = t.target AND k.episode = t.episode
    WHERE k.ended_at IS NULL AND t.fire_at = k.due_at),
told AS (
    SELECT CASE WHEN is_callback THEN 'callback_overdue'
                WHEN kind = 'warn' THEN 'at_risk' ELSE 'breached' END AS rule,
           format('%s:%s:%s:%s:%s', CASE WHEN is_callback THEN 'callback' ELSE 'deadline' END,
                  complaint_id, target, party_id, episode) AS subject,
           CASE WHEN is_callback THEN 'info'
                WHEN kind = 'due' AND tier = 1 THEN 'critical'
                WHEN kind = 'due' OR tier = 1 AND p IS NULL THEN 'warning' ELSE 'info' END AS level,
           fire_at AS at,
           jsonb_build_object('started_at', started_at, 'due_at', due_at) AS reason,
           complaint_id, target, party_id, episode, tier, department_id, s.region_id
    FROM standing s LEFT JOIN derived.risk r USING (complaint_id, target, party_id, episode)
    WHERE NOT (kind = 'warn' AND p IS NOT NULL AND EXISTS (
        SELECT FROM journal.alert a WHERE a.rule = 'at_risk' AND a.complaint_id = s.complaint_id
        AND a.target = s.target AND a.party_id = s.party_id AND a.episode = s.episode
        AND a.withdrawn_at IS NULL))),
crossed AS (SELECT t.*, {OCCURRENCE} AS occurrence FROM told t),
{NEW}
"""

_SILENT_FEEDS = f"""
WITH crossed AS (
    SELECT 'feed_silent' AS rule, format('source:%s:%s', source, heard_at) AS subject, 'critical' AS level,
           1 AS occurrence, heard_at + make_interval(secs => {SILENT_AFTER}) AS at,
           jsonb_build_object('source', source, 'heard_at', heard_at) AS reason, NULL::bigint AS complaint_id,
           NULL AS target, NULL::bigint AS party_id, NULL::smallint AS episode, NULL::smallint AS tier,
           NULL::int AS department_id, NULL::int AS region_id
    FROM journal.feed WHERE {IS_SILENT}),
{NEW}
"""

# The last three runs failed. Once until it is over, then as the next occurrence.
_FAILING_JOBS = f"""
WITH failed AS (
    SELECT DISTINCT job FROM journal.job_run
    WHERE outcome = 'failed' AND started_at > :now - interval '15 minutes' * {SPEED}),
crossed AS (
    SELECT 'job_failing' AS rule, format('job:%s', job) AS subject, 'critical' AS level,
           rung + 1 AS occurrence, since AS at,
           jsonb_build_object('job', job, 'error', error) AS reason, NULL::bigint AS complaint_id,
           NULL AS target, NULL::bigint AS party_id, NULL::smallint AS episode, NULL::smallint AS tier,
           NULL::int AS department_id, NULL::int AS region_id
    FROM failed CROSS JOIN LATERAL (
        SELECT min(started_at) AS since, count(*) FILTER (WHERE outcome = 'failed') AS failures,
               (array_agg(error ORDER BY started_at DESC))[1] AS error
        FROM (SELECT started_at, outcome, error FROM journal.job_run r
              WHERE r.job = failed.job AND started_at <= :now ORDER BY started_at DESC LIMIT 3) newest) runs
    CROSS JOIN LATERAL (
        SELECT coalesce(max(occurrence), 0) AS rung,
               coalesce(bool_or(ended_at IS NULL AND withdrawn_at IS NULL), false) AS is_open
        FROM journal.alert a WHERE a.rule = 'job_failing' AND a.subject = format('job:%s', job)) before
    WHERE failures = 3 AND NOT is_open),
{NEW}
"""

# Each text is decided on once. The alert carries the group of words; never the text, nor its words.
_TEXT_TRIGGERS = f"""
WITH looked AS (
    UPDATE derived.text_signal SET is_decided = true WHERE complaint_id = ANY (ARRAY (
        SELECT complaint_id FROM derived.text_signal WHERE cardinality(triggers) > 0 AND NOT is_decided
        ORDER BY complaint_id LIMIT 5000 FOR UPDATE SKIP LOCKED))
    RETURNING complaint_id, triggers),
crossed AS (
    SELECT 'text_trigger' AS rule, format('text:%s', complaint_id) AS subject, 'warning' AS level,
           1 AS occurrence, c.received_at AS at, jsonb_build_object('groups', l.triggers) AS reason,
           complaint_id, l.triggers[1] AS target, NULL::bigint AS party_id, NULL::smallint AS episode, c.tier,
           c.department_id, c.region_id
    FROM looked l JOIN facts.complaint c USING (complaint_id)
    WHERE NOT c.is_history AND {STILL_PROPOSED}),
{NEW}
"""

# Once for each surge that nobody has decided on; of one that became part of another, only that one's. A surge
# that the board found late is told of late, like a crossing.
_SURGES = f"""
WITH crossed AS (
    SELECT 'surge' AS rule, format('surge:%s', s.surge_id) AS subject, 'warning' AS level, 1 AS occurrence,
           s.found_at AS at,
           jsonb_build_object('since', s.from_at, 'people', s.people, 'usual', s.usual,
               'region_en', r.name_en, 'region_zh', r.name_zh, 'product', s.product) AS reason,
           NULL::bigint AS complaint_id, s.category AS target, NULL::bigint AS party_id,
           NULL::smallint AS episode, NULL::smallint AS tier, NULL::int AS department_id, s.region_id
    FROM journal.surge s LEFT JOIN facts.region r USING (region_id)
    WHERE s.until_at IS NULL
      AND NOT EXISTS (SELECT FROM journal.surge_decision d WHERE d.surge_id = s.surge_id AND {COVERS})
      AND NOT EXISTS (SELECT FROM journal.alert a WHERE a.rule = 'surge'
                      AND a.subject = format('surge:%s', s.surge_id))),
{NEW}
"""


def cross_timers(conn: Connection, now: datetime, limit: int = 5_000) -> tuple[int, list[Alert]]:
    """Takes what is due; returns how many timers were taken and the alerts that are new."""
    # What another sweep holds is not waiting: it would be looked for again and again until that one commits.
    waiting: int = conn.execute(
        text(
            "SELECT count(*) FROM (SELECT FROM derived.timer WHERE fire_at <= :now ORDER BY fire_at "
            "LIMIT :limit FOR UPDATE SKIP LOCKED) due"
        ),
        {"now": now, "limit": limit},
    ).scalar_one()
    return waiting, decided(conn, _TIMERS, now, limit=limit) if waiting else []


def silent_feeds(conn: Connection, now: datetime) -> list[Alert]:
    return decided(conn, _SILENT_FEEDS, now)


def failing_jobs(conn: Connection, now: datetime) -> list[Alert]:
    return decided(conn, _FAILING_JOBS, now)


def text_triggers(conn: Connection, now: datetime) -> list[Alert]:
    return decided(conn, _TEXT_TRIGGERS, now)


def surges(conn: Connection, now: datetime) -> list[Alert]:
    return decided(conn, _SURGES, now)


def decided(conn: Connection, sql: str, now: datetime, **values: object) -> list[Alert]:
    """The new alerts of a statement that ends with NEW."""
    rows = conn.execute(text(sql), {"now": now, "late": LATE_SECONDS, **values})
    return list(rows_of(Alert, rows))


# By the index of open alerts, whose condition each repeats. What deadlines and callbacks tell of ends in
# queries/alerts/settled.py.
_END_FEEDS = """
UPDATE journal.alert a SET ended_at = f.heard_at FROM journal.feed f
WHERE a.ended_at IS NULL AND a.withdrawn_at IS NULL AND a.rule = 'feed_silent'
  AND a.reason ->> 'source' = f.source AND f.heard_at > a.crossed_at
"""
_END_PROPOSALS = f"""
UPDATE journal.alert a SET ended_at = :now FROM facts.complaint c
WHERE a.ended_at IS NULL AND a.withdrawn_at IS NULL AND a.rule = 'text_trigger'
  AND c.complaint_id = a.complaint_id AND NOT ({STILL_PROPOSED})
"""
_END_WARNINGS = """
UPDATE journal.alert a SET ended_at = :now
WHERE a.ended_at IS NULL AND a.withdrawn_at IS NULL AND a.rule IN ('at_risk', 'likely_breach') AND 0 < (
    SELECT count(*) FROM journal.alert b WHERE b.subject = a.subject AND b.withdrawn_at IS NULL
    AND b.rule = CASE WHEN a.subject LIKE 'callback:%' THEN 'callback_overdue' ELSE 'breached' END)
"""
# Over, decided on as a whole, or part of another.
_END_SURGES = f"""
UPDATE journal.alert a SET ended_at = least(s.until_at, d.decided_at)
FROM journal.surge s
LEFT JOIN LATERAL (SELECT min(decided_at) AS decided_at FROM journal.surge_decision d
                   WHERE d.surge_id = s.surge_id AND {COVERS}) d ON true
WHERE a.ended_at IS NULL AND a.rule = 'surge' AND a.subject = format('surge:%s', s.surge_id)
  AND (s.until_at IS NOT NULL OR d.decided_at IS NOT NULL)
"""
# It ran well again, or has not failed for so long that nothing is known to be wrong.
_END_JOBS = f"""
UPDATE journal.alert a SET ended_at = :now
WHERE a.ended_at IS NULL AND a.withdrawn_at IS NULL AND a.rule = 'job_failing' AND (
    'done' = (SELECT outcome FROM journal.job_run r WHERE r.job = a.reason ->> 'job'
              ORDER BY started_at DESC LIMIT 1)
    OR NOT EXISTS (SELECT FROM journal.job_run r WHERE r.job = a.reason ->> 'job' AND r.outcome = 'failed'
                   AND r.started_at > :now - interval '15 minutes' * {SPEED}))
"""
ENDS = {
    "feed_silent": _END_FEEDS,
    "text_trigger": _END_PROPOSALS,
    "surge": _END_SURGES,
    "job_failing": _END_JOBS,
    "warnings": _END_WARNINGS,
}
# Over, a warning that was not sent yet is pointless; so is whatever turned out not to be so.
_CANCEL = """
UPDATE journal.delivery d SET state = 'cancelled' FROM journal.alert a
WHERE d.alert_id = a.alert_id AND d.state = 'waiting' AND d.digest_of = 0 AND d.sent_at IS NULL
  AND (a.rule IN ('at_risk', 'likely_breach') AND a.ended_at IS NOT NULL OR a.withdrawn_at IS NOT NULL)
"""


def end(conn: Connection, name: str, now: datetime) -> int:
    """Close the alerts of one of ENDS whose subject is over; returns how many."""
    return conn.execute(text(ENDS[name]), {"now": now}).rowcount


def end_alerts(conn: Connection, now: datetime) -> int:
    """All of ENDS, and the messages of what is over."""
    ended = sum(end(conn, name, now) for name in ENDS)
    cancel_pointless(conn)
    return ended


def cancel_pointless(conn: Connection) -> int:
    """Messages that wait and are no longer worth sending."""
    return conn.execute(text(_CANCEL)).rowcount
