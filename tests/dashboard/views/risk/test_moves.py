"""The next moves on Live risk, and the deadlines behind one."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from dashboard.locale import use
from dashboard.pages import PAGES
from queries import db
from tests.build import complaint, id_of, settle
from tests.dashboard.page_runs import run

RISK = next(page for page in PAGES if page.name == "risk")
MADE = "INSERT INTO facts.department (department_id, code, name_en, name_zh) VALUES (:n, :code, :code, :code)"
HALF = """
INSERT INTO derived.risk SELECT complaint_id, target, party_id, episode, 0.5, 15, 30, 'target', 1, now(),
       region_id, 0.2 FROM derived.deadline WHERE met_at IS NULL AND target = 'opinion'
"""


@pytest.fixture
def asked(opened: None, engine: Engine) -> int:
    """BILL was asked for two opinions, due in 90 minutes: at 0.5 each, 2 × 0.5 × 0.8 can be avoided."""
    with engine.begin() as conn:
        for number, code in ((11, "NET"), (12, "BILL")):
            conn.execute(text(MADE), {"n": number, "code": code})
        now = db.board_now(conn)
        since = now - timedelta(minutes=150)
        steps: list[tuple[str, datetime, str | None]] = [("first_contact", since, None)]
        for party in (1, 2):
            steps += [(f"{party}.requested", since, "BILL"), (f"{party}.responded", since, None)]
        settle(conn, complaint("<A>", since, *steps, region="GD-SZ", tier=3))
        conn.execute(text(HALF))
        db.raise_version(conn, now)
        return id_of(conn, "<A>")


def html(app: Any) -> str:
    return " ".join(one.proto.body for one in app.get("html"))


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Chase", "2 requests<", "avoids<strong>0.8<")),
        ("zh", ("催办", "2 个协查请求", "可避免<strong>0.8<")),
    ],
)
def test_a_move_says_what_whom_and_how_much_in_both_languages(
    asked: int, lang: str, words: tuple[str, ...]
) -> None:
    app = run(RISK, lang=lang)
    use("en")
    assert not app.exception
    for word in (*words, "<span>BILL</span>", "move=chase.12"):
        assert word in html(app)


def test_an_opened_move_lists_its_deadlines_with_what_is_left_and_says_what_it_supposes(asked: int) -> None:
    app = run(RISK, lang="en", move="chase.12")
    assert not app.exception
    assert "Avoids 0.8 of 1.0 expected breaches by" in html(app)
    assert "it breaches only if both fail" in html(app)
    listed = next(one.proto.body for one in app.get("html") if "After the move" in one.proto.body)
    assert listed.count("10 %") == 2
    assert f"complaint={asked}" in listed
    assert "&lt;A&gt;" in listed
    assert "list=requests" in html(app)
    assert "in_department=BILL" in html(app)


def test_a_move_that_no_longer_stands_says_so(asked: int) -> None:
    app = run(RISK, lang="en", move="chase.11")
    assert not app.exception
    assert "no longer among the next ones" in html(app)
    assert "After the move" not in html(app)


def test_of_a_past_moment_there_are_none(asked: int) -> None:
    app = run(RISK, lang="en", move="chase.12", as_of="2026-03-02T09:00:00+08:00")
    assert not app.exception
    assert 'class="moves"' not in html(app)
    assert "Next moves" not in html(app)
    assert "After the move" not in html(app)


def test_where_nothing_is_worth_a_tenth_of_a_breach_it_says_so(asked: int, engine: Engine) -> None:
    with engine.begin() as conn:
        conn.execute(text("UPDATE derived.risk SET p = 0.06"))
    assert "No move avoids even 0.1 of a breach." in html(run(RISK, lang="en"))


def test_where_nothing_has_a_number_it_says_so(asked: int, engine: Engine) -> None:
    with engine.begin() as conn:
        conn.execute(text("DELETE FROM derived.risk"))
    found = html(run(RISK, lang="en"))
    assert "has a breach risk." in found
    assert "No move avoids" not in found
