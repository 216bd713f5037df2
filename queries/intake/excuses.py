"""Excusing breaches, and undoing it: facts that a person states, all of a press in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, text

from queries.db import raise_version
from queries.intake.door import mark_dirty

MAY_EXCUSE = ("supervisor", "manager", "administrator")  # the database checks it too


class BreachKey(NamedTuple):
    complaint_id: int
    target: str
    party_id: int
    episode: int


# Breaches of these that stand otherwise: a second person who excuses the same ones changes nothing.
_WRITE = """
INSERT INTO facts.excuse (complaint_id, target, party_id, episode, action_key, excused_at, is_excused, reason,
                          note, person, recorded_at)
SELECT complaint_id, target, party_id, episode, :action_key, :now, :is_excused, :reason, :note, :person, :now
FROM unnest(CAST(:complaints AS bigint[]), CAST(:targets AS text[]), CAST(:parties AS bigint[]),
            CAST(:episodes AS smallint[])) wanted (complaint_id, target, party_id, episode)
JOIN derived.deadline d USING (complaint_id, target, party_id, episode)
WHERE d.due_at < coalesce(d.met_at, d.cancelled_at, :now)
  AND :is_excused IS DISTINCT FROM coalesce((
    SELECT e.is_excused FROM facts.excuse e
    WHERE e.complaint_id = d.complaint_id AND e.target = d.target AND e.party_id = d.party_id
      AND e.episode = d.episode ORDER BY e.excuse_id DESC LIMIT 1), false)
ON CONFLICT DO NOTHING
"""
_DONE = """
SELECT count(*) FROM facts.excuse WHERE complaint_id = ANY (:complaints) AND action_key = :action_key
"""


def excuse(
    conn: Connection,
    breaches: Sequence[BreachKey],
    reason: str,
    note: str | None,
    person: str,
    action_key: str,
    now: datetime,
) -> int:
    """How many this press excused; what was no breach, or excused already, is left as it is. The same
    `action_key` twice is one press."""
    return _write(conn, breaches, person, action_key, now, reason=reason, note=note, is_excused=True)


def undo(conn: Connection, breaches: Sequence[BreachKey], person: str, action_key: str, now: datetime) -> int:
    """How many are no longer excused."""
    return _write(conn, breaches, person, action_key, now, reason=None, note=None, is_excused=False)


def _write(
    conn: Connection,
    breaches: Sequence[BreachKey],
    person: str,
    action_key: str,
    now: datetime,
    **said: str | bool | None,
) -> int:
    ids = sorted({one.complaint_id for one in breaches})
    conn.execute(
        text(
            "SELECT FROM facts.complaint WHERE complaint_id = ANY (:ids) ORDER BY complaint_id "
            "FOR NO KEY UPDATE"
        ),
        {"ids": ids},
    )
    values = {"action_key": action_key, "person": person, "now": now, **said}
    columns = {
        "complaints": [one.complaint_id for one in breaches],
        "targets": [one.target for one in breaches],
        "parties": [one.party_id for one in breaches],
        "episodes": [one.episode for one in breaches],
    }
    written = conn.execute(text(_WRITE), {**columns, **values}).rowcount
    done: int = conn.execute(text(_DONE), {"complaints": ids, "action_key": action_key}).scalar_one()
    if written:
        mark_dirty(conn, ids)
        raise_version(conn, now)
    return done
