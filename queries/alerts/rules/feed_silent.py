"""A source is silent, or speaks and brings nothing new (queries/intake/feeds.py)."""

from queries.alerts.rule import NO_COMPLAINT, OPEN, Rule, Texts
from queries.intake.feeds import SILENT

HEARD = "CASE WHEN a.reason ->> 'cause' = 'news' THEN f.news_at ELSE f.heard_at END"
RULE = Rule(
    name="feed_silent",
    label=Texts("no data from the source", "数据源无数据"),
    title=Texts("No data from source {subject}", "数据源无数据：{subject}"),
    levels=("critical",),
    notify_levels=("critical",),
    repeats="never",  # each silence is a subject of its own
    find=f"""
found AS (
    SELECT format('source:%s:%s', source, min(since)) AS subject, 'critical' AS level, min(until) AS at,
           jsonb_build_object('source', source, 'heard_at', min(since),
                              'cause', (array_agg(cause ORDER BY until))[1]) AS reason, {NO_COMPLAINT}
    FROM ({SILENT}) silent
    WHERE NOT EXISTS (SELECT FROM journal.alert a WHERE {OPEN} AND a.rule = 'feed_silent'
                      AND a.reason ->> 'source' = silent.source)
    GROUP BY source)""",
    end=f"""
UPDATE journal.alert a SET ended_at = {HEARD}
FROM journal.feed f
WHERE {OPEN} AND a.rule = 'feed_silent' AND a.reason ->> 'source' = f.source
  AND {HEARD} > a.crossed_at""",
)
