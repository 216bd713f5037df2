"""PostgreSQL beside the board: started, adopted after a crash, stopped by the one `board up` that owns it."""

import fcntl
import logging
import os
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg2

from config import UserError
from jobs.up.postgresql_programs import MAJOR, ProgramFailed, Programs, programs_for

log = logging.getLogger("board.up")
DATABASE = "board"
LONGEST_SOCKET = 100  # characters; systems allow 103 to 107
START_SECONDS = 300  # recovery after a crash replays up to max_wal_size
OPTIONS = {
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "2GB",
    "random_page_cost": "1.1",
    "max_connections": "200",
    "checkpoint_timeout": "15min",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_size": "0",
    "log_error_verbosity": "terse",  # details quote rows, and a row may hold a phone number
    "log_min_error_statement": "panic",
}
DEMO_OPTIONS = {"synchronous_commit": "off"}  # a crash may lose the last second of a simulation


@dataclass(frozen=True, slots=True)
class Server:
    programs: Programs
    cluster: Path
    socket: Path
    options: dict[str, str]

    def url(self, database: str = DATABASE, user: str = "postgres") -> str:
        """Everyone who reaches the socket is trusted: its directory is private."""
        return f"postgresql+psycopg2://{user}@/{database}?host={quote(str(self.socket))}"

    def revive(self) -> None:
        """Start it again where it is gone: killed, or out of memory. To be tried again while it cannot."""
        if _is_running(self.cluster):
            return
        try:
            _start(self.programs, self.cluster, self.socket, self.options)
            log.warning("PostgreSQL was gone and is started again")
        except ProgramFailed as failed:  # its last processes may still be ending
            log.warning("PostgreSQL is gone and does not start again: %s", failed)

    def stop(self) -> None:
        if _is_running(self.cluster):
            self.programs.run("pg_ctl", "stop", "-D", str(self.cluster), "-m", "fast", "-w")
        if self.socket != self.cluster:
            shutil.rmtree(self.socket, ignore_errors=True)


@contextmanager
def sole_owner(home: Path) -> Iterator[None]:
    """Holds the data directory; the system lets go of it when this process ends, however it ends."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "board-up.lock").open("a+", encoding="ascii")
    except OSError as error:
        raise UserError(
            f"The data directory {home} cannot be written ({error.strerror}): "
            "set BOARD_DATA_DIR to one that can, or run as its owner."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise UserError(
                f"`board up` already runs on {home} (process {lock.read().strip() or 'unknown'}): "
                "stop it first, or set BOARD_DATA_DIR to another directory."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def is_made(home: Path) -> bool:
    """Whether a database lies in this data directory already."""
    return (home / "postgresql" / "PG_VERSION").exists()


def start(home: Path, options: dict[str, str]) -> Server:
    """Needs `sole_owner(home)`. Makes the cluster where there is none; adopts a killed owner's server."""
    home = home.resolve()
    programs, cluster = programs_for(home), home / "postgresql"
    try:
        if not is_made(home):
            _create(programs, cluster)
        _check_version(cluster)
        if not _is_running(cluster):
            _start(programs, cluster, _socket_dir(programs, cluster), options)
        server = Server(programs, cluster, _pid_file(cluster).socket, options)
    except ProgramFailed as failed:
        program, output = failed.args
        raise UserError(f"PostgreSQL did not start ({program}: {output}); its log is in {cluster}.") from None
    except OSError as error:
        raise UserError(f"PostgreSQL cannot keep its data in {cluster}: {error.strerror}.") from None
    _create_database(server)
    return server


def _start(programs: Programs, cluster: Path, socket: Path, options: dict[str, str]) -> None:
    with suppress(OSError, IndexError):
        # Left behind by a crash, its number another program's by now: PostgreSQL would not start.
        if psutil.pid_exists(_pid_file(cluster).pid):
            (cluster / "postmaster.pid").unlink()
    given = {**options, "listen_addresses": "", "unix_socket_directories": str(socket)}
    flags = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in given.items())
    log = str(cluster / "start.log")
    programs.run(
        "pg_ctl", "start", "-D", str(cluster), "-o", flags, "-l", log, "-w", "-t", str(START_SECONDS)
    )


def _create(programs: Programs, cluster: Path) -> None:
    """Under another name first: PG_VERSION is written early, and a half-made cluster would stay broken."""
    making = cluster.with_name("postgresql.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    programs.own(making)
    texts = ("--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    programs.run(
        "initdb", "-D", str(making), "--auth=trust", "--username=postgres", "--no-instructions", *texts
    )
    making.rename(cluster)


def _check_version(cluster: Path) -> None:
    found = (cluster / "PG_VERSION").read_text("ascii").strip()
    if found != MAJOR:
        raise UserError(
            f"The data in {cluster} belong to PostgreSQL {found}, this board brings {MAJOR}: "
            "install the board that made them, or set BOARD_DATA_DIR to another directory."
        )


@dataclass(frozen=True, slots=True)
class _PidFile:
    pid: int
    socket: Path


def _pid_file(cluster: Path) -> _PidFile:
    lines = (cluster / "postmaster.pid").read_text("utf-8").splitlines()
    return _PidFile(int(lines[0]), Path(lines[4]))


def _is_running(cluster: Path) -> bool:
    try:
        command = psutil.Process(_pid_file(cluster).pid).cmdline()
    except (FileNotFoundError, IndexError, psutil.Error):
        return False
    return str(cluster) in command


def _create_database(server: Server) -> None:
    conn = _connect(server)
    try:
        conn.autocommit = True
        with conn.cursor() as cursor:
            cursor.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,))
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        conn.close()


def _connect(server: Server) -> Any:
    """An adopted server may still be recovering, and says so by refusing."""
    for _second in range(START_SECONDS):
        try:
            return psycopg2.connect(host=str(server.socket), user="postgres", dbname="postgres")
        except psycopg2.OperationalError:
            time.sleep(1)
    raise UserError(f"PostgreSQL runs but does not answer: see {server.cluster}/log.")


def _socket_dir(programs: Programs, cluster: Path) -> Path:
    if len(str(cluster / ".s.PGSQL.5432")) <= LONGEST_SOCKET:
        return cluster
    short = Path(tempfile.mkdtemp(prefix="board-", dir="/tmp"))
    programs.own(short)
    return short
