"""What a manager of one province gets to see, by page, URL, drill-down and export."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from config.vocabulary import ALL_MILESTONES
from queries import db
from queries.intake.facts import Source
from tests.browser.conftest import Serve
from tests.build import complaint, derive, id_of, organisation, take

Go = Callable[[str], None]

expect.set_options(timeout=30_000)


@pytest.fixture
def two_provinces(engine: Engine) -> dict[str, int]:
    """One open complaint in Guangdong, which is the manager's, and one in Beijing."""
    with engine.begin() as conn:
        organisation(conn)
        now = db.board_now(conn)
        for number, region in (("GD-ONE", "GD-01"), ("BJ-ONE", "BJ-01")):
            take(conn, complaint(number, now, region=region), source=Source("live", ALL_MILESTONES), now=now)
        derive(conn)
        db.raise_version(conn, now)
        return {number: id_of(conn, number) for number in ("GD-ONE", "BJ-ONE")}


@pytest.fixture
def go(serve: Serve, page: Page) -> Go:
    server = serve("dashboard")

    def to(path: str) -> None:
        page.goto(f"{server.url}/{path}")
        expect(page.locator(".tiles, .panel-blank").first).to_be_visible()

    return to


def test_a_supervisor_sees_both(two_provinces: dict[str, int], go: Go, page: Page) -> None:
    go("risk?person=supervisor")
    expect(page.get_by_text("GD-ONE").first).to_be_visible()
    expect(page.get_by_text("BJ-ONE").first).to_be_visible()


def test_a_manager_sees_their_province_only(two_provinces: dict[str, int], go: Go, page: Page) -> None:
    go("risk?person=manager")
    expect(page.get_by_text("GD-ONE").first).to_be_visible()
    expect(page.get_by_text("BJ-ONE")).to_have_count(0)


def test_a_link_of_the_page_keeps_who_was_chosen(two_provinces: dict[str, int], go: Go, page: Page) -> None:
    go("risk?person=manager")
    page.locator("a.tile").first.click()
    page.wait_for_url("**list=breached**")
    expect(page.locator('[data-testid="stSidebar"] input')).to_have_value("Lin Hua · Manager")


def test_no_url_opens_another_province(two_provinces: dict[str, int], go: Go, page: Page) -> None:
    go("risk?person=manager&region=BJ,BJ-01")
    expect(page.get_by_text("BJ-ONE")).to_have_count(0)
    expect(page.get_by_text("Beijing")).to_have_count(0)
    go(f"complaint?person=manager&complaint={two_provinces['BJ-ONE']}")
    expect(page.get_by_text("No such complaint").first).to_be_visible()
    expect(page.get_by_text("Title BJ-ONE")).to_have_count(0)
    go(f"complaint?person=manager&complaint={two_provinces['GD-ONE']}")
    expect(page.get_by_text("Title GD-ONE").first).to_be_visible()


def test_an_export_holds_what_is_on_the_page(two_provinces: dict[str, int], go: Go, page: Page) -> None:
    go("risk?person=manager")
    with page.expect_download() as waited:
        page.get_by_text("Download").first.click()
    text = waited.value.path().read_text("utf-8-sig")
    assert "GD-ONE" in text
    assert "BJ-ONE" not in text


def test_the_search_stands_above_the_complaint_and_its_only_hit_is_opened(
    two_provinces: dict[str, int], go: Go, page: Page
) -> None:
    go("complaint?person=manager")
    box = page.get_by_label("Find a complaint")
    expect(page.get_by_text("No complaint selected")).to_be_visible()
    box.fill("BJ-ONE")
    box.press("Enter")
    expect(page.get_by_text("No complaint with this number")).to_be_visible()
    box.fill("GD-ONE")
    box.press("Enter")
    expect(page.get_by_text("Title GD-ONE").first).to_be_visible()
    expect(box).to_have_value("")
    assert f"complaint={two_provinces['GD-ONE']}" in page.url
    search, trail = box.bounding_box(), page.get_by_text("Trail").first.bounding_box()
    assert search is not None
    assert trail is not None
    assert search["y"] < trail["y"]
