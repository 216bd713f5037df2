"""The complaint page: finding one, what happened to it in words, and a person's tier."""

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from dashboard.locale import use
from dashboard.pages import PAGES
from queries import db
from tests.build import at, complaint, id_of, settle
from tests.dashboard.page_runs import html, run

COMPLAINT = next(page for page in PAGES if page.name == "complaint")


@pytest.fixture
def number(opened: None, engine: Engine) -> int:
    lived = (("first_contact", at(0.1), None), ("answered", at(2), None), ("status", at(3), "resolved"))
    with engine.begin() as conn:
        settle(conn, complaint("A-17", at(), *lived, region="GD-SZ"), complaint("A-18", at(1)))
        db.raise_version(conn, at(4))
        return id_of(conn, "A-17")


def find(wanted: str) -> AppTest:
    app = run(COMPLAINT, lang="en")
    app.text_input(key="find_complaint").set_value(wanted).run()
    assert not app.exception
    return app


def test_the_sources_number_opens_its_complaint(number: int) -> None:
    app = find("A-17")
    assert app.query_params["complaint"] in (str(number), [str(number)])
    assert "A-17" in html(app)
    assert app.text_input(key="find_complaint").value == ""


def test_a_number_that_nobody_knows_is_answered_with_a_sentence(number: int) -> None:
    assert "No complaint with this number in your scope." in html(find("B-1"))


def test_a_manager_finds_none_of_another_province(number: int, engine: Engine) -> None:
    with engine.connect() as conn:
        other = id_of(conn, "A-18")
    app = run(COMPLAINT, lang="en", person="manager", complaint=str(other))
    assert "No complaint with this number in your scope." in html(app)


def test_what_happened_is_named_as_an_event_in_chinese_too(number: int) -> None:
    """The heads of lists name instants: 受理时间, 答复时间."""
    app = run(COMPLAINT, lang="zh", complaint=str(number))
    use("en")
    trail = html(app).partition("处理轨迹")[2].partition("</table>")[0]
    assert [word in trail for word in (">受理<", ">已答复<", ">首次联系<")] == [True] * 3
    assert "受理时间" not in trail
