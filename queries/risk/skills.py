"""Who has handled what: the categories of the complaints that each person owned of late."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

OF_LATE = timedelta(days=90)


def learn_skills(conn: Connection, now: datetime) -> int:
    """In derived.skill; the whole of it, from scratch."""
    conn.execute(text("DELETE FROM derived.skill"))
    return conn.execute(
        text(
            "INSERT INTO derived.skill (owner_id, category, last_at) "
            "SELECT owner_id, category, max(coalesce(until_at, :now)) FROM derived.stint "
            "WHERE owner_id IS NOT NULL AND category IS NOT NULL "
            "AND (until_at IS NULL OR until_at > :since) GROUP BY owner_id, category"
        ),
        {"now": now, "since": now - OF_LATE},
    ).rowcount
