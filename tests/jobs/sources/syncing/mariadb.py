"""A MariaDB of the tests' own, in a temporary directory: the server of a centre's system."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

MISSING = (
    "The tests of sources need MariaDB's server: run .ci/mariadb, or install it (on Debian: apt-get install "
    "mariadb-server-core)."
)
SCRIPTS = ("mysql_system_tables.sql", "mysql_system_tables_data.sql")
PATIENCE = 60.0
SMALL = ("--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0")


def programs() -> tuple[str, Path]:
    """The server, and the folder of the scripts that make its own tables."""
    found = shutil.which("mariadbd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    folders = [Path("/usr/share") / name for name in ("mysql", "mariadb")]
    scripts = [folder for folder in folders if (folder / SCRIPTS[0]).exists()]
    assert found and scripts, MISSING
    return found, scripts[0]


@contextmanager
def running() -> Iterator[str]:
    """Its URL, without a database."""
    server, scripts = programs()
    home = Path(tempfile.mkdtemp(prefix="board-tests-mariadb-"))
    data, socket = home / "data", home / "socket"
    data.mkdir()
    shared = ["--no-defaults", f"--datadir={data}", *SMALL]
    if os.geteuid() == 0:
        shared.append("--user=root")
    made = "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n"
    made += "".join((scripts / name).read_text("utf-8") for name in SCRIPTS)
    with (home / "log").open("wb") as log:
        subprocess.run(
            [server, *shared, "--bootstrap"], input=made.encode(), stdout=log, stderr=log, check=True
        )
        own = ["--skip-networking", f"--socket={socket}", f"--pid-file={home / 'pid'}"]
        process = subprocess.Popen(
            [server, *shared, *own, "--character-set-server=utf8mb4"], stdout=log, stderr=log
        )
        try:
            url = f"mysql+pymysql://root@localhost/?unix_socket={socket}"
            _wait(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(PATIENCE)
            shutil.rmtree(home)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until, engine = time.monotonic() + PATIENCE, create_engine(url)
    while True:
        try:
            engine.connect().close()
            break
        except OperationalError:
            assert process.poll() is None and time.monotonic() < until, "MariaDB does not start"
            time.sleep(0.1)
    engine.dispose()
