"""What tests of the sources share."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.jobs.sources.centre import Centre


@pytest.fixture
def centre(engine: Engine, database_url: str, tmp_path: Path) -> Centre:
    return Centre(engine, database_url, tmp_path)
