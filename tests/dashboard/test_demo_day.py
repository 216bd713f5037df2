"""Every page and list over a day of the simulated operator: in both languages, no text left English."""

import re

import pytest
from sqlalchemy import Engine, text

from dashboard.locale import Language, use
from dashboard.pages import PAGES
from dashboard.parts import Page
from tests.dashboard.demo_day import query_of
from tests.dashboard.page_runs import LISTS, html, run, strings

WORD = re.compile(r"[A-Za-z_]{3,}")
# Names of things, and what is typed.
SAME = {
    "App",
    "XLSX",
    "AUC",
    "Brier",
    "BOARD_WEBHOOK_URL",
    "CSV",
    "FILE",
    "MAP",
    "NPS",
    "TOP",
    "Excel",
    "JSON",
    "Lines",
    "XES",
    "board",
    "demo",
    "derive",
    "import",
    "map",
    "migrate",
    "office",
    "people",
    "simulator",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_is_drawn_with_rows_and_no_text_is_left_english(
    opened_day: None, lively: Engine, page: Page, language: Language
) -> None:
    app = run(page, lang=language, **query_of(page, lively))
    use(language)
    said = " ".join(strings(app))
    assert not app.exception
    assert len(said) > (150 if language == "en" else 90)
    if language == "zh":
        assert {word for word in WORD.findall(said) if word not in SAME | logins(lively)} == set()


def logins(engine: Engine) -> set[str]:
    with engine.connect() as conn:
        return set(WORD.findall(" ".join(conn.execute(text("SELECT login FROM facts.agent")).scalars())))


@pytest.mark.parametrize(("name", "query"), LISTS, ids=str)
def test_every_list_is_drawn_and_no_text_is_left_english(
    opened_day: None, lively: Engine, name: str, query: dict[str, str]
) -> None:
    page = next(page for page in PAGES if page.name == name)
    app = run(page, lang="zh", **query_of(page, lively), **query)
    use("zh")
    shown = " ".join(strings(app))
    assert not app.exception
    assert '<table class="list"' in html(app) or "暂无内容" in shown
    assert {word for word in WORD.findall(shown) if word not in SAME} == set()
