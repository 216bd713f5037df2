"""The page of people: who signs in, what a press does, and what those who left still hold."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from config.settings import settings
from dashboard import reads
from dashboard.app import PAGES
from dashboard.locale import use
from queries.db import board_now, raise_version
from queries.organisation import people, scope_of
from queries.pages import callbacks
from queries.pages import people as of_page
from queries.people import accounts, register
from tests.build import complaint, derive, organisation, rows, settle
from tests.dashboard.page_runs import html, run

PAGE = next(page for page in PAGES if page.name == "people")


@pytest.fixture
def centre(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Passwords as in a centre; the person of the page is chosen as in the demo."""
    monkeypatch.setenv("BOARD_DEMO", "true")
    settings.cache_clear()
    reads.connect(engine)
    with engine.begin() as conn:
        organisation(conn)
        now = board_now(conn)
        settle(conn, complaint("HELD", now - timedelta(days=1), ("owner", now - timedelta(hours=20), "li")))
    monkeypatch.setattr("dashboard.views.people.page.settings", lambda: settings().model_copy(update=LOCAL))
    monkeypatch.setattr("dashboard.views.people.forms.settings", lambda: settings().model_copy(update=LOCAL))
    yield engine
    settings.cache_clear()
    use("en")


LOCAL = {"sign_in": "local", "public_url": "https://board.example"}


def opened_for(login: str, language: str = "en") -> AppTest:
    app = run(PAGE, person="administrator", lang=language)
    assert not app.exception
    use(language)  # in which the test names the choice
    return app.selectbox(key="people_person").set_value(login).run()


