"""Pages over a living operator show figures and no error; the README's picture of the wall is taken here."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from dashboard.pages import PAGES
from jobs.sources.simulator import Simulation, fill
from queries import db
from queries.clocks.derive import derive_dirty
from queries.jobs import beat
from queries.risk.learning import learn_again
from queries.risk.refresh import refresh_risk
from queries.rollups.daily import count_day, take_dirty_days
from tests.browser.conftest import Serve

PICTURE = Path(__file__).parents[2] / "docs" / "wall.png"
DAYS = 9

expect.set_options(timeout=30_000)


@pytest.fixture
def living(engine: Engine) -> None:
    """Nine days of the simulated operator, derived and rolled up, with its breach risk."""
    for _done in fill(engine, Simulation(per_hour=12), DAYS):
        pass
    with engine.begin() as conn:
        while derive_dirty(conn).taken:
            pass
        now = db.board_now(conn)
        learn_again(conn, now)
        refresh_risk(conn, now)
        for day in take_dirty_days(conn, now):
            count_day(conn, day)
        beat(conn, "test:1", now, {})
        db.raise_version(conn, now)


@pytest.mark.usefixtures("living")
def test_every_page_shows_its_figures_in_both_languages(serve: Serve, page: Page) -> None:
    server = serve("dashboard")
    for lang in ("en", "zh"):
        for one in PAGES:
            person = "supervisor" if "supervisor" in one.roles else one.roles[-1]
            page.goto(f"{server.url}/{one.name}?lang={lang}&period=7d&complaint=1&person={person}")
            expect(page.locator('.tiles, .panel-head, [data-testid="stTextArea"]').first).to_be_visible()
            expect(page.locator('[data-testid="stException"]')).to_have_count(0)
            expect(page.get_by_text("This could not be read")).to_have_count(0)
            expect(page.get_by_text("无法读取")).to_have_count(0)
            expect(page.get_by_text("No access", exact=True)).to_have_count(0)
            expect(page.get_by_test_id("stSidebarNavViewButton")).to_have_count(
                0
            )  # "View 3 more", in English


@pytest.mark.usefixtures("living")
def test_the_wall_is_pictured_for_the_readme(serve: Serve, page: Page, tmp_path: Path) -> None:
    server = serve("wall")
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"{server.url}/?lang=en&scene=now")
    expect(page.locator(".wall-cards, .wall-card").first).to_be_visible()
    page.wait_for_timeout(1500)  # the pill counts its first second
    target = PICTURE if os.access(PICTURE.parent, os.W_OK) and not PICTURE.exists() else tmp_path / "wall.png"
    page.screenshot(path=target)
    assert target.stat().st_size > 30_000
