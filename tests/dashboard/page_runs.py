"""A page as Streamlit runs it, over the people who may sign in, and what a reader reads of it."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from google.protobuf.json_format import MessageToDict
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import dashboard
from dashboard.parts import Page

SHOWN = re.compile(r"body|label$|text|title|help|placeholder|options|value|caption")
# Each kind of list that an address names.
LISTS: tuple[tuple[str, dict[str, str]], ...] = (
    *(("risk", {"list": one}) for one in ("riskiest", "coming", "breached", "open")),
    ("backlog", {"list": "open", "in_tier": "1"}),
    *(("co_owners", {"list": one}) for one in ("waiting", "requests", "late", "breaches", "time")),
    ("problems", {"list": "complaints", "only": "negative"}),
    ("problems", {"issue": "signal"}),
    *(("satisfaction", {"list": one}) for one in ("reopened", "repeated")),
    *(("alert_precision", {"list": one}) for one in ("alerts", "breaches")),
    ("surges", {"surge": "1"}),
)
APP = str(Path(dashboard.__file__).with_name("app.py"))
PEOPLE = """
INSERT INTO facts.region (region_id, code, level, name_en, name_zh) VALUES
    (1, 'GD', 'province', 'Guangdong', '广东'), (2, 'ZJ', 'province', 'Zhejiang', '浙江');
INSERT INTO facts.region (region_id, parent_id, code, level, name_en, name_zh) VALUES
    (3, 1, 'GD-SZ', 'city', 'Shenzhen', '深圳');
INSERT INTO facts.agent (login, name_en, name_zh, grade, signs_in, scope_regions) VALUES
    ('supervisor', 'Wang Lei', '王磊', 'supervisor', true, NULL),
    ('manager', 'Li Na', '李娜', 'manager', true, '{1}'),
    ('scheduler', 'He Yan', '何燕', 'scheduler', true, NULL),
    ('administrator', 'Xu Wen', '徐文', 'administrator', true, NULL),
    ('agent', 'Zhao Min', '赵敏', 'agent', true, NULL);
"""


def run(page: Page, **query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    app._page_hash = calc_hash(page.name)  # switch_page knows pages of files only
    return app.run()


def html(app: object) -> str:
    return " ".join(one.proto.body for one in app.get("html"))  # type: ignore[attr-defined]


def strings(app: AppTest) -> Iterator[str]:
    """What a reader reads, without marks: of texts, labels, lists and charts."""
    for element in app.main:
        proto = getattr(element, "proto", None)
        if proto is None:
            continue
        if element.type in ("arrow_data_frame", "dataframe"):
            yield from map(str, element.value.columns)
            continue
        given = MessageToDict(proto)
        if element.type == "text_area":
            given.pop("value", None)  # what is typed into it
        yield from _read(given)


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
