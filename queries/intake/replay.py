"""A replay: a database of its own whose clock runs, faster, from an instant of the past."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

from queries.organisation import AgentRow, OrganisationRows, put_organisation

PREFIX = "board_replay_"
APPLICATION = "board replay"
VIEWER = AgentRow("viewer", None, None, "Viewer of the replay", "回放观看者", "supervisor", signs_in=True)


class NoReplay(Exception):
    """There is a database of this name that no replay has made."""


class Running(Exception):
    """A process is feeding it at this moment."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """An existing replay: everything up to `at` has been taken in."""

    at: datetime
    file_name: str
    file_sha256: str


def database_url(url: str, name: str) -> str:
    """The replay's database on the server of `url`."""
    return make_url(url).set(database=PREFIX + name).render_as_string(hide_password=False)


def real_now(url: str) -> datetime:
    """The server's clock; the database at `url` need not be a board's."""
    engine = create_engine(url)
    try:
        with engine.connect() as conn:
            now: datetime = conn.execute(text("SELECT clock_timestamp()")).scalar_one()
            return now
    finally:
        engine.dispose()


def find(url: str, name: str) -> Stopped | None:
    """None if there is none, or an unfinished one; raises NoReplay, Running."""
    engine = create_engine(url)
    try:
        with engine.connect() as conn:
            params = {"name": PREFIX + name, "application": APPLICATION}
            if conn.execute(text(_EXISTS), params).one_or_none() is None:
                return None
            if conn.execute(text(_FED), params).scalar_one():
                raise Running
    finally:
        engine.dispose()
    return _stopped(database_url(url, name))


_EXISTS = "SELECT FROM pg_database WHERE datname = :name"
_FED = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = :name AND application_name = :application)"
)


def _stopped(url: str) -> Stopped | None:
    """A board without a clock of its own is a real one; an empty database is an unfinished replay."""
    engine = create_engine(url)
    try:
        with engine.connect() as conn:
            if conn.execute(text("SELECT to_regclass('journal.clock')")).scalar_one() is None:
                return None
            anchor = conn.execute(text("SELECT anchor FROM journal.clock")).scalar_one_or_none()
            file = conn.execute(
                text("SELECT file_name, file_sha256 FROM journal.import_run ORDER BY import_id DESC LIMIT 1")
            ).one_or_none()
    finally:
        engine.dispose()
    if anchor is None:
        raise NoReplay
    return Stopped(anchor, *(file or ("", "")))


def make_database(url: str, name: str) -> None:
    """An empty one; an existing one is dropped, with all connections to it."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    quoted = engine.dialect.identifier_preparer.quote(PREFIX + name)
    try:
        with engine.connect() as conn:
            conn.execute(text(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)"))
            conn.execute(text(f"CREATE DATABASE {quoted} TEMPLATE template0"))
    finally:
        engine.dispose()


def put_viewer(conn: Connection) -> None:
    """The person who views the replay's pages: its database has nobody else."""
    put_organisation(conn, OrganisationRows([], [], [], [VIEWER]))


def start_clock(conn: Connection, anchor: datetime, speed: float) -> None:
    """The board's version is set back too, or pages would stay at the instant of the last one."""
    conn.execute(
        text(
            "INSERT INTO journal.clock (anchor, started, speed) VALUES (:anchor, clock_timestamp(), :speed) "
            "ON CONFLICT (only_row) DO UPDATE "
            "SET anchor = EXCLUDED.anchor, started = EXCLUDED.started, speed = EXCLUDED.speed"
        ),
        {"anchor": anchor, "speed": speed},
    )
    conn.execute(text("UPDATE journal.board_state SET raised_at = :anchor"), {"anchor": anchor})


def reach(conn: Connection, now: datetime, speed: float) -> None:
    """Everything until the board's `now` has been taken in: the clock goes on from there at `speed`."""
    conn.execute(
        text(
            "UPDATE journal.clock SET anchor = :now, speed = :speed, started = started "
            "+ make_interval(secs => date_part('epoch', CAST(:now AS timestamptz) - anchor) / speed)"
        ),
        {"now": now, "speed": speed},
    )
