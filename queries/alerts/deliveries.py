"""Deliveries: laid down by who decides, claimed with a lease, sent by others, marked by their claim."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, text

from queries.db import row_or_none


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one recipient; `covers` is how many alerts it stands for, 0 for just its own."""

    delivery_id: UUID
    alert_id: int
    covers: int
    outlet: str
    recipient: str
    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claimed:
    delivery_id: UUID
    outlet: str
    recipient: str
    message: dict[str, Any]
    attempts: int  # with the one that begins
    since: datetime  # laid down, or when a person asked for it anew


def put_deliveries(conn: Connection, deliveries: Iterable[Delivery], now: datetime) -> None:
    for one in deliveries:
        conn.execute(
            text(
                "INSERT INTO journal.delivery (delivery_id, alert_id, digest_of, outlet, recipient, message, "
                "next_at) VALUES (:id, :alert_id, :covers, :outlet, :recipient, "
                "CAST(:message AS jsonb), :now) "
                "ON CONFLICT (delivery_id) DO NOTHING"
            ),
            {
                "id": one.delivery_id,
                "alert_id": one.alert_id,
                "covers": one.covers,
                "outlet": one.outlet,
                "recipient": one.recipient,
                "message": json.dumps(one.message),
                "now": now,
            },
        )


def claim(conn: Connection, outlet: str, mine: UUID, now: datetime, lease_seconds: float) -> Claimed | None:
    """The one that is due for longest, or whose worker died; its attempt begins here."""
    found = conn.execute(
        text(
            "UPDATE journal.delivery SET state = 'sending', attempts = attempts + 1, claim = :mine, "
            "lease_until = CAST(:now AS timestamptz) + make_interval(secs => :lease) WHERE delivery_id = ("
            "SELECT delivery_id FROM journal.delivery WHERE state IN ('waiting', 'sending') "
            "AND next_at <= :now AND outlet = :outlet "
            "AND (state = 'waiting' OR (state = 'sending' AND lease_until < :now)) "
            "ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED) "
            "RETURNING delivery_id, outlet, recipient, message, attempts, "
            "coalesce(again_at, created_at) AS since"
        ),
        {"outlet": outlet, "mine": mine, "now": now, "lease": lease_seconds},
    )
    return row_or_none(Claimed, found)


def release(conn: Connection, delivery_id: UUID, mine: UUID) -> bool:
    """Claimed but not sent: as if it had not been."""
    return _mark(conn, delivery_id, mine, "state = 'waiting', attempts = attempts - 1, lease_until = NULL")


def mark_sent(conn: Connection, delivery_id: UUID, mine: UUID, now: datetime) -> bool:
    """False where the lease ran out and another has claimed it."""
    return _mark(conn, delivery_id, mine, "state = 'sent', sent_at = :now, last_error = NULL", now=now)


def mark_again(conn: Connection, delivery_id: UUID, mine: UUID, error: str, at: datetime) -> bool:
    """To be tried again at `at`."""
    change = "state = 'waiting', last_error = :error, next_at = :at"
    return _mark(conn, delivery_id, mine, change, error=error, at=at)


def mark_given_up(
    conn: Connection,
    delivery_id: UUID,
    mine: UUID,
    state: Literal["failed", "dead"],
    error: str,
    now: datetime,
) -> bool:
    """Kept, and shown until a person has it sent again."""
    change = "state = :state, last_error = :error, given_up_at = :now"
    return _mark(conn, delivery_id, mine, change, state=state, error=error, now=now)


def _mark(conn: Connection, delivery_id: UUID, mine: UUID, change: str, **values: object) -> bool:
    marked = conn.execute(
        text(
            f"UPDATE journal.delivery SET {change} "
            "WHERE delivery_id = :id AND claim = :mine AND state = 'sending'"
        ),
        {"id": delivery_id, "mine": mine, **values},
    )
    return marked.rowcount == 1


def hold(conn: Connection, outlet: str, recipient: str, until: datetime) -> int:
    """What waits for that recipient waits until then: it asked for it."""
    held = conn.execute(
        text(
            "UPDATE journal.delivery SET next_at = :until WHERE sent_at IS NULL AND next_at < :until "
            "AND state = 'waiting' AND outlet = :outlet AND recipient = :recipient"
        ),
        {"outlet": outlet, "recipient": recipient, "until": until},
    )
    return held.rowcount
