"""Migrations side by side: of one database, and of several on one server, whose roles they share."""

import multiprocessing
import shutil
import tempfile
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from jobs.up import postgresql
from queries.schema import migrate
from tests.conftest import FAST, PREFIX

AT_ONCE, ROUNDS = 4, 5


@pytest.fixture(scope="module")
def new_server() -> Iterator[str]:
    """Its URL. Of these tests' own, so that the first round makes the roles."""
    home = Path(tempfile.mkdtemp(prefix=PREFIX))
    home.chmod(0o755)
    with postgresql.sole_owner(home):
        server = postgresql.start(home, FAST)
        yield server.url("postgres")
        server.stop()
    shutil.rmtree(home)


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _migrate_together(urls: list[str], barrier: Barrier, outcomes: "multiprocessing.Queue[str]") -> None:
    for url in urls:
        barrier.wait(60)
        outcomes.put(migrate(url))


def _in_processes(urls: list[list[str]]) -> list[str]:
    """Revisions that came out; each process migrates its `urls` in turn, together with the others."""
    spawn = multiprocessing.get_context("spawn")
    barrier, outcomes = spawn.Barrier(len(urls)), spawn.Queue()
    processes = [
        spawn.Process(target=_migrate_together, args=(one, barrier, outcomes), daemon=True) for one in urls
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(240)
    assert [process.exitcode for process in processes] == [0] * len(urls)
    return [outcomes.get(timeout=60) for one in urls for _ in one]


def test_four_new_databases_of_one_server_are_migrated_at_once_five_times_over(new_server: str) -> None:
    names = [[f"board_{number}_{turn}" for turn in range(ROUNDS)] for number in range(AT_ONCE)]
    engine = create_engine(new_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        for name in (name for each in names for name in each):
            conn.execute(text(f'CREATE DATABASE "{name}"'))
    revisions = _in_processes([[_named(new_server, name) for name in each] for each in names])
    with engine.connect() as conn:
        roles = conn.execute(text("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'board%'")).scalar_one()
    engine.dispose()
    assert len(set(revisions)) == 1
    assert roles == 7


def test_one_database_is_migrated_by_two_at_once(new_server: str) -> None:
    revisions = _in_processes([[new_server], [new_server]])
    assert len(set(revisions)) == 1
