"""A real PostgreSQL for every test: a database of its own, cloned from a template that was migrated once."""

import fcntl
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url

from config import UserError
from config.settings import settings
from jobs.up import postgresql
from queries import db
from queries.risk.learning import learn_again
from queries.schema import migrate
from tests import left_behind
from tests.databases import Pool, RolledBack
from tests.queries.risk.weeks import NOW, week

ROOT = Path(__file__).parents[1]
FAST = postgresql.OPTIONS | {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
FAST |= {"shared_buffers": "128MB", "max_wal_size": "1GB", "autovacuum": "off"}
FAST |= {"lock_timeout": "120s"}  # a test that waits for a lock of something stopped fails, and hangs nothing
PREFIX = "board-tests-"
LEFT_OUT = "left_out"
# The dashboard's own code has no SQL, and what the public records ask of a server smaller tests ask as well.
ONCE = {"browser", "dashboard", "real_data"}
OWN = {"database_url", "engine"}  # who asks for one of them sees what is committed


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A superuser's URL: BOARD_TEST_DATABASE_URL, or an embedded server that ends with the run."""
    given = settings().test_database_url
    if given:
        yield given
        return
    with ExitStack() as stack:
        with _alone():  # until its lock is held, a new directory looks like an orphan's to the other worker
            _end_orphans()
            home = Path(tempfile.mkdtemp(prefix=PREFIX))
            # As root, PostgreSQL runs as another user; its own directory below stays private.
            home.chmod(0o755)
            stack.enter_context(postgresql.sole_owner(home))
        server = postgresql.start(home, FAST)
        yield server.url("postgres")
        server.stop()
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def template(server_url: str, worker: str) -> Iterator[str]:
    """Its name. Nobody stays connected to it, or it could not be cloned."""
    name = f"board_template_{worker}"
    _on(server_url, f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"')
    with _alone():
        migrate(_database(server_url, name))
    yield name
    _on(server_url, f'DROP DATABASE "{name}"')


@pytest.fixture(scope="session")
def pool(server_url: str, template: str, worker: str) -> Iterator[Pool]:
    """Of empty, migrated databases."""
    with closing(Pool(server_url, template, f"board_test_{worker}")) as made:
        yield made


@pytest.fixture(scope="session")
def learned_template(pool: Pool) -> Iterator[str]:
    """Of a board that has learned from its week; made once, where a test asks for it."""
    with pool.lend() as url:
        engine = db.engine(url, application="board tests")
        with engine.begin() as conn:
            week(conn)
            learn_again(conn, NOW)
        engine.dispose()
        yield str(make_url(url).database)


@pytest.fixture(scope="session")
def learned_pool(server_url: str, learned_template: str, worker: str) -> Iterator[Pool]:
    """Of databases like that."""
    with closing(Pool(server_url, learned_template, f"board_learned_{worker}")) as made:
        yield made


@pytest.fixture
def database_url(pool: Pool) -> Iterator[str]:
    """An empty, migrated database of this test's own; the user is a superuser."""
    with pool.lend() as url:
        yield url


@pytest.fixture(scope="module")
def shared_database_url(pool: Pool) -> Iterator[str]:
    """Like `database_url`, for all tests of a module."""
    with pool.lend() as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = db.engine(database_url, application="board tests")
    yield made
    made.dispose()


@pytest.fixture
def conn(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """One transaction: committed at the end in the test's own database, or rolled back in the worker's."""
    if OWN & set(request.fixturenames):
        with request.getfixturevalue("engine").begin() as connection:
            yield connection
    else:
        yield from request.getfixturevalue("rolled_back").transaction()


@pytest.fixture(scope="session")
def rolled_back(pool: Pool) -> Iterator[RolledBack]:
    """What tests have that need no commit."""
    with closing(RolledBack(pool.lend)) as made:
        yield made


@pytest.fixture(scope="session")
def worker() -> str:
    """Of this process: two runs may share one server."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The directory of the public records; tests that ask for it are left out where there is none."""
    assert _real_data().is_dir(), f"{_real_data()} is missing: set BOARD_REAL_DATA to the public records."
    return _real_data()


def _real_data() -> Path:
    return settings().real_data or ROOT.parent / "shared" / "data"


def _database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _on(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        for statement in statements:
            conn.execute(text(statement))
    engine.dispose()


def _end_orphans() -> None:
    """Servers of runs that were killed: nobody holds their directory."""
    for lock in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/board-up.lock"):
        home = lock.parent
        with suppress(UserError, OSError), postgresql.sole_owner(home):
            if (home / "postgresql" / "postmaster.pid").exists():
                postgresql.start(home, FAST).stop()
            shutil.rmtree(home)


@contextmanager
def _alone() -> Iterator[None]:
    """Roles belong to the whole server; two workers making them at once would collide."""
    with (Path(tempfile.gettempdir()) / f"board-tests.{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "database: uses PostgreSQL; set by itself where `database_url` is used"
    )
    config.addinivalue_line("markers", "browser: drives Chromium; set by itself in tests/browser")
    config.addinivalue_line("markers", "once: of every server alike; one version of PostgreSQL is enough")
    config.stash[_left_out] = []
    if not hasattr(config, "workerinput"):
        left_behind.mark()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # fixtures are torn down then, too


_left_out = pytest.StashKey[list[str]]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if {"database_url", "shared_database_url", "conn"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")
        if "browser" in item.path.relative_to(ROOT).parts:
            item.add_marker("browser")
        if ONCE & {*item.path.relative_to(ROOT).parts, *getattr(item, "fixturenames", ())}:
            item.add_marker("once")
    if _real_data().is_dir() or settings().ci:
        return
    leave = [item for item in items if "real_data" in getattr(item, "fixturenames", ())]
    items[:] = [item for item in items if item not in leave]
    config.hook.pytest_deselected(items=leave)
    _tell(config, [item.nodeid for item in leave])


def _tell(config: pytest.Config, names: list[str]) -> None:
    """Only the controller prints; a worker hands over what it left out."""
    output: dict[str, list[str]] | None = getattr(config, "workeroutput", None)
    if output is None:
        config.stash[_left_out] = names
    else:
        output[LEFT_OUT] = names


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:
    names = getattr(node, "workeroutput", {}).get(LEFT_OUT, [])
    node.config.stash[_left_out] = names  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        left_behind.end()
    names = config.stash.get(_left_out, [])
    if names:
        print(f"Left out, for want of {_real_data()} (BOARD_REAL_DATA): {', '.join(names)}")  # noqa: T201


@pytest.fixture
def home() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="board-up-"))
    made.chmod(0o755)
    yield made
    with postgresql.sole_owner(made):
        if (made / "postgresql" / "postmaster.pid").exists():
            postgresql.start(made, FAST).stop()
    shutil.rmtree(made)


@pytest.fixture
def port() -> int:
    """Free, and the next one too."""
    for first in range(20_000 + os.getpid() % 20_000, 60_000, 2):
        if all(_is_free(one) for one in (first, first + 1)):
            return first
    raise AssertionError("no two free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) != 0
