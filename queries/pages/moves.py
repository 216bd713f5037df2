"""The next five moves (docs/moves.md): reading what they depend on, and describing them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, text

from config.policy import Policy
from config.policy_values import GRADES
from config.shifts import running
from queries.arrays import Numbers
from queries.as_of import OPEN_DEADLINES, OPEN_STINTS, PENDING_CALLBACKS
from queries.db import read_columns, rows_of
from queries.filters import NARROWED, Filters
from queries.organisation import ACTIVE
from queries.pages.risk import OpenDeadline
from queries.policies.history import policy_in_force
from queries.risk.moves_model import Due, Person, Picked, Verb, pick

LEAST_AHEAD = timedelta(hours=2)  # even if the shift is nearly over
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
    deadlines: tuple[tuple[Key, float], ...]  # with their remaining risk afterwards, the riskiest first

    @property
    def code(self) -> str:
        """Stays the same for the same action later on; for the URL."""
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
_COLUMNS = (
    "complaint i8, party i8, episode i4, target i4, verb i4, department i4, owner i4, category i4, "
    "due_at f8, p f8, afresh f8"
)
# Targets and categories by their place in a list, 0: not in it. A category that nobody has handled finds no
# taker, and there is no move for a target that the policy in force does not have, or for a callback that may
# not be called yet (by agreement, or because nobody answered a moment ago).
_DUE = f"""
SELECT d.complaint_id, d.party_id, d.episode::int, coalesce(t.place, 0)::int,
       CASE WHEN t.place IS NULL THEN {Verb.NOTHING:d} WHEN d.target = ANY (:calls) THEN {Verb.CALL:d}
            WHEN d.party_id <> 0 THEN {Verb.CHASE:d} ELSE {Verb.REASSIGN:d} END,
       coalesce(d.department_id, 0), coalesce(d.owner_id, 0), coalesce(c.place, 0)::int,
       date_part('epoch', d.due_at), coalesce(r.p, 'NaN')::float8, coalesce(r.afresh, 1)::float8
FROM (SELECT * FROM {OPEN_DEADLINES[False]} o WHERE due_at >= :now AND due_at <= :until AND {NARROWED}) d
LEFT JOIN derived.risk r USING ({_KEY})
LEFT JOIN unnest(CAST(:targets AS text[])) WITH ORDINALITY t (target, place) USING (target)
LEFT JOIN unnest(CAST(:categories AS text[])) WITH ORDINALITY c (category, place)
    ON c.category = d.category
UNION ALL
SELECT d.complaint_id, 0, d.episode::int, t.place::int,
       CASE WHEN d.next_at <= :now THEN {Verb.CALL_BACK:d} ELSE {Verb.NOTHING:d} END,
       coalesce(d.department_id, 0), 0, 0, date_part('epoch', d.due_at), coalesce(r.p, 'NaN')::float8, 1
FROM (SELECT * FROM {PENDING_CALLBACKS[False]} o WHERE due_at >= :now AND due_at <= :until AND {NARROWED}) d
JOIN unnest(CAST(:targets AS text[])) WITH ORDINALITY t (kind, place) USING (kind)
LEFT JOIN derived.risk r ON r.complaint_id = d.complaint_id AND r.target = d.kind AND r.party_id = 0
    AND r.episode = d.episode
"""
_PEOPLE = f"""
SELECT a.agent_id, a.name_en, a.name_zh, a.grade, coalesce(o.load, 0) AS load, a.department_id,
       coalesce(k.categories, '{{}}') AS skills, {ACTIVE} AS is_active
FROM facts.agent a
LEFT JOIN (SELECT owner_id AS agent_id, array_agg(category) AS categories FROM derived.skill GROUP BY 1) k
    USING (agent_id)
LEFT JOIN (SELECT owner_id AS agent_id, count(*) AS load FROM {OPEN_STINTS[False]} s GROUP BY 1) o
    USING (agent_id)
