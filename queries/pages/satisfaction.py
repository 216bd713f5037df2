"""How satisfied customers are (N8, N9): means, response rates and NPS, from roll-ups and open days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from math import sqrt
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row, text

from queries.as_of import FLOWS, LOOSE, SEALED_DAYS
from queries.days import DAY, WINDOW
from queries.db import rows_of
from queries.filters import NARROWED, Filters
from queries.policies.history import policy_at, policy_in_force
from queries.rates import SURE

Group = Literal["region", "department", "tier", "channel"]
GROUPS: tuple[Group, ...] = get_args(Group)
FEWEST = 30  # answers below which a group shows no number


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """`mean` is 1..5, `nps` -100..100; None where nobody answered."""

    sent: int
    answers: int
    mean: float | None
    nps: float | None

    @property
    def response_rate(self) -> float | None:
        return self.answers / self.sent if self.sent else None

    @property
    def enough(self) -> bool:
        return self.answers >= FEWEST


@dataclass(frozen=True, slots=True)
class Mean:
    """Of `answers` scores; in 95 of 100 such samples the true mean lies within `margin` of it."""

    mean: float
    margin: float
    answers: int


@dataclass(frozen=True, slots=True)
class DaySatisfaction:
    day: date
    sent: int
    answers: int
    mean: float | None
    response: float | None
    nps: float | None
    goal: float


@dataclass(frozen=True, slots=True)
class GroupSatisfaction:
    key: str  # an id, a tier or a channel
    sent: int
    answers: int
    mean: float | None
    nps: float | None


@dataclass(frozen=True, slots=True)
class Panels:
    total: Satisfaction
    days: tuple[DaySatisfaction, ...]
    groups: dict[Group, tuple[GroupSatisfaction, ...]]


@dataclass(frozen=True, slots=True)
class ScoreCount:
    score: int
    answers: int


def _counted(past: bool) -> str:
    """One row per day and dimensions: sealed days as rolled up, others counted from their rows by index."""
    return f"""
    WITH sealed AS (
        SELECT day, region_id, department_id, tier::int AS tier, channel, sent, answers, score_sum,
               nps_answers, promoters, detractors
        FROM derived.daily_survey
        WHERE day BETWEEN :since AND :until AND day IN {SEALED_DAYS[past]} AND {NARROWED}),
    {LOOSE[past]},
    live AS (
        SELECT l.day, coalesce(region_id, 0), coalesce(department_id, 0), coalesce(tier, 0),
               coalesce(channel, ''),
               count(*) FILTER (WHERE flow = 'sent') AS sent,
               count(*) FILTER (WHERE flow = 'answered') AS answers,
               coalesce(sum(score) FILTER (WHERE flow = 'answered'), 0) AS score_sum,
               count(nps) FILTER (WHERE flow = 'answered') AS nps_answers,
               count(*) FILTER (WHERE flow = 'answered' AND nps >= 9) AS promoters,
               count(*) FILTER (WHERE flow = 'answered' AND nps <= 6) AS detractors
        FROM loose l CROSS JOIN LATERAL (
            SELECT * FROM {FLOWS[past]} flow
            WHERE at >= l.low AND at < l.high AND flow IN ('sent', 'answered') AND {NARROWED} OFFSET 0) f
        LEFT JOIN facts.region r USING (region_id) WHERE {DAY} = l.day
        GROUP BY 1, 2, 3, 4, 5),
    counted AS (TABLE sealed UNION ALL TABLE live)
    """


_FIGURES = """
sum(sent)::int AS sent, sum(answers)::int AS answers, sum(score_sum) / nullif(sum(answers), 0) AS mean,
100.0::float * (sum(promoters) - sum(detractors)) / nullif(sum(nps_answers), 0) AS nps
"""


def total(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> Satisfaction:
    row = conn.execute(
        text(f"{_counted(past)} SELECT {_FIGURES} FROM counted"), {**filters.values(), "now": now}
    ).one()
    return _total(row)


def _total(row: Row[Any]) -> Satisfaction:
    return Satisfaction(row.sent or 0, row.answers or 0, row.mean, row.nps)


def by_day(
    conn: Connection, filters: Filters, now: datetime, past: bool = False
) -> tuple[DaySatisfaction, ...]:
    """Answers count on the day of the answer, surveys on the day of sending."""
    goal = _goal(conn, now, past)
    rows = conn.execute(
        text(f"{_counted(past)} SELECT day, {_FIGURES} FROM counted GROUP BY day ORDER BY day"),
        {**filters.values(), "now": now},
    )
    return tuple(_day(row, goal) for row in rows)


def _goal(conn: Connection, now: datetime, past: bool) -> float:
    return (policy_at(conn, now) if past else policy_in_force(conn)).goals.satisfaction


def _group(row: Row[Any]) -> GroupSatisfaction:
    return GroupSatisfaction(row.key, row.sent, row.answers, row.mean, row.nps)


def _day(row: Row[Any], goal: float) -> DaySatisfaction:
    response = row.answers / row.sent if row.sent else None
    return DaySatisfaction(row.day, row.sent, row.answers, row.mean, response, row.nps, goal)


def panels(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> Panels:
    """All panels of the page from one read. Regions as provinces; sorted by number of answers, so that the
    order is no ranking of quality."""
    goal = _goal(conn, now, past)
    found: dict[str, list[Row[Any]]] = {}
    for row in conn.execute(text(_panels(past)), {**filters.values(), "now": now}):
        found.setdefault(row.of, []).append(row)
    return Panels(
        _total(found["total"][0]),
        tuple(_day(row, goal) for row in found.get("day", ())),
        {group: tuple(_group(row) for row in found.get(group, ())) for group in GROUPS},
    )


def _panels(past: bool) -> str:
    return f"""
    {_counted(past)}
    SELECT CASE WHEN grouping(day) = 0 THEN 'day' WHEN grouping(region) = 0 THEN 'region'
                WHEN grouping(department) = 0 THEN 'department' WHEN grouping(tier) = 0 THEN 'tier'
                WHEN grouping(channel) = 0 THEN 'channel' ELSE 'total' END AS of,
           day, coalesce(region, department, tier, channel) AS key, {_FIGURES}
    FROM (SELECT c.*, coalesce(r.parent_id, r.region_id, 0)::text AS region
          FROM (SELECT day, region_id, department_id::text AS department, tier::text, channel, sent, answers,
                       score_sum, nps_answers, promoters, detractors FROM counted) c
          LEFT JOIN facts.region r USING (region_id)) of_province
    GROUP BY GROUPING SETS ((), (day), (region), (department), (tier), (channel))
    ORDER BY day, sum(answers) DESC, key
    """


_ANSWERED = f"""
    (SELECT *, answered_at AS at FROM derived.survey
     WHERE {WINDOW.format("answered_at")} AND answered_at <= :now AND {NARROWED}) f
    LEFT JOIN facts.region r USING (region_id)
    WHERE {DAY} BETWEEN CAST(:since AS date) AND CAST(:until AS date)
