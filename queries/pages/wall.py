"""Reads of the wall: no names or phone numbers, only what the role board_wall may read."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, text

from queries.as_of import OPEN_DEADLINES, OPEN_STINTS, PENDING_CALLBACKS
from queries.days import JOIN_TODAY
from queries.db import SPEED, row_of, rows_of
from queries.filters import NARROWED, PLACE, Filters
from queries.intake.feeds import SILENT
from queries.merged import OWN_MILESTONE
from queries.open_deadlines import WHICH
from queries.pages.callbacks import DONE_TODAY, WHEN

WEEKS = 4  # of which 'usual' is the mean


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of deadlines, unless named otherwise."""

    open_complaints: int
    breached: int
    excused: int  # of the breached
    breached_urgent: int  # of tier 1
    within_hour: int
    open_deadlines: int
    requests_open: int
    requests_overdue: int
    next_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Feeds:
    """`silent`: the source that has exceeded its interval for the longest time."""

    sources: int
    silent: str | None
    silent_seconds: float | None  # real ones


@dataclass(frozen=True, slots=True)
class Calls:
    """`reached`: of those that ended today, with whom somebody spoke."""

    overdue: int
    today: int
    done_today: int
    reached: int


@dataclass(frozen=True, slots=True)
class PastDue:
    department_id: int  # 0: none known
    region_id: int
    deadlines: int


@dataclass(frozen=True, slots=True)
class Place:
    region_id: int  # 0: none known
    complaints: int


@dataclass(frozen=True, slots=True)
class Hour:
    """Of today; None where the hour has not begun. `usual`: the mean of this weekday, None without any."""

    hour: int
    received: int | None
    resolved: int | None
    usual_received: float | None
    yesterday_received: int


