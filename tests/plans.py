"""How PostgreSQL would run each statement, explained where it runs: in its role and its transaction."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg2.errors
import psycopg2.extensions
from sqlalchemy import Engine, event

PLANNED = re.compile(r"\s*(WITH|SELECT|INSERT|UPDATE|DELETE)\b", re.I)
EMPTIED = re.compile(r"\s*DELETE FROM intake_\w+;?\s*$")  # staging tables, perhaps made just before
COPIED_OUT = re.compile(r"\s*COPY \((.*)\) TO STDOUT", re.S)
TAKES_ALL = {
    "Sort",
    "Aggregate",
    "Hash",
    "WindowAgg",
    "ModifyTable",
}  # whatever a LIMIT above would leave away
# An index of what is open, or waits, is short however long the history is.
_IS_SHORT = """
SELECT x.reltuples < t.reltuples / 5 FROM pg_index i
JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
WHERE i.indexrelid = CAST(%s AS regclass)
"""


@dataclass(frozen=True, slots=True)
class Whole:
    """A table that `who` reads from end to end: row by row, or by an index without a condition."""

    table: str
    who: str
    statement: str
    server: int  # PostgreSQL's version, such as 15


@dataclass(slots=True)
class Watch:
    """Of every connection that an engine opens from now on."""

    seen: set[str] = field(default_factory=set)
    found: set[Whole] = field(default_factory=set)
    mixed: set[str] = field(default_factory=set)  # statements that may not run

    def over(self, engine: Engine) -> Engine:
        def use(raw: Any, _record: Any) -> None:
            raw.cursor_factory = _watching(self)

        event.listen(engine, "connect", use)
        return engine

    def explain(self, connection: Any, statement: str, values: Any) -> None:
        with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
            asked = cursor.mogrify(statement, values).decode()
            for one in filter(PLANNED.match, asked.split(";\n")):
                if EMPTIED.match(one):
                    continue
                try:
                    cursor.execute("EXPLAIN (VERBOSE, FORMAT JSON) " + one)
                except psycopg2.errors.InsufficientPrivilege:
                    self.mixed.add(statement)
                    raise
                ((plan,),) = cursor.fetchall()
                cursor.execute("SELECT current_user")
                ((who,),) = cursor.fetchall()
                self.seen.add(statement)
                server = connection.server_version // 10_000
                found = _whole(cursor, plan[0]["Plan"], False)
                self.found |= {Whole(name, who, statement, server) for name in found}


def _whole(cursor: Any, node: dict[str, Any], limited: bool) -> Iterator[str]:
    """Tables. `limited`: a LIMIT above stops the reading."""
    kind = node["Node Type"]
    unconditional = kind in ("Index Scan", "Index Only Scan") and "Index Cond" not in node and not limited
    if kind == "Seq Scan" or (unconditional and not _is_short(cursor, node)):
        yield f"{node['Schema']}.{node['Relation Name']}"
    for below in node.get("Plans", ()):
        yield from _whole(cursor, below, (limited or kind == "Limit") and kind not in TAKES_ALL)


def _is_short(cursor: Any, node: dict[str, Any]) -> bool:
    cursor.execute(_IS_SHORT, (f"{node['Schema']}.{node['Index Name']}",))
    ((short,),) = cursor.fetchall()
    return bool(short)


def _watching(watch: Watch) -> type[psycopg2.extensions.cursor]:
    class Watching(psycopg2.extensions.cursor):  # type: ignore[misc]
        def execute(self, statement: Any, values: Any = None) -> None:
            watch.explain(self.connection, _words(statement), values)
            super().execute(statement, values)

        def copy_expert(self, statement: Any, file: Any, size: int = 8192) -> None:
            out = COPIED_OUT.match(statement)
            if out:
                watch.explain(self.connection, out[1], None)
            super().copy_expert(statement, file, size)

    return Watching


def _words(statement: str | bytes) -> str:
    return statement.decode() if isinstance(statement, bytes) else statement
