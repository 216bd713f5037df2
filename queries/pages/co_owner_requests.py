"""Co-owner requests as of an instant: the lists, and the rows that queries/pages/co_owners.py counts.

Whether a request was in time or late follows from its own deadlines, as set by the policy in force for it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, text

from queries.days import DAY, WINDOW
from queries.db import row_of, rows_of
from queries.filters import NARROWED, Filters
from queries.policies.history import load_policy_history

Which = Literal["all", "open", "respond_late", "opinion_late", "open_now", "overdue"]
# What each number counts and each list shows, in the order of the list. The last two are of any period.
WHICH: dict[Which, tuple[str, str]] = {
    "all": ("true", "requested_at DESC"),
    "open": ("is_open", "requested_at"),
    "respond_late": ("respond_late", "coalesce(responded_at, over_at, :now) - requested_at DESC"),
    "opinion_late": ("opinion_late", "coalesce(opinion_at, over_at, :now) - requested_at DESC"),
    "open_now": ("is_open", "requested_at"),
    "overdue": ("is_open AND (opinion_late OR respond_late AND responded_at IS NULL)", "requested_at"),
}
NOW: frozenset[Which] = frozenset({"open_now", "overdue"})


@dataclass(frozen=True, slots=True)
class Slice:
    """The requests that one number counts. None: all; 0: those without a known value."""

    department_id: int | None = None
    regions: tuple[int, ...] | None = None  # a province with its cities
    day: date | None = None

    def values(self) -> dict[str, Any]:
        regions = None if self.regions is None else list(self.regions)
        return {"of_department": self.department_id, "of_regions": regions, "of_day": self.day}


@dataclass(frozen=True, slots=True)
class Asked:
    """Late: whether its deadline was missed; None while it is undecided."""

    complaint_id: int
    external_id: str
    request_id: int
    department_id: int | None
    lead_department_id: int | None
    tier: int | None
    region_id: int | None
    requested_at: datetime
    responded_at: datetime | None
    opinion_at: datetime | None
    over_at: datetime | None  # cancelled, or the complaint was resolved
    respond_late: bool | None
    opinion_late: bool | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Open requests, whenever they were made."""

    open: int
    overdue: int


# Of requests `f`, each by an index.
_OPEN = {
    False: "opinion_at IS NULL AND ended_at IS NULL",
    True: "(least(opinion_at, ended_at) IS NULL OR least(opinion_at, ended_at) > :now)",
}
_PERIOD = WINDOW.format("requested_at")
_IN_PERIOD = f"{DAY} BETWEEN CAST(:since AS date) AND CAST(:until AS date)"
# As known at :now. An answer after the request has ended does not count.
REQUESTED = f"""
requested AS (
    SELECT f.complaint_id, f.request_id, f.department_id, f.lead_department_id, f.tier, f.region_id,
           coalesce(r.parent_id, f.region_id, 0) AS province_id, {DAY} AS day, f.requested_at,
           CASE WHEN least(f.responded_at, f.opinion_at) <= least(f.ended_at, :now)
                THEN least(f.responded_at, f.opinion_at) END AS responded_at,
           CASE WHEN f.opinion_at <= least(f.ended_at, :now) THEN f.opinion_at END AS opinion_at,
           CASE WHEN f.ended_at <= :now THEN f.ended_at END AS over_at,
           coalesce(least(f.opinion_at, f.ended_at) > :now, true) AS is_open
    FROM (SELECT *, requested_at AS at FROM derived.co_owner_request
          WHERE requested_at <= :now AND {NARROWED} AND %(window)s) f
    LEFT JOIN facts.region r ON r.region_id = f.region_id WHERE %(days)s
)"""
_DUE = """
    CASE WHEN coalesce(d.met_at, d.cancelled_at) <= :now THEN d.due_at ELSE (
        SELECT n.due_at FROM derived.deadline_span n
        WHERE n.complaint_id = d.complaint_id AND n.target = d.target AND n.party_id = d.party_id
          AND n.episode = d.episode AND n.from_at <= :now AND coalesce(n.until_at, 'infinity') > :now) END
"""


