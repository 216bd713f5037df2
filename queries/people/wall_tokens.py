"""Tokens by which a wall on a network opens: shown once, stored as their SHA-256, bound to regions."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from queries.db import Scope, rows_of
from queries.organisation import with_cities
from queries.people.accounts import digest


@dataclass(frozen=True, slots=True)
class WallToken:
    name: str
    regions: str  # codes, separated by commas; empty: everywhere
    made_at: datetime
    made_by: str
    revoked_at: datetime | None


def make(conn: Connection, name: str, regions: tuple[str, ...], by: str) -> str | None:
    """The token of a new wall; None where one of that name is in use. `regions`: codes; none: everywhere."""
    token = secrets.token_urlsafe(32)
    made = conn.execute(
        text(
            "INSERT INTO access.wall_token AS t (name, token, regions, made_by) VALUES (:name, :token, "
            "CASE WHEN CAST(:regions AS text[]) <> '{}' THEN (SELECT array_agg(region_id ORDER BY region_id) "
            "FROM facts.region WHERE code = ANY (:regions)) END, :by) "
            "ON CONFLICT (name) DO UPDATE SET token = EXCLUDED.token, regions = EXCLUDED.regions, "
            "made_by = EXCLUDED.made_by, made_at = clock_timestamp(), revoked_at = NULL "
            "WHERE t.revoked_at IS NOT NULL RETURNING name"
        ),
        {"name": name, "token": digest(token), "regions": list(regions), "by": by},
    ).first()
    return None if made is None else token


def listed(conn: Connection) -> tuple[WallToken, ...]:
    rows = conn.execute(
        text(
            "SELECT t.name, coalesce((SELECT string_agg(r.code, ', ' ORDER BY r.code) FROM facts.region r "
            "WHERE r.region_id = ANY (t.regions)), '') AS regions, t.made_at, t.made_by, t.revoked_at "
            "FROM access.wall_token t ORDER BY t.revoked_at NULLS FIRST, t.name"
        )
    )
    return rows_of(WallToken, rows)


def revoke(conn: Connection, name: str) -> bool:
    """Whether there was one in use; walls that show it go dark with their next version."""
    found = conn.execute(
        text(
            "UPDATE access.wall_token SET revoked_at = clock_timestamp() "
            "WHERE name = :name AND revoked_at IS NULL RETURNING name"
        ),
        {"name": name},
    ).first()
    return found is not None


def exist(conn: Connection) -> bool:
    """Any in use."""
    found: bool = conn.execute(
        text("SELECT EXISTS (SELECT FROM access.wall_token WHERE revoked_at IS NULL)")
    ).scalar_one()
    return found


def scope_of(conn: Connection, token: str) -> Scope | None:
    """What a wall with this token shows, a province with its cities; None for one that is not in use."""
    row = conn.execute(
        text(
            f"SELECT t.name, t.regions IS NULL AS everywhere, {with_cities('t.regions')} AS regions "
            "FROM access.wall_token t WHERE t.token = :token AND t.revoked_at IS NULL"
        ),
        {"token": digest(token)},
    ).one_or_none()
    if row is None:
        return None
    return Scope(f"wall {row.name}", "wall", None if row.everywhere else tuple(row.regions))
