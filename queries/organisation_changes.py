"""Closing and merging departments and teams, and handing over what somebody held. Nothing is removed: history
names what was."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, text

from queries.as_of import OPEN_STINTS, PENDING_CALLBACKS
from queries.intake import door
from queries.organisation_rows import write_down

Closing = Literal["department", "team"]


class NotPossible(Exception):
    """`reason`: unknown, itself, closed, merged, before, gone, other_department."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Merged:
    complaints: int
    people: int
    teams: int


def close(conn: Connection, kind: Closing, code: str, until: datetime | None, by: str) -> None:
    """From `until` on it is offered nowhere; None: it is open again, and no longer merged."""
    found = conn.execute(
        text(f"SELECT active_from FROM facts.{kind} WHERE code = :code"), {"code": code}
    ).one_or_none()
    if found is None:
        raise NotPossible("unknown")
    if until is not None and found.active_from is not None and until <= found.active_from:
        raise NotPossible("before")
    conn.execute(
        text(
            f"UPDATE facts.{kind} SET active_until = :until, merged_into = CASE WHEN "
            "CAST(:until AS timestamptz) IS NOT NULL THEN merged_into END WHERE code = :code"
        ),
        {"code": code, "until": until},
    )
    write_down(conn, by, f"close_{kind}", f"{kind}:{code}", {"until": until.isoformat() if until else None})


def merge_department(
    conn: Connection, code: str, into: str, by: str, me: int | None, now: datetime
) -> Merged:
    """From now on it is the other: open complaints, people and teams go there, and what sources still state
    of it is stated of the other. What was stays."""
    one, other = _pair(conn, "department", code, into)
    conn.execute(
        text(
            "UPDATE facts.department SET active_until = :now, merged_into = :into WHERE department_id = :id"
        ),
        {"now": now, "into": other, "id": one},
    )
    ids = list(
        conn.execute(
            text(f"SELECT DISTINCT complaint_id FROM {OPEN_STINTS[False]} s WHERE department_id = :id"),
            {"id": one},
        ).scalars()
    )
    door.correct_all(conn, ids, "department", str(other), me, now)
    moved = {
        table: conn.execute(
            text(f"UPDATE facts.{table} SET department_id = :into WHERE department_id = :id"),
            {"into": other, "id": one},
        ).rowcount
        for table in ("agent", "team")
    }
    done = Merged(len(ids), moved["agent"], moved["team"])
    detail = {"into": into, "complaints": done.complaints, "people": done.people, "teams": done.teams}
    write_down(conn, by, "merge_department", f"department:{code}", detail)
    return done


def merge_team(conn: Connection, code: str, into: str, by: str, now: datetime) -> Merged:
    """Into another team of the same department; its people go there."""
    one, other = _pair(conn, "team", code, into)
    conn.execute(
        text("UPDATE facts.team SET active_until = :now, merged_into = :into WHERE team_id = :id"),
        {"now": now, "into": other, "id": one},
    )
    people = conn.execute(
        text("UPDATE facts.agent SET team_id = :into WHERE team_id = :id"), {"into": other, "id": one}
    ).rowcount
    write_down(conn, by, "merge_team", f"team:{code}", {"into": into, "people": people})
    return Merged(0, people, 0)


def _pair(conn: Connection, kind: Closing, code: str, into: str) -> tuple[int, int]:
    """Locked, in the order of their numbers."""
    rows = {
        row.code: row
        for row in conn.execute(
            text(
                f"SELECT {kind}_id AS id, code, department_id, merged_into, active_until FROM facts.{kind} "
                f"WHERE code IN (:code, :into) ORDER BY {kind}_id FOR NO KEY UPDATE"
            ),
            {"code": code, "into": into},
        )
    }
    if code == into:
        raise NotPossible("itself")
    if code not in rows or into not in rows:
        raise NotPossible("unknown")
    if rows[code].merged_into is not None:
        raise NotPossible("merged")
    if rows[into].active_until is not None:
        raise NotPossible("closed")
    if kind == "team" and rows[code].department_id != rows[into].department_id:
        raise NotPossible("other_department")
    return rows[code].id, rows[into].id


def hand_over(
    conn: Connection,
    kind: Literal["complaint", "callback"],
    agent_id: int,
    to: int,
    by: str,
    me: int | None,
    reason: str,
    now: datetime,
    key: str,
) -> int:
    """All that `agent_id` still holds of a kind, to a colleague who works here; → how many. The same `key`
    twice is once; what somebody else has taken meanwhile is left alone. Raises NotPossible."""
    if agent_id == to:
        raise NotPossible("itself")
    params: dict[str, Any] = {"id": agent_id, "to": to, "me": me, "now": now, "key": key}
    if not conn.execute(text(_WORKS_HERE), params).scalar():
        raise NotPossible("gone")
    done = _complaints(conn, params) if kind == "complaint" else _callbacks(conn, params)
    if done:
        detail = {"to": to, "count": done, "reason": reason, "key": key}
        write_down(conn, by, f"hand_over_{kind}s", f"agent:{agent_id}", detail)
    return done


_WORKS_HERE = """
SELECT coalesce(active_until > :now, true) AND coalesce(active_from <= :now, true)
FROM facts.agent WHERE agent_id = :to
"""


def _complaints(conn: Connection, params: dict[str, Any]) -> int:
    found = conn.execute(
        text(
            f"SELECT c.complaint_id FROM facts.complaint c WHERE c.owner_id = :id AND c.complaint_id IN "
            f"(SELECT complaint_id FROM {OPEN_STINTS[False]} s WHERE s.owner_id = :id) "
            "ORDER BY complaint_id FOR NO KEY UPDATE"
        ),
        params,
    )
    ids = list(found.scalars())
    if ids:
        door.correct_all(conn, ids, "owner", str(params["to"]), params["me"], params["now"])
    return len(ids)


def _callbacks(conn: Connection, params: dict[str, Any]) -> int:
    """Agreed times stay as they were agreed. With the key, no callback is booked twice."""
    conn.execute(
        text(
            "SELECT FROM facts.complaint WHERE complaint_id IN (SELECT complaint_id FROM "
            f"{PENDING_CALLBACKS[False]} k WHERE k.agent_id = :id) ORDER BY complaint_id FOR NO KEY UPDATE"
        ),
        params,
    )
    found = conn.execute(text(_BOOK_AGAIN), params)
    ids = list(found.scalars())
    door.mark_dirty(conn, sorted(set(ids)))
    return len(ids)


# Held is what the last booking says, whatever has been derived yet.
_BOOK_AGAIN = f"""
INSERT INTO facts.callback_booking (complaint_id, kind, episode, booking_key, booked_at, agent_id, booked_by,
                                    recorded_at)
SELECT k.complaint_id, k.kind, k.episode, :key, :now, :to, :me, :now FROM {PENDING_CALLBACKS[False]} k
WHERE k.agent_id = :id AND :id = (
    SELECT b.agent_id FROM facts.callback_booking b
    WHERE b.complaint_id = k.complaint_id AND b.kind = k.kind AND b.episode = k.episode
      AND b.retracted_at IS NULL ORDER BY b.booked_at DESC, b.booking_key DESC LIMIT 1)
ON CONFLICT DO NOTHING RETURNING complaint_id
"""
