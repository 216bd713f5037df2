"""The two goals of a month that complaints tell: shown beside their goal, each leading to its rows."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from config.settings import settings
from dashboard import reads
from dashboard.app import PAGES
from dashboard.locale import use
from queries import db
from queries.intake.facts import Batch, Customer, NewComplaint
from queries.intake.replay import start_clock
from tests.build import at, complaint, organisation, settle
from tests.dashboard.page_runs import run

NOW = at(days=20)
(SATISFACTION,) = (page for page in PAGES if page.name == "satisfaction")
TILE = re.compile(r'<a class="tile (\w*)" href="([^"]+)"[^>]*>(.*?)</a>', re.S)
MONTH = {"period": "2026-03-01..2026-03-22"}


def _lives() -> Iterator[Batch]:
    """Forty of as many customers, but two of one who had complained before; three are re-opened."""
    for n in range(40):
        received = at(hours=n)
        seen = [("status", received + timedelta(hours=2), "resolved")]
        if n < 3:
            seen.append(("status", received + timedelta(hours=5), "in_progress"))
        made = complaint(f"C{n}", received, *seen)  # type: ignore[arg-type]
        who = f"P{n % 38}"
        told = [NewComplaint(f"C{n}", received, f"Title {n}", None, who)]
        yield replace(made, complaints=told, customers=[Customer(who)])


@pytest.fixture
def opened(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("BOARD_DEMO", "true")
    settings.cache_clear()
    with engine.begin() as conn:
        organisation(conn)
        start_clock(conn, NOW, 0.0001)
        settle(conn, *_lives())
        db.raise_version(conn, NOW)
    reads.connect(engine)
    yield
    settings.cache_clear()
    use("en")


def _html(app: AppTest) -> str:
    assert not app.exception
    return " ".join(str(one.proto.body) for one in app.get("html"))


def _tiles(html: str) -> dict[str, tuple[str, str, str]]:
    """Label → its tone, link and text."""
    found = {}
    for tone, href, inside in TILE.findall(html):
        label, *rest = [part.strip() for part in re.split(r"<[^>]+>", inside) if part.strip()]
        found[unescape(label)] = (tone, unescape(href), unescape(" ".join(rest)))
    return found


def _listed(href: str) -> set[str]:
    html = _html(run(SATISFACTION, **dict(parse_qsl(urlsplit(href).query))))
    (table,) = re.findall(r'<table class="list">.*?</table>', html, re.S)
    return {re.findall(r">(C\d+)<", row)[0] for row in table.split("<tr>")[2:]}


def test_both_goals_stand_beside_their_goal_and_lead_to_exactly_their_rows(opened: None) -> None:
    found = _tiles(_html(run(SATISFACTION, lang="en", person="supervisor", **MONTH)))
    tone, href, said = found["Resolution rate"]
    assert (tone, said) == ("warn", "92.5 % ▲ goal ≥ 95 % · provisional\n3 of 40 re-opened")
    assert _listed(href) == {"C0", "C1", "C2"}
    tone, href, said = found["Repeat rate"]
    assert (tone, said) == ("good", "5.0 % ✓ goal ≤ 5 %\n2 of 40 received")
    assert _listed(href) == {"C38", "C39"}


def test_the_list_of_all_is_beside_the_list_of_those_that_failed(opened: None) -> None:
    html = _html(run(SATISFACTION, lang="zh", person="supervisor", list="resolved", **MONTH))
    tabs = re.findall(r'<nav class="tabs">(.*?)</nav>', html)[0]
    assert re.findall(r">([^<]+)</a>", tabs) == [
        "30 天内重新打开 3",
        "全部已解决 40",
        "重复投诉 2",
        "全部客户已知的投诉 40",
    ]
    assert len(re.findall(r"<tr>", re.findall(r"<tbody>.*?</tbody>", html, re.S)[-1])) == 40
