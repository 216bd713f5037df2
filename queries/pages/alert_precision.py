"""Which predictive alerts of a period came true, which were acted on in time, and with which lead time.

An alert came true if its deadline was neither met nor cancelled by the due time in force. It was acted on if,
before the deadline was met in time, somebody acknowledged it, or the complaint got another owner, department,
status or tier, a step, or a request to or an answer of a co-owner; a callback, an attempt or a booking. What
met the deadline does not count as action, since it might have happened without the alert.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, text

from queries.alerts import rules
from queries.days import DAY, WINDOW
from queries.db import rows_of
from queries.filters import NARROWED, Filters
from queries.intake.follow_up import BOOKED, CALLED
from queries.rates import Rate, rate

Rule = str  # the name of a warning
Outcome = Literal["came_true", "acted", "untouched", "cancelled", "open"]
RULES: tuple[Rule, ...] = tuple(one.name for one in rules.RULES if one.is_warning)


@dataclass(frozen=True, slots=True)
class Slice:
    """The alerts or breaches that one number counts. None: all; 0: without a known tier or department."""

    rule: Rule
    outcome: Outcome | None = None
    tier: int | None = None
    department_id: int | None = None

    def values(self) -> dict[str, Any]:
        of = {"of_tier": self.tier, "of_department": self.department_id, "outcome": self.outcome}
        return {"rules": [self.rule], **of}


@dataclass(frozen=True, slots=True)
class PrecisionRow:
    """Counts of alerts, in total or of one tier or department (0: not known). Lead times in seconds."""

    rule: Rule
    tier: int | None
    department_id: int | None
    alerts: int
    came_true: int
    acted: int  # met in time after somebody acted
    untouched: int  # met in time without a recorded action
    cancelled: int
    open: int
    lead_median: float | None  # from the alert to the due time in force
    lead_shortest: float | None  # 10th percentile

    @property
    def decided(self) -> int:
        """Breached or met."""
        return self.came_true + self.acted + self.untouched

    @property
    def precision(self) -> Rate | None:
        return rate(self.came_true, self.decided)


@dataclass(frozen=True, slots=True)
class FiredAlert:
    """`p`, `k`, `n`: the breach risk when the alert was raised, if it was raised by that."""

    complaint_id: int
    external_id: str
    target: str
    tier: int
    department_id: int
    region_id: int | None
    decided_at: datetime
    due_at: datetime | None  # None: paused
    ended_at: datetime | None  # met or cancelled
    outcome: Outcome
    p: float | None
    k: int | None
    n: int | None
    similar: str | None  # how similar the n are: EVIDENCE_LEVELS in queries/risk/model.py


SLICED = """
    (CAST(:of_tier AS int) IS NULL OR coalesce(tier, 0) = CAST(:of_tier AS int))
    AND (CAST(:of_department AS int) IS NULL OR coalesce(department_id, 0) = CAST(:of_department AS int))
"""
_RAISED_SQL = f"""
raised AS (
    SELECT f.alert_id, f.rule, f.subject, f.decided_at, f.complaint_id, f.target, f.party_id, f.episode,
           coalesce(f.tier, 0) AS tier, coalesce(f.department_id, 0) AS department_id, f.region_id, f.reason
    FROM (SELECT *, decided_at AS at FROM journal.alert
          WHERE rule = ANY (:rules) AND decided_at <= :now AND {WINDOW.format("decided_at")}
            AND {NARROWED} AND {SLICED}) f
    LEFT JOIN facts.region r ON r.region_id = f.region_id
    WHERE {DAY} BETWEEN CAST(:since AS date) AND CAST(:until AS date))
"""
_SPAN = """
    LEFT JOIN derived.deadline_span p
      ON p.complaint_id = t.complaint_id AND p.target = t.target AND p.party_id = t.party_id
     AND p.episode = t.episode AND p.from_at <= :now AND (p.until_at IS NULL OR p.until_at > :now)
"""
# The due time in force, by `past`, and whether the deadline was there at all. Only a callback that a policy
# version has moved has spans.
_DUE = {
    False: ("coalesce(d.due_at, k.due_at)", "d.complaint_id IS NULL AND k.complaint_id IS NULL", ""),
    True: (
        "CASE WHEN d.complaint_id IS NULL THEN coalesce(p.due_at, k.due_at) "
        "WHEN coalesce(d.met_at, d.cancelled_at) <= :now THEN d.due_at ELSE p.due_at END",
        "k.complaint_id IS NULL AND (d.complaint_id IS NULL OR p.complaint_id IS NULL "
        "AND coalesce(coalesce(d.met_at, d.cancelled_at) > :now, true))",
        _SPAN,
    ),
}
# Stints show changes of owner; a first owner is none, as it holds back to the reception.
_ACTED = f"""
    EXISTS (SELECT FROM journal.acknowledgement a
            WHERE a.alert_id = s.alert_id AND a.acknowledged_at < s.ended_at)
    OR NOT s.is_callback AND (
        EXISTS (SELECT FROM derived.stint a WHERE a.complaint_id = s.complaint_id
                AND a.from_at > s.decided_at AND a.from_at < s.ended_at)
        OR (SELECT min(a.happened_at) FROM facts.complaint_event a WHERE a.complaint_id = s.complaint_id
            AND a.party_id = 0 AND a.field = 'owner' AND a.retracted_at IS NULL
            AND a.happened_at < s.ended_at) > s.decided_at
        OR EXISTS (SELECT FROM derived.milestone a WHERE a.complaint_id = s.complaint_id
                   AND a.happened_at > s.decided_at AND a.happened_at < s.ended_at)
        OR EXISTS (SELECT FROM derived.co_owner_request a WHERE a.complaint_id = s.complaint_id
                   AND (a.requested_at > s.decided_at AND a.requested_at < s.ended_at
                        OR a.responded_at > s.decided_at AND a.responded_at < s.ended_at
                        OR a.opinion_at > s.decided_at AND a.opinion_at < s.ended_at)))
    OR s.is_callback AND (
        EXISTS (SELECT FROM facts.callback_attempt a WHERE a.complaint_id = s.complaint_id
                AND a.retracted_at IS NULL
                AND a.kind = s.target AND {CALLED} = s.episode
                AND a.attempted_at > s.decided_at AND a.attempted_at < s.ended_at)
        OR EXISTS (SELECT FROM facts.callback_booking b WHERE b.complaint_id = s.complaint_id
                AND b.retracted_at IS NULL
                AND b.kind = s.target AND {BOOKED} = s.episode
                AND b.booked_at > s.decided_at AND b.booked_at < s.ended_at))
