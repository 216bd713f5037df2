"""Who has handled what: the categories of the complaints that each person owned recently."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

RECENT = timedelta(days=90)


def learn_skills(conn: Connection, now: datetime) -> int:
    """Rebuilds derived.skill; returns its number of rows."""
    conn.execute(text("DELETE FROM derived.skill"))
    return conn.execute(
        text(
            "INSERT INTO derived.skill (owner_id, category, last_at) "
            "SELECT owner_id, category, max(coalesce(until_at, :now)) FROM derived.stint "
            "WHERE owner_id IS NOT NULL AND category IS NOT NULL "
            "AND (until_at IS NULL OR until_at > :since) GROUP BY owner_id, category"
        ),
        {"now": now, "since": now - RECENT},
    ).rowcount