"""


def scores(conn: Connection, filters: Filters, now: datetime) -> tuple[ScoreCount, ...]:
    """How many surveys had which mean, rounded to 1..5."""
    rows = conn.execute(
        text(
            "SELECT round(score)::int AS score, count(*)::int AS answers "
            f"FROM {_ANSWERED} GROUP BY 1 ORDER BY 1"
        ),
        {**filters.values(), "now": now},
    )
    return rows_of(ScoreCount, rows)


def means(conn: Connection, filters: Filters, by: str, now: datetime) -> Iterator[tuple[int, Mean]]:
    """By the SQL of a group; groups with fewer than two answers are left out."""
    rows = conn.execute(
        text(
            f"SELECT {by} AS place, avg(score)::float8 AS mean, stddev_samp(score)::float8 AS spread, "
            f"count(*)::int AS answers FROM {_ANSWERED} GROUP BY 1 HAVING count(*) > 1 ORDER BY 1"
        ),
        {**filters.values(), "now": now},
    )
    for row in rows:
        yield row.place, Mean(row.mean, SURE * row.spread / sqrt(row.answers), row.answers)


def mean(conn: Connection, filters: Filters, now: datetime) -> Mean | None:
    """None for fewer than two answers."""
    return next((found for _place, found in means(conn, filters, "0", now)), None)
