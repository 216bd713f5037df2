"""What tests of the jobs share."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.jobs.receivers import Receiver, listening
from tests.jobs.sources.syncing import mariadb
from tests.jobs.sources.syncing.crm import Crm
from tests.jobs.sources.syncing.systems import system


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as made:
        yield made


@pytest.fixture
def crm(engine: Engine, server_url: str, worker: str) -> Iterator[Crm]:
    """A centre's system, on PostgreSQL."""
    with system(engine, server_url, worker) as made:
        yield made


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    with mariadb.running() as url:
        yield url


@pytest.fixture
def crm_on_mariadb(engine: Engine, mariadb_url: str, worker: str) -> Iterator[Crm]:
    with system(engine, mariadb_url, worker) as made:
        yield made
