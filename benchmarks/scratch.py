"""A database of its own for a benchmark, on an embedded server that ends with it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from queries import db, embedded
from queries.schema import migrate


@contextmanager
def board() -> Iterator[Engine]:
    home = Path(tempfile.mkdtemp(prefix="board-bench-"))
    home.chmod(0o755)
    with embedded.sole_owner(home):
        server = embedded.start(home, embedded.OPTIONS)
        migrate(server.url())
        engine = db.engine(server.url(user="board_jobs"), application="board bench")
        yield engine
        engine.dispose()
        server.stop()
    shutil.rmtree(home)


def peak_mib() -> float:
    """getrusage's would be at least the memory of the process that started this one."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
