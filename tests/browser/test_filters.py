"""The filter bar as it is used: a period of one's own, in one row on a small screen."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from tests.browser.conftest import Serve
from tests.dashboard.page_runs import PEOPLE

expect.set_options(timeout=30_000)


@pytest.fixture
def bar(engine: Engine, serve: Serve, page: Page) -> Page:
    with engine.begin() as conn:
        conn.execute(text(PEOPLE))
    page.goto(f"{serve('dashboard').url}/satisfaction?lang=en")
    expect(page.get_by_role("button", name="Custom")).to_be_visible()
    return page


def show(page: Page, since: str, until: str) -> None:
    page.get_by_label("From").fill(since)
    page.get_by_label("To (inclusive)").fill(until)
    page.get_by_role("button", name="Show this period").click()


def test_a_period_of_ones_own_is_written_checked_and_kept_in_the_url(bar: Page) -> None:
    bar.get_by_role("button", name="Custom").click()
    show(bar, "October", "2026-10-15")
    expect(bar.get_by_text("Write dates like 2026-10-01")).to_be_visible()
    show(bar, "2026-10-20", "2026-10-15")
    expect(bar.get_by_text("The period ends before it begins.")).to_be_visible()
    assert "period=" not in bar.url
    show(bar, "2026-10-1", "2026/10/15")
    expect(bar.get_by_role("button", name="2026-10-01 – 10-15")).to_be_visible()
    expect(bar.get_by_label("From")).to_be_hidden()
    bar.wait_for_url("**period=2026-10-01..2026-10-15")
    bar.reload()
    expect(bar.get_by_role("button", name="2026-10-01 – 10-15")).to_be_visible()
    bar.get_by_text("7 days", exact=True).click()
    expect(bar.get_by_role("button", name="Custom")).to_be_visible()
    bar.wait_for_url("**period=7d")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_filters_stand_in_one_row_at_1366(bar: Page, lang: str) -> None:
    url = bar.url.split("?")[0]
    bar.goto(f"{url}?lang={lang}&period=2025-12-20..2026-01-10")
    periods = bar.locator(".st-key-filter_periods")
    expect(periods.get_by_role("button", name="2025-12-20")).to_be_visible()
    boxes = [
        one.bounding_box()
        for one in (
            bar.get_by_test_id("stMultiSelect").first,
            bar.get_by_test_id("stMultiSelect").last,
            periods.get_by_test_id("stButtonGroup"),
            periods.get_by_test_id("stPopoverButton"),
        )
    ]
    bottoms = [box["y"] + box["height"] for box in boxes if box]
    assert len(bottoms) == 4
    assert max(bottoms) - min(bottoms) < 12
    last = boxes[-1]
    assert last is not None
    assert last["x"] + last["width"] <= 1366
