"""The organisation as its page shows it: regions, departments and teams, with what is in each."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from queries.as_of import OPEN_STINTS
from queries.db import BOARD_NOW, rows_of
from queries.organisation import ACTIVE


@dataclass(frozen=True, slots=True)
class RegionShown:
    """`people`: who may see it by name; those who see everything are not counted."""

    region_id: int
    parent_id: int | None
    parent: str | None  # its code
    code: str
    name_en: str
    name_zh: str
    time_zone: str
    cities: int
    open: int  # complaints; of a province with those of its cities
    people: int


@dataclass(frozen=True, slots=True)
class DepartmentShown:
    department_id: int
    code: str
    name_en: str
    name_zh: str
    teams: int
    people: int
    open: int  # complaints
    active_from: datetime | None
    active_until: datetime | None
    merged_en: str | None
    merged_zh: str | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class TeamShown:
    team_id: int
    code: str
    name_en: str
    name_zh: str
    department: str  # its code
    department_id: int
    people: int
    active_from: datetime | None
    active_until: datetime | None
    merged_en: str | None
    merged_zh: str | None
    is_open: bool


def regions(conn: Connection) -> tuple[RegionShown, ...]:
    """In the order of the tree. Those of a source that nobody has named are unknown values instead."""
    return rows_of(RegionShown, conn.execute(text(_REGIONS)))


_REGIONS = f"""
WITH counted AS (SELECT region_id, count(*) AS open FROM {OPEN_STINTS[False]} s GROUP BY 1),
seen AS (
    SELECT u.region_id, count(*) AS people FROM facts.agent a, unnest(a.scope_regions) u (region_id)
    WHERE {ACTIVE} GROUP BY 1)
SELECT r.region_id, r.parent_id, p.code AS parent, r.code, r.name_en, r.name_zh, r.time_zone,
       (SELECT count(*) FROM facts.region c WHERE c.parent_id = r.region_id AND NOT c.is_unknown) AS cities,
       coalesce((SELECT sum(n.open)::int FROM counted n JOIN facts.region c USING (region_id)
                 WHERE c.region_id = r.region_id OR c.parent_id = r.region_id), 0) AS open,
       coalesce(seen.people, 0) AS people
FROM facts.region r LEFT JOIN seen USING (region_id) LEFT JOIN facts.region p ON p.region_id = r.parent_id
WHERE NOT r.is_unknown
ORDER BY coalesce(p.code, r.code), r.parent_id IS NOT NULL, r.code
"""


def departments(conn: Connection) -> tuple[DepartmentShown, ...]:
    """Closed ones last."""
    return rows_of(DepartmentShown, conn.execute(text(_DEPARTMENTS)))


_OPEN = "coalesce({0}.active_until > " + BOARD_NOW + ", true)"
_DEPARTMENTS = f"""
WITH counted AS (SELECT department_id, count(*) AS open FROM {OPEN_STINTS[False]} s GROUP BY 1),
staff AS (
    SELECT coalesce(a.department_id, t.department_id) AS department_id, count(*) AS people
    FROM facts.agent a LEFT JOIN facts.team t USING (team_id) WHERE {ACTIVE} GROUP BY 1)
SELECT d.department_id, d.code, d.name_en, d.name_zh,
       (SELECT count(*) FROM facts.team t WHERE t.department_id = d.department_id AND {_OPEN.format("t")})
           AS teams,
       coalesce(staff.people, 0) AS people, coalesce(counted.open, 0) AS open, d.active_from, d.active_until,
       m.name_en AS merged_en, m.name_zh AS merged_zh, {_OPEN.format("d")} AS is_open
FROM facts.department d LEFT JOIN counted USING (department_id) LEFT JOIN staff USING (department_id)
LEFT JOIN facts.department m ON m.department_id = d.merged_into
WHERE NOT d.is_unknown ORDER BY NOT {_OPEN.format("d")}, d.code
"""


def teams(conn: Connection) -> tuple[TeamShown, ...]:
    """By department; closed ones last."""
    return rows_of(TeamShown, conn.execute(text(_TEAMS)))


_TEAMS = f"""
SELECT t.team_id, t.code, t.name_en, t.name_zh, d.code AS department, t.department_id,
       (SELECT count(*) FROM facts.agent a WHERE a.team_id = t.team_id AND {ACTIVE}) AS people,
       t.active_from, t.active_until, m.name_en AS merged_en, m.name_zh AS merged_zh,
       {_OPEN.format("t")} AS is_open
FROM facts.team t JOIN facts.department d USING (department_id)
LEFT JOIN facts.team m ON m.team_id = t.merged_into
ORDER BY NOT {_OPEN.format("t")}, d.code, t.code
"""
