"""A replay: a database of its own whose clock runs from an instant of the past, faster."""

from datetime import datetime

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

PREFIX = "board_replay_"


class NoReplay(Exception):
    """There is a database of this name which no replay made."""


def database_url(url: str, name: str) -> str:
    """The replay's database on the server of `url`."""
    return make_url(url).set(database=PREFIX + name).render_as_string(hide_password=False)


def make_database(url: str, name: str) -> None:
    """An empty one; the replay that was there before is dropped, with whoever looks at it."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    quoted = engine.dialect.identifier_preparer.quote(PREFIX + name)
    try:
        with engine.connect() as conn:
            exists = conn.execute(
                text("SELECT FROM pg_database WHERE datname = :name"), {"name": PREFIX + name}
            ).one_or_none()
            if exists is not None:
                _refuse_other(database_url(url, name))
                conn.execute(text(f"DROP DATABASE {quoted} WITH (FORCE)"))
            conn.execute(text(f"CREATE DATABASE {quoted} TEMPLATE template0"))
    finally:
        engine.dispose()


def _refuse_other(url: str) -> None:
    """A board without a clock of its own is somebody's real one; an empty database was made half."""
    engine = create_engine(url)
    try:
        with engine.connect() as conn:
            if conn.execute(text("SELECT to_regclass('journal.clock')")).scalar_one() is None:
                return
            if conn.execute(text("SELECT FROM journal.clock")).one_or_none() is None:
                raise NoReplay
    finally:
        engine.dispose()


def start_clock(conn: Connection, anchor: datetime, speed: float) -> None:
    conn.execute(
        text(
            "INSERT INTO journal.clock (anchor, started, speed) VALUES (:anchor, clock_timestamp(), :speed) "
            "ON CONFLICT (only_row) DO UPDATE "
            "SET anchor = EXCLUDED.anchor, started = EXCLUDED.started, speed = EXCLUDED.speed"
        ),
        {"anchor": anchor, "speed": speed},
    )
