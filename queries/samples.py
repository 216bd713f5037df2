"""What the board showed, once a minute, by province: the record for 'as it was known'."""

from datetime import datetime

from sqlalchemy import Connection, text

DUE_SOON_SECONDS = 3600

_SAMPLE = """
WITH province AS (SELECT region_id, coalesce(parent_id, region_id) AS of FROM facts.region),
counted AS (
    SELECT coalesce(p.of, 0) AS region_id, count(*) AS open_complaints, 0 AS follow_up, 0 AS due_soon,
           0 AS breached, 0 AS requests_open, 0 AS requests_overdue, 0 AS callbacks_due
    FROM derived.stint s LEFT JOIN province p USING (region_id)
    WHERE s.counts_as_open AND s.until_at IS NULL GROUP BY 1
    UNION ALL
    SELECT coalesce(p.of, 0), 0, 0,
           count(*) FILTER (WHERE due_at > :now AND due_at <= :soon),
           count(*) FILTER (WHERE due_at < :now),
           count(DISTINCT (complaint_id, party_id)) FILTER (WHERE party_id <> 0),
           count(DISTINCT (complaint_id, party_id)) FILTER (WHERE party_id <> 0 AND due_at < :now), 0
    FROM derived.deadline d LEFT JOIN province p USING (region_id)
    WHERE met_at IS NULL AND cancelled_at IS NULL GROUP BY 1
    UNION ALL
    SELECT coalesce(p.of, 0), 0, count(DISTINCT complaint_id), 0, 0, 0, 0,
           count(*) FILTER (WHERE due_at < :now)
    FROM derived.callback k LEFT JOIN province p USING (region_id) WHERE ended_at IS NULL GROUP BY 1)
INSERT INTO journal.board_sample (sampled_at, region_id, version, open_complaints, follow_up, due_soon,
                                  breached, requests_open, requests_overdue, callbacks_due)
SELECT :minute, region_id, (SELECT version FROM journal.board_state), sum(open_complaints), sum(follow_up),
       sum(due_soon), sum(breached), sum(requests_open), sum(requests_overdue), sum(callbacks_due)
FROM counted GROUP BY region_id
ON CONFLICT (sampled_at, region_id) DO NOTHING
"""


def is_sampled(conn: Connection, minute: datetime) -> bool:
    found = conn.execute(
        text("SELECT EXISTS (SELECT FROM journal.board_sample WHERE sampled_at = :minute)"),
        {"minute": minute},
    )
    return bool(found.scalar_one())


def sample(conn: Connection, minute: datetime, now: datetime, soon: datetime) -> int:
    return conn.execute(text(_SAMPLE), {"minute": minute, "now": now, "soon": soon}).rowcount
