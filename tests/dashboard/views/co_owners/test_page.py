"""The co-owners page, its lists and the complaint's panel draw what the queries say."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine
from streamlit.testing.v1 import AppTest

from config.settings import settings
from dashboard import reads
from dashboard.locale import use
from dashboard.pages import PAGES
from queries import db
from queries.attribution.lists import breaches, late_requests
from queries.attribution.scope import totals
from queries.db import board_now
from tests.build import rows, settle
from tests.dashboard.page_runs import run
from tests.queries.attribution.co_owner_lives import ALL, four_departments, some_lives

MARCH = "2026-03-01..2026-03-31"
BY_NAME = {page.name: page for page in PAGES}


@pytest.fixture(scope="module")
def lived(shared_database_url: str) -> Iterator[Engine]:
    """These tests only read."""
    engine = db.engine(shared_database_url, application="board tests")
    with engine.begin() as conn:
        settle(four_departments(conn), some_lives(4))
    yield engine
    engine.dispose()


@pytest.fixture
def opened(lived: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    monkeypatch.setenv("BOARD_DEMO", "true")
    settings.cache_clear()
    reads.connect(lived)
    with lived.connect() as conn:
        yield conn
    settings.cache_clear()
    use("en")


def words(app: AppTest) -> str:
    """The text of the page's own HTML."""
    assert not app.exception
    return re.sub(r"<[^>]+>", " ", " ".join(one.proto.body for one in app.get("html")))


def page(**query: str) -> str:
    return words(run(BY_NAME["co_owners"], lang="en", period=MARCH, **query))


def test_the_page_shows_what_is_summed(opened: Connection) -> None:
    found = totals(opened, ALL, board_now(opened))
    shown = page()
    for word in (
        "Waiting on a co-owner now",
        "Responded within 1 h",
        "Opinion within 4 h",
        "Whose time it was",
    ):
        assert word in shown
    assert f"co-owner late in {sum(cost.avoidable + cost.own for cost in found.costs)}" in shown
    assert "unavailable" not in shown.lower()


@pytest.mark.parametrize("which", ["all", "open", "respond_late", "opinion_late", "open_now", "overdue"])
def test_each_list_of_requests_opens(opened: Connection, which: str) -> None:
    assert "Requested" in page(list="requests", which=which)


def test_the_other_lists_hold_their_rows(opened: Connection) -> None:
    now = board_now(opened)
    late = late_requests(opened, ALL, None, 9, now)[0]
    assert late.external_id in page(list="late")
    breach = breaches(opened, ALL, "avoidable", None, 9, now)[0]
    assert breach.external_id in page(list="breaches", which="avoidable")
    for holder in ("customer", "lead", "co_owner", "follow_up"):
        assert "Customer waited" in page(list="time", holder=holder, in_department="NET")
    assert "Waiting on" in page(list="waiting")


def test_an_unknown_code_in_a_link_never_shows_more(opened: Connection) -> None:
    for narrowed in ({"in_department": "X"}, {"in_region": "X"}, {"in_day": "X"}):
        assert "No requests in this list." in page(list="requests", which="all", **narrowed)


def test_a_complaint_tells_whose_time_it_was_and_what_was_avoidable(opened: Connection) -> None:
    breach = breaches(opened, ALL, "avoidable", None, 9, board_now(opened))[0]
    ((name,),) = rows(
        opened, "SELECT name_en FROM facts.department WHERE department_id = :key", key=breach.co_owner_id
    )
    shown = words(run(BY_NAME["complaint"], lang="en", complaint=str(breach.complaint_id)))
    assert "The customer has waited" in shown
    assert f"Co-owner · {name}" in shown
    assert f"Avoidable, caused by {name}" in shown
