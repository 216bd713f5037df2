"""The scheduler's work: nothing is chosen beforehand, a save is seen, a conflict names the right one."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from queries import db
from queries.filters import Filters
from queries.pages import callbacks
from queries.pages.callbacks import Callback
from tests.browser.conftest import Serve
from tests.build import complaint, organisation, settle

HEAD = ROW = 35  # pixels of the table

expect.set_options(timeout=30_000)


@pytest.fixture
def floor(engine: Engine) -> Engine:
    """A, B and C were resolved four days ago: their three-day callbacks are overdue."""
    with engine.begin() as conn:
        organisation(conn)
        now = db.board_now(conn)
        for n, number in enumerate("ABC"):
            done = now - timedelta(days=5, minutes=10 - n)
            settle(conn, complaint(number, done - timedelta(hours=1), ("status", done, "resolved")))
        db.raise_version(conn, now)
    return engine


def _overdue(engine: Engine) -> dict[str, Callback]:
    with engine.begin() as conn:
        now = db.board_now(conn)
        days = Filters(now.date(), now.date())
        return {row.external_id: row for row in callbacks.pending(conn, days, "overdue", 9, now)}


def _open(page: Page, url: str) -> None:
    page.goto(f"{url}/callbacks?lang=en&person=scheduler")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    expect(page.get_by_text("Select a callback", exact=True)).to_be_visible()


def _tick(page: Page, row: int) -> None:
    page.get_by_test_id("stDataFrame").click(position={"x": 18, "y": HEAD + ROW * row + ROW // 2})


def _assign(page: Page, label: str) -> str:
    """To the first who is offered; gives the name."""
    page.get_by_label("Assign to").click()
    first = page.get_by_role("option").first
    name = first.inner_text()
    first.click()
    page.get_by_role("button", name=label).click()
    return name


def test_a_call_is_not_recorded_before_its_outcome_is_chosen(serve: Serve, page: Page, floor: Engine) -> None:
    _open(page, serve("dashboard").url)
    _tick(page, 0)
    page.get_by_label("Note").fill("she was friendly")
    page.get_by_role("button", name="Record the call").click()
    expect(page.get_by_text("select the outcome of the call")).to_be_visible()
    assert _overdue(floor)["A"].attempts == 0
    expect(page.get_by_label("Note")).to_have_value("she was friendly")
    page.get_by_label("Outcome of the call").click()
    page.get_by_role("option").first.click()
    page.get_by_role("button", name="Record the call").click()
    expect(page.get_by_text("Recorded: complaint A")).to_be_visible()
    assert set(_overdue(floor)) == {"B", "C"}


def test_of_several_that_are_assigned_the_one_somebody_called_is_named_and_stays_chosen(
    serve: Serve, page: Page, floor: Engine
) -> None:
    _open(page, serve("dashboard").url)
    for row in range(3):
        _tick(page, row)
    expect(page.get_by_role("button", name="Assign or reschedule 3 callbacks")).to_be_visible()
    called = _overdue(floor)["B"]
    with floor.begin() as conn:
        now = db.board_now(conn)
        callbacks.record_attempt(
            conn, called.key, called.revision, "colleague", "no_answer", None, None, None, now
        )
    _assign(page, "Assign or reschedule 3 callbacks")
    expect(page.get_by_text("Saved: 2 callbacks.")).to_contain_text("after you opened the list: B.")
    found = _overdue(floor)
    assert [found[one].agent_id is None for one in "ABC"] == [False, True, False]
    expect(page.get_by_text("Complaint B")).to_be_visible()  # alone chosen now


def test_what_was_assigned_is_seen_at_once_and_no_longer_chosen(
    serve: Serve, page: Page, floor: Engine
) -> None:
    """Nothing derives here: the list itself has to know."""
    _open(page, serve("dashboard").url)
    _tick(page, 0)
    _tick(page, 1)
    name = _assign(page, "Assign or reschedule 2 callbacks")
    expect(page.get_by_text("Saved: 2 callbacks.")).to_be_visible()
    expect(page.get_by_text("Select a callback", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Assign or reschedule")).to_have_count(0)
    expect(page.get_by_test_id("stDataFrame").locator("td").filter(has_text=name)).to_have_count(2)
    assert [row.agent_id is None for row in _overdue(floor).values()] == [False, False, True]
