"""The nights in which the breach risk was learned, and how good the curves in force were."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from queries.db import rows_of
from queries.risk.learning import Fallback
from queries.risk.quality import Quality, from_json
from queries.risk.scores import Scores

SHOWN = 60


@dataclass(frozen=True, slots=True)
class Run:
    """Scores of a trial that had not seen the test days, and of the curves then in force, on the same
    questions; None where these were too few, or nothing was in force."""

    version: int
    learned_at: datetime
    is_kept_aside: bool
    learned_from: int
    questions: int
    auc: float | None
    brier: float | None
    auc_before: float | None
    brier_before: float | None
    uses_late_rate: bool  # as it did better than the curves


@dataclass(frozen=True, slots=True)
class InForce:
    version: int
    since: datetime
    quality: Quality | None  # None: not measured, or measured by an earlier version of the board
    fallback: Fallback | None = None  # given: the late rate is shown instead of the curves


def runs(conn: Connection) -> tuple[Run, ...]:
    """Newest first."""
    rows = conn.execute(
        text(
            "SELECT version, learned_at, in_force_from IS NULL AS is_kept_aside, learned_from, "
            "coalesce(CAST(scores->>'questions' AS int), 0) AS questions, "
            "CAST(scores->'trial'->>'auc' AS float8) AS auc, "
            "CAST(scores->'trial'->>'brier' AS float8) AS brier, "
            "CAST(scores->'in_force'->>'auc' AS float8) AS auc_before, "
            "CAST(scores->'in_force'->>'brier' AS float8) AS brier_before, "
            "coalesce(jsonb_typeof(scores->'fallback') = 'object', false) AS uses_late_rate "
            "FROM journal.risk_curve ORDER BY learned_at DESC, version DESC LIMIT :shown"
        ),
        {"shown": SHOWN},
    )
    return rows_of(Run, rows)


def in_force(conn: Connection) -> InForce | None:
    """None where nothing is learned yet."""
    row = conn.execute(
        text(
            "SELECT version, in_force_from, scores->'quality' AS quality, scores->'fallback' AS fallback "
            "FROM journal.risk_curve "
            "WHERE in_force_from IS NOT NULL ORDER BY in_force_from DESC, version DESC LIMIT 1"
        )
    ).one_or_none()
    if row is None:
        return None
    quality = from_json(row.quality) if row.quality else None
    found = {name: Scores(**row.fallback[name]) for name in ("curves", "late_rate")} if row.fallback else None
    return InForce(row.version, row.in_force_from, quality, Fallback(**found) if found else None)
