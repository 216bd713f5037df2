"""The problems page over read texts, and a person's decision on the complaint page."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from config.settings import Settings
from dashboard.locale import use
from dashboard.pages import PAGES
from dashboard.views.problems.page import change
from jobs import read_texts
from jobs.work import Work
from queries import db
from tests.build import id_of, rows, settle
from tests.dashboard.page_runs import html, run
from tests.queries.texts.told import SPEED, THREAT, said

PROBLEMS, COMPLAINT = (
    next(page for page in PAGES if page.name == name) for name in ("problems", "complaint")
)


@pytest.fixture
def number(opened: None, engine: Engine) -> int:
    with engine.begin() as conn:
        now = db.board_now(conn)
        received = now - timedelta(hours=5)
        settle(conn, said("A", SPEED, received, region="GD-SZ"), said("B", THREAT, received, region="GD-SZ"))
        db.raise_version(conn, now)
        found = id_of(conn, "B")
    read_texts.run(Work(engine, Settings(), "t", now, lambda: None, dict))
    return found


@pytest.mark.parametrize(("lang", "word"), [("en", "Slow internet"), ("zh", "网速慢")])
def test_the_page_names_problems_in_both_languages(number: int, lang: str, word: str) -> None:
    app = run(PROBLEMS, lang=lang, period="7d")
    use("en")
    assert not app.exception
    assert word in html(app)
    assert "in_issue=speed" in html(app)


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ({"only": "waiting"}, ">B<", ">A<"),
        ({"in_issue": "speed"}, ">A<", ">B<"),
        ({"in_issue": "no_such"}, "", ">A<"),
        ({"in_region": "GD"}, ">A<", "nothing"),
        ({"in_region": "ZJ"}, "", ">A<"),
    ],
)
def test_a_link_lists_what_it_names_and_never_more(
    number: int, query: dict[str, str], there: str, absent: str
) -> None:
    app = run(PROBLEMS, list="complaints", period="7d", **query)
    assert not app.exception
    assert there in html(app)
    assert absent not in html(app)


def test_a_person_makes_it_tier_1_on_the_complaint_page(number: int, engine: Engine) -> None:
    app = run(COMPLAINT, complaint=str(number))
    assert "says “工信部” (Regulator, press or court)" in html(app)
    app.button(key="proposal_yes").click().run()
    assert not app.exception
    assert [one.value for one in app.success] == [
        "Saved: tier 1 urgent. Its deadlines update within a second."
    ]
    with engine.begin() as conn:
        assert rows(conn, "SELECT tier FROM facts.complaint WHERE external_id = 'B'") == [(1,)]


def test_what_proposes_nothing_has_no_button(number: int, engine: Engine) -> None:
    with engine.begin() as conn:
        other = id_of(conn, "A")
    app = run(COMPLAINT, complaint=str(other))
    assert not app.exception
    assert "Read from the text: Slow internet" in " ".join(one.value for one in app.caption)
    assert all(one.key != "proposal_yes" for one in app.button)


def test_a_change_is_in_percent_only_where_there_was_enough_before() -> None:
    use("en")
    assert [change(*pair) for pair in ((12, 10), (8, 10), (1000, 1001), (3, 1), (2, 2), (0, 4))] == [
        "▲ 20 %",
        "▼ 20 %",
        "± 0 %",
        "▲ 2",
        "± 0",
        "▼ 4",
    ]
