"""A living source cannot be read: its tables changed, it refuses the query, or a file cannot be read."""

import re

from queries.alerts.rule import NO_COMPLAINT, OPEN, Alert, Rule, Texts, Words

# That a source is away, or slow, is told by its silence first.
PATIENCE = 4  # polls in a row
WHY = {
    "away": Texts("it cannot be reached", "无法连接"),
    "slow": Texts("it does not answer in time", "响应超时"),
    "schema": Texts("its tables have changed", "表结构已变更"),
    "rights": Texts("it refuses the access", "没有访问权限"),
    "setup": Texts("its map or access is wrong", "映射或连接配置有误"),
    "gone": Texts("too many of its rows are gone", "一次消失的记录过多"),
    "file": Texts("a file cannot be read", "文件无法读取"),
}
NAMED = re.compile(r"'([^']+)'")


def _words(alert: Alert) -> Words:
    """With the column or file, where the sentence names one."""
    why = WHY.get(str(alert.reason.get("kind")), WHY["away"])
    named = NAMED.search(str(alert.reason.get("error") or ""))
    if named is None:
        return Words({"why": why.en}, {"why": why.zh})
    return Words({"why": f"{why.en} ({named[1]})"}, {"why": f"{why.zh}（{named[1]}）"})


_FAILING = f"""
SELECT format('sync:%s:%s:%s', s.subject, w.what, w.since) AS subject, w.since, w.kind, w.error, s.source,
       s.subject AS map
FROM journal.sync s CROSS JOIN LATERAL (
    VALUES ('poll', s.failing_since, s.failures, s.error_kind, s.error),
           ('compare', s.compare_failing_since, s.compare_failures, s.compare_error_kind, s.compare_error)
    ) w (what, since, failures, kind, error)
WHERE s.is_current AND w.since IS NOT NULL AND (w.kind NOT IN ('away', 'slow') OR w.failures >= {PATIENCE})
"""
RULE = Rule(
    name="source_failing",
    label=Texts("source cannot be read", "数据源无法读取"),
    title=Texts("Source {subject} cannot be read: {why}", "数据源 {subject} 无法读取：{why}"),
    levels=("critical",),
    notify_levels=("critical",),
    repeats="never",  # each failure, from its beginning, is a subject of its own
    words=_words,
    find=f"""
found AS (
    SELECT subject, 'critical' AS level, since AS at,
           jsonb_build_object('source', source, 'map', map, 'kind', kind, 'error', error) AS reason,
           {NO_COMPLAINT}
    FROM ({_FAILING}) f)""",
    end=f"""
UPDATE journal.alert a SET ended_at = :now
WHERE {OPEN} AND a.rule = 'source_failing' AND a.subject NOT IN (SELECT subject FROM ({_FAILING}) f)""",
)
