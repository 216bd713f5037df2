"""Every page over a day of the simulated operator: with rows, in both languages, no text left English."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from google.protobuf.json_format import MessageToDict
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from dashboard.locale import Language, use
from dashboard.pages import PAGES
from dashboard.parts import Page
from tests.dashboard.demo_day import query_of
from tests.dashboard.page_runs import run

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
    opened_day: None, lively: Engine, page: Page, language: Language
) -> None:
    app = run(page, lang=language, **query_of(page, lively))
    use(language)
    said = " ".join(strings(app))
    assert not app.exception
    assert len(said) > 150
    if language == "zh":
        assert {word for word in WORD.findall(said) if word not in SAME} == set()
