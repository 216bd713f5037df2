"""Where the centre's system lives: a second PostgreSQL database, or one of a MariaDB."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from tests.jobs.sources.syncing.crm import TICKETS, Crm

_numbers = count(1)
KEYS = {
    "postgresql": ("bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "timestamp"),
    "mysql": ("bigint AUTO_INCREMENT PRIMARY KEY", "datetime(6)"),
}


@contextmanager
def system(board: Engine, server_url: str, worker: str) -> Iterator[Crm]:
    """In a database of its own on that server."""
    name = f"crm_{worker}_{next(_numbers)}"
    server = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with server.connect() as conn:
        conn.exec_driver_sql(f"CREATE DATABASE {name}")
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    source = create_engine(url)
    key, instant = KEYS[source.dialect.name]
    with source.begin() as conn:
        for statement in filter(str.strip, TICKETS.format(key=key, instant=instant).split(";")):
            conn.exec_driver_sql(statement)
    yield Crm(source, board, url)
    source.dispose()
    with server.connect() as conn:
        force = " WITH (FORCE)" if source.dialect.name == "postgresql" else ""
        conn.exec_driver_sql(f"DROP DATABASE {name}{force}")
    server.dispose()
