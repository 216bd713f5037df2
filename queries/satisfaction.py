"""How satisfied customers are (N8, N9): means, response rates and NPS, from roll-ups and open days."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, text

from queries.as_of import FLOWS, SEALED_DAYS
from queries.filters import NARROWED, Filters
from queries.plans import policy_at, policy_in_force

Group = Literal["region", "department", "tier", "channel"]
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
class ScoreCount:
    score: int
    answers: int


def _counted(past: bool) -> str:
    """One row per day and dimensions: sealed days as rolled up, others counted from their rows by index."""
    return f"""
    WITH sealed AS (
        SELECT day, region_id, department_id, tier::int AS tier, channel, surveys_sent AS sent, answers,
               score_sum, nps_answers, promoters, detractors
        FROM derived.daily
        WHERE day BETWEEN :since AND :until AND day IN {SEALED_DAYS[past]}
          AND (surveys_sent > 0 OR answers > 0) AND {NARROWED}),
    loose AS (
        SELECT day::date FROM generate_series(
            CAST(:since AS date),
            least(CAST(:until AS date), (CAST(:now AS timestamptz) AT TIME ZONE 'Asia/Shanghai')::date),
            interval '1 day') day
        WHERE day::date NOT IN {SEALED_DAYS[past]}),
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
            WHERE at >= l.day::timestamp AT TIME ZONE 'Asia/Shanghai'
              AND at < (l.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
              AND flow IN ('sent', 'answered') AND {NARROWED} OFFSET 0) f
        GROUP BY 1, 2, 3, 4, 5),
    counted AS (TABLE sealed UNION ALL TABLE live)
    """


_FIGURES = """
sum(sent)::int, sum(answers)::int, sum(score_sum) / nullif(sum(answers), 0),
100.0::float * (sum(promoters) - sum(detractors)) / nullif(sum(nps_answers), 0)
"""
_KEYS: dict[Group, str] = {
    "region": "coalesce(r.parent_id, r.region_id, 0)::text",
    "department": "department_id::text",
    "tier": "tier::text",
    "channel": "channel",
}


def total(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> Satisfaction:
    row = conn.execute(
        text(f"{_counted(past)} SELECT {_FIGURES} FROM counted"), {**filters.values(), "now": now}
    ).one()
    return Satisfaction(row[0] or 0, row[1] or 0, row[2], row[3])


def by_day(
    conn: Connection, filters: Filters, now: datetime, past: bool = False
) -> tuple[DaySatisfaction, ...]:
    """Answers count on the day of the answer, surveys on the day they were sent."""
    goal = (policy_at(conn, now) if past else policy_in_force(conn)).goals.satisfaction
    rows = conn.execute(
        text(f"{_counted(past)} SELECT day, {_FIGURES} FROM counted GROUP BY day ORDER BY day"),
        {**filters.values(), "now": now},
    )
    return tuple(
        DaySatisfaction(day, sent, answers, mean, answers / sent if sent else None, nps, goal)
        for day, sent, answers, mean, nps in rows
    )


def by_group(
    conn: Connection, filters: Filters, group: Group, now: datetime, past: bool = False
) -> tuple[GroupSatisfaction, ...]:
    """Regions as provinces. Most answers first; the order says nothing about who is better."""
    key = _KEYS[group]
    rows = conn.execute(
        text(
            f"{_counted(past)} SELECT {key}, {_FIGURES} FROM counted "
            "LEFT JOIN facts.region r USING (region_id) GROUP BY 1 ORDER BY 3 DESC, 1"
        ),
        {**filters.values(), "now": now},
    )
    return tuple(GroupSatisfaction(*row) for row in rows)


def scores(conn: Connection, filters: Filters, now: datetime) -> tuple[ScoreCount, ...]:
    """How many surveys had which mean, rounded to 1..5."""
    rows = conn.execute(
        text(
            "SELECT round(score)::int, count(*)::int FROM derived.survey "
            "WHERE answered_at >= CAST(:since AS date)::timestamp AT TIME ZONE 'Asia/Shanghai' "
            "AND answered_at < (CAST(:until AS date) + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' "
            f"AND answered_at <= :now AND {NARROWED} GROUP BY 1 ORDER BY 1"
        ),
        {**filters.values(), "now": now},
    )
    return tuple(ScoreCount(*row) for row in rows)
