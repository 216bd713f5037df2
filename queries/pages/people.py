"""What people who left still hold, to be handed over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, text

from queries.as_of import OPEN_DEADLINES, OPEN_STINTS, PENDING_CALLBACKS
from queries.db import rows_of
from queries.organisation import ACTIVE


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody who left still holds."""

    agent_id: int
    name_en: str
    name_zh: str
    left_at: datetime
    kind: Literal["complaint", "callback"]
    complaint_id: int
    external_id: str
    tier: int | None
    department_id: int | None
    region_id: int | None
    due_at: datetime | None


def still_held(conn: Connection, limit: int) -> tuple[Held, ...]:
    """Open complaints and callbacks of people who left, the earliest due first."""
    return rows_of(Held, conn.execute(text(_HELD), {"limit": limit}))


_HELD = f"""
WITH gone AS (SELECT agent_id, name_en, name_zh, active_until AS left_at FROM facts.agent a
              WHERE a.active_until IS NOT NULL AND NOT {ACTIVE})
SELECT g.agent_id, g.name_en, g.name_zh, g.left_at, 'complaint' AS kind, c.complaint_id, c.external_id,
       c.tier, c.department_id, c.region_id,
       (SELECT min(d.due_at) FROM {OPEN_DEADLINES[False]} d WHERE d.complaint_id = c.complaint_id) AS due_at
FROM gone g JOIN {OPEN_STINTS[False]} s ON s.owner_id = g.agent_id
JOIN facts.complaint c USING (complaint_id)
UNION ALL
SELECT g.agent_id, g.name_en, g.name_zh, g.left_at, 'callback', c.complaint_id, c.external_id, c.tier,
       c.department_id, c.region_id, k.due_at
FROM gone g JOIN {PENDING_CALLBACKS[False]} k ON k.agent_id = g.agent_id
JOIN facts.complaint c USING (complaint_id)
ORDER BY due_at NULLS LAST, complaint_id, kind LIMIT :limit
"""
