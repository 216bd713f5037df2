"""A number that leads to a list leads to exactly what it counted, however much happens in between."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import Connection, Engine, text
from streamlit.testing.v1 import AppTest

from config.settings import settings
from dashboard import reads
from dashboard.pages import PAGES
from jobs import read_texts, sweep
from queries import db
from queries.intake.facts import Batch, Observation
from queries.intake.replay import start_clock
from tests.build import at, complaint, derive, organisation, say_risk, settle, take
from tests.dashboard.page_runs import run
from tests.jobs.alerting import work

NOW = at(6)  # Monday 15:00 in Shanghai
LATER = NOW + timedelta(minutes=12)
BY_NAME = {page.name: page for page in PAGES}
LINK = re.compile(r'<a[^>]*href="([^"]+)"[^>]*>(.*?)</a>', re.S)
WHOLE = re.compile(r"\d[\d,]*")


def _lives() -> Iterator[Batch]:
    for n in range(12):
        received = NOW - timedelta(minutes=25 * n + 3)
        seen: list[tuple[str, object, str | None]] = []
        if n % 3 == 0:
            seen.append(("first_contact", received + timedelta(minutes=1), None))
        if n % 4 == 0:
            seen.append(("1.requested", received + timedelta(minutes=1), "BILL"))
            seen.append(("status", received + timedelta(minutes=1), "waiting_co_owner"))
        region = "GD-01" if n % 2 else "BJ-01"
        yield complaint(f"C{n}", received, *seen, tier=1 + n % 3, region=region)  # type: ignore[arg-type]
    for n in range(4):
        done = NOW - timedelta(days=3, minutes=10 * n + 1)
        yield complaint(f"R{n}", done - timedelta(hours=2), ("status", done, "resolved"), tier=2)


@pytest.fixture
def opened(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("BOARD_DEMO", "true")
    settings.cache_clear()
    with engine.begin() as conn:
        organisation(conn)
        start_clock(conn, NOW, 0.0001)
        settle(conn, *_lives())
        for number, p in (("C0", 0.9), ("C1", 0.6), ("C2", 0.8)):
            say_risk(conn, number, "feedback", p, NOW)
    read_texts.run(work(engine, NOW))
    sweep.run(work(engine, NOW))
    with engine.begin() as conn:
        db.raise_version(conn, NOW)
    reads.connect(engine)
    yield engine
    settings.cache_clear()


def _html(app: AppTest) -> str:
    assert not app.exception
    return " ".join(one.proto.body for one in app.get("html"))


def _count(inside: str) -> int | None:
    """Of a tile its value, of expected breaches what they are expected of; None: no count of rows."""
    parts = re.findall(r"(?:deadlines|callbacks) [\d.]+ of (\d+)", inside)
    if parts:
        return sum(map(int, parts))
    value = re.search(r'class="value[^"]*"[^>]*>([^<]*)', inside)
    bar = re.match(r"<b>([^<]*)</b><div class=\"stack\">", inside)
    word = value.group(1) if value else bar.group(1) if bar else re.sub(r"<[^>]+>|[▲✕✓]", "", inside)
    return int(word.strip().replace(",", "")) if WHOLE.fullmatch(word.strip()) else None


def _linked(html: str, page: str) -> dict[str, int]:
    """Link → what it counts. Customers are fewer than the rows behind them, hours are no count of rows."""
    found: dict[str, int] = {}
    for href, inside in LINK.findall(html):
        query = dict(parse_qsl(urlsplit(href.replace("&amp;", "&")).query))
        count = _count(inside)
        is_other = query.get("list") in (None, "time") or "customers" in query.get("only", "")
        if count is not None and not is_other:
            found[href.replace("&amp;", "&")] = count
    assert found, f"no number of {page} leads to a list"
    return found


def _rows(href: str) -> int:
    parts = urlsplit(href)
    html = _html(run(BY_NAME[parts.path.strip("/")], **dict(parse_qsl(parts.query))))
    tables = re.findall(r'<table class="list">.*?</table>', html, re.S)
    if "Nothing here" in html and not tables:
        return 0
    return len(re.findall(r"<tr>", tables[-1])) - 1 if tables else 0


def _meanwhile(conn: Connection) -> None:
    """Twelve minutes later: two are contacted, one is resolved, its list moves; three are new."""
    start_clock(conn, LATER, 0.0001)
    said = NOW + timedelta(minutes=5)
    seen = [Observation(number, "first_contact", said, None, 50) for number in ("C1", "C2")]
    seen += [Observation(number, "status", said, "resolved", 51) for number in ("C4", "C5")]
    seen += [Observation("C4", "opinion", said, None, 52, 1), Observation("C6", "tier", said, "1", 53)]
    take(conn, Batch(observations=seen), now=LATER)
    take(conn, *(complaint(f"N{n}", said) for n in range(3)), now=LATER)
    derive(conn)
    conn.execute(text("UPDATE derived.risk SET p = p / 2"))
    db.raise_version(conn, LATER)


@pytest.mark.parametrize("page", ["risk", "backlog", "co_owners", "problems", "alerts", "alert_precision"])
def test_each_number_is_exactly_its_list_while_facts_change_in_between(opened: Engine, page: str) -> None:
    numbers = _linked(_html(run(BY_NAME[page], lang="en", person="supervisor")), page)
    with opened.begin() as conn:
        _meanwhile(conn)
    reads.connect(opened)
    assert {href: _rows(href) for href in numbers} == numbers


def test_the_list_of_a_live_number_says_its_moment_and_leads_back_to_the_same_list_live(
    opened: Engine,
) -> None:
    found = _linked(_html(run(BY_NAME["risk"], lang="en", person="supervisor")), "risk")
    href = next(one for one in found if "list=hour" in one)
    asked = dict(parse_qsl(urlsplit(href).query))
    html = _html(run(BY_NAME["risk"], **asked))
    assert "As counted at 2026-03-02 15:00:00" in html
    (back,) = [link for link, inside in LINK.findall(html) if inside == "Back to live"]
    assert dict(parse_qsl(back.replace("&amp;", "&").lstrip("?"))).keys() == asked.keys() - {"as_of", "from"}
