"""Regions, departments, and the people who may sign in, with their scopes."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from queries.db import BOARD_NOW, Scope, rows_of

OVERSEEING = ("supervisor", "manager", "scheduler", "administrator")
HANDLING = ("team_lead", "senior", "agent")  # enter complaints and work on them; they see no other page
ROLES = (*OVERSEEING, *HANDLING)
# Of a row `a` of facts.agent: works here now. Who left is offered nowhere.
ACTIVE = f"(coalesce(a.active_from <= {BOARD_NOW}, true) AND coalesce(a.active_until > {BOARD_NOW}, true))"
# ... and may sign in; :roles are ROLES. The one definition for every way of signing in.
MAY_SIGN_IN = f"(a.signs_in AND a.locked_at IS NULL AND a.grade = ANY (:roles) AND {ACTIVE})"


@dataclass(frozen=True, slots=True)
class Region:
    region_id: int
    parent_id: int | None  # None: a province
    code: str
    name_en: str
    name_zh: str


@dataclass(frozen=True, slots=True)
class Department:
    department_id: int
    code: str
    name_en: str
    name_zh: str


@dataclass(frozen=True, slots=True)
class Person:
    login: str
    role: str
    name_en: str
    name_zh: str


def regions(conn: Connection) -> tuple[Region, ...]:
    """In the order of the tree: a province, then its cities."""
    rows = conn.execute(
        text(
            "SELECT r.region_id, r.parent_id, r.code, r.name_en, r.name_zh FROM facts.region r "
            "LEFT JOIN facts.region p ON p.region_id = r.parent_id "
            "ORDER BY coalesce(p.code, r.code), r.parent_id IS NOT NULL, r.code"
        )
    )
    return rows_of(Region, rows)


def departments(conn: Connection) -> tuple[Department, ...]:
    rows = conn.execute(
        text("SELECT department_id, code, name_en, name_zh FROM facts.department ORDER BY code")
    )
    return rows_of(Department, rows)


def people(conn: Connection) -> tuple[Person, ...]:
    """Who may sign in, in the order of ROLES."""
    rows = conn.execute(
        text(
            "SELECT a.login, a.grade AS role, a.name_en, a.name_zh FROM facts.agent a "
            f"WHERE {MAY_SIGN_IN} ORDER BY array_position(:roles, a.grade), a.login"
        ),
        {"roles": list(ROLES)},
    )
    return rows_of(Person, rows)


def with_cities(regions: str) -> str:
    """SQL of an array of region ids: these, and the cities of those that are provinces."""
    return (
        f"array(SELECT r.region_id FROM facts.region r WHERE r.region_id = ANY ({regions}) "
        f"OR r.parent_id = ANY ({regions}) ORDER BY 1)"
    )


def scope_of(conn: Connection, login: str) -> Scope | None:
    """The current scope of `login`, a province with its cities; None for one who may not sign in."""
    row = conn.execute(
        text(
            "SELECT a.grade AS role, a.scope_regions IS NULL AS everywhere, "
            f"{with_cities('a.scope_regions')} AS regions "
            f"FROM facts.agent a WHERE a.login = :login AND {MAY_SIGN_IN}"
        ),
        {"login": login, "roles": list(ROLES)},
    ).one_or_none()
    if row is None:
        return None
    return Scope(login, row.role, None if row.everywhere else tuple(row.regions))


@dataclass(frozen=True, slots=True)
class RegionRow:
    code: str
    parent: str | None
    level: str
    name_en: str
    name_zh: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    code: str
    name_en: str
    name_zh: str


@dataclass(frozen=True, slots=True)
class TeamRow:
    code: str
    department: str
    name_en: str
    name_zh: str


@dataclass(frozen=True, slots=True)
class AgentRow:
    login: str
    team: str | None
    department: str | None
    name_en: str
    name_zh: str
    grade: str
    signs_in: bool = False
    scope_regions: tuple[str, ...] | None = None  # codes; None: everywhere


@dataclass(frozen=True, slots=True)
class OrganisationRows:
    regions: list[RegionRow]
    departments: list[DepartmentRow]
    teams: list[TeamRow]
    agents: list[AgentRow]


def put_organisation(conn: Connection, rows: OrganisationRows) -> None:
    """Insert or bring up to date, by code and login; nothing is removed."""
    for sql, written in (
        (_PUT_REGION, rows.regions),
        (_PUT_DEPARTMENT, rows.departments),
        (_PUT_TEAM, rows.teams),
        (_PUT_AGENT, rows.agents),
    ):
        if written:
            conn.execute(text(sql), [_values(row) for row in written])


def _values(row: object) -> dict[str, object]:
    found = {name: getattr(row, name) for name in row.__slots__}  # type: ignore[attr-defined]
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


_PUT_REGION = """
INSERT INTO facts.region (code, parent_id, level, name_en, name_zh, time_zone)
VALUES (:code, (SELECT region_id FROM facts.region WHERE code = :parent), :level, :name_en, :name_zh,
        :time_zone)
ON CONFLICT (code) DO UPDATE SET parent_id = EXCLUDED.parent_id, level = EXCLUDED.level,
    name_en = EXCLUDED.name_en, name_zh = EXCLUDED.name_zh, time_zone = EXCLUDED.time_zone,
    is_unknown = false
"""
_PUT_DEPARTMENT = """
INSERT INTO facts.department (code, name_en, name_zh) VALUES (:code, :name_en, :name_zh)
ON CONFLICT (code) DO UPDATE SET name_en = EXCLUDED.name_en, name_zh = EXCLUDED.name_zh,
    is_unknown = false
"""
_PUT_TEAM = """
INSERT INTO facts.team (code, department_id, name_en, name_zh)
VALUES (:code, (SELECT department_id FROM facts.department WHERE code = :department), :name_en, :name_zh)
ON CONFLICT (code) DO UPDATE SET department_id = EXCLUDED.department_id, name_en = EXCLUDED.name_en,
    name_zh = EXCLUDED.name_zh
"""
_PUT_AGENT = """
INSERT INTO facts.agent (login, team_id, department_id, name_en, name_zh, grade, signs_in, scope_regions)
VALUES (:login, (SELECT team_id FROM facts.team WHERE code = :team),
        (SELECT department_id FROM facts.department WHERE code = :department), :name_en, :name_zh, :grade,
        :signs_in, (SELECT array_agg(region_id) FROM facts.region
                    WHERE code = ANY (CAST(:scope_regions AS text[]))))
ON CONFLICT (login) DO UPDATE SET team_id = EXCLUDED.team_id, department_id = EXCLUDED.department_id,
    name_en = EXCLUDED.name_en, name_zh = EXCLUDED.name_zh, grade = EXCLUDED.grade,
    signs_in = EXCLUDED.signs_in, scope_regions = EXCLUDED.scope_regions, is_unknown = false
"""


def agent_of(conn: Connection, login: str) -> int | None:
    found: int | None = conn.execute(
        text("SELECT agent_id FROM facts.agent WHERE login = :login"), {"login": login}
    ).scalar_one_or_none()
    return found
