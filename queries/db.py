"""Connections, scopes, the board's clock and its version."""

import io
import select
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby, starmap, zip_longest
from operator import itemgetter
from typing import Any, TypeVar

import numpy as np
import psycopg2
from numpy.typing import NDArray
from sqlalchemy import Connection, CursorResult, Engine, create_engine, event, text

from config.instants import EARLIEST, LATEST, bounded

CHANNEL = "board"
# Seconds of the board in a real one, in SQL: limits that concern the machine are counted in real ones.
SPEED = "coalesce((SELECT speed FROM journal.clock), 1)"
# The board's clock, in SQL: the database's, or a replay's own.
BOARD_NOW = (
    "coalesce((SELECT anchor + (clock_timestamp() - started) * speed FROM journal.clock), clock_timestamp())"
)
LOST = (psycopg2.Error, OSError)  # what a raw connection raises when the server goes away
LOST_CLASSES = ("08", "57P")  # SQLSTATEs of a connection that is gone, and of a server that ends or starts
DERIVE_CHANNEL = "derive"


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scope:
    """What one person may see. `regions` are leaf and parent region ids, None for everywhere."""

    person_login: str
    role: str  # supervisor, manager, scheduler, administrator or wall
    regions: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class BoardVersion:
    """A version of the board: all reads under it take its `at` as now."""

    version: int
    at: datetime
    fact_at: datetime | None  # latest fact that a source brought
    heard_at: datetime | None  # when a source was last heard


def engine(url: str, role: str | None = None, pool_size: int = 5, application: str = "board") -> Engine:
    """`role`: what to become after signing in, where the login is not the role itself."""
    options = f"-c role={role}" if role else ""
    made = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={
            "options": options,
            "application_name": application,
            "connect_timeout": 5,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
    )

    @event.listens_for(made, "connect")
    def _use_utc(raw: Any, _record: Any) -> None:
        for kind in (INSTANT, DAY):
            psycopg2.extensions.register_type(kind, raw)
        with raw.cursor() as cursor:
            cursor.execute("SET TIME ZONE 'UTC'")
        raw.commit()

    return made


def _read_instant(value: str | None, cursor: Any) -> datetime | None:
    """PostgreSQL has more instants than Python: years before 1 and after 9999, and infinity."""
    if value is None:
        return None
    try:
        at: datetime = psycopg2.extensions.PYDATETIMETZ(value, cursor)
    except ValueError:
        return EARLIEST if value.endswith("BC") else LATEST
    return bounded(at)


def _read_day(value: str | None, cursor: Any) -> date | None:
    if value is None:
        return None
    try:
        day: date = psycopg2.extensions.PYDATE(value, cursor)
    except ValueError:
        return EARLIEST.date() if value.endswith("BC") else LATEST.date()
    return min(max(day, EARLIEST.date()), LATEST.date())


INSTANT = psycopg2.extensions.new_type((1184,), "INSTANT", _read_instant)  # timestamptz
DAY = psycopg2.extensions.new_type((1082,), "DAY", _read_day)


def describe(error: BaseException) -> str:
    """For logs: class and SQLSTATE. Never the text, which may carry values."""
    origin = getattr(error, "orig", None) or error
    code = getattr(origin, "pgcode", None)
    return type(origin).__name__ + (f" {code}" if code else "")


def refusal(error: BaseException) -> str:
    """One sentence for the user of a command: what is wrong with the database, and what to do."""
    origin = getattr(error, "orig", None) or error
    code = getattr(origin, "pgcode", None) or ""
    is_away = isinstance(origin, psycopg2.OperationalError | psycopg2.InterfaceError)
    if is_away and (not code or code.startswith(LOST_CLASSES)):
        return (
            f"The database cannot be reached ({describe(error)}): check BOARD_DATABASE_URL, "
            "BOARD_DATABASE_ROLE and that the server runs."
        )
    return (
        f"The database refused what this command needs ({describe(error)}): check that `board migrate` was "
        "run, that its user has the rights of its role, and the server's log."
    )


@contextmanager
def reading(engine: Engine, scope: Scope) -> Iterator[Connection]:
    """A read-only transaction in which row-level security shows what `scope` may see."""
    with engine.begin() as conn:
        conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        _become(conn, scope)
        yield conn


@contextmanager
def writing(engine: Engine, scope: Scope) -> Iterator[Connection]:
    """A transaction for a person's own writes, limited like `reading`."""
    with engine.begin() as conn:
        _become(conn, scope)
        yield conn


def _become(conn: Connection, scope: Scope) -> None:
    everywhere = scope.regions is None
    conn.execute(
        text(
            "SELECT set_config('app.regions', :regions, true), set_config('app.person', :person, true), "
            "set_config('app.everywhere', :everywhere, true), set_config('app.role', :role, true)"
        ),
        {
            "regions": ",".join(str(region) for region in scope.regions or ()),
            "person": scope.person_login,
            "everywhere": "on" if everywhere else "off",
            "role": scope.role,
        },
    )
    if scope.role == "wall":
        if scope.regions:
            conn.execute(text("SET LOCAL ROLE board_wall_regions"))
    else:
        conn.execute(text("SET LOCAL ROLE board_everywhere" if everywhere else "SET LOCAL ROLE board_app"))


def board_now(conn: Connection) -> datetime:
    """The board's clock: the database's, or a replay's own (journal.clock)."""
    now: datetime = conn.execute(text(f"SELECT {BOARD_NOW}")).scalar_one()
    return now


def replay_speed(conn: Connection) -> float | None:
    """None on the real clock."""
    return conn.execute(text("SELECT speed FROM journal.clock")).scalar_one_or_none()


