"""The centre's system as a second PostgreSQL database."""

from collections.abc import Iterator
from itertools import count

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from tests.jobs.sources.syncing.crm import TICKETS, Crm

_numbers = count(1)


@pytest.fixture
def crm(engine: Engine, server_url: str, worker: str) -> Iterator[Crm]:
    name = f"crm_{worker}_{next(_numbers)}"
    server = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with server.connect() as conn:
        conn.exec_driver_sql(f'CREATE DATABASE "{name}"')
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    source = create_engine(url)
    with source.begin() as conn:
        conn.exec_driver_sql(
            TICKETS.format(key="bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", instant="timestamp")
        )
    yield Crm(source, engine, url)
    source.dispose()
    with server.connect() as conn:
        conn.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    server.dispose()
