"""Forecasts: a sample of the breach risks of each hour as they were shown, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import sqrt

from sqlalchemy import Connection, text

from config.retention import Retention
from queries.db import row_of, rows_of

FORECASTS_AN_HOUR = Retention().forecasts_an_hour
ERRORS = 2.58  # standard errors: forecasts that are right stay within them 99 times in 100
DAYS = 28

# The sample follows from the hour and the keys alone, so that any process chooses the same rows.
_RECORD_SQL = """
INSERT INTO journal.forecast (hour, complaint_id, target, party_id, episode, predicted_at, due_at, p, k, n,
    level, tier, department_id, region_id, curve_version)
SELECT CAST(:hour AS timestamptz), r.complaint_id, r.target, r.party_id, r.episode, :now, o.due_at,
       r.p, r.k, r.n, r.level, o.tier, o.department_id, o.region_id, r.curve_version
FROM (SELECT * FROM derived.risk
      ORDER BY md5(concat_ws('|', CAST(:epoch AS bigint), complaint_id, target, party_id, episode)),
               complaint_id LIMIT :most) r
JOIN LATERAL (
    SELECT due_at, tier, department_id, region_id FROM derived.deadline d
    WHERE d.complaint_id = r.complaint_id AND d.target = r.target AND d.party_id = r.party_id
      AND d.episode = r.episode AND met_at IS NULL AND cancelled_at IS NULL
    UNION ALL
    SELECT due_at, tier, department_id, region_id FROM derived.callback k
    WHERE k.complaint_id = r.complaint_id AND k.kind = r.target AND r.party_id = 0
      AND k.episode = r.episode AND ended_at IS NULL) o ON o.due_at IS NULL OR o.due_at >= :now
WHERE NOT EXISTS (SELECT FROM journal.forecast WHERE hour = :hour)
ON CONFLICT DO NOTHING
"""

# A deadline that was met early counts only once its due time has passed, as a breach does: otherwise the good
# outcomes would be known first. Later forecasts of one deadline repeat the earlier ones: the error of each is
# counted again with every earlier one, which makes 2 × place − 1 times its own variance. Deadlines of one
# complaint may fail together: where the squared errors of whole complaints are larger, they are the variance.
_ACTUAL_SQL = """
WITH forecast AS (
    SELECT s.complaint_id, CAST(s.p AS float8) AS p, coalesce(d.due_at, k.due_at) AS due_at,
           coalesce(d.met_at, d.cancelled_at, k.ended_at) AS ended_at,
           d.cancelled_at IS NOT NULL OR k.outcome IN ('cancelled', 'exhausted') AS is_cancelled,
           row_number() OVER (
               PARTITION BY s.complaint_id, s.target, s.party_id, s.episode ORDER BY s.hour) AS place
    FROM journal.forecast s
    LEFT JOIN derived.deadline d ON d.complaint_id = s.complaint_id AND d.target = s.target
         AND d.party_id = s.party_id AND d.episode = s.episode
    LEFT JOIN derived.callback k ON k.complaint_id = s.complaint_id AND k.kind = s.target AND s.party_id = 0
         AND k.episode = s.episode
    WHERE s.due_at >= CAST(:now AS timestamptz) - make_interval(days => :days + 8) AND s.hour <= :now),
known AS (
    SELECT *, (due_at AT TIME ZONE :zone)::date AS day,
           coalesce(is_cancelled AND ended_at <= due_at, false) AS is_out,
           CASE WHEN coalesce(ended_at > due_at, true) THEN 1 ELSE 0 END AS breached
    FROM forecast WHERE due_at < :now),
complaint AS (
    SELECT day, count(*) FILTER (WHERE NOT is_out) AS numbers, count(*) FILTER (WHERE is_out) AS left_out,
           sum(p) FILTER (WHERE NOT is_out) AS expected, sum(breached) FILTER (WHERE NOT is_out) AS breached,
           sum(p * (1 - p) * (2 * place - 1)) FILTER (WHERE NOT is_out) AS variance,
           sum(p - breached) FILTER (WHERE NOT is_out) AS off
    FROM known WHERE day > (CAST(:now AS timestamptz) AT TIME ZONE :zone)::date - :days
    GROUP BY day, complaint_id)
SELECT day, sum(numbers)::int AS numbers, sum(left_out)::int AS left_out,
       coalesce(sum(expected), 0)::float8 AS expected, coalesce(sum(breached), 0)::int AS breached,
       coalesce(greatest(sum(variance), sum(off * off)), 0)::float8 AS variance
FROM complaint GROUP BY day ORDER BY day
"""


@dataclass(frozen=True, slots=True)
class DayOutcome:
    """The forecasts that were due on one day, beside what happened.

    `expected`: the sum of the forecasts; `variance`: of the number of breaches, if the forecasts are right.
    """

    day: date
    numbers: int
    left_out: int  # cancelled by the due time
    expected: float
    breached: int
    variance: float


@dataclass(frozen=True, slots=True)
class Drift:
    """Over some days: between `low` and `high` breaches were to be expected.

    `since`: the first of the days at the end that were all off in the same direction; None: the last was not.
    """

    numbers: int
    expected: float
    breached: int
    low: float
    high: float
    since: date | None

    @property
    def is_off(self) -> bool:
        return not self.low <= self.breached <= self.high

    @property
    def points(self) -> float:
        """Percentage points by which the forecasts were too high."""
        return 100 * (self.expected - self.breached) / self.numbers


@dataclass(frozen=True, slots=True)
class Waiting:
    """Since when forecasts are kept, and when the next of them is due."""

    since: datetime | None
    next_due: datetime | None


def record(conn: Connection, now: datetime, most: int = FORECASTS_AN_HOUR) -> int:
    """At most `most` rows, once an hour; in the transaction that refreshed the risk and holds its lock."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    values = {"now": now, "hour": hour, "epoch": int(hour.timestamp()), "most": most}
    return conn.execute(text(_RECORD_SQL), values).rowcount


def actual_by_day(conn: Connection, zone: str, now: datetime) -> tuple[DayOutcome, ...]:
    """By day of the due time, as clocks in `zone` show it; today as far as it has come."""
    rows = conn.execute(text(_ACTUAL_SQL), {"zone": zone, "now": now, "days": DAYS})
    return rows_of(DayOutcome, rows)


def waiting(conn: Connection, now: datetime) -> Waiting:
    found = conn.execute(
        text(
            "SELECT (SELECT min(hour) FROM journal.forecast) AS since, "
            "(SELECT min(due_at) FROM journal.forecast WHERE due_at > :now) AS next_due"
        ),
        {"now": now},
    )
    return row_of(Waiting, found)


def drift(days: Sequence[DayOutcome]) -> Drift | None:
    """None where nothing was due yet."""
    days = [day for day in days if day.numbers]
    if not days:
        return None
    expected, breached = sum(day.expected for day in days), sum(day.breached for day in days)
    low, high = interval(expected, sum(day.variance for day in days))
    since = None
    for day in reversed(days):
        if (day.expected - day.breached) * (expected - breached) <= 0:
            break
        since = day.day
    return Drift(sum(day.numbers for day in days), expected, breached, low, high, since)


def interval(expected: float, variance: float) -> tuple[float, float]:
    """The range of breaches to expect if the forecasts are right; half a breach wider, as they are whole."""
    reach = ERRORS * sqrt(variance) + 0.5
    return expected - reach, expected + reach
