"""What a person did with a complaint, written as one action with its observations, and taken back as one.

The caller holds the complaint's row lock: a deriver, a source and another person wait for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, text

from queries.db import raise_version, row_or_none
from queries.intake.door import mark_dirty
from queries.intake.merge import CURRENT_REQUESTS_OF, CURRENT_STATE_OF


class Observed(NamedTuple):
    field: str  # of the complaint, a milestone, or a step of the co-owner request `party_id`
    value: str | None  # ids, not codes, for references
    party_id: int


@dataclass(frozen=True, slots=True)
class Written:
    """`place`: its number among the actions of the complaint."""

    complaint_id: int
    place: int
    action_key: str
    action: str
    agent_id: int
    happened_at: datetime
    note: str | None
    cause: str | None


@dataclass(frozen=True, slots=True)
class Last:
    place: int
    action: str
    recorded_at: datetime


def lock(conn: Connection, complaint_id: int) -> bool:
    """False: there is none, or none in the person's scope."""
    found = conn.execute(
        text("SELECT complaint_id FROM facts.complaint WHERE complaint_id = :id FOR NO KEY UPDATE"),
        {"id": complaint_id},
    )
    return found.one_or_none() is not None


def is_written(conn: Connection, complaint_id: int, action_key: str) -> bool:
    found: bool = conn.execute(
        text("SELECT EXISTS (SELECT FROM facts.action WHERE complaint_id = :id AND action_key = :key)"),
        {"id": complaint_id, "key": action_key},
    ).scalar_one()
    return found


def next_place(conn: Connection, complaint_id: int) -> int:
    """From 1."""
    found: int = conn.execute(
        text("SELECT coalesce(max(place), 0) + 1 FROM facts.action WHERE complaint_id = :id"),
        {"id": complaint_id},
    ).scalar_one()
    return found


def write(conn: Connection, action: Written, observed: Sequence[Observed], now: datetime) -> None:
    values = {name: getattr(action, name) for name in Written.__slots__} | {"now": now}
    conn.execute(text(_ACTION), values)
    write_observations(conn, action, observed, now)
    _follow(conn, action.complaint_id, now)


def write_observations(
    conn: Connection, action: Written, observed: Sequence[Observed], now: datetime
) -> None:
    if observed:
        conn.execute(
            text(_OBSERVATIONS),
            {
                "id": action.complaint_id,
                "place": action.place,
                "agent_id": action.agent_id,
                "at": action.happened_at,
                "now": now,
                "fields": [one.field for one in observed],
                "vals": [one.value for one in observed],
                "parties": [one.party_id for one in observed],
            },
        )


_ACTION = """
INSERT INTO facts.action (complaint_id, place, action_key, action, agent_id, happened_at, recorded_at, note,
                          cause)
VALUES (:complaint_id, :place, :action_key, :action, :agent_id, :happened_at, :now, :note, :cause)
"""
_OBSERVATIONS = """
INSERT INTO facts.complaint_event (complaint_id, party_id, field, happened_at, source_seq, origin, value,
                                   agent_id, recorded_at)
SELECT :id, party_id, CAST(field AS facts.observed), :at, :place, 'person', value, :agent_id, :now
FROM unnest(CAST(:fields AS text[]), CAST(:vals AS text[]), CAST(:parties AS bigint[]))
     o (field, value, party_id)
"""


def last_action(conn: Connection, complaint_id: int, agent_id: int) -> Last | None:
    """The newest of this person that stands, where nothing but notes came after it."""
    return row_or_none(Last, conn.execute(text(_LAST), {"id": complaint_id, "agent_id": agent_id}))


_LAST = """
SELECT a.place, a.action, a.recorded_at FROM facts.action a
WHERE a.complaint_id = :id AND a.agent_id = :agent_id AND a.place > 0 AND a.undone_at IS NULL
  AND NOT EXISTS (SELECT FROM facts.action o WHERE o.complaint_id = a.complaint_id AND o.place > a.place
                  AND o.undone_at IS NULL AND o.action <> 'note')
ORDER BY a.place DESC LIMIT 1
"""


def take_back(conn: Connection, complaint_id: int, place: int, now: datetime) -> None:
    """Its observations count no more, as if they had never been; the action keeps its row."""
    values = {"id": complaint_id, "place": place, "now": now}
    conn.execute(text(_UNDONE), values)
    conn.execute(text(_RETRACTED), values)
    _follow(conn, complaint_id, now)


_UNDONE = """
UPDATE facts.action SET undone_at = :now WHERE complaint_id = :id AND place = :place AND undone_at IS NULL
"""
_RETRACTED = """
UPDATE facts.complaint_event SET retracted_at = :now
WHERE complaint_id = :id AND origin = 'person' AND source_seq = :place AND retracted_at IS NULL
"""


def _follow(conn: Connection, complaint_id: int, now: datetime) -> None:
    for sql in (CURRENT_STATE_OF, CURRENT_REQUESTS_OF):
        conn.execute(text(sql), {"ids": [complaint_id], "now": now})
    mark_dirty(conn, [complaint_id])
    raise_version(conn, now)
