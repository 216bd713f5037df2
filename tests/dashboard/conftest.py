"""What tests of the pages share."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text

from config.settings import settings
from dashboard import reads
from dashboard.locale import use
from queries import db
from tests.conftest import _database, _on
from tests.dashboard.demo_day import live_through
from tests.dashboard.page_runs import PEOPLE


@pytest.fixture
def opened(engine: Engine, conn: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("BOARD_DEMO", "true")
    settings.cache_clear()
    conn.execute(text(PEOPLE))
    conn.commit()
    reads.connect(engine)
    yield
    settings.cache_clear()


@pytest.fixture(scope="session")
def lively(server_url: str, template: str, worker: str) -> Iterator[Engine]:
    """A board in the midst of a day, derived, learned and swept."""
    name = f"board_day_{worker}"
    _on(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    engine = db.engine(_database(server_url, name), application="board tests")
    live_through(engine)
    yield engine
    engine.dispose()
    _on(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def opened_day(lively: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("BOARD_DEMO", "true")
    settings.cache_clear()
    reads.connect(lively)
    yield
    settings.cache_clear()
    use("en")
