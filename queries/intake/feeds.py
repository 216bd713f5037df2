"""When a source counts as silent, for the badge of a page, the wall and the alert alike.

It has said nothing for three of its own intervals, 30 real seconds at least. Or it speaks and brings nothing
new for longer than 99.9 % of the gaps between news that ended in that hour of the week, by the past eight
weeks; where they hold too few gaps, the intervals alone decide.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from queries.db import SPEED, row_or_none

LEAST_SECONDS = 30  # real seconds: a source that reports each second may miss some
WEEKS = 8  # of gaps
FEWEST_GAPS = 1_000  # of which one in a thousand can be told
SHARE = 0.999
BUCKETS = 8  # for each doubling of a gap
HOURS = 168  # of a week

# Of a row of journal.feed, in seconds of the board.
SILENT_AFTER = f"greatest(3.0 * expected_every, {LEAST_SECONDS} * {SPEED})"
_HOUR = f"CAST(floor(date_part('epoch', {{}}) / 3600) AS bigint) % {HOURS}"
_WEEK = f"CAST(floor(date_part('epoch', {{}}) / {HOURS * 3600}) AS int)"
_NOW = "CAST(:now AS timestamptz)"
_BESIDE = ", ".join(f"({_HOUR.format(_NOW)} + {one}) % {HOURS}" for one in (HOURS - 1, 0, 1))
# The longest usual gap that ends in this hour of the week or in one beside it; null: too few are known.
_LONGEST_GAP = f"""
SELECT min(power(2, (bucket + 1.0) / {BUCKETS})) AS seconds FROM (
    SELECT bucket, sum(sum(gaps)) OVER (ORDER BY bucket) AS upto, sum(sum(gaps)) OVER () AS of_all
    FROM journal.feed_gap g
    WHERE g.source = f.source AND g.week > {_WEEK.format(_NOW)} - {WEEKS}
      AND g.hour = ANY (ARRAY[{_BESIDE}])
    GROUP BY bucket) counted
WHERE upto >= {SHARE} * of_all AND of_all >= {FEWEST_GAPS}
"""
# Sources by what is awaited of them: `until`, in the board's time; null: nothing is.
STANDINGS = f"""
SELECT source, cause, since, since + make_interval(secs => awaited) AS until FROM (
    SELECT source, 'heartbeat' AS cause, heard_at AS since,
           CAST(CASE WHEN expected_every IS NOT NULL THEN {SILENT_AFTER} END AS float8) AS awaited
    FROM journal.feed
    UNION ALL
    SELECT f.source, 'news', f.news_at, greatest(usual.seconds, {LEAST_SECONDS} * {SPEED})
    FROM journal.feed f CROSS JOIN LATERAL ({_LONGEST_GAP}) usual
    WHERE f.news_at IS NOT NULL AND usual.seconds IS NOT NULL) awaited
"""


@dataclass(frozen=True, slots=True)
class Silence:
    """Of the source that is silent, or would be next; in real seconds. `limit` None: of no source is any
    word awaited."""

    source: str
    seconds: float
    limit: float | None


def silence(conn: Connection, now: datetime) -> Silence | None:
    """None: no source was ever heard."""
    return row_or_none(Silence, conn.execute(text(_SILENCE), {"now": now}))


_SILENCE = f"""
SELECT source, date_part('epoch', {_NOW} - since) / {SPEED} AS seconds,
       date_part('epoch', until - since) / {SPEED} AS limit
FROM ({STANDINGS}) s
ORDER BY until NULLS LAST, since DESC LIMIT 1
"""
SILENT = f"SELECT source, cause, since, until FROM ({STANDINGS}) s WHERE until <= :now"


@dataclass(frozen=True, slots=True)
class New:
    """What a live source brought that was new."""

    complaints: int
    observations: int


def note_news(conn: Connection, source: str, zone: str, new: New, now: datetime) -> None:
    """Counts it on the day of the source's zone; the gap since the last time is now one of its own."""
    brought = {"complaints": new.complaints, "observations": new.observations}
    conn.execute(text(_NOTE_NEWS), {"source": source, "zone": zone, "now": now, **brought})


# Each of eight weeks has a place of its own, which the ninth takes over: the gaps do not grow.
_NOTE_NEWS = f"""
WITH gap AS (
    INSERT INTO journal.feed_gap AS g (source, hour, place, bucket, week, gaps)
    SELECT source, {_HOUR.format(_NOW)}, {_WEEK.format(_NOW)} % {WEEKS},
           floor({BUCKETS} * log(2, greatest(1, CAST(date_part('epoch', {_NOW} - news_at) AS numeric)))),
           {_WEEK.format(_NOW)}, 1
    FROM journal.feed WHERE source = :source AND news_at < {_NOW}
    ON CONFLICT (source, hour, place, bucket) DO UPDATE
    SET gaps = CASE WHEN g.week = EXCLUDED.week THEN g.gaps + 1 ELSE 1 END, week = EXCLUDED.week),
day AS (
    INSERT INTO journal.feed_day AS d (source, day, complaints, observations)
    VALUES (:source, CAST({_NOW} AT TIME ZONE :zone AS date), :complaints, :observations)
    ON CONFLICT (source, day) DO UPDATE SET complaints = d.complaints + EXCLUDED.complaints,
        observations = d.observations + EXCLUDED.observations)
UPDATE journal.feed SET news_at = greatest(news_at, {_NOW}) WHERE source = :source
"""
