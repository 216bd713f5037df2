"""Daily roll-ups: the flows of past days, counted again whenever one of these changes."""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection, text

from queries.days import DAY, OLDEST_TODAY

_TAKE = f"""
DELETE FROM derived.dirty_day WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM derived.dirty_day
    WHERE day < {OLDEST_TODAY}
    LIMIT 20000 FOR UPDATE SKIP LOCKED))
RETURNING day
"""

_CELL = "day, region_id, department_id, tier"
_CELLS = f"""
    SELECT day, coalesce(region_id, 0) AS region_id, coalesce(department_id, 0) AS department_id,
           coalesce(tier, 0)::smallint AS tier, coalesce(channel, '') AS channel, flow, score, nps
    FROM (SELECT f.*, {DAY} AS day FROM derived.flow f LEFT JOIN facts.region r USING (region_id)
          WHERE f.at >= :low AND f.at < :high) q
    WHERE day = :day
"""
_MOVED = f"""
    SELECT {_CELL}, count(*) FILTER (WHERE flow = 'received') AS received,
           count(*) FILTER (WHERE flow = 'resolved') AS resolved,
           count(*) FILTER (WHERE flow = 'entered') AS entered,
           count(*) FILTER (WHERE flow = 'departed') AS departed,
           count(*) FILTER (WHERE flow IN ('due', 'breached')) AS due,
           count(*) FILTER (WHERE flow = 'breached') AS breached
    FROM ({_CELLS}) c WHERE flow NOT IN ('sent', 'answered') GROUP BY {_CELL}
"""
_SURVEYS = f"""
    SELECT {_CELL}, channel, count(*) FILTER (WHERE flow = 'sent') AS sent,
           count(*) FILTER (WHERE flow = 'answered') AS answers,
           coalesce(sum(score) FILTER (WHERE flow = 'answered'), 0) AS score_sum,
           count(nps) FILTER (WHERE flow = 'answered')::smallint AS nps_answers,
           count(*) FILTER (WHERE flow = 'answered' AND nps >= 9)::smallint AS promoters,
           count(*) FILTER (WHERE flow = 'answered' AND nps <= 6)::smallint AS detractors
    FROM ({_CELLS}) c WHERE flow IN ('sent', 'answered') GROUP BY {_CELL}, channel
"""


def _count_anew(table: str, key: str, names: str, counted: str) -> str:
    """Days are counted often and change little, so a row that stays the same is not written again."""
    old, new = (", ".join(f"{row}.{name}" for name in names.split(", ")) for row in ("o", "EXCLUDED"))
    return f"""
    WITH counted AS MATERIALIZED ({counted}),
    gone AS (DELETE FROM derived.{table} WHERE day = :day AND ({key}) NOT IN (SELECT {key} FROM counted))
    INSERT INTO derived.{table} AS o ({key}, {names}) SELECT {key}, {names} FROM counted ORDER BY {key}
    ON CONFLICT ({key}) DO UPDATE SET ({names}) = ROW ({new}) WHERE ROW ({old}) IS DISTINCT FROM ROW ({new})
    """


_COUNT = (
    _count_anew("daily", _CELL, "received, resolved, entered, departed, due, breached", _MOVED),
    _count_anew(
        "daily_survey",
        f"{_CELL}, channel",
        "sent, answers, score_sum, nps_answers, promoters, detractors",
        _SURVEYS,
    ),
)


def take_dirty_days(conn: Connection, now: datetime) -> list[date]:
    """Past days that changed; days taken must be counted in the same transaction."""
    return sorted(set(conn.execute(text(_TAKE), {"now": now}).scalars()))


def count_day(conn: Connection, day: date) -> None:
    """Count one day again and seal it; a lock lets two processes take turns."""
    conn.execute(text("SELECT pg_advisory_xact_lock(hashtext('day'), :n)"), {"n": day.toordinal()})
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - widened below to all zones
    params = {
        "day": day,
        "low": f"{midnight - timedelta(hours=14)}+00",
        "high": f"{midnight + timedelta(hours=36)}+00",
    }
    for sql in _COUNT:
        conn.execute(text(sql), params)
    conn.execute(
        text(
            "INSERT INTO derived.sealed_day (day) VALUES (:day) ON CONFLICT (day) DO UPDATE "
            "SET sealed_at = clock_timestamp()"
        ),
        params,
    )
