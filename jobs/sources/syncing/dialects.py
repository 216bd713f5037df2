"""What differs between the databases that a source may have: driver, session, statement. Only here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnClause,
    Connection,
    Engine,
    NullPool,
    Select,
    bindparam,
    column,
    create_engine,
    event,
    select,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from config.source_maps.database import Database
from jobs.sources.syncing.failed import SourceFailed

CONNECT_SECONDS = 10
LOCK_SECONDS = 5  # a table that is being altered is read at the next poll
STEADY_SINCE = 2000  # a zone without a change of clocks since this year is an offset
NAMED = "board_rows"  # the query of the map, as a table


@dataclass(frozen=True, slots=True)
class Dialect:
    """`session`: what each session is told first, of the zone and the seconds that a statement may take."""

    title: str
    driver: str  # of SQLAlchemy
    module: str
    extra: str | None  # of pyproject.toml; None: it is always there
    arguments: Callable[[int], dict[str, Any]]
    session: Callable[[Connection, str, int], Iterator[str]]


def _postgresql(_conn: Connection, zone: str, seconds: int) -> Iterator[str]:
    yield "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
    yield f"SET statement_timeout = '{seconds}s'"
    yield f"SET lock_timeout = '{LOCK_SECONDS}s'"
    yield f"SET TIME ZONE '{zone}'"


def _mysql(conn: Connection, zone: str, seconds: int) -> Iterator[str]:
    yield "SET SESSION TRANSACTION READ ONLY"
    yield "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
    if getattr(conn.dialect, "is_mariadb", False):
        yield f"SET max_statement_time = {seconds}"
    else:
        yield f"SET max_execution_time = {seconds * 1000}"
    yield f"SET lock_wait_timeout = {LOCK_SECONDS}"
    yield f"SET time_zone = '{_mysql_zone(conn, zone)}'"


def _mysql_zone(conn: Connection, zone: str) -> str:
    """Servers without tables of time zones know offsets only."""
    known = conn.exec_driver_sql("SELECT CONVERT_TZ('2026-01-01 00:00:00', 'UTC', %s)", (zone,)).scalar()
    if known is not None:
        return zone
    offset = _steady_offset(zone)
    if offset is None:
        raise SourceFailed(
            "setup",
            f"The source's server does not know the time zone {zone}: let its administrator load the tables "
            "of time zones (mysql_tzinfo_to_sql).",
        )
    return offset


def _steady_offset(zone: str) -> str | None:
    """Such as +08:00; none where clocks change."""
    info = ZoneInfo(zone)
    years = range(STEADY_SINCE, 2038)
    offsets = {datetime(year, month, 1, tzinfo=info).utcoffset() for year in years for month in (1, 7)}
    offset = offsets.pop()
    if offsets or offset is None:
        return None
    minutes = int(offset / timedelta(minutes=1))
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _oracle(_conn: Connection, zone: str, _seconds: int) -> Iterator[str]:
    yield f"ALTER SESSION SET TIME_ZONE = '{zone}'"
    yield "SET TRANSACTION READ ONLY"


def _sql_server(_conn: Connection, _zone: str, _seconds: int) -> Iterator[str]:
    yield f"SET LOCK_TIMEOUT {LOCK_SECONDS * 1000}"


_MYSQL = Dialect(
    "MySQL or MariaDB",
    "mysql+pymysql",
    "pymysql",
    "mysql",
    lambda seconds: {"connect_timeout": CONNECT_SECONDS, "read_timeout": seconds + LOCK_SECONDS},
    _mysql,
)
_SQL_SERVER = Dialect(
    "SQL Server",
    "mssql+pymssql",
    "pymssql",
    "sqlserver",
    lambda seconds: {"login_timeout": CONNECT_SECONDS, "timeout": seconds},
    _sql_server,
)
DIALECTS: dict[str, Dialect] = {
    "postgresql": Dialect(
        "PostgreSQL",
        "postgresql+psycopg2",
        "psycopg2",
        None,
        lambda _seconds: {"connect_timeout": CONNECT_SECONDS, "application_name": "board sync"},
        _postgresql,
    ),
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "oracle": Dialect(
        "Oracle",
        "oracle+oracledb",
        "oracledb",
        "oracle",
        lambda _seconds: {"tcp_connect_timeout": CONNECT_SECONDS},
        _oracle,
    ),
    "mssql": _SQL_SERVER,
    "sqlserver": _SQL_SERVER,
}
ALSO = {"postgres": "postgresql"}


def dialect_of(url: str, variable: str) -> tuple[Dialect, URL]:
    """Raises SourceFailed where it is none that can be read, or where its driver is missing."""
    try:
        made = make_url(url)
    except (ArgumentError, ValueError):
        raise SourceFailed(
            "setup", f"{variable} is no URL: write it as postgresql://USER:PASSWORD@HOST/DATABASE."
        ) from None
    name = made.drivername.split("+")[0]
    found = DIALECTS.get(ALSO.get(name, name))
    if found is None:
        known = ", ".join(f"{one}://" for one in DIALECTS)
        raise SourceFailed(
            "setup", f"{variable} begins with {name}://, which cannot be read; known are {known}."
        )
    if find_spec(found.module) is None:
        raise SourceFailed(
            "setup",
            f"To read {found.title}, install its driver beside the board: "
            f"pip install 'complaint-board[{found.extra}]'.",
        )
    return found, made.set(drivername=found.driver)


def source_engine(url: str, variable: str, seconds: int) -> Engine:
    """Of the source: read-only sessions, whose statements end after `seconds`. Raises SourceFailed."""
    dialect, made = dialect_of(url, variable)
    engine = create_engine(made, poolclass=NullPool, connect_args=dialect.arguments(seconds))
    if dialect.module == "oracledb":

        @event.listens_for(engine, "connect")
        def _limit(raw: Any, _record: Any) -> None:
            raw.call_timeout = seconds * 1000

    return engine


def prepare(conn: Connection, zone: str, seconds: int) -> None:
    """Say what the session is to be; nothing is written, no lock is waited for long."""
    dialect = DIALECTS[conn.dialect.name]
    try:
        for statement in dialect.session(conn, zone, seconds):
            conn.exec_driver_sql(statement)
        if conn.dialect.name in ("postgresql", "mysql", "mariadb"):
            conn.commit()  # so that what follows begins as a read-only transaction
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        raise SourceFailed(
            "setup", f"The source's server does not take what a session needs ({type(error.orig).__name__})."
        ) from None


def rows_of_map(database: Database, changed_since: bool, in_order: bool = False) -> Select[Any]:
    """All rows of the map's query, or those that changed at :since or later. `in_order`: of their keys."""
    names = dict.fromkeys((*database.key, *filter(None, [database.changed_column])))
    known: list[ColumnClause[Any]] = [column(name) for name in names]
    bare = text(database.query.replace(":", r"\:")).columns(*known).subquery(NAMED)
    statement = select(text(f"{NAMED}.*")).select_from(bare)
    if changed_since and database.changed_column:
        statement = statement.where(bare.c[database.changed_column] >= bindparam("since"))
    return statement.order_by(*(bare.c[name] for name in database.key)) if in_order else statement


