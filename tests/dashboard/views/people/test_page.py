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
from queries.db import board_now
from queries.organisation import people, scope_of
from queries.pages import callbacks
from queries.people import accounts, register
from tests.build import complaint, organisation, rows, settle
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
