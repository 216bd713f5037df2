"""How many breaches of a period had been predicted by an alert, and how long before.

A breach counts if the board raised an alert that is not withdrawn, so an import of history has none. It was
predicted if the rule raised an alert by the due time; the lead time is counted from the first one.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from queries.as_of import EXCUSED
from queries.days import DAY, SINCE, WINDOW
from queries.db import rows_of
from queries.filters import NARROWED, Filters
from queries.pages.alert_precision import RULES, SLICED, Rule, Slice
from queries.rates import Rate, rate


@dataclass(frozen=True, slots=True)
class Recall:
    """Of all or of one tier or department (0: none known); seconds."""

    rule: Rule
    tier: int | None
    department_id: int | None
    breached: int  # those that the rule can predict: the one by share of time does not cover callbacks
    excused: int  # of them
    warned: int
    before_median: float | None
    before_shortest: float | None  # 10th percentile

    @property
    def share(self) -> Rate | None:
        return rate(self.warned, self.breached)


@dataclass(frozen=True, slots=True)
class Breach:
    complaint_id: int
    external_id: str
    target: str
    tier: int
    department_id: int
    region_id: int | None
    due_at: datetime
    found_late: bool  # the board learned of it more than an hour later
    warned_at: datetime | None
    excused_at: datetime | None


# Where an alert of a breach was withdrawn and raised again: the first one that was not withdrawn.
_WARNED = f"""
WITH breach AS (
    SELECT DISTINCT ON (f.subject) f.subject, f.complaint_id, f.target, coalesce(f.tier, 0) AS tier,
           coalesce(f.department_id, 0) AS department_id, f.region_id, f.crossed_at AS due_at, f.found_late,
           f.party_id, f.episode
    FROM (SELECT *, crossed_at AS at FROM journal.alert
          WHERE rule IN ('breached', 'callback_overdue') AND coalesce(withdrawn_at > :now, true)
            AND decided_at >= {SINCE} AND decided_at <= :now
            AND {WINDOW.format("crossed_at")} AND {NARROWED} AND {SLICED}) f
    LEFT JOIN facts.region r ON r.region_id = f.region_id
    WHERE {DAY} BETWEEN CAST(:since AS date) AND CAST(:until AS date)
    ORDER BY f.subject, f.alert_id),
warned AS (
    SELECT b.*, w.rule, a.warned_at, {{excused}} AS excused_at
    FROM breach b
    LEFT JOIN derived.deadline d
      ON d.complaint_id = b.complaint_id AND d.target = b.target AND d.party_id = b.party_id
     AND d.episode = b.episode AND b.subject LIKE 'deadline:%'
    CROSS JOIN unnest(CAST(:rules AS text[])) w(rule) CROSS JOIN LATERAL (
        SELECT min(decided_at) AS warned_at FROM journal.alert a
        WHERE a.rule = w.rule AND a.subject = b.subject AND a.decided_at <= b.due_at) a
    WHERE NOT (w.rule = 'at_risk' AND b.subject LIKE 'callback:%'))
"""
_FIGURES = f"""
{_WARNED}
SELECT rule, CASE WHEN grouping(tier) = 0 THEN tier END AS tier,
       CASE WHEN grouping(department_id) = 0 THEN department_id END AS department_id,
       count(*) AS breached, count(excused_at) AS excused, count(warned_at) AS warned,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', due_at - warned_at)) AS before_median,
       percentile_cont(0.1) WITHIN GROUP (ORDER BY date_part('epoch', due_at - warned_at)) AS before_shortest
FROM warned GROUP BY GROUPING SETS ((rule), (rule, tier), (rule, department_id)) ORDER BY 1, 2, 3
"""
_LIST = f"""
{_WARNED}
SELECT w.complaint_id, c.external_id, w.target, w.tier, w.department_id, w.region_id, w.due_at, w.found_late,
       w.warned_at, w.excused_at
FROM warned w JOIN facts.complaint c USING (complaint_id)
WHERE CAST(:was_warned AS boolean) IS NULL OR (warned_at IS NOT NULL) = CAST(:was_warned AS boolean)
ORDER BY w.due_at DESC, w.subject LIMIT :limit
"""


def _with_excuses(sql: str, past: bool) -> str:
    return sql.replace("{excused}", EXCUSED[past].format("d"))


def recall(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> tuple[Recall, ...]:
    """For each rule: in total, by tier, and by department."""
    every = {"rules": list(RULES), "of_tier": None, "of_department": None}
    rows = conn.execute(text(_with_excuses(_FIGURES, past)), {**filters.values(), **every, "now": now})
    return rows_of(Recall, rows)


def breaches(
    conn: Connection,
    filters: Filters,
    part: Slice,
    was_warned: bool | None,
    limit: int,
    now: datetime,
    past: bool = False,
) -> tuple[Breach, ...]:
    """Exactly the breaches behind a number of the page, latest due time first; `was_warned` None: both."""
    params = {**filters.values(), **part.values(), "was_warned": was_warned, "now": now, "limit": limit}
    return rows_of(Breach, conn.execute(text(_with_excuses(_LIST, past)), params))
