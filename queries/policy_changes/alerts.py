"""Which alerts the sweep (queries/alerts/sweep.py) would raise for deadlines that a policy moves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from config.policy import NOT_TARGETS
from queries.alerts.rule import LATE_SECONDS
from queries.db import SPEED

CALLBACKS = frozenset(NOT_TARGETS) - {"promised"}


@dataclass(frozen=True, slots=True)
class Alerting:
    """`found_late`: its instant is more than an hour ago; all such alerts go into one message."""

    rule: str
    level: str
    found_late: bool


@dataclass(frozen=True, slots=True)
class Crossing:
    """A deadline or callback that the sweep will find past due, or (`warns`) at risk."""

    complaint_id: int
    target: str
    party_id: int
    episode: int
    tier: int | None
    at: datetime
    warns: bool


Key = tuple[int, str, int, int]

_WOULD_ALERT = f"""
WITH given AS (
    SELECT * FROM unnest(
        CAST(:complaint_id AS bigint[]), CAST(:target AS text[]), CAST(:party_id AS bigint[]),
        CAST(:episode AS smallint[]), CAST(:tier AS smallint[]), CAST(:at AS timestamptz[]),
        CAST(:warns AS boolean[]), CAST(:calls AS boolean[])
    ) AS one (complaint_id, target, party_id, episode, tier, at, warns, calls)),
crossed AS (
    SELECT a.*, r.p,
           CASE WHEN calls THEN 'callback_overdue' WHEN warns THEN 'at_risk' ELSE 'breached' END AS rule,
           CASE WHEN calls THEN 'info' WHEN NOT warns AND tier = 1 THEN 'critical'
                WHEN NOT warns OR tier = 1 AND p IS NULL THEN 'warning' ELSE 'info' END AS alert_level
    FROM given a LEFT JOIN derived.risk r USING (complaint_id, target, party_id, episode))
SELECT complaint_id, target, party_id, episode, rule, alert_level,
       :now - at > make_interval(secs => :late * {SPEED}) AS found_late
FROM crossed c
WHERE NOT EXISTS (
    SELECT FROM journal.alert o
    WHERE o.complaint_id = c.complaint_id AND o.target = c.target AND o.party_id = c.party_id
      AND o.episode = c.episode AND o.rule = c.rule AND o.withdrawn_at IS NULL
      AND (o.level = c.alert_level OR c.warns AND p IS NOT NULL))
"""


def would_alert(conn: Connection, crossings: Iterable[Crossing], now: datetime) -> dict[Key, Alerting]:
    """Those for which no alert exists yet."""
    found = list(crossings)
    if not found:
        return {}
    names = ("complaint_id", "target", "party_id", "episode", "tier", "at", "warns")
    values: dict[str, Any] = {name: [getattr(one, name) for one in found] for name in names}
    values |= {"calls": [one.target in CALLBACKS for one in found], "now": now, "late": LATE_SECONDS}
    rows = conn.execute(text(_WOULD_ALERT), values)
    return {
        (row.complaint_id, row.target, row.party_id, row.episode): Alerting(
            row.rule, row.alert_level, row.found_late
        )
        for row in rows
    }