def figures(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> Figures:
    found = conn.execute(
        text(
            f"SELECT (SELECT count(*) FROM {OPEN_STINTS[past]} s WHERE {NARROWED}) AS open_complaints, "
            "count(*) FILTER (WHERE due_at < :now) AS breached, "
            f"count(*) FILTER (WHERE {WHICH['excused']}) AS excused, "
            "count(*) FILTER (WHERE due_at < :now AND tier = 1) AS breached_urgent, "
            f"count(*) FILTER (WHERE {WHICH['hour']}) AS within_hour, count(*) AS open_deadlines, "
            "count(DISTINCT (complaint_id, party_id)) FILTER (WHERE party_id <> 0) AS requests_open, "
            "count(DISTINCT (complaint_id, party_id)) FILTER (WHERE party_id <> 0 AND due_at < :now) "
            "AS requests_overdue, min(due_at) FILTER (WHERE due_at >= :now) AS next_due_at "
            f"FROM {OPEN_DEADLINES[past]} d WHERE {NARROWED}"
        ),
        {**filters.values(), "now": now},
    )
    return row_of(Figures, found)


def feeds(conn: Connection, now: datetime, past: bool = False) -> Feeds:
    """For a past moment by its alert: that a source was silent, and since when."""
    silent = _SILENT_THEN if past else _SILENT_NOW
    found = conn.execute(
        text(
            "SELECT (SELECT count(*) FROM journal.feed) AS sources, s.source AS silent, "
            f"date_part('epoch', CAST(:now AS timestamptz) - s.since) / {SPEED} AS silent_seconds "
            f"FROM (SELECT) one LEFT JOIN LATERAL ({silent}) s ON true"
        ),
        {"now": now},
    )
    return row_of(Feeds, found)


_SILENT_NOW = f"""
SELECT source, since FROM ({SILENT}) silent ORDER BY since LIMIT 1
"""
_SILENT_THEN = """
SELECT reason ->> 'source' AS source, (reason ->> 'heard_at')::timestamptz AS since FROM journal.alert
WHERE rule = 'feed_silent' AND crossed_at < :now AND (ended_at IS NULL OR ended_at > :now) ORDER BY 2 LIMIT 1
"""


def calls(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> Calls:
    found = conn.execute(
        text(
            f"SELECT count(*) FILTER (WHERE {WHEN['overdue']}) AS overdue, "
            f"count(*) FILTER (WHERE {WHEN['today']}) AS today, "
            f"(SELECT count(*) FROM {DONE_TODAY[past]}) AS done_today, "
            f"(SELECT count(*) FROM {DONE_TODAY[past]} AND outcome <> 'exhausted') AS reached "
            f"FROM {PENDING_CALLBACKS[past]} k {JOIN_TODAY.format('k')} WHERE {NARROWED}"
        ),
        {**filters.values(), "now": now},
    )
    return row_of(Calls, found)


def growth(conn: Connection, filters: Filters, now: datetime) -> int:
    """Open complaints now and an hour ago, from those that were opened and closed since."""
    change: int = conn.execute(
        text(
            "SELECT (SELECT count(*) FROM derived.stint WHERE counts_as_open AND from_at <= :now "
            f"AND from_at > CAST(:now AS timestamptz) - interval '1 h' AND {NARROWED}) "
            "- (SELECT count(*) FROM derived.stint WHERE counts_as_open AND until_at <= :now "
            f"AND until_at > CAST(:now AS timestamptz) - interval '1 h' AND {NARROWED})"
        ),
        {**filters.values(), "now": now},
    ).scalar_one()
    return change


def past_due(
    conn: Connection, filters: Filters, cities: bool, now: datetime, past: bool = False
) -> tuple[PastDue, ...]:
    """Whose they are: the lead owner's department, or the co-owner's; by province, or city by city."""
    rows = conn.execute(
        text(
            f"SELECT coalesce(d.department_id, 0) AS department_id, {PLACE[cities]} AS region_id, "
            "count(*) AS deadlines FROM ("
            f"SELECT * FROM {OPEN_DEADLINES[past]} o WHERE due_at < :now AND {NARROWED}) d "
            "LEFT JOIN facts.region r USING (region_id) GROUP BY 1, 2"
        ),
        {**filters.values(), "now": now},
    )
    return rows_of(PastDue, rows)


def places(
    conn: Connection, filters: Filters, cities: bool, now: datetime, past: bool = False
) -> tuple[Place, ...]:
    """Open complaints by province, or city by city; most first."""
    rows = conn.execute(
        text(
            f"SELECT {PLACE[cities]} AS region_id, count(*) AS complaints "
            f"FROM (SELECT region_id FROM {OPEN_STINTS[past]} o WHERE {NARROWED}) s "
            "LEFT JOIN facts.region r USING (region_id) GROUP BY 1 ORDER BY 2 DESC, 1"
        ),
        {**filters.values(), "now": now},
    )
    return rows_of(Place, rows)


_HOURS = f"""
WITH today AS (SELECT (CAST(:now AS timestamptz) AT TIME ZONE CAST(:page_zone AS text))::date AS day),
days AS (
    SELECT day, day - 7 * back AS of, back FROM today CROSS JOIN generate_series(0, :weeks) back
    UNION ALL SELECT day, day - 1, -1 FROM today),
known AS (
    SELECT count(*) AS days FROM days d WHERE back > 0 AND EXISTS (
        SELECT FROM derived.milestone WHERE milestone = 'received' AND {OWN_MILESTONE}
          AND happened_at >= d.of::timestamp AT TIME ZONE CAST(:page_zone AS text)
          AND happened_at < (d.of + 1)::timestamp AT TIME ZONE CAST(:page_zone AS text))),
seen AS (
    SELECT d.back, m.milestone, m.hour, m.complaints FROM days d CROSS JOIN LATERAL (
        SELECT milestone, date_part('hour', happened_at AT TIME ZONE CAST(:page_zone AS text))::int AS hour,
               count(*) AS complaints
        FROM derived.milestone
        WHERE happened_at >= d.of::timestamp AT TIME ZONE CAST(:page_zone AS text)
          AND happened_at < (d.of + 1)::timestamp AT TIME ZONE CAST(:page_zone AS text)
          AND happened_at <= :now AND milestone IN ('received', 'resolved') AND {OWN_MILESTONE} AND {NARROWED}
        GROUP BY 1, 2) m)
SELECT hour, coalesce(sum(complaints) FILTER (WHERE back = 0 AND milestone = 'received'), 0)::int AS received,
       coalesce(sum(complaints) FILTER (WHERE back = 0 AND milestone = 'resolved'), 0)::int AS resolved,
       coalesce(sum(complaints) FILTER (WHERE back > 0 AND milestone = 'received'), 0)::float
       / nullif((SELECT days FROM known), 0) AS usual_received,
       coalesce(sum(complaints) FILTER (WHERE back = -1 AND milestone = 'received'), 0)::int
       AS yesterday_received
FROM generate_series(0, 23) hour LEFT JOIN seen USING (hour) GROUP BY hour ORDER BY hour
"""


def hours(conn: Connection, filters: Filters, this_hour: int, now: datetime) -> tuple[Hour, ...]:
    """All 24 hours of today, in the zone of the page; `this_hour`: the current one."""
    rows = conn.execute(text(_HOURS), {**filters.values(), "now": now, "weeks": WEEKS})
    return tuple(
        hour if hour.hour <= this_hour else replace(hour, received=None, resolved=None)
        for hour in rows_of(Hour, rows)
    )
