"""The last three runs of a job failed."""

from queries.alerts.rule import NO_COMPLAINT, OPEN, Rule, Texts
from queries.db import SPEED

_FAILED_OF_LATE = f"outcome = 'failed' AND started_at > :now - interval '15 minutes' * {SPEED}"

# It ends when the job ran well again, or has not failed for so long that nothing is known to be wrong.
RULE = Rule(
    name="job_failing",
    label=Texts("job keeps failing", "任务持续失败"),
    title=Texts("A job keeps failing: {subject}", "任务持续失败：{subject}"),
    levels=("critical",),
    notify_levels=("critical",),
    repeats="when over",
    find=f"""
failed AS (SELECT DISTINCT job FROM journal.job_run WHERE {_FAILED_OF_LATE}),
found AS (
    SELECT format('job:%s', job) AS subject, 'critical' AS level, since AS at,
           jsonb_build_object('job', job, 'error', error) AS reason, {NO_COMPLAINT}
    FROM failed CROSS JOIN LATERAL (
        SELECT min(started_at) AS since, count(*) FILTER (WHERE outcome = 'failed') AS failures,
               (array_agg(error ORDER BY started_at DESC))[1] AS error
        FROM (SELECT started_at, outcome, error FROM journal.job_run r
              WHERE r.job = failed.job AND started_at <= :now ORDER BY started_at DESC LIMIT 3) newest) runs
    WHERE failures = 3)""",
    end=f"""
UPDATE journal.alert a SET ended_at = :now
WHERE {OPEN} AND a.rule = 'job_failing' AND (
    'done' = (SELECT outcome FROM journal.job_run r WHERE r.job = a.reason ->> 'job'
              ORDER BY started_at DESC LIMIT 1)
    OR NOT EXISTS (SELECT FROM journal.job_run r WHERE r.job = a.reason ->> 'job' AND {_FAILED_OF_LATE}))""",
)
