"""Frequent problems (F13): key issues of a period by count, customers, region, department and channel."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from queries.chance import at_least
from queries.db import row_of, rows_of
from queries.filters import NARROWED, Filters
from queries.merged import OWN_COMPLAINT
from queries.texts.proposals import STILL_PROPOSED

NEGATIVE = -0.25  # a sentiment below is negative
FEWEST = 10  # complaints; with fewer a region is never flagged
BY_CHANCE = 0.05  # probability that chance alone flags any cell of the table


@dataclass(frozen=True, slots=True)
class Overview:
    """`read`: texts that were read; the others have none, or wait."""

    complaints: int
    read: int
    recognised: int
    negative: int
    proposing: int
    waiting: int  # for a person's decision on tier 1
    unread: int
    has_before: bool  # complaints are known from the whole period before


@dataclass(frozen=True, slots=True)
class IssueCount:
    """`issue` is "" where none was recognised. `before`: in the period of the same length before."""

    issue: str
    complaints: int
    customers: int
    before: int
    customers_before: int
    read: int
    negative: int


@dataclass(frozen=True, slots=True)
class Cell:
    """`place`: a region or department, 0 where none is known."""

    issue: str
    place: int
    complaints: int


@dataclass(frozen=True, slots=True)
class ChannelCount:
    channel: str
    complaints: int
    read: int
    negative: int
    mean: float | None  # sentiment, -1..1
    proposing: int


@dataclass(frozen=True, slots=True)
class Share:
    """A problem's share in a region beside its share overall; `flagged`: more than chance explains."""

    issue: str
    place: int
    complaints: int
    of_place: int
    share: float
    overall: float
    flagged: bool

    @property
    def times(self) -> float:
        return self.share / self.overall


@dataclass(frozen=True, slots=True)
class Part:
    """The complaints that one number counts. None: all; "" and 0: those without a known value."""

    issue: str | None = None
    regions: tuple[int, ...] | None = None
    department_id: int | None = None
    channel: str | None = None
    is_negative: bool = False
    proposes: bool = False
    waits: bool = False
    has_customer: bool = False
    is_before: bool = False

    def values(self) -> dict[str, Any]:
        return {
            "of_issue": self.issue,
            "of_regions": None if self.regions is None else list(self.regions),
            "of_department": self.department_id,
            "of_channel": self.channel,
            "negative": NEGATIVE,
        }


@dataclass(frozen=True, slots=True)
class ReadComplaint:
    complaint_id: int
    external_id: str
    received_at: datetime
    status: str
    tier: int | None
    key_issue: str | None
    sentiment: float | None
    groups: str | None  # of its words, at the same place, a blank between them
    words: str | None  # one a line
    department_id: int | None
    region_id: int | None
    channel: str | None


def bounds(filters: Filters, now: datetime) -> dict[str, datetime]:
    """The period until now, and one of equal length before it: half of today against half of that day. The
    days are the page's for all regions: two intervals are compared."""
    days = timedelta((filters.until - filters.since).days + 1)
    zone = ZoneInfo(filters.zone)
    low, high = _midnight(filters.since, zone), min(_midnight(filters.until + timedelta(1), zone), now)
    return {
        "low": low,
        "high": max(high, low),
        "low_before": low - days,
        "high_before": max(high, low) - days,
    }


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


_FROM = "FROM facts.complaint c LEFT JOIN derived.text_signal s USING (complaint_id)"
_NOW = "received_at >= :low AND received_at < :high"
_BEFORE = "received_at >= :low_before AND received_at < :high_before"
_OF = f"{_FROM} WHERE {_NOW} AND {OWN_COMPLAINT} AND {NARROWED}"

