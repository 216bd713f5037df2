"""The people of the centre: who they are, where they belong, what they may see, from when to when."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, text

from queries.db import row_or_none
from queries.organisation import ACTIVE, HANDLING, OVERSEEING, ROLES
from queries.people.accounts import end_sessions
from queries.region_names import RegionNames

GRADES = (*reversed(HANDLING), *OVERSEEING)
State = Literal["no_access", "left", "not_yet", "locked", "signs_in", "invited", "not_invited"]


@dataclass(frozen=True, slots=True)
class Listed:
    """`state`: whether they can sign in with a password now, or why not."""

    agent_id: int
    login: str
    name_en: str
    name_zh: str
    grade: str
    department_id: int | None
    team_en: str | None
    team_zh: str | None
    regions: tuple[int, ...] | None  # as they were given: a province stands for its cities; None: everywhere
    active_from: datetime | None
    active_until: datetime | None  # from then on they no longer work here
    state: State
    signed_in_at: datetime | None  # last, by password


@dataclass(frozen=True, slots=True)
class Names:
    """Codes of what a file may name, by code and by both names, in lower case."""

    regions: dict[str, str]
    departments: dict[str, str]
    teams: dict[str, str]
    department_of_team: dict[str, str]
    places: RegionNames | None = None

    def region(self, word: str) -> str | None:
        """Also by a name as 广东省."""
        code = self.regions.get(word.casefold())
        return code if code or self.places is None else self.places.find(word)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person to put in, by codes that are known."""

    login: str
    name_en: str
    name_zh: str
    grade: str
    department: str | None
    team: str | None
    scope_regions: tuple[str, ...] | None
    active_from: datetime | None
    active_until: datetime | None
    signs_in: bool = False  # of those who handle complaints; who looks at the board always does


@dataclass(frozen=True, slots=True)
class Someone:
    agent_id: int
    login: str
    grade: str
    is_active: bool


def listed(conn: Connection) -> tuple[Listed, ...]:
    """Who signs in first, then by team and name; who left last. Whom only a source names is left out."""
    rows = conn.execute(text(_LISTED), {"roles": list(ROLES)}).all()
    return tuple(map(_listed, rows))


def _listed(row: Row[Any]) -> Listed:
    values = dict(row._mapping)
    return Listed(**values | {"regions": None if row.regions is None else tuple(row.regions)})


def someone(conn: Connection, login: str) -> Someone | None:
    found = conn.execute(
        text(
            f"SELECT a.agent_id, a.login, a.grade, {ACTIVE} AS is_active FROM facts.agent a "
            "WHERE a.login = :login"
        ),
        {"login": login},
    )
    return row_or_none(Someone, found)


def names(conn: Connection) -> Names:
    regions = _codes(conn, "region")
    of_team = conn.execute(
        text(
            "SELECT t.code, d.code AS department FROM facts.team t "
            "JOIN facts.department d USING (department_id)"
        )
    )
    teams = {row.code: row.department for row in of_team}
    places = RegionNames(
        conn.execute(
            text(
                "SELECT r.code, p.code AS parent, r.name_en, r.name_zh FROM facts.region r "
                "LEFT JOIN facts.region p ON p.region_id = r.parent_id"
            )
        ).all()
    )
    return Names(regions, _codes(conn, "department"), _codes(conn, "team"), teams, places)


def _codes(conn: Connection, table: Literal["region", "department", "team"]) -> dict[str, str]:
    """A code wins over another's name; of two that share a name, the first."""
    found: dict[str, str] = {}
    rows = conn.execute(text(f"SELECT code, name_en, name_zh FROM facts.{table} ORDER BY code")).all()
    for row in rows:
        for word in (row.name_en, row.name_zh):
            found.setdefault(word.casefold(), row.code)
    return found | {row.code.casefold(): row.code for row in rows}


def put_people(conn: Connection, people: Sequence[PersonRow], by: str) -> int:
    """Insert or bring up to date by login, and say how many of them changed; a lock stays as it is."""
    changed = 0
    for one in people:
        values = asdict(one)
        values["scope_regions"] = None if one.scope_regions is None else list(one.scope_regions)
        values["signs_in"] = one.signs_in or one.grade in OVERSEEING
        found = conn.execute(text(_PUT), values).scalar_one_or_none()
        if found is not None:
            changed += 1
            _write_down(conn, by, "put_person", one.login, {"grade": one.grade})
    return changed


