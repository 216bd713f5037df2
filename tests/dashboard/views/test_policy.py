"""The administrator's policy page: wrong texts, a dry run, applying; nobody else's."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from dashboard.app import PAGES
from dashboard.parts import Page
from queries import db
from tests.build import complaint, rows, settle
from tests.dashboard.test_pages import opened, run

__all__ = ["opened"]
POLICY = next(page for page in PAGES if page.name == "policy")


@pytest.fixture
def page(opened: None, engine: Engine) -> Iterator[AppTest]:
    with engine.begin() as conn:
        settle(conn, complaint("A", db.board_now(conn) - timedelta(hours=5), region=None))
    app = run(POLICY)
    app.selectbox(key="person").select("administrator").run()
    assert not app.exception
    yield app


def found(engine: Engine, sql: str) -> list[tuple[object, ...]]:
    with engine.begin() as conn:
        return rows(conn, sql)


def tried(app: AppTest, old: str, new: str) -> AppTest:
    text = app.text_area(key="policy_body")
    assert old in text.value
    text.set_value(text.value.replace(old, new, 1))
    return app.button[0].click().run()


def test_what_would_move_is_shown_before_anything_changes(page: AppTest, engine: Engine) -> None:
    app = tried(page, 'budget = "24h"', 'budget = "4h"')
    shown = "".join(one.proto.body for one in app.get("html"))
    assert "Due times that move" in shown
    assert "Become breached" in shown
    assert found(engine, "SELECT count(*) FROM journal.policy_version") == [(1,)]


def test_applying_makes_a_version_and_says_so(page: AppTest, engine: Engine) -> None:
    app = tried(page, 'budget = "24h"', 'budget = "4h"')
    app = app.button[-1].click().run()
    assert [one.value for one in app.success] == ["Version 2 is in force; 1 due time moves within seconds."]
    made = found(engine, "SELECT move_open, applied_by FROM journal.policy_version WHERE version = 2")
    assert made == [(True, "administrator")]


def test_a_wrong_text_is_named_and_kept(page: AppTest, engine: Engine) -> None:
    app = tried(page, 'budget = "24h"', 'budget = "-4h"')
    (error,) = app.error
    assert "targets.feedback.budget" in error.value
    assert 'budget = "-4h"' in app.text_area(key="policy_body").value
    assert found(engine, "SELECT count(*) FROM journal.policy_version") == [(1,)]


@pytest.mark.parametrize("person", ["supervisor", "manager", "scheduler"])
def test_the_page_is_the_administrators_alone(opened: None, person: str) -> None:
    app = run(POLICY)
    app.selectbox(key="person").select(person).run()
    assert not app.text_area
    assert "No access" in "".join(one.proto.body for one in app.get("html"))


def test_others_do_not_have_it_in_their_navigation() -> None:
    wanted: list[Page] = [page for page in PAGES if "supervisor" not in page.roles]
    assert [page.name for page in wanted] == ["policy"]
