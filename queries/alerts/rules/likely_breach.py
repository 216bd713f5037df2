"""Alerts by breach risk: on from `alert_from`, off below `alert_until`; in between, what is stays as it is.

The open alert is the memory: a subject that has one gets no second, one that fell below gets another as
the next occurrence. Deadlines of complaints and co-owners, and callbacks, that are due within `alert_within`.
"""

from sqlalchemy import Connection

from config.risk import Risk
from queries.alerts.rule import OPEN, Alert, Rule, Texts, Words
from queries.policies.history import policy_in_force
from queries.risk.rates import NAMES as LATE_RATES

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
_FIND = f"""
found AS (
    SELECT format('%s:%s:%s:%s:%s', clock, complaint_id, target, party_id, episode) AS subject,
           'warning' AS level, greatest(computed_at, due_at - make_interval(secs => :within)) AS at,
           jsonb_build_object('started_at', started_at, 'due_at', due_at, 'p', p, 'k', k, 'n', n,
                              'similar', r.level, 'curve_version', curve_version) AS reason,
           {_KEY}, tier, department_id, s.region_id
    FROM {_SOON} AND p >= CAST(:alert_from AS real))
"""

# Less likely, no longer due so soon, paused or gone; what is met or breached has been ended by then, at its
# own instant. Without a number it goes on: less is known, nothing is better. Counted, so that each open alert
# looks up its own deadline: an anti-join was planned for the one open alert of quiet times, and took minutes
# for 8,000.
_END = f"""
UPDATE journal.alert a SET ended_at = :now
WHERE a.rule = 'likely_breach' AND {OPEN} AND 0 = (
    SELECT count(*) FROM {_SOON} AND clock = split_part(a.subject, ':', 1)
        AND s.complaint_id = a.complaint_id AND s.target = a.target AND s.party_id = a.party_id
        AND s.episode = a.episode AND (p IS NULL OR p >= CAST(:alert_until AS real)))
"""


def limits(risk: Risk) -> dict[str, object]:
    return {
        "within": risk.alert_within,
        "alert_from": risk.alert_from,
        "alert_until": risk.alert_until,
    }


def _values(conn: Connection) -> dict[str, object]:
    return limits(policy_in_force(conn).risk)


def _words(alert: Alert) -> Words:
    """The number never stands without its evidence."""
    p, k, n = (alert.reason[name] for name in ("p", "k", "n"))
    if alert.reason.get("similar") in LATE_RATES:
        evidence = (f"the late rate of its kind: {k} of {n}", f"同类历史超时率 {k}/{n}")
    else:
        adjusted = n and _percent(k / n) != _percent(p)
        evidence = (
            f"{'adjusted: ' if adjusted else ''}of {n} similar {k} breached",
            f"{'经修正：' if adjusted else ''}同类时限 {k}/{n} 已超时",
        )
    return Words({"p": _percent(p), "evidence": evidence[0]}, {"p": _percent(p), "evidence": evidence[1]})


def _percent(p: float) -> str:
    """Of a probability, which is never certain."""
    return "> 99" if p >= 0.995 else "< 1" if p < 0.005 else f"{100 * p:.0f}"


RULE = Rule(
    name="likely_breach",
    label=Texts("likely to breach", "很可能超时"),
    title=Texts(
        "Likely to breach: {target} of complaint {complaint} ({p} %, {evidence})",
        "很可能超时：投诉 {complaint} 的{target}（{p}%，{evidence}）",
    ),
    levels=("warning",),
    notify_levels=("warning",),
    repeats="when over",
    is_warning=True,
    job="risk",
    values=_values,
    find=_FIND,
    end=_END,
    words=_words,
)