WHERE a.grade = ANY (:grades) AND a.department_id IS NOT NULL
"""
_LISTED = f"""
WITH wanted AS (
    SELECT * FROM unnest(CAST(:complaints AS bigint[]), CAST(:targets AS text[]), CAST(:parties AS bigint[]),
                         CAST(:episodes AS int[])) WITH ORDINALITY AS w ({_KEY}, place)
)
SELECT d.complaint_id, c.external_id, d.target, d.party_id, d.tier, d.department_id,
       c.department_id AS lead_department_id, d.region_id, a.name_en AS owner_en, a.name_zh AS owner_zh,
       d.started_at, d.due_at, d.left_seconds, r.p, r.k, r.n, r.level, NULL::timestamptz AS excused_at
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
    people = conn.execute(text(_PEOPLE), {"grades": list(GRADES)}).all()
    categories = sorted({category for person in people for category in person.skills})
    targets = list(policy.labels)
    read = _read(conn, filters, now, until, policy, targets, categories)
    due = _due(read, policy, targets, now)
    picked = pick(due, _able(people, categories), policy.risk.call_takes)
    named = {row.agent_id: _colleague(row) for row in people}
    known = int(np.isfinite(due.p).sum())
    moves = tuple(_move(one, due, read, targets, named) for one in picked)
    return Moves(until, float(np.nansum(due.p)), known, len(due.p) - known, moves)


def _read(
    conn: Connection,
    filters: Filters,
    now: datetime,
    until: datetime,
    policy: Policy,
    targets: list[str],
    categories: list[str],
) -> NDArray[Any]:
    """_COLUMNS, in the order of the keys: the database finds them now so, now so."""
    calls = [target.name for target in policy.targets if target.met_by == "first_contact"]
    lists = {"calls": calls, "targets": targets, "categories": categories}
    values = {**filters.values(), **lists, "now": now, "until": until}
    found = read_columns(conn, _DUE, values, _COLUMNS)
    return found[np.lexsort(tuple(found[name] for name in ("target", "party", "episode", "complaint")))]


def _due(read: NDArray[Any], policy: Policy, targets: list[str], now: datetime) -> Due:
    columns = {
        name: read[name].astype(np.int64) for name in ("verb", "complaint", "department", "owner", "category")
    }
    return Due(
        **columns,
        grade=_grades(read, policy, targets),
        left=read["due_at"] - now.timestamp(),
        p=read["p"].astype(np.float64),
        afresh=read["afresh"].astype(np.float64),
    )


def _grades(read: NDArray[Any], policy: Policy, targets: list[str]) -> Numbers:
    """The highest grade that a target of the complaint requires; co-owner targets and callbacks require
    none."""
    required = {one.name: GRADES.index(one.by_grade) for one in policy.targets if one.owner == "lead"}
    grade = np.array([0, *(required.get(target, 0) for target in targets)], dtype=np.int64)[read["target"]]
    _, which = np.unique(read["complaint"], return_inverse=True)
    highest = np.zeros(len(grade), dtype=np.int64)
    np.maximum.at(highest, which, grade)
    return highest[which]


def _colleague(row: Row[Any]) -> Colleague:
    return Colleague(row.agent_id, row.name_en, row.name_zh, row.grade, row.load)


def _able(people: Sequence[Row[Any]], categories: list[str]) -> tuple[Person, ...]:
    places = {category: place for place, category in enumerate(categories, start=1)}
    return tuple(
        Person(
            row.agent_id,
            row.department_id,
            GRADES.index(row.grade),
            row.load,
            frozenset(places[name] for name in row.skills),
        )
        for row in people
        if row.is_active  # who left may give, and takes nothing
    )


def _move(one: Picked, due: Due, read: NDArray[Any], targets: list[str], named: dict[int, Colleague]) -> Move:
    rows = read[one.rows]
    keys: list[Key] = [
        (complaint, targets[target - 1], party, episode)
        for complaint, target, party, episode in rows[["complaint", "target", "party", "episode"]].tolist()
    ]
    return Move(
        ACTIONS[one.verb],
        one.department or None,
        named.get(one.giver),
        named.get(one.taker),
        len({(key[0], key[2]) for key in keys}),
        datetime.fromtimestamp(float(rows["due_at"].min()), UTC),
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
    return rows_of(OpenDeadline, rows)
