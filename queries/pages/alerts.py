"""Alerts as people see them: open ones, acknowledgements, and the state of deliveries."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, text

from queries.db import raise_version, row_of, rows_of
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
    p: float | None  # breach risk when it was raised, by the rule likely_breach
    k: int | None  # of n similar ones, breached
    n: int | None
    similar: str | None  # how similar the n are: EVIDENCE_LEVELS in queries/risk/model.py

    @property
    def was_over(self) -> bool:
        """Breached and ended before a sweep saw it, so nobody was notified."""
        return self.ended_at is not None and self.ended_at <= self.decided_at


@dataclass(frozen=True, slots=True)
class Digest:
    """What the alerts of one message have in common (jobs/alerts/notify.py)."""

    rule: str
    level: str
    decided_at: datetime
    found_late: bool


@dataclass(frozen=True, slots=True)
class Counts:
    open: int
    critical: int
    acknowledged: int
    sent_today: int
    undelivered: int
    refused: int  # of them, failed or given up in the past week: they can be sent again


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    alert_id: int
    rule: str
    digest_of: int
    outlet: str
    recipient: str
    state: str
    attempts: int | None  # None: not kept for that moment
    created_at: datetime
    sent_at: datetime | None
    last_error: str | None


# What ended after :now was still open then.
_ALERTS_THEN = """(
        SELECT alert_id, rule, level, subject, crossed_at, decided_at, found_late, complaint_id, target, tier,
               department_id, region_id, reason, CASE WHEN ended_at <= :now THEN ended_at END AS ended_at,
               CASE WHEN withdrawn_at <= :now THEN withdrawn_at END AS withdrawn_at
        FROM journal.alert WHERE decided_at <= :now AND {})"""
_ALERTS: dict[bool, str] = {False: "journal.alert", True: _ALERTS_THEN.format("true")}
_OPEN: dict[bool, str] = {
    False: "journal.alert",
    True: _ALERTS_THEN.format(
        "(least(ended_at, withdrawn_at) IS NULL OR least(ended_at, withdrawn_at) > :now)"
    ),
}
_ACKNOWLEDGED: dict[bool, str] = {
    False: "journal.acknowledgement",
    True: "(SELECT * FROM journal.acknowledgement WHERE acknowledged_at <= :now)",
}
# A delivery keeps when it was created and when it was sent; that of a warning is cancelled when its breach
# ends it. Attempts in between leave no instant, so nothing is shown of them in the past.
_THEN = """(
        SELECT d.alert_id, d.digest_of, d.outlet, d.recipient, d.created_at,
               CASE WHEN d.sent_at <= :now THEN 'sent'
                    WHEN d.state = 'cancelled' AND a.ended_at <= :now THEN 'cancelled'
                    ELSE 'waiting' END AS state,
               CASE WHEN d.sent_at <= :now OR d.attempts = 0 THEN d.attempts END AS attempts,
               CASE WHEN d.sent_at <= :now THEN d.sent_at END AS sent_at, NULL AS last_error
        FROM journal.delivery d JOIN journal.alert a USING (alert_id) WHERE d.created_at <= :now AND {})"""
_UNSENT: dict[bool, str] = {
    False: "journal.delivery",
    True: _THEN.format("(d.sent_at IS NULL OR d.sent_at > :now)"),
}
_SENT: dict[bool, str] = {
    False: "journal.delivery",
    True: "(SELECT * FROM journal.delivery WHERE created_at <= :now AND sent_at <= :now)",
}
# The first rows of each branch, each by an index: sorting both together would read all of them.
_LISTED: dict[bool, str] = {
    False: "journal.delivery",
    True: f"""(
        (SELECT * FROM {_UNSENT[True]} u ORDER BY created_at DESC LIMIT :limit)
        UNION ALL
        (SELECT * FROM {_THEN.format("d.sent_at IS NOT NULL AND d.sent_at <= :now")} s
         ORDER BY created_at DESC LIMIT :limit))""",
}


# Alerts older than a week are not worth sending.
_REFUSED = "given_up_at > CAST(:now AS timestamptz) - interval '7 days'"


def _narrowed() -> str:
    """Alerts of the board itself (feeds, jobs) belong to no region and show under every filter."""
    return f"(complaint_id IS NULL OR ({NARROWED}))"


def counts(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> Counts:
    found = conn.execute(
        text(
            "SELECT count(*) FILTER (WHERE k.alert_id IS NULL) AS open, "
            "count(*) FILTER (WHERE k.alert_id IS NULL AND a.level = 'critical') AS critical, "
            "count(k.alert_id) AS acknowledged, "
            f"(SELECT count(*) FROM {_SENT[past]} d WHERE sent_at >= "
            "date_trunc('day', CAST(:now AS timestamptz), CAST(:page_zone AS text))) AS sent_today, "
            f"(SELECT count(*) FROM {_UNSENT[past]} d WHERE state IN ('waiting', 'sending') "
            "OR state IN ('failed', 'dead')) AS undelivered, "
            f"(SELECT count(*) FROM journal.delivery WHERE {_REFUSED}) AS refused "
            f"FROM (SELECT * FROM {_OPEN[past]} o WHERE ended_at IS NULL AND withdrawn_at IS NULL "
            f"AND {_narrowed()}) a LEFT JOIN {_ACKNOWLEDGED[past]} k USING (alert_id)"
        ),
        {**filters.values(), "now": now},
    )
    return row_of(Counts, found)


def alerts(
    conn: Connection, filters: Filters, which: Which, limit: int, now: datetime, past: bool = False
) -> tuple[Alert, ...]:
    """Most urgent first, then newest."""
    of = _ALERTS if which == "all" else _OPEN
    return _listed(conn, of[past], _WHICH[which], past, {**filters.values(), "limit": limit, "now": now})


def of_digest(
    conn: Connection, filters: Filters, digest: Digest, limit: int, now: datetime, past: bool = False
) -> tuple[Alert, ...]:
    """Including those that have ended."""
    where = (
        "a.rule = :rule AND a.level = :level AND a.decided_at = :decided_at AND a.found_late = :found_late"
    )
    values = {**filters.values(), **asdict(digest), "limit": limit, "now": now}
    return _listed(conn, _ALERTS[past], where, past, values)


def _listed(conn: Connection, of: str, where: str, past: bool, values: dict[str, Any]) -> tuple[Alert, ...]:
    rows = conn.execute(
        text(
            "SELECT a.alert_id, a.rule, a.level, a.subject, a.crossed_at, a.decided_at, a.found_late, "
            "a.complaint_id, c.external_id, a.target, a.tier, a.department_id, a.region_id, a.ended_at, "
            "a.withdrawn_at, k.acknowledged_by, k.acknowledged_at, CAST(a.reason ->> 'p' AS float8) AS p, "
            "CAST(a.reason ->> 'k' AS int) AS k, CAST(a.reason ->> 'n' AS int) AS n, "
            "a.reason ->> 'similar' AS similar "
            f"FROM (SELECT * FROM {of} o WHERE {_narrowed()}) a "
            f"LEFT JOIN {_ACKNOWLEDGED[past]} k USING (alert_id) "
            f"LEFT JOIN facts.complaint c USING (complaint_id) WHERE {where} "
            "ORDER BY array_position(ARRAY['critical', 'warning', 'info'], a.level), a.decided_at DESC, "
            "a.alert_id DESC LIMIT :limit"
        ),
        values,
    )
    return rows_of(Alert, rows)


def deliveries(conn: Connection, limit: int, now: datetime, past: bool = False) -> tuple[DeliveryRow, ...]:
    """Unsent ones first, then the newest."""
    rows = conn.execute(
        text(
            "SELECT d.alert_id, a.rule, d.digest_of, d.outlet, d.recipient, d.state, d.attempts, "
            "d.created_at, d.sent_at, d.last_error "
            f"FROM {_LISTED[past]} d JOIN journal.alert a USING (alert_id) "
            "ORDER BY d.sent_at IS NOT NULL, d.created_at DESC LIMIT :limit"
        ),
        {"limit": limit, "now": now},
    )
    return rows_of(DeliveryRow, rows)


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


def send_again(conn: Connection, person: str, now: datetime) -> int:
    """Send again what failed or was given up, in the person's scope; each leaves a line in journal.audit."""
    done = list(
        conn.execute(
            text(
                "UPDATE journal.delivery SET state = 'waiting', attempts = 0, next_at = :now, "
                f"again_at = :now, given_up_at = NULL WHERE {_REFUSED} RETURNING CAST(delivery_id AS text)"
            ),
            {"now": now},
        ).scalars()
    )
    if done:
        conn.execute(
            text(
                "INSERT INTO journal.audit (happened_at, person, action, subject) "
                "SELECT :now, :person, 'send_again', 'delivery:' || id FROM unnest(CAST(:ids AS text[])) id"
            ),
            {"ids": done, "now": now, "person": person},
        )
        raise_version(conn, now)
    return len(done)
