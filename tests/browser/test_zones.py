"""A viewer in another time zone sees the board's hours, in charts as in tables."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from config.vocabulary import ALL_MILESTONES
from queries import db
from queries.intake.facts import Source
from tests.browser.conftest import Serve
from tests.build import complaint, derive, id_of, organisation, take

ZONES = ("Asia/Shanghai", "America/Los_Angeles", "Europe/Berlin")
# Charts are canvases: their words are caught where they are drawn.
CATCH = """
window.drawn = [];
const fill = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
  window.drawn.push(String(text));
  return fill.call(this, text, ...place);
};
"""
HOUR = re.compile(r"\d\d-\d\d \d\d:\d\d")


@pytest.fixture
def life(engine: Engine) -> int:
    """A complaint that was received seven hours ago, taken up two hours later, and is open."""
    with engine.begin() as conn:
        organisation(conn)
        now = db.board_now(conn)
        received = (now - timedelta(hours=7)).replace(minute=0, second=0, microsecond=0)
        taken_up = ("status", received + timedelta(hours=2), "in_progress")
        source = Source("live", ALL_MILESTONES)
        take(conn, complaint("ONE", received, taken_up), source=source, now=now)
        derive(conn)
        db.raise_version(conn, now)
        return id_of(conn, "ONE")


@pytest.fixture(params=ZONES)
def viewer(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1366, "height": 900}, locale="en-US", timezone_id=request.param
    )
    context.add_init_script(CATCH)
    made = context.new_page()
    made.set_default_timeout(30_000)
    yield made
    context.close()


def test_the_hours_of_a_chart_are_those_of_the_table(life: int, serve: Serve, viewer: Page) -> None:
    viewer.goto(f"{serve('dashboard').url}/complaint?lang=en&complaint={life}")
    trail = viewer.locator("table.list").filter(has_text="in progress").first
    expect(trail).to_be_visible(timeout=30_000)
    viewer.wait_for_function("window.drawn.some((one) => /\\d\\d:\\d\\d/.test(one))")
    written = HOUR.findall(trail.inner_text())
    drawn = [one for one in viewer.evaluate("window.drawn") if HOUR.fullmatch(one)]
    assert len(set(written)) == 2
    assert set(written) & set(drawn), (written, drawn)
    assert all(min(written) <= one for one in drawn)


def test_the_status_says_whose_times_are_shown_to_a_viewer_elsewhere(
    life: int, serve: Serve, viewer: Page, request: pytest.FixtureRequest
) -> None:
    here = "Asia/Shanghai" in request.node.name
    for language, told in (("en", "times: China Standard Time"), ("zh", "按中国标准时间显示")):
        viewer.goto(f"{serve('dashboard').url}/jobs?lang={language}")
        expect(viewer.locator(".bus .word")).not_to_have_text("", timeout=30_000)
        expect(viewer.locator(".bus .zone")).to_have_text("" if here else told)
