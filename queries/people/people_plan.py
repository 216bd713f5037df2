"""A table of people: what each row would change, and putting it in."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from queries.organisation import DepartmentRow, OrganisationRows, TeamRow, put_organisation
from queries.people import register
from queries.people.people_rows import groups_of, people_of
from queries.people.register import Names, PersonRow
from queries.sheets import GivenRow, Planned, What

FIELDS = (
    "name_en",
    "name_zh",
    "grade",
    "department",
    "team",
    "scope_regions",
    "active_from",
    "active_until",
)


@dataclass(frozen=True, slots=True)
class PeoplePlan:
    """`people`: new and changed ones. Departments and teams are those to be made for them."""

    rows: tuple[Planned, ...]
    people: tuple[PersonRow, ...]
    departments: tuple[DepartmentRow, ...]
    teams: tuple[TeamRow, ...]


def plan_people(
    conn: Connection, header: list[str], rows: Iterable[GivenRow], zone: ZoneInfo, add: bool
) -> PeoplePlan:
    """Changes nothing. `add`: departments and teams that are new are made; raises MissingColumns."""
    given = list(rows)
    known = register.names(conn)
    departments, teams = new_groups(known, groups_of(header, given)) if add else ((), ())
    found = people_of(header, given, _with(known, departments, teams), zone)
    before = _before(conn, [one.login for one in found.people])
    at = dict(found.rows_of_login)
    planned, changed = [], []
    for one in found.people:
        what, changes = _compared(before.get(one.login), one)
        planned.append(Planned(at[one.login], one.login, one.name_en, one.name_zh, what, changes))
        if what != "same":
            changed.append(one)
    refused = [Planned(one.row, "", "", "", "refused", why=one.why) for one in found.refused]
    return PeoplePlan((*planned, *refused), tuple(changed), departments, teams)


def put_plan(conn: Connection, plan: PeoplePlan, by: str) -> int:
    put_organisation(conn, OrganisationRows([], list(plan.departments), list(plan.teams), []))
    return register.put_people(conn, plan.people, by)


def new_groups(
    known: Names, groups: dict[str, set[str]]
) -> tuple[tuple[DepartmentRow, ...], tuple[TeamRow, ...]]:
    """Named as in the file, in both languages, and the name is the code."""
    departments, teams = [], []
    for department, of_it in groups.items():
        code = known.departments.get(department.casefold(), department)
        if department.casefold() not in known.departments:
            departments.append(DepartmentRow(code, department, department))
        new = sorted(team for team in of_it if team.casefold() not in known.teams)
        teams += [TeamRow(team, code, team, team) for team in new]
    return tuple(departments), tuple(teams)


def _with(known: Names, departments: Iterable[DepartmentRow], teams: Iterable[TeamRow]) -> Names:
    """As they will be."""
    made = list(teams)
    return replace(
        known,
        departments=known.departments | {one.code.casefold(): one.code for one in departments},
        teams=known.teams | {one.code.casefold(): one.code for one in made},
        department_of_team=known.department_of_team | {one.code: one.department for one in made},
    )


def _before(conn: Connection, logins: list[str]) -> dict[str, PersonRow]:
    rows = conn.execute(text(_BEFORE), {"logins": logins}).mappings()
    return {
        row["login"]: PersonRow(
            **{**row, "scope_regions": None if row["scope_regions"] is None else tuple(row["scope_regions"])}
        )
        for row in rows
    }


_BEFORE = """
SELECT a.login, a.name_en, a.name_zh, a.grade, d.code AS department, t.code AS team,
       CASE WHEN a.scope_regions IS NOT NULL THEN array(
            SELECT r.code FROM facts.region r WHERE r.region_id = ANY (a.scope_regions) ORDER BY 1) END
           AS scope_regions, a.active_from, a.active_until
FROM facts.agent a LEFT JOIN facts.team t USING (team_id)
LEFT JOIN facts.department d ON d.department_id = a.department_id
WHERE a.login = ANY (:logins) AND NOT a.is_unknown
"""


def _compared(before: PersonRow | None, now: PersonRow) -> tuple[What, tuple[str, ...]]:
    if before is None:
        return "new", ()
    changed = tuple(name for name in FIELDS if _value(before, name) != _value(now, name))
    return ("changed" if changed else "same"), changed


def _value(person: PersonRow, name: str) -> object:
    value = getattr(person, name)
    return sorted(value) if name == "scope_regions" and value is not None else value
