"""Keys of programs that send complaints, each bound to the source that it writes."""

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, text

from queries.people.accounts import digest

USUAL_PER_SECOND = 50  # requests, each of which may hold 1,000 complaints


@dataclass(frozen=True, slots=True)
class Client:
    """Who a key belongs to. `expected_every`: seconds from one request to the next, where silence is to be
    noticed."""

    name: str
    source: str
    time_zone: str
    milestones: tuple[str, ...]
    expected_every: int | None
    per_second: int


def make(conn: Connection, client: Client, by: str) -> str | None:
    """The key of a new client; None where a token of that name is in use."""
    token = secrets.token_urlsafe(32)
    made = conn.execute(
        text(
            "INSERT INTO access.token AS t (name, kind, token, source, time_zone, milestones, "
            "expected_every, per_second, made_by) VALUES (:name, 'intake', :token, :source, :time_zone, "
            ":milestones, :expected_every, :per_second, :by) "
            "ON CONFLICT (name) DO UPDATE SET token = EXCLUDED.token, source = EXCLUDED.source, "
            "time_zone = EXCLUDED.time_zone, milestones = EXCLUDED.milestones, "
            "expected_every = EXCLUDED.expected_every, per_second = EXCLUDED.per_second, "
            "made_by = EXCLUDED.made_by, made_at = clock_timestamp(), revoked_at = NULL "
            "WHERE t.revoked_at IS NOT NULL AND t.kind = EXCLUDED.kind RETURNING name"
        ),
        {
            "name": client.name,
            "token": digest(token),
            "source": client.source,
            "time_zone": client.time_zone,
            "milestones": list(client.milestones),
            "expected_every": client.expected_every,
            "per_second": client.per_second,
            "by": by,
        },
    ).first()
    return None if made is None else token


def client_of(conn: Connection, token: str) -> Client | None:
    """None for a key that is not in use."""
    row = conn.execute(
        text(
            "SELECT name, source, time_zone, milestones, expected_every, per_second FROM access.token "
            "WHERE token = :token AND kind = 'intake' AND revoked_at IS NULL"
        ),
        {"token": digest(token)},
    ).one_or_none()
    if row is None:
        return None
    return Client(
        row.name, row.source, row.time_zone, tuple(row.milestones), row.expected_every, row.per_second
    )
