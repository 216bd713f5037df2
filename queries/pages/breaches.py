"""The breaches of a period, and which of them are excused. A breach belongs to the day of its due time, and
has the dimensions that its deadline has."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Connection, text

from queries.as_of import EXCUSED
from queries.days import DAY, WINDOW
from queries.db import row_of, rows_of
from queries.filters import NARROWED, Filters
from queries.intake.excuses import BreachKey
from queries.policies.history import policy_in_force

Which = Literal["all", "standing", "excused"]
WHICH: tuple[Which, ...] = get_args(Which)
_WHICH: dict[Which, str] = {
    "all": "true",
    "standing": "excused_at IS NULL",
    "excused": "excused_at IS NOT NULL",
}


@dataclass(frozen=True, slots=True)
class Counts:
    breaches: int
    excused: int
    still_open: int


@dataclass(frozen=True, slots=True)
class Group:
    """Of a department (0: none known) or of a reason."""

    department_id: int | None
    target: str | None
    breaches: int
    excused: int


@dataclass(frozen=True, slots=True)
class Breach:
    complaint_id: int
    external_id: str
    target: str
    party_id: int
    episode: int
    tier: int | None
    department_id: int | None  # whose it is: the co-owner's for a co-owner request
    region_id: int | None
    due_at: datetime
    ended_at: datetime | None  # None: still open
    excused_at: datetime | None
    reason: str | None
    note: str | None
    person_en: str | None
    person_zh: str | None

    @property
    def key(self) -> BreachKey:
        return BreachKey(self.complaint_id, self.target, self.party_id, self.episode)


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    name_en: str
    name_zh: str
    needs_note: bool


# What is later than :now has not happened yet.
_OF_PERIOD = f"""
WITH of_period AS (
    SELECT f.complaint_id, f.target, f.party_id, f.episode, f.tier, f.department_id, f.region_id, f.due_at,
           CASE WHEN f.ended <= :now THEN f.ended END AS ended_at, f.excused AS excused_at
    FROM (SELECT complaint_id, target, party_id, episode, tier, department_id, region_id, due_at,
                 due_at AS at, coalesce(met_at, cancelled_at) AS ended, {{excused}} AS excused
          FROM derived.deadline d
          WHERE due_at < :now AND {WINDOW.format("due_at")} AND {NARROWED}
            AND (coalesce(met_at, cancelled_at) IS NULL OR coalesce(met_at, cancelled_at) > due_at)) f
    LEFT JOIN facts.region r ON r.region_id = f.region_id
    WHERE {DAY} BETWEEN CAST(:since AS date) AND CAST(:until AS date))
"""


def _of_period(past: bool) -> str:
    return _OF_PERIOD.replace("{excused}", EXCUSED[past].format("d"))


def counts(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> Counts:
    found = conn.execute(
        text(
            f"{_of_period(past)} SELECT count(*) AS breaches, count(excused_at) AS excused, "
            "count(*) FILTER (WHERE ended_at IS NULL) AS still_open FROM of_period"
        ),
        {**filters.values(), "now": now},
    )
    return row_of(Counts, found)


def groups(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> tuple[Group, ...]:
    """By department, then by target; the most breaches first."""
    rows = conn.execute(
        text(
            f"{_of_period(past)} SELECT CASE WHEN grouping(department_id) = 0 "
            "THEN coalesce(department_id, 0) END AS department_id, target, count(*) AS breaches, "
            "count(excused_at) AS excused FROM of_period GROUP BY GROUPING SETS ((department_id), (target)) "
            "ORDER BY 3 DESC, 1, 2"
        ),
        {**filters.values(), "now": now},
    )
    return rows_of(Group, rows)


def breaches(
    conn: Connection, filters: Filters, which: Which, limit: int, now: datetime
) -> tuple[Breach, ...]:
    """The latest first. What was excused or undone is read from what people stated, so that a list which is
    loaded again after a press shows it before it is derived."""
    rows = conn.execute(
        text(
            f"{_of_period(past=True)} SELECT b.complaint_id, c.external_id, b.target, b.party_id, b.episode, "
            "b.tier, b.department_id, b.region_id, b.due_at, b.ended_at, b.excused_at, e.reason, e.note, "
            "coalesce(a.name_en, e.person) AS person_en, coalesce(a.name_zh, e.person) AS person_zh "
            f"FROM (SELECT * FROM of_period WHERE {_WHICH[which]} "
            "ORDER BY due_at DESC, complaint_id, target, party_id LIMIT :limit) b "
            "JOIN facts.complaint c USING (complaint_id) LEFT JOIN LATERAL ("
            "SELECT reason, note, person FROM facts.excuse e WHERE e.complaint_id = b.complaint_id "
            "AND e.target = b.target AND e.party_id = b.party_id AND e.episode = b.episode "
            "AND e.is_excused AND e.excused_at = b.excused_at "
            "ORDER BY e.excuse_id DESC LIMIT 1) e ON b.excused_at IS NOT NULL "
            "LEFT JOIN facts.agent a ON a.login = e.person "
            "ORDER BY b.due_at DESC, b.complaint_id, b.target, b.party_id"
        ),
        {**filters.values(), "now": now, "limit": limit},
    )
    return rows_of(Breach, rows)


def reasons(conn: Connection) -> tuple[Reason, ...]:
    """Of the policy in force."""
    return tuple(Reason(one.name, one.label, one.label_zh, one.note) for one in policy_in_force(conn).excuses)
