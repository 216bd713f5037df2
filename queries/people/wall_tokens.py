"""Tokens by which a wall on a network opens, bound to regions."""

import secrets

from sqlalchemy import Connection, text

from queries.db import Scope
from queries.organisation import with_cities
from queries.people import tokens
from queries.people.accounts import digest


def make(conn: Connection, name: str, regions: tuple[str, ...], by: str) -> str | None:
    """The token of a new wall; None where one of that name is in use. `regions`: codes; none: everywhere."""
    token = secrets.token_urlsafe(32)
    made = conn.execute(
        text(
            "INSERT INTO access.token AS t (name, kind, token, regions, made_by) VALUES (:name, 'wall', "
            ":token, CASE WHEN CAST(:regions AS text[]) <> '{}' THEN (SELECT array_agg(region_id ORDER BY "
            "region_id) FROM facts.region WHERE code = ANY (:regions)) END, :by) "
            "ON CONFLICT (name) DO UPDATE SET token = EXCLUDED.token, regions = EXCLUDED.regions, "
            "made_by = EXCLUDED.made_by, made_at = clock_timestamp(), revoked_at = NULL "
            "WHERE t.revoked_at IS NOT NULL AND t.kind = EXCLUDED.kind RETURNING name"
        ),
        {"name": name, "token": digest(token), "regions": list(regions), "by": by},
    ).first()
    return None if made is None else token


def revoke(conn: Connection, name: str) -> bool:
    """Whether there was one in use."""
    return tokens.revoke(conn, name) is not None


def exist(conn: Connection) -> bool:
    """Any in use."""
    return tokens.exist(conn, "wall")


def scope_of(conn: Connection, token: str) -> Scope | None:
    """What a wall with this token shows, a province with its cities; None for one that is not in use."""
    row = conn.execute(
        text(
            f"SELECT t.name, t.regions IS NULL AS everywhere, {with_cities('t.regions')} AS regions "
            "FROM access.token t WHERE t.token = :token AND t.kind = 'wall' AND t.revoked_at IS NULL"
        ),
        {"token": digest(token)},
    ).one_or_none()
    if row is None:
        return None
    return Scope(f"wall {row.name}", "wall", None if row.everywhere else tuple(row.regions))
