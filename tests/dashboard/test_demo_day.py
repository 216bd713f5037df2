"""Every page over a day of the simulated operator: with rows, in both languages, no text left English."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from google.protobuf.json_format import MessageToDict
from sqlalchemy import Engine, text
from streamlit.testing.v1 import AppTest

from config.settings import Settings, settings
from dashboard import reads
from dashboard.app import PAGES
from dashboard.locale import Language, use
from dashboard.parts import Page
from jobs import derive, heartbeat, learn, read_texts, risk, rollups, sample, surge, sweep
from jobs.scheduler import Work
from jobs.sources.simulator import HASH_KEY, Feed, Simulation, batch, fill, source
from queries import db
from queries.intake import door
from queries.intake.replay import start_clock
from queries.jobs import write_run
from tests.conftest import _database, _on
from tests.dashboard.test_pages import run

NOON = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)  # Thursday, 12:00 in Shanghai
DAYS, OPERATOR = 4, Simulation(seed=3, per_hour=25)
SURGE = """
INSERT INTO journal.surge (category, region_id, from_at, found_at, seen_at, people, usual, chance, bars_from,
                           bars, usual_bars)
SELECT 'no_signal', min(region_id), :since, :since, :now, 46, 9.2, 0.0064, :since, '{2, 30, 14}',
       '{1.5, 1.6, 1.7}'
FROM facts.region WHERE level = 'province'
"""
SHOWN = re.compile(r"body|label$|text|title|help|placeholder|options|value|caption")
WORD = re.compile(r"[A-Za-z_]{3,}")
# Names of things, and what is typed.
SAME = {
    "App",
    "AUC",
    "Brier",
    "BOARD_WEBHOOK_URL",
    "CSV",
    "NPS",
    "TOP",
    "board",
    "demo",
    "derive",
    "migrate",
    "office",
    "simulator",
}


@pytest.fixture(scope="module")
def lively(server_url: str, template: str, worker: str) -> Iterator[Engine]:
    """A board in the midst of a day, derived, learned and swept."""
    name = f"board_day_{worker}"
    _on(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    engine = db.engine(_database(server_url, name), application="board tests")
    _live_through(engine)
    yield engine
    engine.dispose()
    _on(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def _live_through(engine: Engine) -> None:
    before = NOON - timedelta(hours=2)
    _clock(engine, before)
    for _ in fill(engine, OPERATOR, DAYS):
        pass
    _work(engine, before, derive, rollups, read_texts, learn, surge, sample)
    feed = Feed.start(OPERATOR, before)
    for minutes in range(10, 121, 10):
        now = before + timedelta(minutes=minutes)
        _clock(engine, now)
        with engine.begin() as conn:
            door.take(conn, source(is_history=False), batch(feed.due(now)), now, HASH_KEY)
        _work(engine, now, derive, sweep)
    with engine.begin() as conn:
        conn.execute(text(SURGE), {"since": before, "now": NOON})
        write_run(conn, "derive", "demo:1", NOON - timedelta(minutes=1), 1.0, 7, None)
    _work(engine, NOON, rollups, read_texts, risk, surge, sample, heartbeat)


def _clock(engine: Engine, at: datetime) -> None:
    with engine.begin() as conn:
        start_clock(conn, at, 0.001)


def _work(engine: Engine, now: datetime, *jobs: object) -> None:
    for job in jobs:
        job.run(Work(engine, Settings(), "demo:1", now, lambda: None, dict))  # type: ignore[attr-defined]


@pytest.fixture
def opened(lively: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("BOARD_DEMO", "true")
    settings.cache_clear()
    reads.connect(lively)
    yield
    settings.cache_clear()
    use("en")


def query_of(page: Page, engine: Engine) -> dict[str, str]:
    """Who may see it; the complaint page shows one, the last that breached."""
    query = {"person": page.roles[0]}
    if page.name == "complaint":
        with engine.connect() as conn:
            found = conn.execute(text("SELECT max(complaint_id) FROM journal.alert WHERE rule = 'breached'"))
            query["complaint"] = str(found.scalar_one())
    return query


def strings(app: AppTest) -> Iterator[str]:
    """What a reader reads, without marks: of texts, labels, lists and charts."""
    for element in app.main:
        proto = getattr(element, "proto", None)
        if proto is None:
            continue
        if element.type in ("arrow_data_frame", "dataframe"):
            yield from map(str, element.value.columns)
            continue
        yield from _read(MessageToDict(proto))


def _read(given: object, key: str = "body") -> Iterator[str]:
    if isinstance(given, dict):
        for name, inner in given.items():
            if name != "labelVisibility":
                yield from _spec(str(inner)) if name == "spec" else _read(inner, name)
    elif isinstance(given, list):
        for inner in given:
            yield from _read(inner, key)
    elif isinstance(given, str) and SHOWN.search(key.lower()):
        plain = re.sub(r"<(style|svg|script).*?</\1>", " ", given, flags=re.S)
        yield from (unescape(part).strip() for part in re.split(r"<[^>]*>", plain) if part.strip())


def _spec(spec: str) -> Iterator[str]:
    """Of a chart its titles."""
    yield from re.findall(r'"title": ?"([^"]+)"', spec)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_is_drawn_with_rows_and_no_text_is_left_english(
    opened: None, lively: Engine, page: Page, language: Language
) -> None:
    app = run(page, lang=language, **query_of(page, lively))
    use(language)
    said = " ".join(strings(app))
    assert not app.exception
    assert len(said) > 150
    if language == "zh":
        assert {word for word in WORD.findall(said) if word not in SAME} == set()