def board_version(conn: Connection) -> BoardVersion:
    found = conn.execute(
        text(
            "SELECT version, raised_at AS at, (SELECT max(fact_at) FROM journal.feed) AS fact_at, "
            "(SELECT max(heard_at) FROM journal.feed) AS heard_at FROM journal.board_state"
        )
    )
    return row_of(BoardVersion, found)


def raise_version(conn: Connection, now: datetime) -> int:
    """Tell every open page of a change: in the writer's own transaction, as its last statement."""
    version: int = conn.execute(
        text(
            "UPDATE journal.board_state SET version = version + 1, raised_at = greatest(raised_at, :now) "
            "RETURNING version"
        ),
        {"now": now},
    ).scalar_one()
    conn.execute(text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": str(version)})
    return version


class Listener:
    """One connection of its own that waits for NOTIFY; closes with `close`, reconnecting is the caller's."""

    def __init__(self, engine: Engine, channel: str) -> None:
        self._fairy = engine.raw_connection()
        raw = self._fairy.driver_connection
        self._fairy.detach()
        if raw is None:
            raise psycopg2.OperationalError("no connection")
        self._raw: Any = raw
        self._raw.set_isolation_level(psycopg2.extensions.ISOLATION_LEVEL_AUTOCOMMIT)
        with self._raw.cursor() as cursor:
            cursor.execute(f'LISTEN "{channel}"')

    def wait(self, seconds: float) -> list[str]:
        """Payloads received within `seconds`; after a wait without any, the connection is checked."""
        if not self._raw.notifies:
            ready, _, _ = select.select([self._raw], [], [], seconds)
            if not ready:
                with self._raw.cursor() as cursor:
                    cursor.execute("SELECT 1")
        self._raw.poll()
        payloads = [notice.payload for notice in self._raw.notifies]
        self._raw.notifies.clear()
        return payloads

    def close(self) -> None:
        self._raw.close()


class MisplacedColumn(TypeError):
    """The columns of a statement are not the fields that its rows are made into."""


def rows_of(kind: Callable[..., T], result: CursorResult[Any]) -> tuple[T, ...]:
    """A dataclass or named tuple of each row; raises MisplacedColumn unless names and order are those of its
    fields. Looked at once for the whole result, so that 100,000 rows cost no more than by position."""
    _check(kind, result, skipped=0)
    return tuple(starmap(kind, result))


def row_of(kind: Callable[..., T], result: CursorResult[Any]) -> T:
    """Of the only row."""
    _check(kind, result, skipped=0)
    return kind(*result.one())


def row_or_none(kind: Callable[..., T], result: CursorResult[Any]) -> T | None:
    """Of the only row, if there is one."""
    _check(kind, result, skipped=0)
    row = result.one_or_none()
    return None if row is None else kind(*row)


def rows_by_first(kind: Callable[..., T], result: CursorResult[Any]) -> dict[Hashable, list[T]]:
    """By the first column, which is no field of theirs; the rows come in its order."""
    _check(kind, result, skipped=1)
    parts = groupby(result.all(), key=itemgetter(0))
    return {first: [kind(*row[1:]) for row in rows] for first, rows in parts}


def _check(kind: Any, result: CursorResult[Any], skipped: int) -> None:
    columns, names = list(result.keys())[skipped:], list(kind.__match_args__)
    if columns != names:
        column, field = next(pair for pair in zip_longest(columns, names) if pair[0] != pair[1])
        raise MisplacedColumn(
            f"The statement gives the column {column} where {kind.__qualname__} has the field {field}: "
            f"the columns are {', '.join(columns)}; the fields are {', '.join(names)}."
        )


NULL = "\\N"  # for `copy_rows`


def copy_rows(conn: Connection, table: str, columns: str, rows: Iterator[str]) -> None:
    """COPY ready-made text lines (tab separated, `\\N` for null, newline at the end) into `table`."""
    raw: Any = conn.connection.driver_connection
    with raw.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", _Lines(rows))


def read_columns(conn: Connection, sql: str, values: dict[str, Any], columns: str) -> NDArray[Any]:
    """Many rows of numbers without nulls, as a structured array, by binary COPY: a page with 20,000 rows of
    11 columns took 123 ms row by row, 40 ms this way. `columns`: names and types, such as "n i8, p f4"."""
    bound = text(sql).compile(dialect=conn.dialect)
    out = io.BytesIO()
    raw: Any = conn.connection.driver_connection
    with raw.cursor() as cursor:
        bound_sql = cursor.mogrify(str(bound), values).decode()
        cursor.copy_expert(f"COPY ({bound_sql}) TO STDOUT (FORMAT binary)", out)
    named = [column.split() for column in columns.split(",")]
    row = np.dtype(
        [("", ">i2")] + [field for name, kind in named for field in (("", ">i4"), (name, f">{kind}"))]
    )
    head, tail = 19, 2
    found = np.frombuffer(out.getvalue()[head:-tail], dtype=row)
    return found[[name for name, _kind in named]]


class _Lines:
    """The reading half of a file over an iterator of lines, in chunks of about 256 KiB."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def read(self, _size: int = -1) -> str:
        chunk: list[str] = []
        length = 0
        for line in self._lines:
            chunk.append(line)
            length += len(line)
            if length > 262_144:
                break
        return "".join(chunk)


LONGEST_KEPT = 200  # characters; longer texts rarely repeat
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": ""})
# Halves of a pair, as JSON may have them, are no text.
_ESCAPES |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


def copy_text(value: str | None) -> str:
    """One value for `copy_rows`."""
    if value is None:
        return NULL
    return _short(value) if len(value) <= LONGEST_KEPT else value.translate(_ESCAPES)


@lru_cache(maxsize=65_536)  # numbers of complaints and values of fields repeat many times
def _short(value: str) -> str:
    return value.translate(_ESCAPES)
