"""The page of surges, and what the complaint page says of one."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from dashboard.controls.surge_words import odds
from dashboard.locale import use
from dashboard.pages import PAGES
from queries import db
from tests.build import complaint, id_of, rows, settle
from tests.dashboard.page_runs import html, run

SURGES, COMPLAINT = (next(page for page in PAGES if page.name == name) for name in ("surges", "complaint"))
PUT = """
INSERT INTO journal.surge (category, region_id, from_at, found_at, seen_at, people, usual, chance, bars_from,
                           bars, usual_bars)
VALUES ('no_signal', 1, :since, :since, :now, 46, 9.2, 0.0064, :since, '{2, 30, 14}', '{1.5, 1.6, 1.7}')
"""


@pytest.fixture
def running(opened: None, engine: Engine) -> int:
    """Two complaints of a surge in Guangdong; our number of the first."""
    with engine.begin() as conn:
        now = db.board_now(conn)
        since = now - timedelta(minutes=90)
        for name in ("A", "B"):
            received = since + timedelta(minutes=10)
            settle(conn, complaint(name, received, region="GD-SZ", category="no_signal", department=None))
        conn.execute(text(PUT), {"since": since, "now": now})
        db.raise_version(conn, now)
        return id_of(conn, "A")


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            (
                "No signal · Guangdong",
                "46 people complained in 1 h 30 min; usually 9.",
                "Expected by chance about once in 3 years across everything monitored.",
                "2 complaints in your scope",
            ),
        ),
        ("zh", ("无信号 · 广东", "46 人投诉，平时 9 人", "约 3 年一次", "可见范围内的投诉 2 件")),
    ],
)
def test_a_running_surge_is_put_in_words(running: int, lang: str, words: tuple[str, ...]) -> None:
    app = run(SURGES, lang=lang)
    use("en")
    assert not app.exception
    for word in words:
        assert word in html(app)


def test_a_person_makes_its_complaints_tier_1_and_the_complaint_says_why(
    running: int, engine: Engine
) -> None:
    app = run(SURGES, lang="en")
    assert app.button(key="surge_yes_1_0").label == "Make these 2 tier 1"
    app.button(key="surge_yes_1_0").click().run()
    assert not app.exception
    assert [one.value for one in app.success] == [
        "2 complaints are now tier 1. Their deadlines update within a second."
    ]
    with engine.begin() as conn:
        assert rows(conn, "SELECT DISTINCT tier FROM facts.complaint") == [(1,)]
    why = html(run(COMPLAINT, complaint=str(running), lang="en"))
    assert "Tier 1 by a surge: No signal · Guangdong, 46 people, usually 9. Decided by Wang Lei" in why


def test_who_was_second_reads_so(running: int, engine: Engine) -> None:
    app = run(SURGES, lang="en")
    with engine.begin() as conn:
        conn.execute(
            text("INSERT INTO journal.surge_decision VALUES (1, 0, now(), 'manager', 'no_surge', '{1}', 0)")
        )
    app.button(key="surge_yes_1_0").click().run()
    assert [one.value for one in app.warning] == ["Somebody else has already decided."]
    with engine.begin() as conn:
        assert rows(conn, "SELECT DISTINCT tier FROM facts.complaint") == [(2,)]


@pytest.mark.parametrize("login", ["scheduler", "administrator"])
def test_others_read_and_do_not_decide(running: int, login: str) -> None:
    app = run(SURGES, lang="en", person=login)
    assert "46 people complained" in html(app)
    assert [one.key for one in app.button if str(one.key).startswith("surge_")] == []


def test_one_surge_lists_its_complaints(running: int) -> None:
    app = run(SURGES, lang="en", surge="1")
    assert not app.exception
    assert all(
        word in html(app) for word in ("Complaints in this surge", ">A</a>", ">B</a>", "proposed for tier 1")
    )


def test_a_number_that_is_none_says_so(running: int) -> None:
    for number in ("99", "9" * 30, "x"):
        assert not run(SURGES, lang="en", surge=number).exception
    assert "No such surge" in html(run(SURGES, lang="en", surge="99"))


def test_odds_are_given_as_people_count_time() -> None:
    use("en")
    assert [odds(chance) for chance in (1.0, 0.25, 0.05, 0.0064, 1e-9)] == [
        "about once a week",
        "about once in 4 weeks",
        "about once in 5 months",
        "about once in 3 years",
        "less than once in 1,000 years",
    ]
