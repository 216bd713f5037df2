"""What was answered to a program's request, so that the same request sent again changes nothing."""

from sqlalchemy import Connection, text

KEPT = "interval '24 hours'"
MOST_FORGOTTEN = 100  # at once, so that no request waits long for old ones


def keep(conn: Connection, client: str, key: str, body: bytes, accepted: int) -> bool:
    """Whether it is new. Waits for a request with the same key that is under way elsewhere."""
    made = conn.execute(
        text(
            "INSERT INTO access.intake_answer AS a (client, key, body, accepted) "
            "VALUES (:client, :key, :body, :accepted) ON CONFLICT (client, key) DO UPDATE "
            "SET body = EXCLUDED.body, accepted = EXCLUDED.accepted, answered_at = clock_timestamp() "
            f"WHERE a.answered_at < clock_timestamp() - {KEPT} RETURNING key"
        ),
        {"client": client, "key": key, "body": body, "accepted": accepted},
    ).first()
    return made is not None


def body_of(conn: Connection, client: str, key: str) -> bytes:
    """Of the request that had this key first."""
    found: memoryview = conn.execute(
        text("SELECT body FROM access.intake_answer WHERE client = :client AND key = :key"),
        {"client": client, "key": key},
    ).scalar_one()
    return bytes(found)


def forget(conn: Connection) -> None:
    conn.execute(
        text(
            "DELETE FROM access.intake_answer WHERE ctid = ANY (ARRAY (SELECT ctid FROM access.intake_answer "
            f"WHERE answered_at < clock_timestamp() - {KEPT} ORDER BY answered_at LIMIT :most "
            "FOR UPDATE SKIP LOCKED))"
        ),
        {"most": MOST_FORGOTTEN},
    )
