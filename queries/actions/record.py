"""Recording an action of a person, and undoing the last one within a minute; in the caller's transaction."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, text

from queries.actions import life
from queries.actions.life import State
from queries.clocks.derive import read_facts
from queries.clocks.timeline import build_timeline
from queries.db import Scope
from queries.intake import actions
from queries.intake.actions import Observed, Written
from queries.organisation import ACTIVE, ROLES, agent_of, scope_of

UNDO_SECONDS = 60
LONGEST_TEXT = 2_000  # characters
LAST_DAYS = 7  # an action may be recorded so many days after it happened
Why = Literal[
    "not_allowed",  # no longer in the scope, or not by this role
    "changed",  # somebody else changed what it is about
    "not_offered",
    "no_value",
    "no_text",
    "long_text",
    "too_early",
    "too_late",  # in the future
    "no_parent",
    "own_parent",
    "merged_parent",
    "no_owner",
    "no_department",
    "undo_over",
    "undo_followed",
]


@dataclass(frozen=True, slots=True)
class Given:
    """What a person states. `value`: a tier, a department, an agent, the id of the parent or a request. `at`:
    when it happened, None for now."""

    name: life.Name
    value: int | None = None
    at: datetime | None = None
    note: str = ""
    cause: str = ""


class Refused(Exception):
    """Nothing was written. `now`: the state that is there; `since`: the earliest instant."""

    def __init__(self, why: Why, now: State | None = None, since: datetime | None = None) -> None:
        super().__init__(why)
        self.why: Why = why
        self.now = now
        self.since = since


def state(conn: Connection, complaint_id: int) -> State | None:
    """As its facts are, whether they are derived already or not; None: not in the person's scope."""
    for facts in read_facts(conn, [complaint_id]):
        return life.state_of(build_timeline(facts.received_at, facts.observations))
    return None


def record(
    conn: Connection, complaint_id: int, seen: State, given: Given, scope: Scope, own_key: str, now: datetime
) -> None:
    """`seen`: the state in which the person chose it. The same `own_key` twice is one action. Raises
    Refused."""
    me = _who(conn, scope)
    if not actions.lock(conn, complaint_id):
        raise Refused("not_allowed")
    if actions.is_written(conn, complaint_id, own_key):
        return
    there = state(conn, complaint_id)
    if there is None:
        raise Refused("not_allowed")
    _check(conn, complaint_id, seen, there, given, scope, me)
    at = _instant(there, given, now)
    place = actions.next_place(conn, complaint_id)
    note, cause = (said.strip() or None for said in (given.note, given.cause))
    written = Written(complaint_id, place, own_key, given.name, me, at, note, cause)
    observed = life.observations(given.name, there, given.value, me, place)
    actions.write(conn, written, [Observed(*one) for one in observed], now)


def _who(conn: Connection, scope: Scope) -> int:
    """Asked again: a right that was withdrawn meanwhile counts."""
    agent_id = agent_of(conn, scope.person_login)
    if scope.role not in ROLES or agent_id is None or scope_of(conn, scope.person_login) != scope:
        raise Refused("not_allowed")
    return agent_id


def _check(
    conn: Connection, complaint_id: int, seen: State, there: State, given: Given, scope: Scope, me: int
) -> None:
    action = life.BY_NAME[given.name]
    if life.concern(given.name, seen, given.value) != life.concern(given.name, there, given.value):
        raise Refused("changed", there)
    if action not in life.offered(there, scope.role, me):
        raise Refused("not_offered", there)
    if action.takes and given.value is None:
        raise Refused("no_value")
    if life.needs_text(action, there) and not given.note.strip():
        raise Refused("no_text")
    if max(len(given.note), len(given.cause)) > LONGEST_TEXT:
        raise Refused("long_text")
    if action.takes in ("tier", "request") and given.value not in life.choices(given.name, there):
        raise Refused("not_offered", there)
    if action.takes == "parent":
        _check_parent(conn, complaint_id, given.value)
    if action.takes == "owner" and not _exists(conn, _AT_WORK, given.value):
        raise Refused("no_owner")
    if action.takes == "department" and not _exists(conn, _DEPARTMENT, given.value):
        raise Refused("no_department")


def _check_parent(conn: Connection, complaint_id: int, parent_id: int | None) -> None:
    """It is seen by the person, and lies on no way back to this one."""
    if parent_id == complaint_id:
        raise Refused("own_parent")
    found = conn.execute(
        text("SELECT parent_id, status FROM facts.complaint WHERE complaint_id = :id"), {"id": parent_id}
    ).one_or_none()
    if found is None:
        raise Refused("no_parent")
    if found.parent_id is not None:
        raise Refused("merged_parent")


_AT_WORK = f"SELECT EXISTS (SELECT FROM facts.agent a WHERE a.agent_id = :id AND {ACTIVE})"
_DEPARTMENT = "SELECT EXISTS (SELECT FROM facts.department WHERE department_id = :id)"


def _exists(conn: Connection, sql: str, value: int | None) -> bool:
    return bool(conn.execute(text(sql), {"id": value}).scalar_one())


def _instant(there: State, given: Given, now: datetime) -> datetime:
    """Now, or the given one; one within the minute of what it follows comes after that."""
    if given.at is None:
        return now
    since = datetime.fromtimestamp(life.earliest(given.name, there, given.value), UTC)
    first = max(since, now - timedelta(days=LAST_DAYS))
    if given.at > now:
        raise Refused("too_late")
    if given.at < first.replace(second=0, microsecond=0):
        raise Refused("too_early", since=first)
    return min(max(given.at, since + timedelta(seconds=1)), now)


def undoable(conn: Connection, complaint_id: int, login: str, now: datetime) -> actions.Last | None:
    """The last action, where this person did it within the minute."""
    me = agent_of(conn, login)
    last = None if me is None else actions.last_action(conn, complaint_id, me)
    return last if last is not None and (now - last.recorded_at).total_seconds() <= UNDO_SECONDS else None


def undo(conn: Connection, complaint_id: int, place: int, scope: Scope, now: datetime) -> None:
    """Twice is once. Raises Refused: the minute is over, or something was done after it."""
    me = _who(conn, scope)
    if not actions.lock(conn, complaint_id):
        raise Refused("not_allowed")
    found = conn.execute(
        text(
            "SELECT agent_id, undone_at, recorded_at FROM facts.action "
            "WHERE complaint_id = :id AND place = :place AND place > 0"
        ),
        {"id": complaint_id, "place": place},
    ).one_or_none()
    if found is None or found.agent_id != me:
        raise Refused("not_allowed")
    if found.undone_at is not None:
        return
    last = actions.last_action(conn, complaint_id, me)
    if last is None or last.place != place:
        raise Refused("undo_followed")
    if (now - found.recorded_at).total_seconds() > UNDO_SECONDS:
        raise Refused("undo_over")
    actions.take_back(conn, complaint_id, place, now)