def no_rows_of_map(database: Database) -> Select[Any]:
    """Only which columns it has."""
    return rows_of_map(database, changed_since=False).where(text("1 = 0"))


def kinds(conn: Connection, description: Any) -> dict[str, str]:
    """Of the columns of a result: text, number, instant or another, by the driver's own types."""
    names = [str(one[0]) for one in description]
    codes = [one[1] for one in description]
    if conn.dialect.name == "postgresql":
        return dict(zip(names, (_POSTGRESQL.get(code, "other") for code in codes), strict=True))
    driver: Any = conn.dialect.dbapi
    known = (
        ("number", driver.NUMBER),
        ("instant", driver.DATETIME),
        ("text", driver.STRING),
        ("text", driver.BINARY),
    )
    return {
        name: next((kind for kind, codes_ in known if code == codes_), "other")
        for name, code in zip(names, codes, strict=True)
    }


_POSTGRESQL = {
    **dict.fromkeys((20, 21, 23, 26, 700, 701, 1700), "number"),
    **dict.fromkeys((18, 19, 25, 1042, 1043, 2950), "text"),
    **dict.fromkeys((1082, 1114, 1184), "instant"),
    16: "yes or no",
}


def since_bound(database: Database, zone: str, since: datetime, now: datetime) -> object:
    """`since` as the column has it. A time without an offset is one of the map's zone; where its clocks have
    gone back meanwhile, the earlier of what they showed."""
    if database.changed_form != "instant":
        return int(since.timestamp() * (1000 if database.changed_form == "epoch_ms" else 1))
    info = ZoneInfo(zone)
    then = since.astimezone(info).replace(tzinfo=None)
    return min(then, now.astimezone(info).replace(tzinfo=None) - (now - since))