def pressed(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def test_only_an_administrator_sees_it(centre: Engine) -> None:
    app = run(PAGE, person="supervisor", lang="en")
    assert "This page is not available to your role." in html(app)
    assert not [one for one in app.selectbox if one.key == "people_person"]


@pytest.mark.parametrize(
    ("language", "said"), [("en", "The invitation is ready."), ("zh", "邀请链接已生成。")]
)
def test_an_invitation_is_shown_once_and_works(centre: Engine, language: str, said: str) -> None:
    app = pressed(opened_for("manager", language), "people_invite")
    assert [one.value for one in app.success] == [said]
    (link,) = [one.value for one in app.code]
    assert link.startswith("https://board.example/invitation/")
    with centre.begin() as conn:
        found = accounts.invitation(conn, link.rpartition("/")[2])
        assert rows(conn, "SELECT person, action, subject FROM journal.audit") == [
            ("administrator", "invite_person", "person:manager")
        ]
    assert found is not None
    assert found.login == "manager"
    assert not app.run().code


def test_locking_and_unlocking(centre: Engine) -> None:
    app = pressed(opened_for("manager"), "people_lock")
    assert [one.value for one in app.success] == ["Locked: every session has ended."]
    with centre.begin() as conn:
        assert scope_of(conn, "manager") is None
    assert "locked" in html(app)
    pressed(app, "people_lock")
    with centre.begin() as conn:
        assert scope_of(conn, "manager") is not None


def test_nobody_shuts_themselves_or_the_last_administrator_out(centre: Engine) -> None:
    app = pressed(opened_for("administrator"), "people_lock")
    assert [one.value for one in app.error] == ["You cannot shut yourself out: another administrator can."]
    with centre.begin() as conn:
        assert scope_of(conn, "administrator") is not None


def test_somebody_who_is_no_administrator_any_more_does_nothing(centre: Engine) -> None:
    app = opened_for("manager")
    with centre.begin() as conn:
        conn.exec_driver_sql("UPDATE facts.agent SET grade = 'supervisor' WHERE login = 'administrator'")
    pressed(app, "people_lock")
    with centre.begin() as conn:
        assert scope_of(conn, "manager") is not None


def test_whoever_left_is_offered_nowhere_and_what_they_hold_is_listed(centre: Engine) -> None:
    with centre.begin() as conn:
        assert "Li Wei" in {one.name_en for one in callbacks.callers(conn)}
    app = opened_for("li")
    assert "HELD" not in html(app)
    with centre.begin() as conn:
        today = board_now(conn).date()
    app.date_input(key=next(one.key for one in app.date_input if "last_day" in str(one.key))).set_value(
        today - timedelta(days=2)
    ).run()
    pressed(app, "people_save")
    assert "Saved: access ends at" in app.success[0].value
    assert "HELD" in html(app)
    with centre.begin() as conn:
        assert "Li Wei" not in {one.name_en for one in callbacks.callers(conn)}
        register.set_active_until(conn, "manager", board_now(conn) - timedelta(seconds=1), "test")
        assert "manager" not in {one.login for one in people(conn)}


def left(centre: Engine, login: str) -> None:
    with centre.begin() as conn:
        register.set_active_until(conn, login, board_now(conn) - timedelta(seconds=1), "test")
        raise_version(conn, board_now(conn))


def test_what_somebody_held_goes_to_a_colleague_once_it_is_confirmed(centre: Engine) -> None:
    left(centre, "li")
    app = run(PAGE, person="administrator", lang="en")
    assert "HELD" in html(app)
    (gone,) = app.selectbox(key="hand_over_from").options
    assert gone == "Li Wei"
    with centre.begin() as conn:
        (scheduler,) = rows(conn, "SELECT agent_id FROM facts.agent WHERE login = 'scheduler'")
    app.selectbox(key="hand_over_to").set_value(scheduler[0]).run()
    sure = next(one for one in app.checkbox if str(one.key).startswith("hand_over_sure"))
    assert sure.label == "Yes: 1 open complaint of Li Wei go to He Yan."
    sure.check().run()
    assert app.button(key="hand_over").disabled
    app.text_input(key="hand_over_reason").set_value("left the centre").run()
    pressed(app, "hand_over")
    assert [one.value for one in app.success] == ["Handed over: 1 open complaint."]
    with centre.begin() as conn:
        owner = "SELECT login FROM facts.complaint c JOIN facts.agent a ON a.agent_id = c.owner_id"
        assert rows(conn, owner) == [("scheduler",)]
        told = "SELECT action, detail ->> 'reason' FROM journal.audit WHERE person = 'administrator'"
        assert rows(conn, told) == [("hand_over_complaints", "left the centre")]
        derive(conn)
        raise_version(conn, board_now(conn))
    assert "HELD" not in html(run(PAGE, person="administrator", lang="en"))


def test_alerts_of_their_complaints_are_listed_too(centre: Engine) -> None:
    left(centre, "li")
    with centre.begin() as conn:
        conn.exec_driver_sql(
            "INSERT INTO journal.alert (rule, subject, level, decided_at, crossed_at, reason, complaint_id) "
            "SELECT 'breached', 'deadline:1', 'critical', now(), now(), '{}', complaint_id "
            "FROM facts.complaint"
        )
        assert sorted(one.kind for one in of_page.still_held(conn, 10)) == ["alert", "complaint"]


FILE = "登录名,姓名,岗位,地区\nwang,王芳,主管,广东省\nli,李伟,坐席,\nzhao,赵敏,厂长,全国\n"


def test_a_file_of_people_is_tried_before_it_comes_in(centre: Engine) -> None:
    app = run(PAGE, person="administrator", lang="zh")
    use("zh")
    app.file_uploader[0].set_value(("people.csv", FILE.encode(), "text/csv")).run()
    assert not app.exception
    assert "岗位“厂长”无法识别" in html(app)
    assert app.button(key="people_put").label == "导入 2 行"
    with centre.begin() as conn:
        assert register.someone(conn, "wang") is None
    pressed(app, "people_put")
    assert [one.value for one in app.success] == ["已导入：新增 1，更新 1；拒绝 1。"]
    with centre.begin() as conn:
        scope = scope_of(conn, "wang")
        guangdong = "SELECT count(*) FROM facts.region WHERE code LIKE 'GD%%'"
        assert rows(conn, guangdong) == [(len(scope.regions or ()) if scope else 0,)]


def test_a_file_that_would_shut_its_administrator_out_changes_nothing(centre: Engine) -> None:
    app = run(PAGE, person="administrator", lang="en")
    content = "login,name,grade\nadministrator,Xu Wen,agent\n"
    app.file_uploader[0].set_value(("people.csv", content.encode(), "text/csv")).run()
    pressed(app, "people_put")
    assert [one.value for one in app.error] == [
        "Nothing was changed: the file would shut you out. Another administrator can."
    ]
    with centre.begin() as conn:
        scope = scope_of(conn, "administrator")
        assert scope is not None
        assert scope.role == "administrator"
