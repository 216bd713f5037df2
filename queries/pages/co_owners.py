"""How fast co-owners respond and give their opinion (N6), open requests counted as still running.

Whether a request was in time or late follows from its own deadlines (queries/pages/co_owner_requests.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from heapq import merge
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, text

from config.policy import Target
from queries.filters import Filters
from queries.pages.co_owner_requests import DECIDED, REQUESTED, of_period, parameters
from queries.policies.history import load_policy_history, version_at

SHARES = (0.5, 0.9)
ALL = -1  # departments together


@dataclass(frozen=True, slots=True)
class Kept:
    """Requests. Decided: those whose deadline has passed; late: those of them not answered by it.

    A quick answer counts only once its deadline has passed, or the newest days would look too good.
    """

    requests: int
    open: int
    respond_decided: int
    respond_late: int
    opinion_decided: int
    opinion_late: int

    @property
    def within_respond(self) -> float | None:
        return 1 - self.respond_late / self.respond_decided if self.respond_decided else None

    @property
    def within_opinion(self) -> float | None:
        return 1 - self.opinion_late / self.opinion_decided if self.opinion_decided else None


@dataclass(frozen=True, slots=True)
class Pace(Kept):
    """Of one department (0: none known), or of ALL.

    Percentiles are Kaplan-Meier's, in seconds; None if too many requests are still open to reach it.
    """

    department_id: int
    respond_median: float | None
    respond_90: float | None
    opinion_median: float | None
    opinion_90: float | None


@dataclass(frozen=True, slots=True)
class DayPace(Kept):
    day: date


@dataclass(frozen=True, slots=True)
class RegionPace(Kept):
    region_id: int


@dataclass(frozen=True, slots=True)
class Answers:
    """The requests of a period. Departments and regions: the most late opinions first."""

    all: Pace
    departments: tuple[Pace, ...]
    regions: tuple[RegionPace, ...]
    days: tuple[DayPace, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """The targets in force that start with a request."""

    respond: tuple[Target, ...]
    opinion: tuple[Target, ...]


def limits(conn: Connection, now: datetime) -> Limits:
    policy = version_at(load_policy_history(conn).versions, int(now.timestamp())).policy
    on = [target for target in policy.targets if target.on]
    return Limits(
        tuple(target for target in on if target.met_by == "responded"),
        tuple(target for target in on if target.met_by == "opinion"),
    )


def percentiles(runs: Iterable[int], shares: Sequence[float]) -> tuple[float | None, ...]:
    """When each share (rising) of the requests is answered, by Kaplan-Meier: open requests are censored.

    A run is encoded as twice its seconds, plus one if it was not answered; runs are sorted.
    """
    ordered = list(runs)
    found: list[float] = []
    at_risk, survival = len(ordered), 1.0
    for run in ordered:
        if len(found) == len(shares):
            break
        if not run % 2:
            survival *= 1 - 1 / at_risk
            while len(found) < len(shares) and survival <= 1 - shares[len(found)] + 1e-9:
                found.append(run / 2)
        at_risk -= 1
    return (*found, *[None] * (len(shares) - len(found)))


_COUNTS = """
    count(*) AS requests, count(*) FILTER (WHERE is_open) AS open,
    count(*) FILTER (WHERE respond_late OR NOT respond_late AND respond_over) AS respond_decided,
    count(*) FILTER (WHERE respond_late) AS respond_late,
    count(*) FILTER (WHERE opinion_late OR NOT opinion_late AND opinion_over) AS opinion_decided,
    count(*) FILTER (WHERE opinion_late) AS opinion_late
"""


def _seconds_until(step: str) -> str:
    """Whole seconds from a request until it was answered, ended, or now."""
    ended = f"coalesce({step}, over_at, CAST(:now AS timestamptz))"
    return f"greatest(date_part('epoch', {ended} - requested_at), 0)::int"


# In one pass: in total, by department, by region and by day.
_TALLIES = of_period(f"""
WITH {DECIDED}
SELECT grouping(department_id, place, day) AS kind, department_id, place, day, {_COUNTS}
FROM (SELECT *, CASE WHEN :provinces THEN province_id ELSE coalesce(region_id, 0) END AS place FROM decided) j
GROUP BY GROUPING SETS ((), (department_id), (place), (day))
""")
_TOGETHER, _DEPARTMENT, _PLACE, _DAY = 0b111, 0b011, 0b101, 0b110
_RUNS = of_period(f"""
WITH {REQUESTED},
runs AS (
    SELECT department_id, 2 * {_seconds_until("responded_at")} + (responded_at IS NULL)::int AS respond,
           2 * {_seconds_until("opinion_at")} + (opinion_at IS NULL)::int AS opinion FROM requested)
SELECT department_id, array_agg(respond ORDER BY respond), array_agg(opinion ORDER BY opinion)
FROM runs GROUP BY department_id
""")


def answers(conn: Connection, filters: Filters, now: datetime) -> Answers | None:
    """Regions are provinces, or cities if regions were chosen; None without any request."""
    tallies = _tallies(conn, filters, now)
    by_department = runs(conn, filters, now)
    everyone = [tuple(merge(*(one[step] for one in by_department.values()))) for step in (0, 1)]
    total = next((row for row in tallies if row.kind == _TOGETHER), None)
    if total is None or not total.requests:
        return None
    paces = [
        _pace(row.department_id or 0, row, by_department[row.department_id])
        for row in tallies
        if row.kind == _DEPARTMENT
    ]
    places = [RegionPace(**_kept(row), region_id=row.place) for row in tallies if row.kind == _PLACE]
    return Answers(
        _pace(ALL, total, everyone),
        tuple(sorted(paces, key=_most_late)),
        tuple(sorted(places, key=_most_late)),
        tuple(_days(tallies)),
    )


def _most_late(row: Kept) -> tuple[int, int]:
    return -row.opinion_late, -row.requests


def _kept(row: Row[Any]) -> dict[str, int]:
    return {one.name: getattr(row, one.name) for one in fields(Kept)}


def _pace(department_id: int, row: Row[Any], runs: Sequence[Sequence[int]]) -> Pace:
    (respond, respond_90), (opinion, opinion_90) = (percentiles(one, SHARES) for one in runs)
    return Pace(
        **_kept(row),
        department_id=department_id,
        respond_median=respond,
        respond_90=respond_90,
        opinion_median=opinion,
        opinion_90=opinion_90,
    )


def by_day(conn: Connection, filters: Filters, now: datetime) -> tuple[DayPace, ...]:
    return tuple(_days(_tallies(conn, filters, now)))


def _days(tallies: Iterable[Row[Any]]) -> Iterable[DayPace]:
    rows = (DayPace(**_kept(row), day=row.day) for row in tallies if row.kind == _DAY)
    return sorted(rows, key=attrgetter("day"))


def _tallies(conn: Connection, filters: Filters, now: datetime) -> Sequence[Row[Any]]:
    params = {**parameters(conn, filters, now), "provinces": not filters.regions}
    return conn.execute(text(_TALLIES), params).all()


def runs(conn: Connection, filters: Filters, now: datetime) -> dict[int | None, tuple[list[int], list[int]]]:
    found = conn.execute(text(_RUNS), parameters(conn, filters, now))
    return {department: (respond, opinion) for department, respond, opinion in found}
