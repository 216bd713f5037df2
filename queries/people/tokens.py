"""Tokens and keys, of walls and of programs: shown once, stored as their SHA-256, listed, revoked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, text

from queries.db import rows_of

Kind = Literal["wall", "intake"]


@dataclass(frozen=True, slots=True)
class Token:
    name: str
    kind: Kind
    regions: str  # of a wall: codes, separated by commas; empty: everywhere
    source: str | None  # of a program: what it writes
    made_at: datetime
    made_by: str
    revoked_at: datetime | None


def listed(conn: Connection) -> tuple[Token, ...]:
    rows = conn.execute(
        text(
            "SELECT t.name, t.kind, coalesce((SELECT string_agg(r.code, ', ' ORDER BY r.code) FROM "
            "facts.region r WHERE r.region_id = ANY (t.regions)), '') AS regions, t.source, t.made_at, "
            "t.made_by, t.revoked_at FROM access.token t ORDER BY t.revoked_at NULLS FIRST, t.kind, t.name"
        )
    )
    return rows_of(Token, rows)


def revoke(conn: Connection, name: str) -> Kind | None:
    """The kind of the one that was in use; walls that show it go dark with their next version."""
    found: Kind | None = conn.execute(
        text(
            "UPDATE access.token SET revoked_at = clock_timestamp() "
            "WHERE name = :name AND revoked_at IS NULL RETURNING kind"
        ),
        {"name": name},
    ).scalar_one_or_none()
    return found


def exist(conn: Connection, kind: Kind) -> bool:
    """Any in use."""
    found: bool = conn.execute(
        text("SELECT EXISTS (SELECT FROM access.token WHERE kind = :kind AND revoked_at IS NULL)"),
        {"kind": kind},
    ).scalar_one()
    return found
