"""What the board said of breach risk, a sample of each hour, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import sqrt

from sqlalchemy import Connection, text

from config.retention import Retention
from queries.db import row_of, rows_of

FORECASTS_AN_HOUR = Retention().risk_said_an_hour
ERRORS = 2.58  # standard errors: numbers that are right stay within them 99 times of 100
DAYS = 28

# Which ones follows from the hour and the keys alone, so that any process chooses the same.
_WRITE_DOWN = """
INSERT INTO journal.risk_said (hour, complaint_id, target, party_id, episode, asked_at, due_at, p, k, n,
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
WHERE NOT EXISTS (SELECT FROM journal.risk_said WHERE hour = :hour)
ON CONFLICT DO NOTHING
"""

# An answer given early counts when its due time has passed, like a breach: else what ends well would be known
# first. A later number of one deadline repeats the earlier ones: its error counts with each of them again,
# which makes 2 × place − 1 times its own variance. Deadlines of one complaint may fail together: the squares
# of what each complaint was off by are the variance where they are larger.
_CAME = """
WITH came AS (
    SELECT s.complaint_id, CAST(s.p AS float8) AS p, coalesce(d.due_at, k.due_at) AS due_at,
           coalesce(d.met_at, d.cancelled_at, k.ended_at) AS ended_at,
           d.cancelled_at IS NOT NULL OR k.outcome IN ('cancelled', 'exhausted') AS is_cancelled,
           row_number() OVER (
               PARTITION BY s.complaint_id, s.target, s.party_id, s.episode ORDER BY s.hour) AS place
    FROM journal.risk_said s
    LEFT JOIN derived.deadline d ON d.complaint_id = s.complaint_id AND d.target = s.target
         AND d.party_id = s.party_id AND d.episode = s.episode
    LEFT JOIN derived.callback k ON k.complaint_id = s.complaint_id AND k.kind = s.target AND s.party_id = 0
         AND k.episode = s.episode
    WHERE s.due_at >= CAST(:now AS timestamptz) - make_interval(days => :days + 8) AND s.hour <= :now),
known AS (
    SELECT *, (due_at AT TIME ZONE :zone)::date AS day,
           coalesce(is_cancelled AND ended_at <= due_at, false) AS is_out,
           CASE WHEN coalesce(ended_at > due_at, true) THEN 1 ELSE 0 END AS breached
    FROM came WHERE due_at < :now),
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
class Came:
    """Of the numbers whose due time lay on that day. `expected`: their sum; `variance`: of the breaches, were
    the numbers right."""

    day: date
    numbers: int
    left_out: int  # cancelled by the due time
    expected: float
    breached: int
    variance: float


@dataclass(frozen=True, slots=True)
class Drift:
    """Of some days. Between `low` and `high` breaches were to be expected. `since`: from that day on each day
    was off in the same direction; None: the last was not."""

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
        """Percentage points by which the numbers were too high."""
        return 100 * (self.expected - self.breached) / self.numbers


@dataclass(frozen=True, slots=True)
class Waiting:
    """Since when numbers are kept, and when the next of them comes due."""

    since: datetime | None
    next_due: datetime | None


def write_down(conn: Connection, now: datetime, most: int = FORECASTS_AN_HOUR) -> int:
    """`most` of them, once an hour, after they were renewed; in the transaction that has the turn for it."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    values = {"now": now, "hour": hour, "epoch": int(hour.timestamp()), "most": most}
    return conn.execute(text(_WRITE_DOWN), values).rowcount


def came(conn: Connection, zone: str, now: datetime) -> tuple[Came, ...]:
    """By day of the due time, as clocks in `zone` show it; today as far as it has come."""
    rows = conn.execute(text(_CAME), {"zone": zone, "now": now, "days": DAYS})
    return rows_of(Came, rows)


def waiting(conn: Connection, now: datetime) -> Waiting:
    found = conn.execute(
        text(
            "SELECT (SELECT min(hour) FROM journal.risk_said) AS since, "
            "(SELECT min(due_at) FROM journal.risk_said WHERE due_at > :now) AS next_due"
        ),
        {"now": now},
    )
    return row_of(Waiting, found)


def drift(days: Sequence[Came]) -> Drift | None:
    """None where nothing has come due."""
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
    """Of breaches, were the numbers right; half a breach more on each side, for they come whole."""
    reach = ERRORS * sqrt(variance) + 0.5
    return expected - reach, expected + reach