def _step(targets: str) -> str:
    """For the deadlines of one step of a request: true if any was missed, false if all were met; and whether
    all of them are past."""
    of_it = f"FILTER (WHERE target = ANY (:{targets}))"
    return (
        f"CASE WHEN bool_or(due_at < least(met_at, cancelled_at, :now)) {of_it} THEN true "
        f"WHEN bool_and(met_at <= :now AND met_at <= due_at) {of_it} THEN false END AS {targets}_late, "
        f"bool_and(due_at <= :now) {of_it} AS {targets}_over"
    )


DECIDED = f"""{REQUESTED},
decided AS (
    SELECT a.*, l.* FROM requested a CROSS JOIN LATERAL (
        SELECT {_step("respond")}, {_step("opinion")} FROM (
            SELECT d.target, d.met_at, d.cancelled_at, {_DUE} AS due_at FROM derived.deadline d
            WHERE d.complaint_id = a.complaint_id AND d.party_id = a.request_id OFFSET 0) d
    ) l
)"""


def of_period(sql: str) -> str:
    """`sql` over the requests made in the period; days are those of the region's zone."""
    return sql % {"window": _PERIOD, "days": _IN_PERIOD}


def _of_now(sql: str, past: bool) -> str:
    """`sql` over the requests that are open at :now, whenever they were made."""
    return sql % {"window": _OPEN[past], "days": "true"}


def parameters(conn: Connection, filters: Filters, now: datetime) -> dict[str, Any]:
    """For REQUESTED and DECIDED; a target keeps its meaning over all versions of the policy."""
    targets = [target for version in load_policy_history(conn).versions for target in version.policy.targets]
    return {
        **filters.values(),
        "now": now.replace(microsecond=0),
        "respond": [target.name for target in targets if target.met_by == "responded"],
        "opinion": [target.name for target in targets if target.met_by == "opinion"],
    }


_SLICED = """
    (CAST(:of_department AS int) IS NULL OR coalesce(department_id, 0) = CAST(:of_department AS int))
    AND (CAST(:of_regions AS int[]) IS NULL OR coalesce(region_id, 0) = ANY (CAST(:of_regions AS int[])))
    AND (CAST(:of_day AS date) IS NULL OR day = CAST(:of_day AS date))
"""
_LIST = f"""
WITH {DECIDED}
SELECT complaint_id, c.external_id, request_id, j.department_id, j.lead_department_id, j.tier, j.region_id,
       requested_at, responded_at, opinion_at, over_at, respond_late, opinion_late
FROM (SELECT * FROM decided WHERE %(which)s AND {_SLICED} ORDER BY %(order)s, complaint_id, request_id
      LIMIT :limit) j
JOIN facts.complaint c USING (complaint_id) ORDER BY %(order)s, complaint_id, request_id
"""


def requests(
    conn: Connection,
    filters: Filters,
    which: Which,
    part: Slice,
    limit: int,
    now: datetime,
    past: bool = False,
) -> tuple[Asked, ...]:
    """Exactly the requests behind a number of the page."""
    condition, order = WHICH[which]
    sql = _LIST.replace("%(which)s", condition).replace("%(order)s", order)
    sql = _of_now(sql, past) if which in NOW else of_period(sql)
    params = {**parameters(conn, filters, now), **part.values(), "limit": limit}
    return rows_of(Asked, conn.execute(text(sql), params))


def count_requests(
    conn: Connection, filters: Filters, which: Which, part: Slice, now: datetime, past: bool = False
) -> int:
    sql = f"WITH {DECIDED} SELECT count(*) FROM decided WHERE {WHICH[which][0]} AND {_SLICED}"
    sql = _of_now(sql, past) if which in NOW else of_period(sql)
    params = {**parameters(conn, filters, now), **part.values()}
    found: int = conn.execute(text(sql), params).scalar_one()
    return found


_STANDING: dict[str, Which] = {"open": "open_now", "overdue": "overdue"}


def standing(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> Standing:
    counts = ", ".join(
        f"count(*) FILTER (WHERE {WHICH[which][0]}) AS {name}" for name, which in _STANDING.items()
    )
    sql = _of_now(f"WITH {DECIDED} SELECT {counts} FROM decided", past)
    return row_of(Standing, conn.execute(text(sql), parameters(conn, filters, now)))