"""


def _judged(past: bool) -> str:
    """Materialized, so that the actions of each alert are looked up once and not for every number."""
    due, is_gone, span = _DUE[past]
    return f"""
WITH {_RAISED_SQL},
standing AS (
    SELECT t.*, t.subject LIKE 'callback:%' AS is_callback, {due} AS due_at, {is_gone} AS is_gone,
           CASE WHEN coalesce(d.met_at, d.cancelled_at, k.ended_at) <= :now
                THEN coalesce(d.met_at, d.cancelled_at, k.ended_at) END AS ended_at,
           d.met_at IS NOT NULL OR coalesce(k.outcome NOT IN ('cancelled', 'exhausted'), false) AS is_met
    FROM raised t
    LEFT JOIN derived.deadline d
      ON d.complaint_id = t.complaint_id AND d.target = t.target AND d.party_id = t.party_id
     AND d.episode = t.episode AND t.subject LIKE 'deadline:%'
    LEFT JOIN derived.callback k
      ON k.complaint_id = t.complaint_id AND k.kind = t.target AND k.episode = t.episode
     AND t.subject LIKE 'callback:%'
    {span}),
judged AS MATERIALIZED (
    SELECT s.*, CASE WHEN due_at < least(ended_at, :now) THEN 'came_true'
                     WHEN is_gone OR ended_at IS NOT NULL AND NOT is_met THEN 'cancelled'
                     WHEN ended_at IS NULL THEN 'open'
                     WHEN {_ACTED} THEN 'acted' ELSE 'untouched' END AS outcome
    FROM standing s)
"""


_OUTCOMES: tuple[Outcome, ...] = ("came_true", "acted", "untouched", "cancelled", "open")
_FIGURES = f"""
SELECT rule, CASE WHEN grouping(tier) = 0 THEN tier END AS tier,
       CASE WHEN grouping(department_id) = 0 THEN department_id END AS department_id, count(*) AS alerts,
       {", ".join(f"count(*) FILTER (WHERE outcome = '{outcome}') AS {outcome}" for outcome in _OUTCOMES)},
       percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', due_at - decided_at)) AS lead_median,
       percentile_cont(0.1) WITHIN GROUP (ORDER BY date_part('epoch', due_at - decided_at)) AS lead_shortest
FROM judged GROUP BY GROUPING SETS ((rule), (rule, tier), (rule, department_id)) ORDER BY 1, 2, 3
"""
_LIST = """
SELECT j.complaint_id, c.external_id, j.target, j.tier, j.department_id, j.region_id, j.decided_at, j.due_at,
       j.ended_at, j.outcome, CAST(j.reason ->> 'p' AS float8) AS p, CAST(j.reason ->> 'k' AS int) AS k,
       CAST(j.reason ->> 'n' AS int) AS n, j.reason ->> 'similar' AS similar
FROM judged j JOIN facts.complaint c USING (complaint_id)
WHERE CAST(:outcome AS text) IS NULL OR outcome = CAST(:outcome AS text)
ORDER BY j.decided_at DESC, j.alert_id DESC LIMIT :limit
"""


def figures(
    conn: Connection, filters: Filters, now: datetime, past: bool = False
) -> tuple[PrecisionRow, ...]:
    """For each rule: in total, by tier, and by department."""
    every: dict[str, Any] = {"rules": list(RULES), "of_tier": None, "of_department": None}
    rows = conn.execute(text(_judged(past) + _FIGURES), {**filters.values(), **every, "now": now})
    return rows_of(PrecisionRow, rows)


def warnings(
    conn: Connection, filters: Filters, part: Slice, limit: int, now: datetime, past: bool = False
) -> tuple[FiredAlert, ...]:
    """Exactly the alerts behind a number of the page, newest first."""
    params = {**filters.values(), **part.values(), "now": now, "limit": limit}
    return rows_of(FiredAlert, conn.execute(text(_judged(past) + _LIST), params))