def lock(conn: Connection, login: str, by: str, lock: bool = True) -> None:
    """Whoever is locked is out at once, and stays out until unlocked."""
    agent_id = conn.execute(
        text(
            "UPDATE facts.agent SET locked_at = CASE WHEN :lock THEN clock_timestamp() END "
            "WHERE login = :login RETURNING agent_id"
        ),
        {"login": login, "lock": lock},
    ).scalar_one()
    if lock:
        end_sessions(conn, agent_id)
    _write_down(conn, by, "lock_person" if lock else "unlock_person", login, {})


def set_active_until(conn: Connection, login: str, until: datetime | None, by: str) -> None:
    conn.execute(
        text("UPDATE facts.agent SET active_until = :until WHERE login = :login"),
        {"login": login, "until": until},
    )
    _write_down(conn, by, "active_until", login, {"until": until.isoformat() if until else None})


def invited(conn: Connection, login: str, by: str) -> None:
    """Written down; the link itself is made by accounts.invite."""
    _write_down(conn, by, "invite_person", login, {})


def _write_down(conn: Connection, by: str, action: str, login: str, detail: dict[str, object]) -> None:
    conn.execute(
        text(
            "INSERT INTO journal.audit (person, action, subject, detail) "
            "VALUES (:by, :action, :subject, CAST(:detail AS jsonb))"
        ),
        {"by": by, "action": action, "subject": f"person:{login}", "detail": json.dumps(detail)},
    )


def administrators_besides(conn: Connection, login: str) -> int:
    """Who could still let somebody in if `login` were locked."""
    found: int = conn.execute(
        text(
            "SELECT count(*) FROM facts.agent a WHERE a.login <> :login AND a.grade = 'administrator' "
            f"AND a.signs_in AND a.locked_at IS NULL AND {ACTIVE}"
        ),
        {"login": login},
    ).scalar_one()
    return found


_STATE = """CASE
    WHEN a.grade <> ALL (:roles) OR NOT a.signs_in THEN 'no_access'
    WHEN a.locked_at IS NOT NULL THEN 'locked'
    WHEN c.agent_id IS NOT NULL THEN 'signs_in'
    WHEN EXISTS (SELECT FROM access.invitation i WHERE i.agent_id = a.agent_id AND i.used_at IS NULL
                 AND i.withdrawn_at IS NULL AND i.expires_at > clock_timestamp()) THEN 'invited'
    ELSE 'not_invited' END"""
_LISTED = f"""
SELECT a.agent_id, a.login, a.name_en, a.name_zh, a.grade, coalesce(a.department_id, t.department_id)
           AS department_id,
       t.name_en AS team_en, t.name_zh AS team_zh, a.scope_regions AS regions, a.active_from, a.active_until,
       CASE WHEN {ACTIVE} THEN {_STATE} WHEN a.active_until IS NOT NULL AND NOT coalesce(
            a.active_from > clock_timestamp(), false) THEN 'left' ELSE 'not_yet' END AS state,
       (SELECT max(began_at) FROM access.session s WHERE s.agent_id = a.agent_id) AS signed_in_at
FROM facts.agent a LEFT JOIN facts.team t USING (team_id) LEFT JOIN access.account c USING (agent_id)
WHERE NOT a.is_unknown
ORDER BY NOT {ACTIVE}, NOT a.signs_in, array_position(:roles, a.grade), t.code NULLS FIRST, a.login
"""
_PUT = """
INSERT INTO facts.agent AS a (login, team_id, department_id, name_en, name_zh, grade, signs_in, scope_regions,
                              active_from, active_until)
VALUES (:login, (SELECT team_id FROM facts.team WHERE code = :team),
        (SELECT department_id FROM facts.department WHERE code = :department), :name_en, :name_zh, :grade,
        :signs_in, (SELECT array_agg(region_id ORDER BY region_id) FROM facts.region
                    WHERE code = ANY (CAST(:scope_regions AS text[]))), :active_from, :active_until)
ON CONFLICT (login) DO UPDATE SET team_id = EXCLUDED.team_id, department_id = EXCLUDED.department_id,
    name_en = EXCLUDED.name_en, name_zh = EXCLUDED.name_zh, grade = EXCLUDED.grade,
    signs_in = EXCLUDED.signs_in, scope_regions = EXCLUDED.scope_regions, active_from = EXCLUDED.active_from,
    active_until = EXCLUDED.active_until, is_unknown = false
WHERE a.is_unknown
   OR (a.team_id, a.department_id, a.name_en, a.name_zh, a.grade, a.signs_in, a.scope_regions, a.active_from,
       a.active_until) IS DISTINCT FROM
      (EXCLUDED.team_id, EXCLUDED.department_id, EXCLUDED.name_en, EXCLUDED.name_zh, EXCLUDED.grade,
       EXCLUDED.signs_in, EXCLUDED.scope_regions, EXCLUDED.active_from, EXCLUDED.active_until)
RETURNING login
"""
