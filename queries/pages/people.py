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
    kind: Literal["complaint", "callback", "alert"]
    complaint_id: int
    external_id: str
    tier: int | None
    department_id: int | None
    region_id: int | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who left, with how much they still hold. An alert goes with its complaint."""

    agent_id: int
    name_en: str
    name_zh: str
    complaints: int
    callbacks: int


@dataclass(frozen=True, slots=True)
class Colleague:
    agent_id: int
    login: str
    name_en: str
    name_zh: str


def still_held(conn: Connection, limit: int) -> tuple[Held, ...]:
    """Open complaints, callbacks and unacknowledged alerts of people who left, the earliest due first."""
    return rows_of(Held, conn.execute(text(_HELD), {"limit": limit}))


_GONE = f"""
gone AS (SELECT agent_id, name_en, name_zh, active_until AS left_at FROM facts.agent a
         WHERE a.active_until IS NOT NULL AND NOT {ACTIVE})
"""
_HELD = f"""
WITH {_GONE}
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
UNION ALL
SELECT g.agent_id, g.name_en, g.name_zh, g.left_at, 'alert', c.complaint_id, c.external_id, c.tier,
       c.department_id, c.region_id, w.crossed_at
FROM gone g JOIN {OPEN_STINTS[False]} s ON s.owner_id = g.agent_id
JOIN facts.complaint c USING (complaint_id)
JOIN journal.alert w ON w.complaint_id = c.complaint_id AND w.ended_at IS NULL AND w.withdrawn_at IS NULL
WHERE NOT EXISTS (SELECT FROM journal.acknowledgement k WHERE k.alert_id = w.alert_id)
ORDER BY due_at NULLS LAST, complaint_id, kind LIMIT :limit
"""


def holders(conn: Connection) -> tuple[Holder, ...]:
    """Who holds most, first."""
    return rows_of(Holder, conn.execute(text(_HOLDERS)))


_HOLDERS = f"""
WITH {_GONE},
owned AS (SELECT owner_id AS agent_id, count(DISTINCT complaint_id) AS n FROM {OPEN_STINTS[False]} s
          WHERE owner_id IN (SELECT agent_id FROM gone) GROUP BY 1),
booked AS (SELECT agent_id, count(*) AS n FROM {PENDING_CALLBACKS[False]} k
           WHERE agent_id IN (SELECT agent_id FROM gone) GROUP BY 1)
SELECT g.agent_id, g.name_en, g.name_zh, coalesce(o.n, 0) AS complaints, coalesce(b.n, 0) AS callbacks
FROM gone g LEFT JOIN owned o USING (agent_id) LEFT JOIN booked b USING (agent_id)
WHERE o.n > 0 OR b.n > 0 ORDER BY coalesce(o.n, 0) + coalesce(b.n, 0) DESC, g.agent_id
"""


def colleagues(conn: Connection) -> tuple[Colleague, ...]:
    """Who works here and can take over."""
    rows = conn.execute(
        text(
            "SELECT a.agent_id, a.login, a.name_en, a.name_zh FROM facts.agent a "
            f"WHERE NOT a.is_unknown AND {ACTIVE} ORDER BY a.login"
        )
    )
    return rows_of(Colleague, rows)
