import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, create_engine, text

from dashboard.theme import Kind
from queries import db
from queries.intake.replay import start_clock
from tests.browser.conftest import Serve
from tests.browser.line import cut_off
from tests.dashboard.page_runs import PEOPLE


@pytest.fixture(autouse=True)
def filled(engine: Engine) -> None:
    with engine.begin() as conn:
        conn.execute(text(PEOPLE))
        conn.execute(text("INSERT INTO journal.feed VALUES ('first', clock_timestamp(), clock_timestamp())"))
        conn.execute(
            text(
                "INSERT INTO journal.process (process, started_at, beat_at) "
                "VALUES ('p', now(), now() + interval '1 hour')"
            )
        )


def _rename_feed(engine: Engine, name: str) -> None:
    with engine.begin() as conn:
        conn.execute(
            text("UPDATE journal.feed SET source = :name, heard_at = clock_timestamp()"), {"name": name}
        )
        db.raise_version(conn, db.board_now(conn))


def test_a_commit_is_on_an_open_page_within_three_seconds(serve: Serve, page: Page, engine: Engine) -> None:
    page.goto(f"{serve('dashboard').url}/jobs?lang=en")
    expect(page.get_by_text("first", exact=True)).to_be_visible()
    expect(page.locator(".bus .word")).to_have_text("Live")
    for name in ("second", "third", "fourth"):
        _rename_feed(engine, name)
        expect(page.get_by_text(name, exact=True)).to_be_visible(timeout=3_000)


def test_a_page_in_chinese_says_everything_in_chinese(serve: Serve, page: Page) -> None:
    page.goto(f"{serve('dashboard').url}/jobs?lang=zh")
    expect(page.get_by_role("heading", name="任务", exact=True).first).to_be_visible()
    expect(page.locator(".bus .word")).to_have_text("实时")


def test_the_wall_fills_every_screen_without_scroll_bars(serve: Serve, page: Page) -> None:
    page.goto(f"{serve('wall').url}/?lang=en")
    expect(page.locator(".bus .word")).to_have_text("Live")
    for width, height in ((1366, 768), (1920, 1080), (2560, 1440), (3840, 2160)):
        page.set_viewport_size({"width": width, "height": height})
        box = page.locator(".wall").bounding_box()
        assert box is not None
        assert (box["width"], box["height"]) == (width, height)
        sizes = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        assert page.evaluate(sizes) == [width, height]


def test_the_wall_says_when_the_server_is_away_and_comes_back(
    serve: Serve, page: Page, engine: Engine
) -> None:
    server = serve("wall")
    page.goto(f"{server.url}/?lang=en")
    expect(page.locator(".bus .word")).to_have_text("Live")
    server.process.terminate()
    server.process.wait(15)
    expect(page.locator(".bus .word")).to_have_text("Offline", timeout=20_000)
    expect(page.locator(".bus .symbol")).to_have_text("✕")
    serve("wall", server.port)
    expect(page.locator(".bus .word")).to_have_text("Live", timeout=30_000)


LOST = {"en": "No connection to the board for", "zh": "与看板的连接已中断"}


@pytest.mark.parametrize(("kind", "lang"), [("wall", "zh"), ("dashboard", "en")])
def test_where_the_network_is_cut_the_page_says_so_in_its_own_words_and_nothing_covers_it(
    serve: Serve, page: Page, kind: Kind, lang: str
) -> None:
    with cut_off(serve(kind).port) as line:
        page.goto(f"http://127.0.0.1:{line.port}/{'jobs' if kind == 'dashboard' else ''}?lang={lang}")
        expect(page.locator(".bus[data-state=live]")).to_be_visible()
        line.cut()
        expect(page.locator(".bus .notice")).to_contain_text(LOST[lang], timeout=20_000)
        page.wait_for_timeout(15_000)  # by then Streamlit has given up as well
        expect(page.get_by_text("Connection error")).to_be_hidden()
        expect(page.get_by_text("is not responding")).to_be_hidden()
        expect(page.locator('[data-testid="stDialog"]')).to_have_count(0)  # nor keeps it the focus
        line.mend()
        expect(page.locator(".bus[data-state=live]")).to_be_visible(timeout=45_000)
        expect(page.locator(".bus .notice")).to_be_hidden()


