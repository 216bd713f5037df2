"""Deliveries as they are worked off: claimed with a lease, sent by others, marked by their claim."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Claimed:
    delivery_id: UUID
    outlet: str
    recipient: str
    message: dict[str, Any]
    attempts: int


def claim(conn: Connection, now: datetime, mine: UUID, limit: int, lease_seconds: int) -> list[Claimed]:
    """Whatever is due, or whose worker died; the attempt counts from here on."""
    rows = conn.execute(
        text(
            "UPDATE journal.delivery SET state = 'sending', attempts = attempts + 1, claim = :mine, "
            "lease_until = CAST(:now AS timestamptz) + make_interval(secs => :lease) WHERE delivery_id IN ("
            "SELECT delivery_id FROM journal.delivery "
            "WHERE state IN ('waiting', 'sending') AND next_at <= :now "
            "AND (state = 'waiting' OR (state = 'sending' AND lease_until < :now)) "
            "ORDER BY next_at LIMIT :limit FOR UPDATE SKIP LOCKED) "
            "RETURNING delivery_id, outlet, recipient, message, attempts"
        ),
        {"now": now, "mine": mine, "limit": limit, "lease": lease_seconds},
    )
    return [Claimed(*row) for row in rows]


def mark_sent(conn: Connection, delivery_id: UUID, mine: UUID, now: datetime) -> bool:
    """False where the lease ran out and another has claimed it."""
    marked = conn.execute(
        text(
            "UPDATE journal.delivery SET state = 'sent', sent_at = :now, last_error = NULL "
            "WHERE delivery_id = :id AND claim = :mine AND state = 'sending'"
        ),
        {"id": delivery_id, "mine": mine, "now": now},
    )
    return marked.rowcount == 1


def mark_failed(
    conn: Connection, delivery_id: UUID, mine: UUID, error: str, again_at: datetime | None
) -> bool:
    """`again_at` None: given up, and shown as dead."""
    marked = conn.execute(
        text(
            "UPDATE journal.delivery SET state = :state, last_error = :error, "
            "next_at = coalesce(:again_at, next_at) WHERE delivery_id = :id AND claim = :mine "
            "AND state = 'sending'"
        ),
        {
            "id": delivery_id,
            "mine": mine,
            "error": error,
            "again_at": again_at,
            "state": "dead" if again_at is None else "waiting",
        },
    )
    return marked.rowcount == 1
