"""Databases of tests: cloned from a template and made as new again, or left as they were found."""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_INTRANS
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url

from queries import db

RENEWED_AFTER = 50  # tests: rows that were rolled back stay on the disk, and statements read past them

_OURS = "(SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema')"
_THIS = "(SELECT oid FROM pg_database WHERE datname = current_database())"
_FILLED = f"""
SELECT c.oid::regclass::text FROM pg_class c
WHERE relkind = 'r' AND relnamespace IN {_OURS} AND pg_relation_size(c.oid) > 0
"""
_PLACES = "SELECT format('%I.%I', schemaname, sequencename), start_value, last_value FROM pg_sequences"
_SET_BACK = "SELECT setval(name, value, used) FROM unnest(%s, %s, %s) AS sequence (name, value, used)"
_END_SESSIONS = "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE datname = %s"
# Whatever is made, altered or dropped leaves its mark on one of these. TRUNCATE writes to pg_class, so of
# that only what it keeps is looked at.
_MADE = " UNION ALL ".join(
    [
        "SELECT 0, md5(string_agg(concat_ws(' ', oid, relname, relnamespace, relowner, relacl, reloptions, "
        f"relrowsecurity), ' ' ORDER BY oid)) FROM pg_class WHERE relnamespace IN {_OURS}",
        *(
            f"SELECT count(*), max(xmin::text::bigint)::text FROM {catalog} WHERE {where}"
            for catalog, where in (
                ("pg_namespace", "nspname !~ '^pg_'"),
                ("pg_attribute", f"attrelid IN (SELECT oid FROM pg_class WHERE relnamespace IN {_OURS})"),
                ("pg_attrdef", "true"),
                ("pg_constraint", "true"),
                ("pg_trigger", "true"),
                ("pg_policy", "true"),
                ("pg_proc", "true"),
                ("pg_rewrite", "true"),
                ("pg_extension", "true"),
                ("pg_default_acl", "true"),
                ("pg_statistic", "true"),
                ("pg_db_role_setting", f"setdatabase = {_THIS}"),
                ("pg_database", f"oid = {_THIS}"),
            )
        ),
    ]
)


class Pool:
    """Clones of a template, each of which is given out again once it is as new.

    To empty the tables that a test filled is several times cheaper than another clone. A database in which
    something was made, altered, dropped or analysed is not kept."""

    def __init__(self, server_url: str, template: str, prefix: str) -> None:
        self._url = make_url(server_url)
        self._template, self._prefix = template, prefix
        self._numbers = count(1)
        self._free: list[tuple[str, _New]] = []

    @contextmanager
    def lend(self) -> Iterator[str]:
        """Its URL, of a superuser."""
        name, new = self._free.pop() if self._free else self._made()
        url = self._url.set(database=name)
        yield url.render_as_string(hide_password=False)
        if self._restored(name, new):
            self._free.append((name, new))
        else:
            self._on_server(f'DROP DATABASE "{name}" WITH (FORCE)')

    def close(self) -> None:
        for name, _new in self._free:
            self._on_server(f'DROP DATABASE "{name}" WITH (FORCE)')
        self._free.clear()

    def _made(self) -> "tuple[str, _New]":
        name = f"{self._prefix}_{next(self._numbers)}"
        self._on_server(f'CREATE DATABASE "{name}" TEMPLATE "{self._template}"')
        with closing(self._connected(name)) as conn, conn.cursor() as cursor:
            return name, _look(cursor)

    def _restored(self, name: str, new: "_New") -> bool:
        try:
            self._on_server(_END_SESSIONS, name)
            with closing(self._connected(name)) as conn, conn, conn.cursor() as cursor:
                return _restore(cursor, new)
        except psycopg2.Error:
            return False

    def _on_server(self, statement: str, *values: object) -> None:
        with closing(self._connected(self._url.database)) as conn:
            conn.autocommit = True
            with conn.cursor() as cursor:
                cursor.execute(statement, values or None)

    def _connected(self, name: str | None) -> Any:
        url = self._url.set(drivername="postgresql", database=name)
        given = url.render_as_string(hide_password=False)
        return psycopg2.connect(given, connect_timeout=60, options="-c lock_timeout=60s")


@dataclass(frozen=True, slots=True)
class _New:
    """How a database was before its first test."""

    made: list[Any]
    rows: dict[str, str]  # as COPY writes them, of every table that is not empty
    sequences: list[list[Any]]  # names, values, whether the value was given out


def _look(cursor: Any) -> _New:
    cursor.execute(_MADE)
    made = cursor.fetchall()
    cursor.execute(_FILLED)
    rows = {}
    for (table,) in cursor.fetchall():
        copied = io.StringIO()
        cursor.copy_expert(f"COPY {table} TO STDOUT", copied)
        rows[table] = copied.getvalue()
    return _New(made, rows, _sequences(cursor))


def _sequences(cursor: Any) -> list[list[Any]]:
    cursor.execute(_PLACES)
    found = [(name, last or start, last is not None) for name, start, last in cursor.fetchall()]
    return [list(column) for column in zip(*found, strict=True)]


def _restore(cursor: Any, new: _New) -> bool:
    """Whether it could be made as new."""
    cursor.execute(_MADE)
    if cursor.fetchall() != new.made:
        return False
    cursor.execute(_FILLED)
    filled = {table for (table,) in cursor.fetchall()} | set(new.rows)
    cursor.execute("SET session_replication_role = replica")  # no triggers: the rows were there
    cursor.execute(f"TRUNCATE {', '.join(sorted(filled))} CASCADE")
    for table, rows in new.rows.items():
        cursor.copy_expert(f"COPY {table} FROM STDIN", io.StringIO(rows))
    cursor.execute(_SET_BACK, new.sequences)
    return True


class RolledBack:
    """Transactions that end in a rollback, in a database that is renewed now and then.

    `clone`: a context with the URL of a new database."""

    def __init__(self, clone: Callable[[], AbstractContextManager[str]]) -> None:
        self._clone = clone
        self._stack = ExitStack()
        self._engine: Engine | None = None
        self._used = 0
        self._sequences: list[list[Any]] = []

    def transaction(self) -> Iterator[Connection]:
        """What a commit would have refused is refused; numbers begin again where they began."""
        if self._used % RENEWED_AFTER == 0:
            self._renew()
        self._used += 1
        assert self._engine is not None
        with self._engine.connect() as conn:
            yield conn
            raw: Any = conn.connection.driver_connection
            with raw.cursor() as cursor:
                if raw.info.transaction_status == TRANSACTION_STATUS_INTRANS:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                raw.rollback()
                cursor.execute(_SET_BACK, self._sequences)
            raw.commit()

    def close(self) -> None:
        self._stack.close()

    def _renew(self) -> None:
        self._stack.close()
        self._engine = db.engine(self._stack.enter_context(self._clone()), application="board tests")
        self._stack.callback(self._engine.dispose)
        with self._engine.connect() as conn:
            raw: Any = conn.connection.driver_connection
            with raw.cursor() as cursor:
                self._sequences = _sequences(cursor)
