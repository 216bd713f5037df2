"""The regions beside each other: deadlines met, expected breaches, satisfaction and what held, by province,
or city by city where regions are chosen. Open complaints and co-owners are those of their own pages."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import sqrt

from sqlalchemy import Connection, text

from queries.as_of import FLOWS, OPEN_DEADLINES, SEALED_DAYS
from queries.days import DAY, NEWEST_TODAY, WINDOW, ZONES
from queries.db import rows_of
from queries.filters import NARROWED, Filters
from queries.pages import resolution
from queries.pages.satisfaction import Mean, ScoreCount, mean_of
from queries.policies.shifts import running_shift
from queries.rates import FEWEST

BEYOND_CHANCE = 3.0  # standard errors; with 31 provinces one in twelve pictures shows such a one by chance
_PLACE = {False: "coalesce(r.parent_id, r.region_id, 0)", True: "coalesce(r.region_id, 0)"}


@dataclass(frozen=True, slots=True)
class Met:
    """Deadlines that fell due in a period, by region (0: none known). `late`: not met by then."""

    region_id: int
    due: int
    late: int

    @property
    def share(self) -> float | None:
        return 1 - self.late / self.due if self.due else None


@dataclass(frozen=True, slots=True)
class ExpectedLate:
    """Sum of the breach risk of the `deadlines` that fall due before the shift ends; `unknown`: of these
    without a number."""

    region_id: int
    breaches: float
    deadlines: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Held:
    """Complaints resolved in a period, and how many of these were re-opened."""

    region_id: int
    resolved: int
    reopened: int

    @property
    def rate(self) -> float | None:
        return 1 - self.reopened / self.resolved if self.resolved else None


def before(filters: Filters) -> Filters:
    """The period of the same length that ends where this one begins."""
    days = filters.until - filters.since + timedelta(1)
    return replace(filters, since=filters.since - days, until=filters.since - timedelta(1))


def moved(now: Met, then: Met) -> float | None:
    """How many standard errors the share met has moved; None where one of them counts too few."""
    if min(now.due, then.due) < FEWEST:
        return None
    together = 1 - (now.late + then.late) / (now.due + then.due)
    error = sqrt(together * (1 - together) * (1 / now.due + 1 / then.due))
    return ((now.share or 0) - (then.share or 0)) / error if error else 0.0


def met(
    conn: Connection, filters: Filters, cities: bool, now: datetime, past: bool = False
) -> tuple[Met, ...]:
    """Sealed days as rolled up, others counted from their rows by index."""
    rows = conn.execute(
        text(
            f"""
            WITH zones AS MATERIALIZED (SELECT zone FROM {ZONES} z),
            loose AS (
                SELECT day, (SELECT min(day::timestamp AT TIME ZONE zone) FROM zones) AS low,
                       (SELECT max((day + 1)::timestamp AT TIME ZONE zone) FROM zones) AS high
                FROM (SELECT CAST(:since AS date) + n AS day FROM generate_series(
                          0, least(CAST(:until AS date), {NEWEST_TODAY}) - CAST(:since AS date)) n) period
                WHERE day NOT IN {SEALED_DAYS[past]}),
            counted AS (
                SELECT region_id, due, breached FROM derived.daily
                WHERE day BETWEEN :since AND :until AND day IN {SEALED_DAYS[past]} AND {NARROWED}
                UNION ALL
                SELECT coalesce(f.region_id, 0), 1, (f.flow = 'breached')::int
                FROM loose l CROSS JOIN LATERAL (
                    SELECT * FROM {FLOWS[past]} flow
                    WHERE at >= l.low AND at < l.high AND flow IN ('due', 'breached') AND {NARROWED}
                    OFFSET 0) f
                LEFT JOIN facts.region r USING (region_id) WHERE {DAY} = l.day)
            SELECT {_PLACE[cities]} AS region_id, sum(due)::int AS due, sum(breached)::int AS late
            FROM counted c LEFT JOIN facts.region r USING (region_id) GROUP BY 1 HAVING sum(due) > 0
            """
        ),
        {**filters.values(), "now": now},
    )
    return rows_of(Met, rows)


def expected_late(
    conn: Connection, filters: Filters, cities: bool, now: datetime
) -> tuple[ExpectedLate, ...]:
    """Of deadlines without callbacks, as the wall's number of the shift."""
    rows = conn.execute(
        text(
            f"SELECT {_PLACE[cities]} AS region_id, coalesce(sum(p), 0) AS breaches, count(*) AS deadlines, "
            "count(*) FILTER (WHERE p IS NULL) AS unknown "
            f"FROM (SELECT * FROM {OPEN_DEADLINES[False]} o WHERE due_at BETWEEN :now AND :ends "
            f"AND {NARROWED}) d "
            "LEFT JOIN derived.risk k USING (complaint_id, target, party_id, episode) "
            "LEFT JOIN facts.region r ON r.region_id = d.region_id GROUP BY 1"
        ),
        {**filters.values(), "now": now, "ends": running_shift(conn, now).ends_at},
    )
    return rows_of(ExpectedLate, rows)


def satisfaction_means(
    conn: Connection, filters: Filters, cities: bool, now: datetime
) -> tuple[tuple[int, Mean], ...]:
    """By region, with its margin; regions with fewer than two answers are left out."""
    rows = conn.execute(
        text(
            f"SELECT {_PLACE[cities]} AS region_id, round(score)::int AS score, count(*)::int AS answers "
            "FROM (SELECT *, answered_at AS at FROM derived.survey "
            f"WHERE {WINDOW.format('answered_at')} AND answered_at <= :now AND {NARROWED}) f "
            "LEFT JOIN facts.region r USING (region_id) "
            f"WHERE {DAY} BETWEEN CAST(:since AS date) AND CAST(:until AS date) GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        {**filters.values(), "now": now},
    )
    return tuple(_means((row.region_id, ScoreCount(row.score, row.answers)) for row in rows))


def _means(counted: Iterable[tuple[int, ScoreCount]]) -> Iterable[tuple[int, Mean]]:
    by_region: dict[int, list[ScoreCount]] = {}
    for region_id, one in counted:
        by_region.setdefault(region_id, []).append(one)
    for region_id, scores in by_region.items():
        mean = mean_of(scores)
        if mean is not None:
            yield region_id, mean


def held(conn: Connection, filters: Filters, cities: bool, now: datetime) -> tuple[Held, ...]:
    rows = conn.execute(
        text(
            f"SELECT {_PLACE[cities]} AS region_id, count(*)::int AS resolved, "
            f"count(other_at)::int AS reopened FROM ({resolution.RESOLVED}) q "
            "LEFT JOIN facts.region r USING (region_id) GROUP BY 1"
        ),
        resolution.parameters(filters, now),
    )
    return rows_of(Held, rows)
