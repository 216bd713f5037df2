"""What files state of the organisation."""

import pytest
from sqlalchemy import Connection, text

from queries.organisation import AgentRow, DepartmentRow, OrganisationRows, RegionRow, TeamRow
from queries.organisation_files import UnknownCode, put_stated
from tests.build import organisation, rows

ZONE = "Asia/Shanghai"


def regions(*given: RegionRow) -> OrganisationRows:
    return OrganisationRows(list(given), [], [], [])


def people(*given: AgentRow) -> OrganisationRows:
    return OrganisationRows([], [], [], list(given))


def person(login: str, grade: str = "", **stated: object) -> AgentRow:
    return AgentRow(login, None, None, login, login, grade, **stated)  # type: ignore[arg-type]


def agents(conn: Connection) -> dict[str, tuple[object, ...]]:
    found = rows(conn, "SELECT login, grade, signs_in, scope_regions IS NULL FROM facts.agent")
    return {str(login): tuple(rest) for login, *rest in found}


def test_people_keep_their_right_to_sign_in_and_new_ones_get_none(conn: Connection) -> None:
    organisation(conn)
    before = agents(conn)
    new, _again = put_stated(
        conn,
        people(person("manager"), person("li", "senior"), person("administrator", "agent"), person("new")),
        ZONE,
    )
    after = agents(conn)
    assert new == 1
    assert after["manager"] == before["manager"]
    assert after["administrator"] == before["administrator"]  # by nobody's file
    assert after["li"] == ("senior", *before["li"][1:])
    assert after["new"] == ("agent", False, True)


def test_a_scope_that_nobody_knows_is_refused_and_not_everywhere(conn: Connection) -> None:
    organisation(conn)
    with pytest.raises(UnknownCode, match="No region has the code 'XX', which the file of people names"):
        put_stated(conn, people(person("li", scope_regions=("XX",))), ZONE)
    put_stated(conn, people(person("li", scope_regions=("GD-01",))), ZONE)
    assert agents(conn)["li"][2] is False


def test_cities_may_stand_before_their_province_and_departments_come_with_their_teams(
    conn: Connection,
) -> None:
    put_stated(
        conn,
        regions(RegionRow("C", "P", "city", "C", "C", ZONE), RegionRow("D", "Q", "city", "D", "D", ZONE)),
        ZONE,
    )
    put_stated(conn, regions(RegionRow("P", None, "province", "Province", "省", ZONE)), ZONE)
    assert rows(
        conn,
        "SELECT c.code, p.code, p.name_zh FROM facts.region c "
        "JOIN facts.region p ON p.region_id = c.parent_id ORDER BY 1",
    ) == [("C", "P", "省"), ("D", "Q", "Q")]
    teams = OrganisationRows(
        [], [DepartmentRow("A", "A", "甲")], [TeamRow("t", "B", "T", "T"), TeamRow("u", "A", "U", "U")], []
    )
    assert put_stated(conn, teams, ZONE) == (4, 0)
    assert rows(
        conn,
        "SELECT t.code, d.code FROM facts.team t JOIN facts.department d USING (department_id) ORDER BY 1",
    ) == [("t", "B"), ("u", "A")]


def test_a_region_that_moves_to_another_zone_has_its_complaints_derived_again(conn: Connection) -> None:
    organisation(conn)
    conn.execute(
        text(
            "INSERT INTO facts.complaint (complaint_id, source, external_id, received_at, region_id) "
            "SELECT 7, 's', '7', now(), region_id FROM facts.region WHERE code = 'GD-01'"
        )
    )
    conn.execute(text("DELETE FROM derived.dirty"))
    same = RegionRow("GD-01", "GD", "city", "Guangzhou", "广州", ZONE)
    assert put_stated(conn, regions(same), ZONE) == (0, 0)
    moved = RegionRow("GD-01", "GD", "city", "Guangzhou", "广州", "Asia/Urumqi")
    assert put_stated(conn, regions(moved), ZONE) == (0, 1)
    assert rows(conn, "SELECT complaint_id FROM derived.dirty") == [(7,)]
