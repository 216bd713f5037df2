"""More people than usual complain about one thing, and nobody has decided on it."""

from queries.alerts.rule import OPEN, Alert, Rule, Texts, Words
from queries.surges.decisions import COVERS


def _words(alert: Alert) -> Words:
    reason = alert.reason
    usual = float(reason.get("usual") or 0)
    counts = {"people": reason.get("people"), "usual": f"{usual:.0f}" if usual >= 1 else "<1"}
    return Words(
        counts | {"place": _place(alert, "region_en", "whole country")},
        counts | {"place": _place(alert, "region_zh", "全国")},
    )


def _place(alert: Alert, name: str, everywhere: str) -> str:
    parts = (alert.reason.get(name) or everywhere, alert.reason.get("product"))
    return " · ".join(part for part in parts if part)


def _path(alert: Alert) -> str:
    return f"/surges?surge={alert.subject.split(':')[1]}"


# Of one that became part of another, only that one's. A surge that the board found late is marked so, like
# a crossing. It ends when it is over, decided on as a whole, or part of another.
RULE = Rule(
    name="surge",
    label=Texts("surge of complaints", "集中投诉"),
    title=Texts(
        "Surge: {people} people complain about “{target}” ({place}), usually {usual}",
        "集中投诉：“{target}”（{place}）{people} 人投诉，平时约 {usual} 人",
    ),
    levels=("warning",),
    notify_levels=("warning",),
    repeats="never",
    words=_words,
    path=_path,
    find=f"""
found AS (
    SELECT format('surge:%s', s.surge_id) AS subject, 'warning' AS level, s.found_at AS at,
           jsonb_build_object('since', s.from_at, 'people', s.people, 'usual', s.usual,
               'region_en', r.name_en, 'region_zh', r.name_zh, 'product', s.product) AS reason,
           NULL::bigint AS complaint_id, s.category AS target, NULL::bigint AS party_id,
           NULL::smallint AS episode, NULL::smallint AS tier, NULL::int AS department_id, s.region_id
    FROM journal.surge s LEFT JOIN facts.region r USING (region_id)
    WHERE s.until_at IS NULL
      AND NOT EXISTS (SELECT FROM journal.surge_decision d WHERE d.surge_id = s.surge_id AND {COVERS}))""",
    end=f"""
UPDATE journal.alert a SET ended_at = least(s.until_at, d.decided_at)
FROM journal.surge s
LEFT JOIN LATERAL (SELECT min(decided_at) AS decided_at FROM journal.surge_decision d
                   WHERE d.surge_id = s.surge_id AND {COVERS}) d ON true
WHERE {OPEN} AND a.rule = 'surge' AND a.subject = format('surge:%s', s.surge_id)
  AND (s.until_at IS NOT NULL OR d.decided_at IS NOT NULL)""",
)