@pytest.mark.parametrize(
    ("every", "word", "detail"),
    [(5, "Stale", r"no data from first for \d+ s"), (86_400, "Live", r"data \d+ s old")],
)
def test_a_source_is_stale_after_three_of_its_own_intervals(
    serve: Serve, page: Page, engine: Engine, every: int, word: str, detail: str
) -> None:
    with engine.begin() as conn:
        heard = "heard_at = clock_timestamp() - interval '40 s', expected_every = :every"
        conn.execute(text(f"UPDATE journal.feed SET {heard}"), {"every": every})
    page.goto(f"{serve('wall').url}/?lang=en")
    expect(page.locator(".bus .word")).to_have_text(word)
    expect(page.locator(".bus .detail")).to_have_text(re.compile(detail))


def test_the_wall_says_when_no_job_process_lives(serve: Serve, page: Page, engine: Engine) -> None:
    page.goto(f"{serve('wall').url}/?lang=en")
    expect(page.locator(".bus .word")).to_have_text("Live")
    with engine.begin() as conn:
        conn.execute(text("UPDATE journal.process SET beat_at = now() - interval '1 minute'"))
    expect(page.locator(".bus .word")).to_have_text("No job process is running", timeout=20_000)


@pytest.mark.parametrize(("kind", "path"), [("wall", ""), ("dashboard", "jobs")])
def test_a_replay_says_so_with_its_own_day_and_is_not_stale_for_being_fast(
    serve: Serve, page: Page, engine: Engine, kind: Kind, path: str
) -> None:
    with engine.begin() as conn:
        start_clock(conn, datetime(2011, 7, 1, tzinfo=UTC), 40_000.0)
        now = "(SELECT anchor FROM journal.clock)"
        conn.execute(text(f"UPDATE journal.feed SET heard_at = {now}"))
        conn.execute(text(f"UPDATE journal.process SET beat_at = {now}"))
    page.goto(f"{serve(kind).url}/{path}?lang=en")
    expect(page.locator(".bus .word")).to_have_text("Live")
    expect(page.locator(".bus .replay")).to_have_text("REPLAY ×40,000")
    expect(page.locator(".bus .clock")).to_have_text(re.compile(r"2011-0[78]-\d\d \d\d:\d\d"))
    expect(page.locator(".bus .detail")).to_have_text(re.compile(r"data \d+ s old"))


def test_a_page_keeps_its_last_picture_while_the_database_is_away(
    serve: Serve, page: Page, engine: Engine, server_url: str
) -> None:
    page.goto(f"{serve('dashboard').url}/jobs?lang=en")
    expect(page.locator(".bus .word")).to_have_text("Live")
    with _database_away(engine, server_url):
        expect(page.locator(".bus .word")).to_have_text("Database unavailable", timeout=30_000)
        expect(page.get_by_text("first", exact=True)).to_be_visible()
    expect(page.locator(".bus .word")).to_have_text("Live", timeout=30_000)
    _rename_feed(engine, "afterwards")
    # Told at once where listening is back already, else by the poll of every 15 s.
    expect(page.get_by_text("afterwards", exact=True)).to_be_visible(timeout=25_000)


@contextmanager
def _database_away(engine: Engine, server_url: str) -> Iterator[None]:
    name = engine.url.database
    outside = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with outside.connect() as conn:
        conn.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        conn.execute(text(ended), {"name": name})
        yield
        conn.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
    outside.dispose()


def test_readiness_asks_the_database_and_liveness_does_not(serve: Serve) -> None:
    url = serve("dashboard").url
    assert httpx.get(f"{url}/healthz").json() == {"status": "ok"}
    assert httpx.get(f"{url}/readyz").json() == {"status": "ok"}
    started = time.monotonic()
    assert httpx.get(f"{url}/_stcore/health").is_success
    assert time.monotonic() - started < 5
