"""Deadlines and callbacks that may still breach: how many are expected to, and which weigh most."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from queries.as_of import OPEN_DEADLINES, PENDING_CALLBACKS
from queries.db import rows_of
from queries.filters import NARROWED, Filters
from queries.pages.risk import OpenDeadline
from queries.policies.history import policy_in_force
from queries.policies.shifts import running_shift

_KEY = "complaint_id, target, party_id, episode"
# What is due exactly at the end of the period belongs to it: a shift that ends at midnight has to make the
# callbacks that are due by then.
_UNTIL = "due_at <= :before"


def _at_stake(past: bool, until: str) -> str:
    """Open and not past due. `until`: a condition for the end of the period."""
    return f"""(
    SELECT false AS is_callback, {_KEY}, tier, department_id, region_id, owner_id, started_at, due_at
    FROM {OPEN_DEADLINES[past]} o WHERE due_at >= :now AND {until} AND {NARROWED}
    UNION ALL
    SELECT true, complaint_id, kind, 0, episode, tier, department_id, region_id, agent_id, resolved_at, due_at
    FROM {PENDING_CALLBACKS[past]} p WHERE due_at >= :now AND {until} AND {NARROWED})
"""


@dataclass(frozen=True, slots=True)
class Part:
    """Expected breaches, of how many deadlines, and how many of these have no number."""

    breaches: float
    count: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Expected:
    """Of what falls due by `until`, deadlines and callbacks apart."""

    until: datetime
    deadlines: Part
    callbacks: Part

    @property
    def breaches(self) -> float:
        return self.deadlines.breaches + self.callbacks.breaches

    @property
    def count(self) -> int:
        return self.deadlines.count + self.callbacks.count

    @property
    def unknown(self) -> int:
        return self.deadlines.unknown + self.callbacks.unknown


@dataclass(frozen=True, slots=True)
class Stake(OpenDeadline):
    weight: float | None  # of its tier and customer; None as p is
    customer_value: str | None
    is_valuable: bool  # so that the customer adds to the weight


def expected(conn: Connection, filters: Filters, now: datetime) -> tuple[Expected, ...]:
    """Within 1 h, within 4 h, and until the running shift ends."""
    hour, four = now + timedelta(hours=1), now + timedelta(hours=4)
    shift = running_shift(conn, now).ends_at
    sums = ", ".join(
        f"coalesce(sum(p) FILTER (WHERE {one}), 0) AS {end}_{what}_breaches, "
        f"count(*) FILTER (WHERE {one}) AS {end}_{what}_count, "
        f"count(*) FILTER (WHERE p IS NULL AND {one}) AS {end}_{what}_unknown"
        for end in ("hour", "four", "shift")
        for what, one in (
            ("deadlines", f"due_at <= :{end} AND NOT is_callback"),
            ("callbacks", f"due_at <= :{end} AND is_callback"),
        )
    )
    ends = {"hour": hour, "four": four, "shift": shift, "before": max(four, shift)}
    row = conn.execute(
        text(f"SELECT {sums} FROM {_at_stake(False, _UNTIL)} s LEFT JOIN derived.risk r USING ({_KEY})"),
        {**filters.values(), "now": now, **ends},
    ).one()
    return tuple(
        Expected(until, _part(row, f"{end}_deadlines"), _part(row, f"{end}_callbacks"))
        for end, until in (("hour", hour), ("four", four), ("shift", shift))
    )


def _part(row: Row[Any], of: str) -> Part:
    return Part(**{one.name: getattr(row, f"{of}_{one.name}") for one in fields(Part)})


def count(
    conn: Connection, filters: Filters, until: datetime | None, now: datetime, past: bool = False
) -> int:
    """How many rows `riskiest` has."""
    found: int = conn.execute(
        text(f"SELECT count(*) FROM {_at_stake(past, _UNTIL if until else 'true')} s"),
        {**filters.values(), "now": now, "before": until},
    ).scalar_one()
    return found


# A customer adds at most :adds to the weight, so customers are looked up only for rows that can reach the
# limit.
_RISKIEST = f"""
WITH at_stake AS MATERIALIZED (
    SELECT s.*, r.p, r.k, r.n, r.level, CASE WHEN r.p IS NOT NULL
           THEN CASE tier WHEN 1 THEN :one WHEN 2 THEN :two ELSE CAST(:three AS float8) END END AS weight
    FROM {{0}} s LEFT JOIN derived.risk r USING ({_KEY})),
bar AS (
    SELECT coalesce((SELECT p * weight FROM at_stake WHERE p IS NOT NULL ORDER BY p * weight DESC
                     OFFSET :limit - 1 LIMIT 1), 0) AS least),
first AS (
    SELECT a.* FROM at_stake a, bar WHERE p * (weight + :adds) >= bar.least
    UNION ALL
    (SELECT * FROM at_stake WHERE p IS NULL ORDER BY due_at, {_KEY} LIMIT :limit)),
weighed AS (
    SELECT f.*, c.external_id, c.department_id AS lead_department_id, u.value,
           coalesce(u.value = ANY (:valuable), false) AS is_valuable,
           f.weight + CASE WHEN u.value = ANY (:valuable) THEN :adds ELSE 0 END AS total_weight
    FROM first f JOIN facts.complaint c USING (complaint_id) LEFT JOIN facts.customer u USING (customer_id))
SELECT w.complaint_id, w.external_id, w.target, w.party_id, w.tier, w.department_id, w.lead_department_id,
       w.region_id, a.name_en AS owner_en, a.name_zh AS owner_zh, w.started_at, w.due_at,
       NULL::int AS left_seconds, w.p, w.k, w.n, w.level, NULL::timestamptz AS excused_at,
       w.total_weight AS weight, w.value AS customer_value,
       w.is_valuable
FROM weighed w LEFT JOIN facts.agent a ON a.agent_id = w.owner_id
ORDER BY w.p * w.total_weight DESC NULLS LAST, w.due_at, w.complaint_id, w.target, w.party_id LIMIT :limit
"""


def riskiest(
    conn: Connection,
    filters: Filters,
    until: datetime | None,
    limit: int,
    now: datetime,
    past: bool = False,
) -> tuple[Stake, ...]:
    """By p × weight, which the policy gives; those without a number last, by time left.

    For a past moment: what was at stake then, with the breach risk of now, which deadlines that have ended
    since do not have any more.
    """
    rule = policy_in_force(conn).risk
    one, two, three = rule.tier_weights
    params = {"now": now, "before": until, "limit": limit}
    weights = {"one": one, "two": two, "three": three, "adds": rule.valuable_adds}
    rows = conn.execute(
        text(_RISKIEST.format(_at_stake(past, _UNTIL if until else "true"))),
        {**filters.values(), **params, **weights, "valuable": list(rule.valuable)},
    )
    return rows_of(Stake, rows)
