"""A database of its own for a benchmark, on an embedded server that ends with it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from jobs.up import postgresql
from queries import db
from queries.schema import migrate

EVERYWHERE = db.Scope("bench", "supervisor", None)


@dataclass(frozen=True, slots=True)
class Engines:
    """By who signs in. A page is read with `pages` and `queries.db.reading`, to be planned as there."""

    owner: Engine
    jobs: Engine
    pages: Engine


@contextmanager
def boards() -> Iterator[Engines]:
    home = Path(tempfile.mkdtemp(prefix="board-bench-"))
    home.chmod(0o755)
    with postgresql.sole_owner(home):
        server = postgresql.start(home, postgresql.OPTIONS)
        try:
            migrate(server.url())
            users = ("postgres", "board_jobs", "board_app")
            made = (db.engine(server.url(user=user), application="board bench") for user in users)
            engines = Engines(*made)
            yield engines
            for engine in (engines.owner, engines.jobs, engines.pages):
                engine.dispose()
        finally:
            server.stop()
            shutil.rmtree(home)


@contextmanager
def board() -> Iterator[Engine]:
    with boards() as engines:
        yield engines.jobs


def vacuum(engine: Engine) -> None:
    """As a board that has run for a while is found: statistics taken, visibility known."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("VACUUM ANALYZE")


def backend_seconds(conn: Connection) -> float:
    """CPU time so far of the server's process of this connection."""
    number = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
    return int(Path(f"/proc/{number}/schedstat").read_text("ascii").split()[0]) / 1e9


def peak_mib() -> float:
    """getrusage's would be at least the memory of the process that started this one."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
