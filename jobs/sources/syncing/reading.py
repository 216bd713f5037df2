"""Reads the rows of a source's database as texts, one after another, in a session that writes nothing."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, CursorResult
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from config import UserError
from config.source_maps.database import Database
from config.source_maps.source_map import AnyMap, SourceMap
from jobs.sources.reading.tables import LONGEST_CELL, number_text
from jobs.sources.rows.columns import wanted
from jobs.sources.syncing import dialects
from jobs.sources.syncing.failed import SourceFailed, of_driver

AT_ONCE = 2_000  # rows that the driver holds
JOINED = "\x1f"  # between the parts of a key
LONGEST_KEY = 200
COMPARE_SECONDS = 3_600


class SourceRow(NamedTuple):
    """`cells`: those of the columns that the map reads, in its order."""

    key: str
    hash: str  # of the cells, as PostgreSQL writes a uuid
    cells: list[str]


def cell(value: Any) -> str:
    """As a file would have it; instants as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value[:LONGEST_CELL]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, int | UUID):
        return str(value)
    return str(value)[:LONGEST_CELL]


def digest(cells: list[str]) -> str:
    found = blake2b(digest_size=16)
    for one in cells:
        raw = one.encode("utf-8", "surrogatepass")
        found.update(len(raw).to_bytes(4, "big") + raw)
    return str(UUID(bytes=found.digest()))


@dataclass(frozen=True, slots=True)
class Reader:
    """Of one map in one session. `kinds`: of the columns that the map needs."""

    source: AnyMap
    database: Database
    kinds: dict[str, str]
    _conn: Connection
    _seconds: int

    @property
    def header(self) -> list[str]:
        return list(wanted(self.source))

    def rows(self, since: datetime | None, now: datetime) -> Iterator[SourceRow]:
        """All, or those changed at `since` or later, as they stand one by one. Raises SourceFailed."""
        is_log = isinstance(self.source, SourceMap) and self.source.update is not None
        statement = dialects.rows_of_map(self.database, since is not None, in_order=is_log)
        values: dict[str, object] = {}
        if since is not None:
            zone = self.source.time_zone
            values["since"] = dialects.since_bound(self.database, zone, since, now)
        with self._described():
            options = {"stream_results": True, "max_row_buffer": AT_ONCE}
            result = self._conn.execution_options(**options).execute(statement, values)
            with closing(result):
                yield from self._as_rows(result)

    def _as_rows(self, result: CursorResult[Any]) -> Iterator[SourceRow]:
        names = list(result.keys())
        places = [names.index(name) for name in self.header]
        keys = [names.index(name) for name in self.database.key]
        for part in result.partitions(AT_ONCE):
            for values in part:
                cells = [cell(values[place]) for place in places]
                yield SourceRow(self._key([cell(values[place]) for place in keys]), digest(cells), cells)

    def _key(self, parts: list[str]) -> str:
        key = JOINED.join(parts).replace("\0", "")
        if not all(parts) or len(key) > LONGEST_KEY:
            what = f"is longer than {LONGEST_KEY} characters" if all(parts) else "is empty"
            named = " + ".join(self.database.key)
            raise SourceFailed("setup", f"The key of a row ({named}) {what}: name other columns by 'key'.")
        return key

    @contextmanager
    def _described(self) -> Iterator[None]:
        with described(self.database, self._seconds):
            yield


@contextmanager
def described(database: Database, seconds: int) -> Iterator[None]:
    """Errors of the source as SourceFailed, so that nobody takes them for the board's own."""
    try:
        yield
    except DBAPIError as error:
        raise of_driver(error, database.query, seconds) from None
    except (SQLAlchemyError, OSError, UnicodeError) as error:
        raise SourceFailed("away", f"The source cannot be read ({type(error).__name__}).") from None


@contextmanager
def reading(
    source: AnyMap, find_url: Callable[[str], str], known: dict[str, str] | None, whole: bool
) -> Iterator[Reader]:
    """`known`: the kinds of its columns when they were first read. `whole`: for all rows, which may take
    long. Raises SourceFailed."""
    database = source.database
    if database is None:
        raise TypeError(source.source)
    seconds = COMPARE_SECONDS if whole else database.read_timeout
    variable = database.url_variable
    try:
        url = find_url(variable)
    except UserError as missing:
        raise SourceFailed("setup", str(missing)) from None
    engine = dialects.source_engine(url, variable, seconds)
    with described(database, seconds):
        conn = engine.connect()
    try:
        with described(database, seconds):
            dialects.prepare(conn, source.time_zone, seconds)
            found = _kinds(conn, source, database)
        _refuse_other(found, known or {}, database)
        yield Reader(source, database, found, conn, seconds)
    finally:
        conn.close()
        engine.dispose()


def _kinds(conn: Connection, source: AnyMap, database: Database) -> dict[str, str]:
    with closing(conn.execute(dialects.no_rows_of_map(database))) as result:
        cursor: Any = result.cursor
        by_place = list(dialects.kinds(conn, cursor.description).values())
        found = dict(zip(result.keys(), by_place, strict=True))
    changed = [database.changed_column] if database.changed_column else []
    needed = dict.fromkeys((*wanted(source), *database.key, *changed))
    missing = [name for name in needed if name not in found]
    if missing:
        named = ", ".join(f"'{name}'" for name in missing[:5])
        raise SourceFailed("schema", f"The query has no column {named}, which the map reads.")
    return {name: found[name] for name in needed}


def _refuse_other(found: dict[str, str], known: dict[str, str], database: Database) -> None:
    for name, kind in found.items():
        before = known.get(name, kind)
        if before != kind:
            raise SourceFailed(
                "schema",
                f"The column '{name}' of the source is now {kind}; it was {before}. If that is meant, say "
                "so: board sync NAME --accept.",
            )
    changed = database.changed_column
    expected = "instant" if database.changed_form == "instant" else "number"
    if changed and found[changed] not in (expected, "other"):
        raise SourceFailed(
            "setup",
            f"The column '{changed}' is {found[changed]}, not {expected}: changed_column needs another, or "
            "changed_form.",
        )
