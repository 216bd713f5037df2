"""Maps that were kept under a name for next time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from queries.db import row_or_none, rows_of


@dataclass(frozen=True, slots=True)
class KeptMap:
    """`body`: TOML."""

    map_id: int
    name: str
    body: str
    kept_at: datetime
    kept_by: str


_NAMES = "map_id, name, body, kept_at, kept_by"


def keep_map(conn: Connection, name: str, body: str, by: str, now: datetime) -> None:
    """Of a name the newest counts; the others stay for the imports that used them."""
    conn.execute(
        text(
            "INSERT INTO journal.source_map (name, body, kept_at, kept_by) VALUES (:name, :body, :now, :by)"
        ),
        {"name": name, "body": body, "now": now, "by": by},
    )


def kept_maps(conn: Connection) -> tuple[KeptMap, ...]:
    """The newest of each name, by name."""
    return rows_of(
        KeptMap,
        conn.execute(
            text(f"SELECT DISTINCT ON (name) {_NAMES} FROM journal.source_map ORDER BY name, map_id DESC")
        ),
    )


def kept_map(conn: Connection, map_id: int) -> KeptMap | None:
    found = conn.execute(
        text(f"SELECT {_NAMES} FROM journal.source_map WHERE map_id = :map_id"), {"map_id": map_id}
    )
    return row_or_none(KeptMap, found)
