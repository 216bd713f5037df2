import pytest
from sqlalchemy import Engine

from dashboard import reads
from dashboard.locale import Language, use
from dashboard.pages import PAGES
from dashboard.parts import Page
from queries import db
from tests.dashboard.page_runs import html, run


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_every_page_opens_with_nothing_in_the_database(opened: None, page: Page, language: Language) -> None:
    app = run(page, lang=language)
    use(language)
    assert not app.exception
    assert [title.value for title in app.title] == [page.title()]
    use("en")


@pytest.mark.parametrize("view", ["was", "known"])
@pytest.mark.parametrize("page", [page for page in PAGES if page.past], ids=lambda page: str(page.name))
def test_every_page_that_knows_the_past_opens_there(opened: None, page: Page, view: str) -> None:
    app = run(page, lang="en", as_of="2026-03-02T09:00:00+08:00", view=view)
    assert not app.exception
    (bar,) = [str(one.proto.body) for one in app.get("html") if 'class="past"' in str(one.proto.body)]
    known = view == "known" and page.record
    assert ("As it was known at 2026-03-02 09:00" if known else "As it was at 2026-03-02 09:00") in bar


def test_a_page_without_a_past_shows_now(opened: None) -> None:
    app = run(next(page for page in PAGES if page.name == "jobs"), as_of="2026-03-02T09:00:00+08:00")
    assert not app.exception
    assert not [one for one in app.get("html") if 'class="past"' in str(one.proto.body)]


def test_only_people_with_a_role_may_be_chosen(opened: None) -> None:
    app = run(PAGES[0])
    offered = app.selectbox(key="person").options
    names = ["Supervisor", "Manager", "Scheduler", "Administrator", "Agent"]
    assert [one.split(" · ")[1] for one in offered] == names


def test_an_agent_sees_the_pages_of_complaints_and_no_other(opened: None) -> None:
    names = [page.name for page in PAGES if "agent" in page.roles]
    assert names == ["new_complaint", "complaint"]
    app = run(PAGES[0], lang="en", person="agent")
    assert "This page is not available to your role." in html(app)


def test_page_names_are_unique() -> None:
    assert len({page.name for page in PAGES}) == len(PAGES)


def test_a_managers_scope_is_the_province_with_its_cities(opened: None, engine: Engine) -> None:
    assert reads.reads().scope_of("manager") == db.Scope("manager", "manager", (1, 3))
    assert reads.reads().scope_of("supervisor") == db.Scope("supervisor", "supervisor", None)
    assert reads.reads().scope_of("agent") == db.Scope("agent", "agent", None)
    assert reads.reads().scope_of("nobody") is None
