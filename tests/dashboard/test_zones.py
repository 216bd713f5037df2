"""A page shows the days of its reader: of the one zone of their regions, else of the policy's."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine
from streamlit.testing.v1 import AppTest

from config.settings import settings
from dashboard import reads
from dashboard.app import PAGES
from dashboard.locale import Language, use
from queries import db
from queries.clocks.derive import derive_dirty
from queries.intake.replay import start_clock
from tests.build import organisation, take
from tests.dashboard.page_runs import run
from tests.queries.test_days import NEW_YORK, local, regions, solved

NOW = local(NEW_YORK, 12, 10, 54)  # 22:54 in Shanghai


@pytest.fixture
def opened(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Two callbacks are due by the end of the twelfth in New York, and one by the end of the eleventh."""
    monkeypatch.setenv("BOARD_DEMO", "true")
    settings.cache_clear()
    with engine.begin() as conn:
        people(conn)
        for number, day in (("A", 9), ("B", 9), ("C", 8)):
            take(conn, solved(number, NEW_YORK, local(NEW_YORK, day, 12)))
        derive_dirty(conn)
        start_clock(conn, NOW, 1)
        db.raise_version(conn, NOW)
    reads.connect(engine)
    yield engine
    settings.cache_clear()
    use("en")


def people(conn: Connection) -> None:
    organisation(conn)
    conn.exec_driver_sql("DELETE FROM facts.region")
    conn.exec_driver_sql("UPDATE facts.agent SET scope_regions = NULL")
    regions(conn, NEW_YORK)


def page(name: str, language: Language, **query: str) -> AppTest:
    return run(next(one for one in PAGES if one.name == name), lang=language, **query)


def html(app: AppTest) -> str:
    assert not app.exception
    return " ".join(str(one.proto) for one in app.get("html"))


@pytest.mark.parametrize(("language", "label"), [("en", "Due today"), ("zh", "今日到期")])
def test_callbacks_that_are_due_today_in_new_york_stand_under_due_today(
    opened: Engine, language: Language, label: str
) -> None:
    for past in ({}, {"as_of": (NOW - timedelta(minutes=1)).isoformat()}):
        shown = html(page("callbacks", language, **past))
        tile = shown[shown.index(f">{label}<") :]
        assert ">2<" in tile[: tile.index("hint")].replace("\\n", "")
