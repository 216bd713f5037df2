"""The organisation's page: unknown values, departments and teams, regions, files."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from config.settings import Settings, settings
from config.vocabulary import ALL_MILESTONES
from dashboard import reads
from dashboard.locale import use
from dashboard.pages import PAGES
from jobs import meanings
from jobs.work import Work
from queries import db
from queries.db import board_now
from queries.intake import door
from queries.intake.facts import Source
from queries.organisation import DepartmentRow, OrganisationRows, put_organisation
from queries.organisation_rows import Part, put_parts
from tests.build import complaint, derive, organisation, rows, together
from tests.dashboard.page_runs import html, run, strings

PAGE = next(page for page in PAGES if page.name == "organisation")
CRM = Source("crm", ALL_MILESTONES)
UNKNOWN = "网络三部"


@pytest.fixture
def centre(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Twelve complaints of a department that nobody knows, and three of a category."""
    monkeypatch.setenv("BOARD_DEMO", "true")
    settings.cache_clear()
    reads.connect(engine)
    with engine.begin() as conn:
        organisation(conn)
        now = board_now(conn)
        start = now - timedelta(hours=5)
        many = [complaint(f"N{n:02}", start, department=UNKNOWN) for n in range(12)]
        many += [complaint(f"K{n:02}", start, category="资费争议") for n in range(3)]
        door.take(conn, CRM, together(many), now)
        derive(conn)
    yield engine
    settings.cache_clear()
    use("en")


def opened(part: str = "unknown", language: str = "en", **more: str) -> AppTest:
    app = run(PAGE, person="administrator", lang=language, list=part, **more)
    assert not app.exception
    use(language)
    return app


