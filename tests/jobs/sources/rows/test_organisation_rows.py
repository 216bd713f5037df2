"""Rows of customers, people, regions, departments and teams."""

from queries.intake.facts import Customer
from queries.organisation import AgentRow, DepartmentRow, RegionRow, TeamRow
from tests.jobs.sources.shops import Shop

HEAD = 'format = 1\nsource = "shop"\ntitle = "A shop"\ntime_zone = "Asia/Shanghai"\n'


def shop(rows: str, table: str) -> Shop:
    return Shop(f'{HEAD}rows = "{rows}"\n[{rows}]\n{table}')


def test_a_customer_is_taken_without_a_phone_that_is_none() -> None:
    customers = shop("customer", 'number = "no"\nname = "name"\nphone = "phone"\nvalue = "value"\n')
    good = customers.row(no="0017", name="Ada", phone="+86 138-0000-0000", value="gold")
    assert good.customer == Customer("0017", "Ada", "13800000000", None, "gold")
    bad = customers.row(no="18", name="Bo", phone="1.38E+10")
    assert bad.customer == Customer("18", "Bo")
    assert [one.column for one in bad.kept] == ["phone"]
    assert customers.refusal(no="1.2E+17")[0] == "no"
    assert customers.refusal(no="", name="合计") == ("", "is a sum row")


def test_people_are_as_their_file_says_and_unsaid_parts_are_empty() -> None:
    people = shop(
        "person",
        'login = "login"\nname_zh = "name"\nteam = "team"\nregions = "sees"\n'
        'grade = { column = "grade", translate = { boss = "manager" } }\n',
    )
    found = people.row(login="li", name="李伟", team="t1", grade="boss", sees="GD; BJ-01;").organisation
    assert found == AgentRow("li", "t1", None, "李伟", "李伟", "manager", False, ("GD", "BJ-01"))
    assert people.row(login="wu").organisation == AgentRow("wu", None, None, "wu", "wu", "", False, None)
    assert people.kept(login="wu", grade="administrator") == [
        (
            "grade",
            "'administrator' is no grade; known are agent, senior, team_lead, supervisor, manager, scheduler",
        )
    ]


def test_regions_departments_and_teams_have_a_name_in_each_language() -> None:
    regions = shop(
        "region", 'code = "code"\nname = "en"\nname_zh = "zh"\nparent = "in"\ntime_zone = "zone"\n'
    )
    zone = "Asia/Shanghai"
    assert regions.row(code="GD", en="Guangdong", zh="广东").organisation == RegionRow(
        "GD", None, "province", "Guangdong", "广东", zone
    )
    city = regions.row(code="U", zh="乌鲁木齐", **{"in": "XJ", "zone": "Asia/Urumqi"}).organisation
    assert city == RegionRow("U", "XJ", "city", "乌鲁木齐", "乌鲁木齐", "Asia/Urumqi")
    assert regions.kept(code="U", zone="Mars/Olympus") == [("zone", "'Mars/Olympus' is no time zone")]
    assert shop("department", 'code = "code"\n').row(code="NET").organisation == DepartmentRow(
        "NET", "NET", "NET"
    )
    teams = shop("team", 'code = "code"\ndepartment = "dept"\n')
    assert teams.row(code="t", dept="NET").organisation == TeamRow("t", "NET", "t", "t")
    assert teams.refusal(code="t") == ("dept", "is empty")
