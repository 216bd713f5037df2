"""A source has sent nothing for three of its own intervals."""

from queries.alerts.rule import NO_COMPLAINT, OPEN, Rule, Texts
from queries.intake.feeds import IS_SILENT, SILENT_AFTER

RULE = Rule(
    name="feed_silent",
    label=Texts("no data from the source", "数据源无数据"),
    title=Texts("No data from source {subject}", "数据源无数据：{subject}"),
    levels=("critical",),
    notify_levels=("critical",),
    repeats="never",  # each silence is a subject of its own
    find=f"""
found AS (
    SELECT format('source:%s:%s', source, heard_at) AS subject, 'critical' AS level,
           heard_at + make_interval(secs => {SILENT_AFTER}) AS at,
           jsonb_build_object('source', source, 'heard_at', heard_at) AS reason, {NO_COMPLAINT}
    FROM journal.feed WHERE {IS_SILENT})""",
    end=f"""
UPDATE journal.alert a SET ended_at = f.heard_at FROM journal.feed f
WHERE {OPEN} AND a.rule = 'feed_silent' AND a.reason ->> 'source' = f.source AND f.heard_at > a.crossed_at""",
)
