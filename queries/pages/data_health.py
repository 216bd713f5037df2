"""Whether what comes in is whole and on time: the sources, and the complaints that lack something."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Connection, text

from queries.db import SPEED, row_of, rows_of
from queries.intake.feeds import SILENT

LATE_SECONDS = 3600  # from happening to being recorded
LOOKED_AT = 5_000  # complaints of the last day, the newest, by which the lag is told
VANISHED_DAYS, WITHDRAWN_DAYS, WEEKS = 30, 7, 4

Lack = Literal["no_tier", "no_department", "no_region", "no_category"]
Which = Literal[Lack, "late", "future", "vanished", "provisional"]
WHICH: tuple[Which, ...] = (*get_args(Lack), "late", "future", "vanished", "provisional")


@dataclass(frozen=True, slots=True)
class SourceRow:
    """`silent`: why it counts as silent, and since when. Lags from happening to being recorded, in real
    seconds: half and 95 % are shorter; None: nothing was received in the last day. Complaints a day by the
    source's zone: `usual` of the weekday of yesterday, over four weeks."""

    source: str
    heard_at: datetime
    fact_at: datetime | None
    expected_every: int | None
    silent: str | None
    silent_since: datetime | None
    lag_half: float | None
    lag_most: float | None
    today: int
    yesterday: int
    usual: float | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Complaints, except `withdrawn` alerts and `provisional` deadlines. `opened`: all that are open."""

    opened: int
    no_tier: int
    no_department: int
    no_region: int
    no_category: int
    late: int
    future: int
    vanished: int
    provisional: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Member:
    """`at`: the instant that is meant: in the future, or when it vanished."""

    complaint_id: int
    external_id: str
    source: str
    received_at: datetime
    at: datetime | None
    status: str
    tier: int | None
    department_id: int | None
    region_id: int | None
    category: str | None


_NOW = "CAST(:now AS timestamptz)"
_RECEIVED = f"""
SELECT c.complaint_id, c.source, m.happened_at,
       greatest(0, date_part('epoch', c.recorded_at - m.happened_at)) / {SPEED} AS lag
FROM (SELECT complaint_id, happened_at FROM derived.milestone
      WHERE milestone = 'received' AND happened_at > {_NOW} - interval '1 day' AND happened_at <= {_NOW}
      ORDER BY happened_at DESC LIMIT {LOOKED_AT}) m
JOIN facts.complaint c USING (complaint_id) WHERE NOT c.is_history
"""


def sources(conn: Connection, now: datetime) -> tuple[SourceRow, ...]:
    return rows_of(SourceRow, conn.execute(text(_SOURCES), {"now": now}))


_SOURCES = f"""
WITH silent AS (
    SELECT DISTINCT ON (source) source, cause, since FROM ({SILENT}) s ORDER BY source, until),
lags AS (
    SELECT source, percentile_cont(0.5) WITHIN GROUP (ORDER BY lag) AS half,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY lag) AS most
    FROM ({_RECEIVED}) r GROUP BY source),
today AS (
    SELECT source, CAST({_NOW} AT TIME ZONE coalesce(time_zone, 'UTC') AS date) AS day
    FROM journal.feed LEFT JOIN facts.source USING (source))
SELECT f.source, f.heard_at, f.fact_at, f.expected_every, s.cause AS silent, s.since AS silent_since,
       l.half AS lag_half, l.most AS lag_most,
       coalesce(d.today, 0) AS today, coalesce(d.yesterday, 0) AS yesterday, CAST(d.usual AS float8) AS usual
FROM journal.feed f JOIN today t USING (source) LEFT JOIN silent s USING (source)
LEFT JOIN lags l USING (source) CROSS JOIN LATERAL (
    SELECT sum(complaints) FILTER (WHERE day = t.day) AS today,
           sum(complaints) FILTER (WHERE day = t.day - 1) AS yesterday,
           avg(complaints) FILTER (WHERE day < t.day - 1) AS usual
    FROM journal.feed_day WHERE source = f.source
      AND day = ANY (ARRAY (SELECT t.day - 1 - 7 * week FROM generate_series(0, {WEEKS}) week) || t.day)) d
ORDER BY s.since IS NULL, f.source
"""


def counts(conn: Connection, now: datetime) -> Counts:
    return row_of(Counts, conn.execute(text(_COUNTS), {"now": now, "late": LATE_SECONDS}))


_FUTURE = f"derived.milestone WHERE happened_at > {_NOW} + interval '5 min'"
_VANISHED = f"facts.complaint WHERE vanished_at > {_NOW} - interval '{VANISHED_DAYS} days'"
_PROVISIONAL = "derived.deadline WHERE met_at IS NULL AND cancelled_at IS NULL AND provisional"
_COUNTS = f"""
SELECT o.*, (SELECT count(*) FROM ({_RECEIVED}) r WHERE lag > :late) AS late,
       (SELECT count(DISTINCT complaint_id) FROM {_FUTURE}) AS future,
       (SELECT count(*) FROM {_VANISHED}) AS vanished,
       (SELECT count(DISTINCT complaint_id) FROM {_PROVISIONAL}) AS provisional,
       (SELECT count(*) FROM journal.alert WHERE withdrawn_at > {_NOW} - interval '{WITHDRAWN_DAYS} days')
           AS withdrawn
FROM (SELECT count(*) AS opened, count(*) FILTER (WHERE tier IS NULL) AS no_tier,
             count(*) FILTER (WHERE department_id IS NULL) AS no_department,
             count(*) FILTER (WHERE region_id IS NULL) AS no_region,
             count(*) FILTER (WHERE category IS NULL) AS no_category
      FROM derived.stint WHERE counts_as_open AND until_at IS NULL) o
"""
_OPEN = (
    "SELECT complaint_id, NULL::timestamptz AS at FROM derived.stint "
    "WHERE counts_as_open AND until_at IS NULL"
)
_LISTED: dict[Which, str] = {
    "no_tier": f"{_OPEN} AND tier IS NULL",
    "no_department": f"{_OPEN} AND department_id IS NULL",
    "no_region": f"{_OPEN} AND region_id IS NULL",
    "no_category": f"{_OPEN} AND category IS NULL",
    "late": f"SELECT complaint_id, NULL::timestamptz AS at FROM ({_RECEIVED}) r WHERE lag > :late",
    "future": f"SELECT complaint_id, max(happened_at) AS at FROM {_FUTURE} GROUP BY complaint_id",
    "vanished": f"SELECT complaint_id, vanished_at AS at FROM {_VANISHED}",
    "provisional": f"SELECT complaint_id, min(due_at) AS at FROM {_PROVISIONAL} GROUP BY complaint_id",
}


def members(conn: Connection, which: Which, limit: int, now: datetime) -> tuple[Member, ...]:
    """The newest first."""
    found = conn.execute(
        text(
            "SELECT c.complaint_id, c.external_id, c.source, c.received_at, w.at, c.status, c.tier, "
            f"c.department_id, c.region_id, c.category FROM ({_LISTED[which]}) w "
            "JOIN facts.complaint c USING (complaint_id) ORDER BY c.received_at DESC, c.complaint_id "
            "LIMIT :limit"
        ),
        {"now": now, "late": LATE_SECONDS, "limit": limit},
    )
    return rows_of(Member, found)