_OVERVIEW = f"""
SELECT count(*) AS complaints, count(s.sentiment) AS read, count(s.key_issue) AS recognised,
       count(*) FILTER (WHERE s.sentiment < :negative) AS negative,
       count(*) FILTER (WHERE cardinality(s.triggers) > 0) AS proposing,
       count(*) FILTER (WHERE cardinality(s.triggers) > 0 AND {STILL_PROPOSED}) AS waiting,
       count(*) FILTER (WHERE s.complaint_id IS NULL
                        AND (c.title IS NOT NULL OR c.body IS NOT NULL)) AS unread,
       coalesce((SELECT min(received_at) FROM facts.complaint) < :low_before, false) AS has_before
{_OF}
"""
# Grouped by customer first: counting distinct rows is cheaper than sorting for each issue.
_BY_ISSUE = f"""
WITH counted AS (
    SELECT coalesce(s.key_issue, '') AS issue, c.customer_id,
           count(*) FILTER (WHERE {_NOW}) AS told, count(*) FILTER (WHERE {_BEFORE}) AS told_before,
           count(*) FILTER (WHERE {_NOW} AND {OWN_COMPLAINT}) AS complaints,
           count(*) FILTER (WHERE {_BEFORE} AND {OWN_COMPLAINT}) AS before,
           count(s.sentiment) FILTER (WHERE {_NOW} AND {OWN_COMPLAINT}) AS read,
           count(*) FILTER (WHERE {_NOW} AND {OWN_COMPLAINT} AND s.sentiment < :negative) AS negative
    {_FROM}
    WHERE received_at >= :low_before AND received_at < :high AND {NARROWED} GROUP BY 1, 2)
SELECT issue, sum(complaints)::int AS complaints,
       count(customer_id) FILTER (WHERE told > 0)::int AS customers, sum(before)::int AS before,
       count(customer_id) FILTER (WHERE told_before > 0)::int AS customers_before, sum(read)::int AS read,
       sum(negative)::int AS negative
FROM counted GROUP BY 1 ORDER BY 2 DESC, 1
"""
_BY_PLACE = f"""
SELECT issue, {{place}} AS place, sum(complaints)::int AS complaints FROM (
    SELECT coalesce(s.key_issue, '') AS issue, c.region_id, c.department_id, count(*) AS complaints
    {_OF} GROUP BY 1, 2, 3) q
LEFT JOIN facts.region r USING (region_id) GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""
_BY_CHANNEL = f"""
SELECT coalesce(c.channel, '') AS channel, count(*) AS complaints, count(s.sentiment) AS read,
       count(*) FILTER (WHERE s.sentiment < :negative) AS negative, avg(s.sentiment)::float AS mean,
       count(*) FILTER (WHERE cardinality(s.triggers) > 0) AS proposing
{_OF} GROUP BY 1 ORDER BY 2 DESC, 1
"""


def overview(conn: Connection, filters: Filters, now: datetime) -> Overview:
    return row_of(Overview, conn.execute(text(_OVERVIEW), _values(filters, now)))


def by_issue(conn: Connection, filters: Filters, now: datetime) -> tuple[IssueCount, ...]:
    """Most complaints first."""
    return rows_of(IssueCount, conn.execute(text(_BY_ISSUE), _values(filters, now)))


def by_region(conn: Connection, filters: Filters, provinces: bool, now: datetime) -> tuple[Cell, ...]:
    """Whole provinces, or their cities one by one."""
    place = "coalesce(r.parent_id, q.region_id, 0)" if provinces else "coalesce(q.region_id, 0)"
    rows = conn.execute(text(_BY_PLACE.format(place=place)), _values(filters, now))
    return rows_of(Cell, rows)


def by_department(conn: Connection, filters: Filters, now: datetime) -> tuple[Cell, ...]:
    sql = _BY_PLACE.format(place="coalesce(q.department_id, 0)")
    return rows_of(Cell, conn.execute(text(sql), _values(filters, now)))


def by_channel(conn: Connection, filters: Filters, now: datetime) -> tuple[ChannelCount, ...]:
    """Most complaints first."""
    return rows_of(ChannelCount, conn.execute(text(_BY_CHANNEL), _values(filters, now)))


def shares(cells: Sequence[Cell]) -> tuple[Share, ...]:
    """Every problem in every region compared with all regions together, the most surprising first.

    Flagged if at least FEWEST complaints are more than chance explains: the Poisson tail under the overall
    share, corrected for the number of cells (Bonferroni), so that a table of hundreds of small cells has no
    false flags.
    """
    of_place: dict[int, int] = defaultdict(int)
    of_issue: dict[str, int] = defaultdict(int)
    for cell in cells:
        of_place[cell.place] += cell.complaints
        of_issue[cell.issue] += cell.complaints
    total = sum(of_place.values())
    found = []
    for cell in cells:
        if cell.issue and cell.place:
            overall = of_issue[cell.issue] / total
            here = of_place[cell.place]
            chance = at_least(cell.complaints, here * overall)
            flagged = cell.complaints >= FEWEST and chance * len(cells) < BY_CHANCE
            share = Share(
                cell.issue, cell.place, cell.complaints, here, cell.complaints / here, overall, flagged
            )
            found.append((chance, -cell.complaints, share))
    return tuple(share for *_, share in sorted(found, key=lambda one: one[:2]))


_PART = """
    (CAST(:of_issue AS text) IS NULL OR coalesce(s.key_issue, '') = CAST(:of_issue AS text))
    AND (CAST(:of_regions AS int[]) IS NULL OR coalesce(region_id, 0) = ANY (CAST(:of_regions AS int[])))
    AND (CAST(:of_department AS int) IS NULL OR coalesce(department_id, 0) = CAST(:of_department AS int))
    AND (CAST(:of_channel AS text) IS NULL OR coalesce(channel, '') = CAST(:of_channel AS text))
"""


def _chosen(part: Part) -> str:
    return " AND ".join(
        [
            _BEFORE if part.is_before else _NOW,
            NARROWED,
            _PART,
            *(["s.sentiment < :negative"] if part.is_negative else []),
            *(["cardinality(s.triggers) > 0"] if part.proposes or part.waits else []),
            *([STILL_PROPOSED] if part.waits else []),
            "customer_id IS NOT NULL" if part.has_customer else OWN_COMPLAINT,
        ]
    )


def count_complaints(conn: Connection, filters: Filters, part: Part, now: datetime) -> int:
    found: int = conn.execute(
        text(f"SELECT count(*) {_FROM} WHERE {_chosen(part)}"), {**_values(filters, now), **part.values()}
    ).scalar_one()
    return found


def complaints(
    conn: Connection, filters: Filters, part: Part, limit: int, now: datetime
) -> tuple[ReadComplaint, ...]:
    """Exactly those behind a number of the page, newest first."""
    rows = conn.execute(
        text(
            "SELECT c.complaint_id, c.external_id, c.received_at, c.status, c.tier, s.key_issue, "
            "s.sentiment, array_to_string(s.triggers, ' ') AS groups, "
            "array_to_string(s.words, '\n') AS words, c.department_id, c.region_id, c.channel "
            f"{_FROM} WHERE {_chosen(part)} ORDER BY c.received_at DESC, c.complaint_id LIMIT :limit"
        ),
        {**_values(filters, now), **part.values(), "limit": limit},
    )
    return rows_of(ReadComplaint, rows)


def _values(filters: Filters, now: datetime) -> dict[str, Any]:
    return {**filters.values(), **bounds(filters, now), "negative": NEGATIVE}
