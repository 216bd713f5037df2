"""The next five moves (docs/moves.md): what is read for them, and what is said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, text

from config.policy import Policy
from config.policy_values import GRADES
from config.shifts import running
from queries.as_of import OPEN_DEADLINES, OPEN_STINTS, PENDING_CALLBACKS
from queries.filters import NARROWED, Filters
from queries.moves_model import Due, Person, Picked, Verb, pick
from queries.plans import policy_in_force
from queries.risk import OpenDeadline
from queries.risk_groups import Numbers

Objects = NDArray[np.object_]
LEAST_AHEAD = timedelta(hours=2)  # also when the shift is nearly over
Key = tuple[int, str, int, int]  # complaint_id, target, party_id, episode
Action = Literal["call", "call_back", "chase", "reassign"]
ACTIONS: dict[Verb, Action] = {
    Verb.CALL: "call",
    Verb.CALL_BACK: "call_back",
    Verb.CHASE: "chase",
    Verb.REASSIGN: "reassign",
}


@dataclass(frozen=True, slots=True)
class Colleague:
    agent_id: int
    name_en: str
    name_zh: str
    grade: str
    load: int  # open complaints, as far as the reader may see them


@dataclass(frozen=True, slots=True)
class Move:
    action: Action
    department_id: int | None  # of the complaints, or the co-owner
    giver: Colleague | None  # of a reassignment
    taker: Colleague | None
    count: int  # customers, requests or complaints
    first_due: datetime
    gain: float  # expected breaches that it avoids
    deadlines: tuple[tuple[Key, float], ...]  # with what is left of their risk afterwards, the riskiest first

    @property
    def code(self) -> str:
        """The same for the same action later on; for the URL."""
        who = (self.giver.agent_id, self.taker.agent_id) if self.giver and self.taker else ()
        return ".".join(map(str, (self.action, self.department_id or 0, *who)))


@dataclass(frozen=True, slots=True)
class Moves:
    until: datetime
    expected: float  # breaches of what falls due until then
    known: int  # deadlines of it that have a number
    unknown: int
    moves: tuple[Move, ...]


_KEY = "complaint_id, target, party_id, episode"
# A callback that may not be called yet (it was agreed so, or nobody answered a moment ago) cannot be moved.
_DUE = f"""
SELECT d.complaint_id, d.target, d.party_id, d.episode,
       CASE WHEN d.target = ANY (:calls) THEN {Verb.CALL:d} WHEN d.party_id <> 0 THEN {Verb.CHASE:d}
            ELSE {Verb.REASSIGN:d} END,
       coalesce(d.department_id, 0), coalesce(d.owner_id, 0), coalesce(d.category, ''),
       date_part('epoch', d.due_at), r.p, coalesce(r.afresh, 1)
FROM (SELECT * FROM {OPEN_DEADLINES[False]} o WHERE due_at >= :now AND due_at <= :until AND {NARROWED}) d
LEFT JOIN derived.risk r USING ({_KEY})
UNION ALL
SELECT d.complaint_id, d.kind, 0, d.episode,
       CASE WHEN d.next_at <= :now THEN {Verb.CALL_BACK:d} ELSE {Verb.NOTHING:d} END,
       coalesce(d.department_id, 0), 0, '', date_part('epoch', d.due_at), r.p, 1
FROM (SELECT * FROM {PENDING_CALLBACKS[False]} o WHERE due_at >= :now AND due_at <= :until AND {NARROWED}) d
LEFT JOIN derived.risk r ON r.complaint_id = d.complaint_id AND r.target = d.kind AND r.party_id = 0
    AND r.episode = d.episode
"""
_PEOPLE = f"""
SELECT a.agent_id, a.name_en, a.name_zh, a.grade, coalesce(o.load, 0) AS load,
       coalesce(a.department_id, 0) AS department_id,
       array(SELECT category FROM derived.skill s WHERE s.owner_id = a.agent_id) AS skills
FROM facts.agent a
LEFT JOIN (SELECT owner_id AS agent_id, count(*) AS load FROM {OPEN_STINTS[False]} s GROUP BY 1) o
    USING (agent_id)
WHERE a.grade = ANY (:grades)
"""
_LISTED = f"""
WITH wanted AS (
    SELECT * FROM unnest(CAST(:complaints AS bigint[]), CAST(:targets AS text[]), CAST(:parties AS bigint[]),
                         CAST(:episodes AS int[])) WITH ORDINALITY AS w ({_KEY}, place)
)
SELECT d.complaint_id, c.external_id, d.target, d.party_id, d.tier, d.department_id, c.department_id,
       d.region_id, a.name_en, a.name_zh, d.started_at, d.due_at, d.left_seconds, r.p, r.k, r.n, r.level
