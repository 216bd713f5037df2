"""Alerts as people see them: what is open, who acknowledged, what became of the deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, text

from queries.db import raise_version
from queries.filters import NARROWED, Filters

Which = Literal["open", "acknowledged", "all"]
_WHICH: dict[Which, str] = {
    "open": "a.ended_at IS NULL AND a.withdrawn_at IS NULL AND k.alert_id IS NULL",
    "acknowledged": "a.ended_at IS NULL AND a.withdrawn_at IS NULL AND k.alert_id IS NOT NULL",
    "all": "true",
}


@dataclass(frozen=True, slots=True)
class Alert:
    alert_id: int
    rule: str
    level: str
    subject: str
    crossed_at: datetime
    decided_at: datetime
    found_late: bool
    complaint_id: int | None
    external_id: str | None
    target: str | None
    tier: int | None
    department_id: int | None
    region_id: int | None
    ended_at: datetime | None
    withdrawn_at: datetime | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    open: int
    critical: int
    acknowledged: int
    sent_today: int
    undelivered: int


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    alert_id: int
    rule: str
    digest_of: int
    outlet: str
    recipient: str
    state: str
    attempts: int
    created_at: datetime
    next_at: datetime
    sent_at: datetime | None
    last_error: str | None


def _narrowed() -> str:
    """Alerts of the board itself (feeds, jobs) belong to no region and show under every filter."""
    return f"(complaint_id IS NULL OR ({NARROWED}))"


def counts(conn: Connection, filters: Filters, now: datetime) -> Counts:
    row = conn.execute(
        text(
            "SELECT count(*) FILTER (WHERE k.alert_id IS NULL), "
            "count(*) FILTER (WHERE k.alert_id IS NULL AND a.level = 'critical'), count(k.alert_id), "
            "(SELECT count(*) FROM journal.delivery WHERE sent_at >= "
            "date_trunc('day', CAST(:now AS timestamptz), 'Asia/Shanghai')), "
            "(SELECT count(*) FROM journal.delivery WHERE state IN ('waiting', 'sending', 'dead')) "
            "FROM (SELECT * FROM journal.alert WHERE ended_at IS NULL AND withdrawn_at IS NULL "
            f"AND {_narrowed()}) a LEFT JOIN journal.acknowledgement k USING (alert_id)"
        ),
        {**filters.values(), "now": now},
    ).one()
    return Counts(*row)


def alerts(conn: Connection, filters: Filters, which: Which, limit: int) -> tuple[Alert, ...]:
    """Most urgent first, then newest."""
    rows = conn.execute(
        text(
            "SELECT a.alert_id, a.rule, a.level, a.subject, a.crossed_at, a.decided_at, a.found_late, "
            "a.complaint_id, c.external_id, a.target, a.tier, a.department_id, a.region_id, a.ended_at, "
            "a.withdrawn_at, k.acknowledged_by, k.acknowledged_at "
            f"FROM (SELECT * FROM journal.alert WHERE {_narrowed()}) a "
            "LEFT JOIN journal.acknowledgement k USING (alert_id) "
            f"LEFT JOIN facts.complaint c USING (complaint_id) WHERE {_WHICH[which]} "
            "ORDER BY array_position(ARRAY['critical', 'warning', 'info'], a.level), a.decided_at DESC, "
            "a.alert_id DESC LIMIT :limit"
        ),
        {**filters.values(), "limit": limit},
    )
    return tuple(Alert(*row) for row in rows)


def deliveries(conn: Connection, limit: int) -> tuple[DeliveryRow, ...]:
    """What is not sent first, then the newest."""
    rows = conn.execute(
        text(
            "SELECT d.alert_id, a.rule, d.digest_of, d.outlet, d.recipient, d.state, d.attempts, "
            "d.created_at, d.next_at, d.sent_at, d.last_error "
            "FROM journal.delivery d JOIN journal.alert a USING (alert_id) "
            "ORDER BY d.sent_at IS NOT NULL, d.created_at DESC LIMIT :limit"
        ),
        {"limit": limit},
    )
    return tuple(DeliveryRow(*row) for row in rows)


def acknowledge(
    conn: Connection, alert_ids: Sequence[int], person: str, note: str | None, now: datetime
) -> int:
    """Returns how many were not acknowledged before; each leaves a line in journal.audit."""
    done = list(
        conn.execute(
            text(
                "INSERT INTO journal.acknowledgement (alert_id, acknowledged_at, acknowledged_by, note) "
                "SELECT alert_id, :now, :person, :note FROM journal.alert WHERE alert_id = ANY (:ids) "
                "ORDER BY alert_id ON CONFLICT DO NOTHING RETURNING alert_id"
            ),
            {"ids": list(alert_ids), "now": now, "person": person, "note": note},
        ).scalars()
    )
    if done:
        conn.execute(
            text(
                "INSERT INTO journal.audit (happened_at, person, action, subject) "
                "SELECT :now, :person, 'acknowledge', 'alert:' || id FROM unnest(CAST(:ids AS bigint[])) id"
            ),
            {"ids": done, "now": now, "person": person},
        )
        raise_version(conn, now)
    return len(done)
