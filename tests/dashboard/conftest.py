"""What tests of the pages share."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text

from config.settings import settings
from dashboard import reads
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