def pressed(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def follow(engine: Engine, url: str) -> None:
    """As the job does, with its own rights."""
    jobs = db.engine(url, role="board_jobs")
    with engine.begin() as conn:
        now = board_now(conn)
    meanings.run(Work(jobs, Settings(), "test", now, lambda: None, dict))
    jobs.dispose()
    with engine.begin() as conn:
        derive(conn)
        db.raise_version(conn, board_now(conn))


def departments(engine: Engine) -> list[tuple[object, ...]]:
    with engine.begin() as conn:
        return rows(
            conn,
            "SELECT d.code, count(*) FROM derived.stint s JOIN facts.department d USING (department_id) "
            "WHERE until_at IS NULL GROUP BY 1 ORDER BY 1",
        )


def test_a_value_gets_a_meaning_for_all_and_it_is_undone(centre: Engine, database_url: str) -> None:
    app = opened()
    assert "Unknown values (2)" in html(app)
    assert f'{UNKNOWN}</td><td class=" short">crm</td><td class="n  short">12' in html(app)
    app.multiselect(key="unknown_values_chosen").set_value([("crm", "department", UNKNOWN)]).run()
    app.selectbox(key="unknown_means_department").set_value("NET").run()
    pressed(app, "unknown_save")
    assert [one.value for one in app.success] == [
        "Saved: 1 value. What came in before follows within seconds."
    ]
    assert "being applied" in html(app)
    follow(centre, database_url)
    assert departments(centre) == [("NET", 15)]
    app = opened()
    assert "Unknown values (1)" in html(app)
    assert "in force" in html(app)
    assert "administrator" in html(app)
    (meaning,) = app.selectbox(key="meaning_undo").options
    assert meaning == f"Department · {UNKNOWN} · crm → Network"
    app.selectbox(key="meaning_undo").set_value(1).run()
    pressed(app, "unknown_undo")
    follow(centre, database_url)
    assert departments(centre) == [("NET", 3), (UNKNOWN, 12)]
    assert "undone by: administrator" in html(opened())
    with centre.begin() as conn:
        done = "SELECT person, action FROM journal.audit ORDER BY audit_id"
        assert rows(conn, done) == [("administrator", "say_meaning"), ("administrator", "undo_meaning")]


def test_a_value_is_right_as_it_is(centre: Engine) -> None:
    app = opened()
    both = [("crm", "department", UNKNOWN), ("crm", "category", "资费争议")]
    app.multiselect(key="unknown_values_chosen").set_value(both).run()
    assert [one.value for one in app.caption if "one field" in one.value]
    pressed(app, "unknown_keep")
    assert [one.value for one in app.success] == ["Kept as they are: 2 values."]
    assert "Every department, region, person and word of your sources is known." in html(app)
    assert UNKNOWN in html(opened("departments"))


def test_names_are_proposed_and_taken_together(centre: Engine, database_url: str) -> None:
    """The organisation came after the complaints."""
    with centre.begin() as conn:
        made = DepartmentRow("NET3", "Network three", UNKNOWN)
        put_organisation(conn, OrganisationRows([], [made], [], []))
    app = opened()
    assert "Network three" in html(app)
    assert app.button(key="unknown_take").label == "Take 1 proposal"
    pressed(app, "unknown_take")
    follow(centre, database_url)
    assert departments(centre) == [("NET", 3), ("NET3", 12)]


def test_two_who_say_it_at_once_say_it_once(centre: Engine) -> None:
    first, second = opened(), opened()
    for app, code in ((first, "NET"), (second, "BILL")):
        app.multiselect(key="unknown_values_chosen").set_value([("crm", "department", UNKNOWN)]).run()
        app.selectbox(key="unknown_means_department").set_value(code).run()
    pressed(first, "unknown_save")
    pressed(second, "unknown_save")
    assert [one.value for one in second.error] == [
        "Nothing was saved: somebody else has dealt with one of these values meanwhile."
    ]
    with centre.begin() as conn:
        assert rows(conn, "SELECT means FROM facts.value_meaning") == [("NET",)]


def test_only_an_administrator_of_all_regions_arranges_it(centre: Engine) -> None:
    app = run(PAGE, person="supervisor", lang="en")
    assert "This page is not available to your role." in html(app)
    open_page = opened("departments")
    with centre.begin() as conn:
        conn.exec_driver_sql("UPDATE facts.agent SET scope_regions = '{1}' WHERE login = 'administrator'")
    assert "An administrator who sees all regions arranges this." in html(opened())
    open_page.selectbox(key="edit_departments").set_value("BILL").run()
    assert "An administrator who sees all regions arranges this." in html(open_page)


def added(app: AppTest, kind: str, code: str, zh: str, en: str = "", of: str | None = None) -> AppTest:
    app.selectbox(key=f"edit_{kind}").set_value("").run()
    app.text_input(key=f"{kind}_code_new").set_value(code)
    app.text_input(key=f"{kind}_zh_new").set_value(zh)
    app.text_input(key=f"{kind}_en_new").set_value(en)
    if of is not None:
        app.selectbox(key=f"{kind}_of_new").set_value(of)
    next(one for one in app.button if one.label in ("Save", "保存")).click().run()
    assert not app.exception
    return app


@pytest.mark.parametrize(("language", "said"), [("en", "Saved: Law."), ("zh", "已保存：法务部。")])
def test_a_department_is_added_and_renamed(centre: Engine, language: str, said: str) -> None:
    app = added(opened("departments", language), "departments", "LAW", "法务部", "Law")
    assert [one.value for one in app.success] == [said]
    assert "法务部" in html(app)
    again = added(app, "departments", "LAW", "另一个")
    assert len(again.error) == 1
    app.selectbox(key="edit_departments").set_value("LAW").run()
    app.text_input(key="departments_zh_LAW").set_value("法律事务部")
    next(one for one in app.button if one.label in ("Save", "保存")).click().run()
    with centre.begin() as conn:
        assert rows(conn, "SELECT name_zh, name_en FROM facts.department WHERE code = 'LAW'") == [
            ("法律事务部", "Law")
        ]


def test_what_is_wrong_is_said_beside_what_was_typed(centre: Engine) -> None:
    app = added(opened("departments"), "departments", " ", "法务部")
    assert [one.value for one in app.error] == ["Not saved yet: the code is empty."]
    app = added(opened("departments"), "departments", "LAW", "")
    assert [one.value for one in app.error] == ["Not saved yet: give it a name."]


def test_a_department_merges_after_it_was_confirmed(centre: Engine) -> None:
    app = opened("departments")
    app.selectbox(key="edit_departments").set_value("NET").run()
    assert app.button(key="organisation_merge").disabled
    app.selectbox(key="into_department_NET").set_value("BILL").run()
    assert app.button(key="organisation_merge").disabled
    assert app.checkbox(key="sure_department_NET").label == "Yes: 3 open complaints and 1 people go there"
    app.checkbox(key="sure_department_NET").check().run()
    pressed(app, "organisation_merge")
    assert [one.value for one in app.success] == ["Merged: 3 open complaints and 1 people went along."]
    assert "merged into Billing" in html(app)
    with centre.begin() as conn:
        derive(conn)
    assert departments(centre) == [("BILL", 3), (UNKNOWN, 12)]


def test_a_team_is_added_and_closed(centre: Engine) -> None:
    app = opened("departments")
    app.segmented_control(key="edit_kind").set_value("teams").run()
    app = added(app, "teams", "N1", "一组", of="NET")
    assert [one.value for one in app.success] == ["Saved: 一组."]
    app.selectbox(key="edit_teams").set_value("N1").run()
    with centre.begin() as conn:
        today = board_now(conn).date()
    app.date_input(key="last_team_N1").set_value(today - timedelta(days=3)).run()
    pressed(app, "organisation_close")
    assert "closed since" in html(app)


def test_regions_are_a_tree_and_can_be_added(centre: Engine) -> None:
    app = opened("regions")
    assert "Guangdong" in html(app)
    assert "Guangzhou" not in html(app)
    assert "Guangzhou" in html(opened("regions", province="GD"))
    app = added(app, "regions", "GD-02", "深圳", "Shenzhen", of="GD")
    with centre.begin() as conn:
        assert rows(
            conn,
            "SELECT r.level, p.code FROM facts.region r JOIN facts.region p ON p.region_id = r.parent_id "
            "WHERE r.code = 'GD-02'",
        ) == [("city", "GD")]


def test_the_31_provinces_are_offered_where_there_are_no_regions(opened_empty: Engine) -> None:
    app = opened("regions")
    assert "No region yet." in html(app)
    pressed(app, "bring_china")
    assert [one.value for one in app.success] == ["Put in: 482 new, 0 changed; 0 refused."]
    assert "Guangdong" in html(app)


@pytest.fixture
def opened_empty(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An administrator and nothing else."""
    monkeypatch.setenv("BOARD_DEMO", "true")
    settings.cache_clear()
    reads.connect(engine)
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "INSERT INTO facts.agent (login, name_en, name_zh, grade, signs_in) "
            "VALUES ('administrator', 'Xu Wen', '徐文', 'administrator', true)"
        )
    yield engine
    settings.cache_clear()
    use("en")


FILE = "部门编码,名称\nNET,网络运行部\nBILL,计费部\nLAW,法务部\nLAW,又一个\n,无\n"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_file_is_tried_before_it_comes_in(centre: Engine, language: str) -> None:
    app = opened("files", language)
    app.file_uploader[0].set_value(("departments.csv", FILE.encode("gb18030"), "text/csv")).run()
    assert not app.exception
    said = " ".join(strings(app))
    if language == "en":
        assert "code “LAW” stands in row 4 already" in said
        assert app.button(key="organisation_put").label == "Put in 3 rows"
    else:
        assert "code “LAW”已在第 4 行出现" in said
        assert app.button(key="organisation_put").label == "导入 3 行"
    with centre.begin() as conn:
        assert rows(conn, "SELECT name_zh FROM facts.department WHERE code = 'NET'") == [("网络部",)]
    pressed(app, "organisation_put")
    done = {"en": "Put in: 1 new, 2 changed; 2 refused.", "zh": "已导入：新增 1，更新 2；拒绝 2。"}
    assert [one.value for one in app.success] == [done[language]]
    assert app.file_uploader[0].value is None
    with centre.begin() as conn:
        assert rows(conn, "SELECT name_zh FROM facts.department WHERE code = 'NET'") == [("网络运行部",)]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "a.csv has no rows."),
        ("a.xlsx", b"PK no archive", "a.xlsx cannot be read: it is damaged or has a password."),
        ("a.csv", "名称\n法务部\n".encode(), "a.csv lacks these columns: code (地区编码)"),
        ("a.csv", b"code,name\n\xff\xff\xff,x", "a.csv is written neither in UTF-8 nor in GB18030"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(centre: Engine, name: str, content: bytes, said: str) -> None:
    app = opened("files")
    app.file_uploader[0].set_value((name, content, "text/csv")).run()
    assert not app.exception
    assert said in app.error[0].value


def test_a_merged_department_is_no_meaning_any_more(centre: Engine) -> None:
    with centre.begin() as conn:
        part = Part("OLD", "Old", "旧部", active_until=board_now(conn), has_days=True)
        put_parts(conn, "departments", [part], "Asia/Shanghai", "administrator")
    app = opened()
    app.multiselect(key="unknown_values_chosen").set_value([("crm", "department", UNKNOWN)]).run()
    assert [one.split(" · ")[-1] for one in app.selectbox(key="unknown_means_department").options] == [
        "BILL",
        "NET",
    ]
