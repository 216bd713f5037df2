"""What an alert rule is: one object in one file of queries/alerts/rules/, and how it is run."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, text

from queries.db import SPEED, rows_of

LATE_SECONDS = 3600  # real ones: a crossing decided later than this was found late
BATCH = 5_000  # rows that one statement takes up at most

Level = Literal["critical", "warning", "info"]
Repeats = Literal["never", "when over", "when withdrawn", "at another level"]


class Texts(NamedTuple):
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Alert:
    alert_id: int
    rule: str
    subject: str
    level: Level
    occurrence: int
    crossed_at: datetime
    found_late: bool
    complaint_id: int | None
    external_id: str | None
    target: str | None
    tier: int | None
    department: str | None
    region: str | None
    reason: dict[str, Any]
    decided_at: datetime


class Words(NamedTuple):
    """What a title may name beside {complaint}, {target} and {subject}, by language."""

    en: dict[str, object]
    zh: dict[str, object]


class Found(NamedTuple):
    moved: int  # rows that were taken up, with or without an alert
    alerts: list[Alert]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`find` holds the CTEs of a statement, the last named `found` with the columns subject, level, at,
    reason (jsonb), complaint_id, target, party_id, episode, tier, department_id, region_id; what concerns no
    complaint ends them with NO_COMPLAINT. Bound are :now, :batch and what `values` gives.

    `end` is an UPDATE of journal.alert, which reads only open alerts of its own. None: the subject is a
    deadline or a callback, and deriving ends or withdraws the alert (queries/alerts/settled.py).
    """

    name: str
    label: Texts  # on pages
    title: Texts  # of a message: no name, no phone number and no text of a complaint
    levels: tuple[Level, ...]  # that `find` gives
    notify_levels: tuple[Level, ...]  # that leave the board through the outlets; others stay on its pages
    repeats: Repeats
    find: str
    waiting: str | None = None  # counts what `find` would take up; where there is nothing, it does not run
    end: str | None = None
    is_warning: bool = False  # pointless, and over, once its subject has breached
    job: Literal["sweep", "risk"] = "sweep"  # which looks for it: each second, or whenever risk is renewed
    values: Callable[[Connection], dict[str, object]] = lambda _conn: {}
    words: Callable[[Alert], Words] = lambda _alert: Words({}, {})
    path: Callable[[Alert], str] | None = None  # on the board; None: the complaint, or the page of jobs


NO_COMPLAINT = """
    NULL::bigint AS complaint_id, NULL::text AS target, NULL::bigint AS party_id, NULL::smallint AS episode,
    NULL::smallint AS tier, NULL::int AS department_id, NULL::int AS region_id"""
OPEN = "a.ended_at IS NULL AND a.withdrawn_at IS NULL"  # of journal.alert a

# May a subject be alerted of, and as which occurrence, by the alerts that it has already.
_REPEATS: dict[Repeats, tuple[str, str]] = {
    "never": ("last = 0", "1"),
    "when over": ("NOT is_open", "last + 1"),
    "when withdrawn": ("NOT stands", "last + 1"),
    "at another level": ("true", "withdrawn + 1"),
}
_STATEMENT = """
WITH {find},
crossed AS (
    SELECT f.*, {occurrence} AS occurrence FROM found f CROSS JOIN LATERAL (
        SELECT coalesce(max(occurrence), 0) AS last, count(a.withdrawn_at) AS withdrawn,
               coalesce(bool_or(withdrawn_at IS NULL), false) AS stands,
               coalesce(bool_or(ended_at IS NULL AND withdrawn_at IS NULL), false) AS is_open
        FROM journal.alert a WHERE a.rule = :rule AND a.subject = f.subject) before
    WHERE {may_repeat}),
new AS (
    INSERT INTO journal.alert (rule, subject, level, occurrence, decided_at, crossed_at, found_late, reason,
                               complaint_id, target, party_id, episode, tier, department_id, region_id)
    SELECT :rule, subject, level, occurrence, :now, at, :now - at > make_interval(secs => :late * {speed}),
           reason, complaint_id, target, party_id, episode, tier, department_id, region_id
    FROM crossed
    ON CONFLICT DO NOTHING RETURNING *)
SELECT n.alert_id, n.rule, n.subject, n.level, n.occurrence, n.crossed_at, n.found_late, n.complaint_id,
       c.external_id, n.target, n.tier, d.code AS department, r.code AS region, n.reason, n.decided_at
FROM new n LEFT JOIN facts.complaint c USING (complaint_id)
LEFT JOIN facts.department d ON d.department_id = n.department_id
LEFT JOIN facts.region r ON r.region_id = n.region_id
ORDER BY n.level, n.crossed_at
"""


def find(conn: Connection, rule: Rule, now: datetime, **values: object) -> Found:
    """Writes down the alerts that are new; `values` stand in for those of the policy in force."""
    bound: dict[str, object] = {"now": now, "late": LATE_SECONDS, "batch": BATCH, "rule": rule.name}
    bound |= rule.values(conn) | values
    waiting = None
    if rule.waiting is not None:
        waiting = conn.execute(text(rule.waiting), bound).scalar_one()
        if not waiting:
            return Found(0, [])
    may_repeat, occurrence = _REPEATS[rule.repeats]
    sql = _STATEMENT.format(find=rule.find, occurrence=occurrence, may_repeat=may_repeat, speed=SPEED)
    alerts = list(rows_of(Alert, conn.execute(text(sql), bound)))
    return Found(len(alerts) if waiting is None else waiting, alerts)


def end(conn: Connection, rule: Rule, now: datetime, **values: object) -> int:
    """Close its alerts whose subject is over; returns how many."""
    if rule.end is None:
        return 0
    return conn.execute(text(rule.end), {"now": now, **rule.values(conn), **values}).rowcount
