"""How fast co-owners respond and give their opinion (N6), open requests counted as still running."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, text

from queries.filters import NARROWED, Filters

RESPOND_SECONDS, OPINION_SECONDS = 3600, 14_400


@dataclass(frozen=True, slots=True)
class Pace:
    """Of one department (0: all). Shares are of the requests whose limit is over; None where there are none.

    Percentiles are Kaplan-Meier's, in seconds; None where so many are still open that it is not reached.
    """

    department_id: int
    requests: int
    open: int
    within_respond: float | None
    within_opinion: float | None
    respond_median: float | None
    respond_90: float | None
    opinion_median: float | None
    opinion_90: float | None


@dataclass(frozen=True, slots=True)
class Overdue:
    complaint_id: int
    external_id: str
    request_id: int
    step: str  # responded or opinion
    department_id: int | None
    lead_department_id: int | None
    region_id: int | None
    tier: int | None
    requested_at: datetime
    overdue_seconds: float


@dataclass(frozen=True, slots=True)
class DayPace:
    day: date
    requests: int
    within_respond: float | None
    within_opinion: float | None


@dataclass(frozen=True, slots=True)
class Run:
    """One request's step: how long it ran, and whether it was answered then (else it still runs or ended)."""

    seconds: float
    answered: bool


def percentile(runs: Iterable[Run], share: float) -> float | None:
    """When `share` of the requests is answered, by Kaplan-Meier: who still waits counts as at risk so far."""
    ordered = sorted(runs, key=lambda run: (run.seconds, not run.answered))
    at_risk, survival = len(ordered), 1.0
    for place, run in enumerate(ordered):
        if run.answered:
            survival *= 1 - 1 / (at_risk - place)
            if survival <= 1 - share + 1e-12:
                return run.seconds
    return None


def within(runs: Iterable[Run], limit: int) -> float | None:
    """Answered by the limit, of those answered or whose limit is over."""
    decided = [run for run in runs if run.answered or run.seconds >= limit]
    return sum(run.answered and run.seconds <= limit for run in decided) / len(decided) if decided else None


_RUNS = f"""
SELECT coalesce(department_id, 0), requested_at,
       date_part('epoch', least(responded_at, opinion_at, ended_at, CAST(:now AS timestamptz))
                          - requested_at),
       coalesce(least(responded_at, opinion_at) <= coalesce(ended_at, :now), false),
       date_part('epoch', least(opinion_at, ended_at, CAST(:now AS timestamptz)) - requested_at),
       coalesce(opinion_at <= coalesce(ended_at, :now), false),
       opinion_at IS NULL AND ended_at IS NULL
FROM derived.co_owner_request
WHERE requested_at >= CAST(:since AS date)::timestamp AT TIME ZONE 'Asia/Shanghai'
  AND requested_at < (CAST(:until AS date) + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
  AND requested_at <= :now AND {NARROWED}
"""


def paces(conn: Connection, filters: Filters, now: datetime) -> tuple[Pace, ...]:
    """All departments together first, then each, the slowest to respond first."""
    groups: dict[int, list[tuple[Run, Run, bool]]] = defaultdict(list)
    for department, _at, respond, responded, opinion, gave, is_open in conn.execute(
        text(_RUNS), {**filters.values(), "now": now}
    ):
        row = (Run(respond, responded), Run(opinion, gave), is_open)
        groups[0].append(row)
        groups[department].append(row)
    found = [_pace(department, rows) for department, rows in groups.items()]
    return tuple(sorted(found, key=lambda pace: (pace.department_id != 0, pace.within_respond or 0)))


def _pace(department: int, rows: list[tuple[Run, Run, bool]]) -> Pace:
    respond = [row[0] for row in rows]
    opinion = [row[1] for row in rows]
    return Pace(
        department,
        len(rows),
        sum(row[2] for row in rows),
        within(respond, RESPOND_SECONDS),
        within(opinion, OPINION_SECONDS),
        percentile(respond, 0.5),
        percentile(respond, 0.9),
        percentile(opinion, 0.5),
        percentile(opinion, 0.9),
    )


def by_day(conn: Connection, filters: Filters, now: datetime) -> tuple[DayPace, ...]:
    days: dict[date, list[tuple[Run, Run]]] = defaultdict(list)
    for _department, at, respond, responded, opinion, gave, _open in conn.execute(
        text(_RUNS.replace("requested_at,\n", "(requested_at AT TIME ZONE 'Asia/Shanghai')::date,\n", 1)),
        {**filters.values(), "now": now},
    ):
        days[at].append((Run(respond, responded), Run(opinion, gave)))
    return tuple(
        DayPace(
            day,
            len(rows),
            within((row[0] for row in rows), RESPOND_SECONDS),
            within((row[1] for row in rows), OPINION_SECONDS),
        )
        for day, rows in sorted(days.items())
    )


def overdue(conn: Connection, filters: Filters, limit: int, now: datetime) -> tuple[Overdue, ...]:
    """Open requests past a limit, longest overdue first; one row each, for the later step that is over."""
    rows = conn.execute(
        text(
            "SELECT q.complaint_id, c.external_id, q.request_id, q.step, q.department_id, "
            "q.lead_department_id, q.region_id, q.tier, q.requested_at, q.seconds FROM ("
            "SELECT *, CASE WHEN responded_at IS NULL THEN 'responded' ELSE 'opinion' END AS step, "
            "date_part('epoch', CAST(:now AS timestamptz) - requested_at) "
            "- CASE WHEN responded_at IS NULL THEN :respond ELSE :opinion END AS seconds "
            "FROM derived.co_owner_request WHERE opinion_at IS NULL AND ended_at IS NULL "
            f"AND {NARROWED}) q JOIN facts.complaint c USING (complaint_id) "
            "WHERE q.seconds > 0 ORDER BY q.seconds DESC, 1, 3 LIMIT :limit"
        ),
        {
            **filters.values(),
            "now": now,
            "respond": RESPOND_SECONDS,
            "opinion": OPINION_SECONDS,
            "limit": limit,
        },
    )
    return tuple(Overdue(*row) for row in rows)
