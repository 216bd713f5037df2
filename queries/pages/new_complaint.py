"""What the page of new complaints reads: who enters, and what they entered last."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from queries.db import rows_of


@dataclass(frozen=True, slots=True)
class Me:
    agent_id: int
    department_id: int | None


@dataclass(frozen=True, slots=True)
class EnteredLately:
    complaint_id: int
    external_id: str
    received_at: datetime
    entered_at: datetime
    title: str | None
    status: str
    tier: int | None
    department_id: int | None


def me(conn: Connection, login: str) -> tuple[Me, ...]:
    rows = conn.execute(
        text("SELECT agent_id, department_id FROM facts.agent WHERE login = :login"), {"login": login}
    )
    return rows_of(Me, rows)


def entered_lately(conn: Connection, login: str, now: datetime) -> tuple[EnteredLately, ...]:
    """By this person within a day, the newest first, at most twenty."""
    rows = conn.execute(text(_LATELY), {"login": login, "now": now})
    return rows_of(EnteredLately, rows)


_LATELY = """
SELECT c.complaint_id, c.external_id, c.received_at, a.recorded_at AS entered_at, c.title, c.status, c.tier,
       c.department_id
FROM facts.action a JOIN facts.complaint c USING (complaint_id)
WHERE a.place = 0 AND a.recorded_at > CAST(:now AS timestamptz) - interval '1 day'
  AND a.agent_id = (SELECT agent_id FROM facts.agent WHERE login = :login)
ORDER BY a.recorded_at DESC LIMIT 20
"""
