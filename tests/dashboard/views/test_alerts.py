"""The figures of the alerts page: none says that all is well while the wall is red."""

import re

import pytest
from sqlalchemy import Engine

from dashboard.locale import use
from dashboard.pages import PAGES
from queries import db
from queries.intake.replay import start_clock
from tests.build import at, complaint, settle
from tests.dashboard.page_runs import run

ALERTS = next(page for page in PAGES if page.name == "alerts")
TILE = re.compile(
    r'class="tile ([a-z]*)"[^>]*><div class="label"[^>]*>([^<]*)</div><div class="value"[^>]*>([^<]*)'
)


def _tiles(lang: str = "en") -> dict[str, tuple[str, str]]:
    app = run(ALERTS, lang=lang)
    use("en")
    assert not app.exception
    html = " ".join(one.proto.body for one in app.get("html"))
    return {label: (tone, value) for tone, label, value in TILE.findall(html)}


@pytest.fixture
def board(opened: None, engine: Engine) -> Engine:
    """An import brought an urgent complaint whose plan is past due; nobody was told of it."""
    with engine.begin() as conn:
        start_clock(conn, at(2), 0.0001)
        settle(conn, complaint("A", at(), ("first_contact", at(0.1), None), tier=1, region="GD-SZ"))
        db.raise_version(conn, at(2))
    return engine


def test_no_tick_stands_where_urgent_deadlines_are_past_due_without_an_alert(board: Engine) -> None:
    found = _tiles()
    assert found["Critical alerts"] == ("", "0")
    assert found["Urgent deadlines past due"] == ("bad", "1")
    assert {tone for tone, _value in found.values()} == {"", "bad"}
    assert _tiles("zh")["紧急时限已超时"] == ("bad", "1")


def test_where_nothing_urgent_is_past_due_a_tick_stands(opened: None) -> None:
    assert _tiles()["Urgent deadlines past due"] == ("good", "0")
