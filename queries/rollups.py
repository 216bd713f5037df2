"""Daily roll-ups: the flows of days that are over, counted again whenever one of them changed."""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection, text

from queries.flows import DAY

# Log buckets of seconds, eight to a factor of four: bucket 0 begins at exactly 1 h, bucket 8 at exactly 4 h.
BUCKET = "floor(8 * log(4, (greatest({0}, 1) / 3600.0)::numeric))::smallint"


def bucket_edges(bucket: int) -> tuple[float, float]:
    """From and until, in seconds."""
    return 3600 * 4 ** (bucket / 8), 3600 * 4 ** ((bucket + 1) / 8)


_TAKE = """
DELETE FROM derived.dirty_day WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM derived.dirty_day
    -- over everywhere on earth
    WHERE day < (CAST(:now AS timestamptz) AT TIME ZONE 'Etc/GMT+12')::date
    LIMIT 20000 FOR UPDATE SKIP LOCKED))
RETURNING day
"""

_COUNT = f"""
WITH flows AS (
    SELECT f.*, {DAY} AS day FROM derived.flow f LEFT JOIN facts.region r USING (region_id)
    WHERE f.at >= :low AND f.at < :high)
INSERT INTO derived.daily (day, region_id, department_id, tier, channel, received, reopened, resolved, closed,
    entered, departed, due, breached, surveys_sent, answers, score_sum, score_squares, nps_answers, promoters,
    detractors)
SELECT day, coalesce(region_id, 0), coalesce(department_id, 0), coalesce(tier, 0), coalesce(channel, ''),
       count(*) FILTER (WHERE flow = 'received'), count(*) FILTER (WHERE flow = 'reopened'),
       count(*) FILTER (WHERE flow = 'resolved'), count(*) FILTER (WHERE flow = 'closed'),
       count(*) FILTER (WHERE flow = 'entered'), count(*) FILTER (WHERE flow = 'departed'),
       count(*) FILTER (WHERE flow IN ('due', 'breached')), count(*) FILTER (WHERE flow = 'breached'),
       count(*) FILTER (WHERE flow = 'sent'), count(*) FILTER (WHERE flow = 'answered'),
       coalesce(sum(score) FILTER (WHERE flow = 'answered'), 0),
       coalesce(sum(score * score) FILTER (WHERE flow = 'answered'), 0),
       count(nps) FILTER (WHERE flow = 'answered'),
       count(*) FILTER (WHERE flow = 'answered' AND nps >= 9),
       count(*) FILTER (WHERE flow = 'answered' AND nps <= 6)
FROM flows WHERE day = :day GROUP BY 1, 2, 3, 4, 5
"""

_COUNT_RESPONSES = f"""
WITH flows AS (
    SELECT f.*, {DAY} AS day FROM derived.flow f LEFT JOIN facts.region r USING (region_id)
    WHERE f.at >= :low AND f.at < :high AND f.flow IN ('responded', 'opinion'))
INSERT INTO derived.daily_response (day, department_id, step, bucket, requests)
SELECT q.day, q.department_id, q.flow, {BUCKET.format("q.score")}, count(*)
FROM (SELECT day, coalesce(department_id, 0) AS department_id, flow, score FROM flows) q
WHERE q.day = :day GROUP BY 1, 2, 3, 4
"""


def take_dirty_days(conn: Connection, now: datetime) -> list[date]:
    """Days that are over and changed; what is taken must be counted in the same transaction."""
    return sorted(set(conn.execute(text(_TAKE), {"now": now}).scalars()))


def count_day(conn: Connection, day: date) -> None:
    """Count one day anew and seal it; two at once take turns."""
    conn.execute(text("SELECT pg_advisory_xact_lock(hashtext('day'), :n)"), {"n": day.toordinal()})
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - widened below to all zones
    params = {
        "day": day,
        "low": f"{midnight - timedelta(hours=14)}+00",
        "high": f"{midnight + timedelta(hours=36)}+00",
    }
    conn.execute(text("DELETE FROM derived.daily WHERE day = :day"), params)
    conn.execute(text("DELETE FROM derived.daily_response WHERE day = :day"), params)
    conn.execute(text(_COUNT), params)
    conn.execute(text(_COUNT_RESPONSES), params)
    conn.execute(
        text(
            "INSERT INTO derived.sealed_day (day) VALUES (:day) ON CONFLICT (day) DO UPDATE "
            "SET sealed_at = clock_timestamp()"
        ),
        params,
    )
