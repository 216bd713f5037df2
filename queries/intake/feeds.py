"""When a source counts as silent: after three of its own intervals; one without an interval never does."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from queries.db import SPEED, row_or_none

LEAST_SECONDS = 30  # real seconds: a source that reports each second may miss some
# Of a row of journal.feed, in seconds of the board.
SILENT_AFTER = f"greatest(3.0 * expected_every, {LEAST_SECONDS} * {SPEED})"
IS_SILENT = f"heard_at + make_interval(secs => {SILENT_AFTER}) <= :now AND expected_every IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Silence:
    """Of the source that is silent, or would be next; in real seconds. `limit` None: no source has an
    interval."""

    seconds: float
    limit: float | None


def silence(conn: Connection, now: datetime) -> Silence | None:
    """None: no source was ever heard."""
    return row_or_none(Silence, conn.execute(text(_SILENCE), {"now": now}))


_SILENCE = f"""
SELECT seconds, awaited AS limit FROM (
    SELECT date_part('epoch', CAST(:now AS timestamptz) - heard_at) / {SPEED} AS seconds,
           CAST(CASE WHEN expected_every IS NOT NULL THEN {SILENT_AFTER} / {SPEED} END AS float8) AS awaited
    FROM journal.feed) f
ORDER BY awaited - seconds NULLS LAST, seconds LIMIT 1
"""
