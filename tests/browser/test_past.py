"""A floor three hours long, looked at as it was two hours ago: by page, list, file, language and wall."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from config.vocabulary import ALL_MILESTONES
from queries import db
from queries.intake.facts import Batch, Observation, Source
from queries.rollups import samples
from tests.browser.conftest import Serve, Server
from tests.build import complaint, derive, organisation, take

ZONE = ZoneInfo("Asia/Shanghai")
LIVE = Source("live", ALL_MILESTONES)
Go = Callable[[str], None]

expect.set_options(timeout=30_000)


@pytest.fixture
def then(engine: Engine) -> str:
    """Two hours ago OLD was open, the only one on record. NEW is half an hour old. Of LATE, received two and
    a half hours ago, the board has learned just now."""
    with engine.begin() as conn:
        organisation(conn)
        now = db.board_now(conn)
        moment = (now - timedelta(hours=2)).replace(second=0, microsecond=0)
        take(conn, complaint("OLD", now - timedelta(hours=3)), source=LIVE, now=now - timedelta(hours=3))
        derive(conn)
        samples.sample(conn, moment, moment + timedelta(seconds=2))
        solved = [Observation("OLD", "status", now - timedelta(hours=1), "resolved", 9)]
        take(conn, Batch(observations=solved), source=LIVE, now=now - timedelta(hours=1))
        take(conn, complaint("NEW", now - timedelta(minutes=30)), source=LIVE, now=now)
        take(conn, complaint("LATE", now - timedelta(minutes=150), region="BJ-01"), source=LIVE, now=now)
        derive(conn)
        db.raise_version(conn, now)
    return moment.astimezone(ZONE).isoformat()


@pytest.fixture
def server(serve: Serve, then: str) -> Server:
    return serve("dashboard")


@pytest.fixture
def go(server: Server, page: Page) -> Go:
    def to(path: str) -> None:
        page.goto(f"{server.url}/{path}")
        expect(page.locator(".tiles, .panel-blank, table.list").first).to_be_visible()

    return to


def test_the_past_shows_what_was_and_nothing_that_came_later(go: Go, page: Page, then: str) -> None:
    go(f"risk?lang=en&as_of={quote(then)}")
    expect(page.locator(".past")).to_contain_text("As it was at")
    expect(page.get_by_role("link", name="OLD").first).to_be_visible()
    expect(page.get_by_role("link", name="LATE").first).to_be_visible()
    expect(page.get_by_text("NEW", exact=True)).to_have_count(0)
    page.locator(".past a.leave").click()
    expect(page.locator(".past")).to_have_count(0)
    expect(page.get_by_role("link", name="NEW").first).to_be_visible()
    expect(page.get_by_role("link", name="OLD").first).to_be_visible()  # its callbacks
    page.get_by_role("link", name="Next to breach").click()
    expect(page.get_by_role("link", name="NEW").first).to_be_visible()
    expect(page.get_by_role("link", name="OLD")).to_have_count(0)


def test_the_moment_outlives_language_drill_down_and_the_way_to_another_page(
    go: Go, page: Page, then: str
) -> None:
    go(f"backlog?lang=en&as_of={quote(then)}")
    page.get_by_text("简体中文").click()
    expect(page.locator(".past")).to_contain_text("时的状态")
    page.locator('[data-testid="stSidebarNav"] a', has_text="回访").click()
    expect(page.locator(".past")).to_be_visible()
    page.locator('[data-testid="stSidebarNav"] a', has_text="未结投诉").click()
    expect(page.get_by_role("heading", name="未结投诉", exact=True)).to_be_visible()
    expect(page.locator(".past")).to_be_visible()
    page.locator("a.tile").first.click()
    expect(page.locator(".past")).to_be_visible()
    expect(page.get_by_role("link", name="OLD")).to_be_visible()
    assert quote(then, safe="") in page.url


def test_a_file_of_the_past_holds_the_past_and_says_so(go: Go, page: Page, then: str) -> None:
    go(f"backlog?lang=en&list=open&as_of={quote(then)}")
    with page.expect_download() as waited:
        page.get_by_text("Download all as CSV").click()
    shown = datetime.fromisoformat(then)
    assert waited.value.suggested_filename == f"open_complaints_as-of_{shown:%Y-%m-%d_%H-%M}.csv"
    lines = waited.value.path().read_text("utf-8-sig").splitlines()
    assert lines[0].endswith(",As of")
    assert [line.split(",")[0] for line in lines[1:]] == ["OLD", "LATE"]
    assert all(line.endswith(f"{shown:%Y-%m-%d %H:%M}:00") for line in lines[1:])


def test_the_past_is_chosen_on_the_page_and_a_wrong_minute_gets_a_sentence(go: Go, page: Page) -> None:
    go("risk?lang=en")
    page.locator(".st-key-moment_open button").click()
    page.get_by_label("Date and time").fill("noon")
    page.keyboard.press("Enter")
    expect(page.get_by_text("is not a valid time")).to_be_visible()
    expect(page.locator(".past")).to_have_count(0)
    page.get_by_role("button", name="1 hour ago").click()
    expect(page.locator(".past")).to_contain_text("ago")
    expect(page.get_by_label("Date and time")).to_be_hidden()


def test_the_future_in_an_address_is_refused_and_the_present_shown(go: Go, page: Page) -> None:
    go("backlog?lang=en&as_of=2199-01-01T00:00:00Z")
    expect(page.get_by_text("is in the future")).to_be_visible()
    expect(page.get_by_text("Showing the present.")).to_be_visible()
    expect(page.locator(".past")).to_have_count(0)


def test_as_it_was_known_tells_what_late_facts_changed(go: Go, page: Page, then: str) -> None:
    go(f"risk?lang=en&view=known&as_of={quote(then)}")
    expect(page.locator(".tile", has_text="Open complaints")).to_contain_text("today 2 (+1)")
    expect(page.locator(".summary")).to_contain_text("Open complaints: shown 1, today 2")
    expect(page.locator("table.known tr", has_text="Beijing")).to_contain_text("0 → 1")
    page.get_by_role("link", name="As it was", exact=True).click()
    expect(page.locator(".past")).to_contain_text("As it was at")


def test_a_minute_without_a_record_says_so_and_leads_to_one(go: Go, page: Page, then: str) -> None:
    beside = datetime.fromisoformat(then) + timedelta(minutes=5)
    go(f"backlog?lang=en&view=known&as_of={quote(beside.isoformat())}")
    expect(page.get_by_text("No record of this minute")).to_be_visible()
    page.locator(".panel-blank a").click()
    expect(page.locator(".summary")).to_be_visible()


def test_a_manager_reads_the_record_of_their_province_only(go: Go, page: Page, then: str) -> None:
    go(f"risk?lang=en&person=manager&view=known&as_of={quote(then)}")
    expect(page.locator(".tile", has_text="Open complaints")).to_contain_text("unchanged today")
    expect(page.locator("table.known")).to_contain_text("Guangdong")
    expect(page.locator("table.known")).not_to_contain_text("Beijing")


def test_callbacks_and_alerts_of_the_past_are_read_only(go: Go, page: Page, engine: Engine) -> None:
    with engine.begin() as conn:
        now = db.board_now(conn)
    just_now = (now - timedelta(minutes=2)).astimezone(ZONE).isoformat()
    go(f"callbacks?lang=en&as_of={quote(just_now)}")
    page.get_by_test_id("stButtonGroup").get_by_text("Next 7 days").click()
    expect(page.get_by_text("The past is read-only.")).to_be_visible()
    expect(page.locator('[data-testid="stForm"]')).to_have_count(0)
    go(f"alerts?lang=en&as_of={quote(just_now)}")
    expect(page.get_by_text("No alerts in this list.")).to_be_visible()
    expect(page.locator('[data-testid="stForm"]')).to_have_count(0)


def test_a_number_of_the_shift_leads_to_its_complaints(go: Go, page: Page) -> None:
    go("risk?lang=en")
    strip = page.locator(".shift")
    expect(strip).to_contain_text("Since the shift began at")
    resolved = strip.locator(".change", has_text="Resolved")
    count = resolved.locator("b").inner_text()
    resolved.locator("a").click()
    expect(page.get_by_text("Resolved since")).to_be_visible()
    expect(page.get_by_role("link", name="OLD")).to_have_count(int(count))
    expect(page.locator("nav.tabs")).to_be_in_viewport()
    expect(page.locator(".past.drilled")).to_contain_text("As counted at")
    page.get_by_role("link", name="Back to live").click()
    expect(page.locator(".bus[data-state=past]")).to_have_count(0)
    expect(page.get_by_text("Resolved since")).to_be_visible()
    assert "as_of" not in page.url


def test_the_moment_of_a_live_number_stays_with_its_list(go: Go, page: Page) -> None:
    go("backlog?lang=en")
    page.locator("a.tile").first.click()
    expect(page.locator(".past.drilled")).to_be_visible()
    page.locator('[data-testid="stSidebarNav"] a', has_text="Callbacks").click()
    expect(page.get_by_role("heading", name="Callbacks", exact=True)).to_be_visible()
    expect(page.get_by_text("Next 7 days").first).to_be_visible()
    expect(page.locator(".past")).to_have_count(0)


def test_the_wall_of_the_past_is_marked(serve: Serve, page: Page, then: str) -> None:
    page.goto(f"{serve('wall').url}/?lang=en&scene=now&as_of={quote(then)}")
    shown = datetime.fromisoformat(then)
    expect(page.locator(".wall .then")).to_contain_text(f"PAST · {shown:%Y-%m-%d %H:%M}")
    expect(page.locator(".wall-card", has_text="Open complaints")).to_contain_text("2")
    expect(page.locator(".wall .next")).to_contain_text("OLD")
    expect(page.locator(".bus .word")).to_have_text("As of")
    expect(page.locator(".bus .clock")).to_be_hidden()