FROM (SELECT {_KEY}, tier, department_id, region_id, owner_id, started_at, due_at, left_seconds
      FROM {OPEN_DEADLINES[False]} o
      UNION ALL
      SELECT complaint_id, kind, 0, episode, tier, department_id, region_id, agent_id, resolved_at, due_at,
             NULL
      FROM {PENDING_CALLBACKS[False]} o) d
JOIN wanted w USING ({_KEY}) JOIN facts.complaint c USING (complaint_id)
LEFT JOIN facts.agent a ON a.agent_id = d.owner_id LEFT JOIN derived.risk r USING ({_KEY})
ORDER BY w.place LIMIT :limit
"""


def next_moves(conn: Connection, filters: Filters, now: datetime) -> Moves:
    """Until the running shift ends, or two hours where that is sooner."""
    policy = policy_in_force(conn)
    until = max(running(policy.shifts, policy.zone, now).ends_at, now + LEAST_AHEAD)
    calls = [target.name for target in policy.targets if target.met_by == "first_contact"]
    values = {**filters.values(), "now": now, "until": until, "calls": calls}
    read = _Read.of(conn.execute(text(_DUE), values).all())
    people = conn.execute(text(_PEOPLE), {"grades": list(GRADES)}).all()
    due, categories = _due(read, policy, now)
    picked = pick(due, _able(people, categories), policy.risk.call_takes)
    named = {row.agent_id: Colleague(row.agent_id, *row[1:5]) for row in people}
    known = int(np.isfinite(due.p).sum())
    told = tuple(_told(one, due, read, named) for one in picked)
    return Moves(until, float(np.nansum(due.p)), known, len(due.p) - known, told)


@dataclass(frozen=True, slots=True)
class _Read:
    """Columns as read: the key, the verb, department, owner, category, due time, p and afresh."""

    key: tuple[Objects, ...]
    verb: Objects
    department: Objects
    owner: Objects
    category: Objects
    due_at: Objects
    p: Objects
    afresh: Objects

    @classmethod
    def of(cls, rows: Sequence[Row[Any]]) -> "_Read":
        """By their keys: the order in which the database finds them is not always the same."""
        columns = np.array(sorted(map(tuple, rows)), dtype=object).reshape(-1, 11).T
        return cls(tuple(columns[:4]), *columns[4:])


def _due(read: _Read, policy: Policy, now: datetime) -> tuple[Due, dict[str, int]]:
    """And the number that each category has."""
    codes, categories = pd.factorize(read.category)
    return (
        Due(
            read.verb.astype(np.int64),
            read.key[0].astype(np.int64),
            read.department.astype(np.int64),
            read.owner.astype(np.int64),
            codes,
            _grades(read, policy),
            read.due_at.astype(np.float64) - now.timestamp(),
            read.p.astype(np.float64),
            read.afresh.astype(np.float64),
        ),
        {name: number for number, name in enumerate(categories)},
    )


def _grades(read: _Read, policy: Policy) -> Numbers:
    """The highest that a target of the complaint asks for; co-owners' and callbacks ask for none."""
    asked = {one.name: GRADES.index(one.by_grade) for one in policy.targets if one.owner == "lead"}
    grade = np.array([asked.get(target, 0) for target in read.key[1]], dtype=np.int64)
    _, which = np.unique(read.key[0].astype(np.int64), return_inverse=True)
    highest = np.zeros(len(grade), dtype=np.int64)
    np.maximum.at(highest, which, grade)
    return highest[which]


def _able(people: Sequence[Row[Any]], categories: dict[str, int]) -> tuple[Person, ...]:
    """Those in a department."""
    return tuple(
        Person(
            row.agent_id,
            row.department_id,
            GRADES.index(row.grade),
            row.load,
            frozenset(categories[name] for name in row.skills if name in categories),
        )
        for row in people
        if row.department_id
    )


def _told(one: Picked, due: Due, read: _Read, named: dict[int, Colleague]) -> Move:
    keys: list[Key] = list(zip(*(column[one.rows].tolist() for column in read.key), strict=True))
    return Move(
        ACTIONS[one.verb],
        one.department or None,
        named.get(one.giver),
        named.get(one.taker),
        len({(key[0], key[2]) for key in keys}),
        datetime.fromtimestamp(read.due_at[one.rows].min(), UTC),
        one.gain,
        tuple(zip(keys, due.after[one.rows].tolist(), strict=True)),
    )


def deadlines(conn: Connection, keys: tuple[Key, ...], limit: int) -> tuple[OpenDeadline, ...]:
    """Those of them that are still open, in the order of the keys."""
    complaints, targets, parties, episodes = zip(*keys, strict=True) if keys else ((), (), (), ())
    rows = conn.execute(
        text(_LISTED),
        {
            "complaints": list(complaints),
            "targets": list(targets),
            "parties": list(parties),
            "episodes": list(episodes),
            "limit": limit,
        },
    )
    return tuple(OpenDeadline(*row) for row in rows)
