"""What a file states of the organisation: what it leaves out stays as it is."""

from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Connection, text

from config import UserError
from queries.intake.door import mark_dirty
from queries.organisation import (
    AgentRow,
    DepartmentRow,
    OrganisationRows,
    RegionRow,
    TeamRow,
    put_organisation,
)

T = TypeVar("T", DepartmentRow, TeamRow)


class UnknownCode(UserError):
    """Nothing was put."""


def put_stated(conn: Connection, rows: OrganisationRows, zone: str) -> tuple[int, int]:
    """→ how many rows are new, and how many complaints are derived again because their region moved. A
    province, department or team that is named and not known becomes known by its code; nobody gets a
    right to sign in. An agent's grade "" and scope None mean: as they are."""
    before = _count(conn)
    moved = _moved(conn, rows.regions)
    put_organisation(conn, OrganisationRows(_with_parents(conn, rows.regions, zone), [], [], []))
    put_organisation(conn, OrganisationRows([], _last(rows.departments), [], []))
    named = {one.department for one in rows.teams} | {one.department for one in rows.agents if one.department}
    _make_departments(conn, named)
    put_organisation(conn, OrganisationRows([], [], _last(rows.teams), []))
    _refuse_unknown(conn, rows.agents)
    put_organisation(conn, OrganisationRows([], [], [], _as_they_are(conn, rows.agents)))
    if moved:
        mark_dirty(conn, moved)
    return _count(conn) - before, len(moved)


def _last(rows: list[T]) -> list[T]:
    """Of each code the last row."""
    return list({row.code: row for row in rows}.values())


def _count(conn: Connection) -> int:
    found: int = conn.execute(
        text(
            "SELECT (SELECT count(*) FROM facts.region) + (SELECT count(*) FROM facts.department) "
            "+ (SELECT count(*) FROM facts.team) + (SELECT count(*) FROM facts.agent)"
        )
    ).scalar_one()
    return found


def _with_parents(conn: Connection, rows: list[RegionRow], zone: str) -> list[RegionRow]:
    """Provinces first; those that nobody knows, too."""
    given = {row.code: row for row in rows}
    parents = {row.parent for row in rows if row.parent} - set(given)
    known = set(
        conn.execute(
            text("SELECT code FROM facts.region WHERE code = ANY (:codes)"), {"codes": list(parents)}
        ).scalars()
    )
    made = [RegionRow(code, None, "province", code, code, zone) for code in sorted(parents - known)]
    return [*made, *sorted(given.values(), key=lambda row: row.parent is not None)]


def _moved(conn: Connection, rows: list[RegionRow]) -> list[int]:
    """Complaints of regions whose time zone or province changes."""
    if not rows:
        return []
    return list(
        conn.execute(
            text(
                "SELECT complaint_id FROM facts.complaint WHERE region_id IN (SELECT r.region_id "
                "FROM unnest(CAST(:codes AS text[]), CAST(:parents AS text[]), CAST(:zones AS text[])) "
                "n (code, parent, zone) JOIN facts.region r ON r.code = n.code "
                "LEFT JOIN facts.region p ON p.region_id = r.parent_id "
                "WHERE (r.time_zone, p.code) IS DISTINCT FROM (n.zone, n.parent))"
            ),
            {
                "codes": [row.code for row in rows],
                "parents": [row.parent for row in rows],
                "zones": [row.time_zone for row in rows],
            },
        ).scalars()
    )


def _make_departments(conn: Connection, codes: set[str]) -> None:
    conn.execute(
        text(
            "INSERT INTO facts.department (code, name_en, name_zh) SELECT c, c, c FROM "
            "unnest(CAST(:codes AS text[])) c WHERE NOT EXISTS (SELECT FROM facts.department d WHERE "
            "d.code = c) ORDER BY 1 ON CONFLICT DO NOTHING"
        ),
        {"codes": list(codes)},
    )


def _refuse_unknown(conn: Connection, rows: list[AgentRow]) -> None:
    """A scope without any known region would be everywhere."""
    scopes = {code for row in rows for code in row.scope_regions or ()}
    teams = {row.team for row in rows if row.team}
    for what, sql, codes in (
        ("region", "SELECT code FROM facts.region WHERE code = ANY (:codes)", scopes),
        ("team", "SELECT code FROM facts.team WHERE code = ANY (:codes)", teams),
    ):
        unknown = sorted(codes - set(conn.execute(text(sql), {"codes": list(codes)}).scalars()))
        if unknown:
            raise UnknownCode(
                f"No {what} has the code {', '.join(map(repr, unknown[:5]))}, which the file of people "
                f"names: import the {what}s first."
            )


def _as_they_are(conn: Connection, rows: list[AgentRow]) -> list[AgentRow]:
    found = conn.execute(
        text(
            "SELECT a.login, t.code AS team, d.code AS department, a.grade, a.signs_in, "
            "CASE WHEN a.scope_regions IS NOT NULL THEN array(SELECT r.code FROM facts.region r "
            "WHERE r.region_id = ANY (a.scope_regions) ORDER BY 1) END AS regions "
            "FROM facts.agent a LEFT JOIN facts.team t USING (team_id) "
            "LEFT JOIN facts.department d ON d.department_id = a.department_id WHERE a.login = ANY (:logins)"
        ),
        {"logins": [row.login for row in rows]},
    )
    known = {one.login: one for one in found}
    stated = []
    for row in {one.login: one for one in rows}.values():
        now = known.get(row.login)
        if now is None:
            stated.append(replace(row, grade=row.grade or "agent"))
            continue
        scope = row.scope_regions if row.scope_regions is not None else now.regions
        stated.append(
            replace(
                row,
                team=row.team or now.team,
                department=row.department or now.department,
                grade=now.grade if now.grade == "administrator" else row.grade or now.grade,
                signs_in=now.signs_in,
                scope_regions=tuple(scope) if scope is not None else None,
            )
        )
    return stated
