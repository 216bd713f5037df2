"""The regions beside each other: deadlines met, expected breaches, satisfaction and what held, by province,
or city by city where regions are chosen. Open complaints and co-owners are those of their own pages."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import sqrt

from sqlalchemy import Connection, text

from queries.as_of import FLOWS, LOOSE, OPEN_DEADLINES, SEALED_DAYS
from queries.days import DAY
from queries.db import rows_of
from queries.filters import NARROWED, PLACE, Filters
from queries.pages import resolution, satisfaction
from queries.pages.satisfaction import Mean
from queries.policies.shifts import running_shift
from queries.rates import FEWEST

BEYOND_CHANCE = 3.0  # standard errors; with 31 provinces one in twelve pictures shows such a one by chance


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
            WITH {LOOSE[past]},
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
            SELECT {PLACE[cities]} AS region_id, sum(due)::int AS due, sum(breached)::int AS late
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
            f"SELECT {PLACE[cities]} AS region_id, coalesce(sum(p), 0) AS breaches, count(*) AS deadlines, "
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
    return tuple(satisfaction.means(conn, filters, PLACE[cities], now))


def held(conn: Connection, filters: Filters, cities: bool, now: datetime) -> tuple[Held, ...]:
    rows = conn.execute(
        text(
            f"SELECT {PLACE[cities]} AS region_id, count(*)::int AS resolved, "
            f"count(other_at)::int AS reopened FROM ({resolution.RESOLVED}) q "
            "LEFT JOIN facts.region r USING (region_id) GROUP BY 1"
        ),
        resolution.parameters(filters, now),
    )
    return rows_of(Held, rows)
