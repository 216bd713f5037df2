"""The HTTP intake over a database of this test's own, and a key for it."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.testclient import TestClient

from config.settings import Settings
from config.vocabulary import ALL_MILESTONES
from dashboard.intake_api.routes import IntakeApi
from queries.people.intake_keys import Client, make
from tests.build import organisation

HOTLINE = Client("hotline", "hotline", "Asia/Shanghai", ALL_MILESTONES, None, 1_000)


@pytest.fixture
def server(database_url: str, engine: Engine) -> Iterator[TestClient]:
    """Nobody has a key yet."""
    with engine.begin() as conn:
        organisation(conn)
    api = IntakeApi(Settings(database_url=database_url, phone_hash_key=SecretStr("a key of the tests")))
    with TestClient(Starlette(routes=api.routes()), base_url="http://board.example") as client:
        yield client
    api.close()


@pytest.fixture
def program(server: TestClient, engine: Engine) -> TestClient:
    """With the key of the source hotline."""
    server.headers["authorization"] = f"Bearer {key_of(engine, HOTLINE)}"
    return server


def key_of(engine: Engine, client: Client) -> str:
    with engine.begin() as conn:
        key = make(conn, client, "test")
    assert key is not None
    return key
