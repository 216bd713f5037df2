"""The rules of queries/attribution/parts.py as SQL: what co-owners held, how late, what that breached.

Common table expressions over the complaints `chosen`, of one place. Parameters: those of Filters.values(),
:now, :low and :high (received from, until), :place_regions (null: all), :source_zone (of complaints without a
region; null: of none), :starts, :ends and :anchors (the team's hours) and :clocks (the targets in hours of a
calendar). `as_of` fills in %(…)s.
"""

from queries.attribution.parts import HOLDER_OF, TEAM
from queries.hours.calendar_spans import worked
from queries.intake.facts import ENDED

TEAM_STATUSES = ", ".join(f"'{status}'" for status, holder in HOLDER_OF.items() if holder in TEAM)
ENDED_STATUSES = ", ".join(f"'{status}'" for status in sorted(ENDED))


def seconds(since: str, until: str) -> str:
    return f"date_part('epoch', {until} - {since})"


def team_seconds(since: str, until: str) -> str:
    """Seconds in the team's hours."""
    arrays = [f"CAST(:{name} AS timestamptz[])" for name in ("starts", "ends", "anchors")]
    return f"({worked(until, *arrays)} - {worked(since, *arrays)})"


def _own_seconds(since: str, until: str) -> str:
    """Seconds in the hours of a deadline's target: those of a row `k` of clock, if any."""
    arrays = ("k.starts", "k.ends", "k.anchors")
    counted = f"{worked(until, *arrays)} - {worked(since, *arrays)}"
    return f"CASE WHEN k.starts IS NULL THEN {seconds(since, until)} ELSE {counted} END"


# Complaints `s` received in the period and within the filters.
IN_SCOPE = """
    s.received_at >= :low AND s.received_at < :high
    AND (CAST(:regions AS int[]) IS NULL OR s.region_id = ANY (CAST(:regions AS int[])))
    AND (CAST(:place_regions AS int[]) IS NULL OR s.region_id = ANY (CAST(:place_regions AS int[]))
         OR s.region_id IS NULL AND EXISTS (
             SELECT FROM facts.complaint c JOIN facts.source o USING (source)
             WHERE c.complaint_id = s.complaint_id AND o.time_zone = :source_zone))
    AND (CAST(:tiers AS int[]) IS NULL OR s.tier = ANY (CAST(:tiers AS int[])))
    AND (CAST(:departments AS int[]) IS NULL OR s.complaint_id IN (
        SELECT complaint_id FROM derived.co_owner_request WHERE requested_at >= :low AND requested_at <= :now
        AND department_id = ANY (CAST(:departments AS int[]))))
"""
# Complaints that go on at :now have a stint then; for the others the rows of derived.time_held hold.
ALIVE = f"SELECT s.complaint_id FROM derived.stint s WHERE %(running)s AND {IN_SCOPE}"
_PAST = {
    False: {"running": "s.until_at IS NULL", "ended": "true", "lived": "true"},
    True: {
        "running": "s.from_at <= :now AND (s.until_at IS NULL OR s.until_at > :now)",
        "ended": "s.ended_at <= :now",
        # A complaint that was closed by then may have been re-opened later.
        "lived": f"""(s.status NOT IN ({ENDED_STATUSES}) OR EXISTS (
            SELECT FROM derived.stint n WHERE n.complaint_id = s.complaint_id AND n.seq > s.seq
            AND n.from_at <= :now AND n.status NOT IN ({ENDED_STATUSES})))""",
    },
}


def as_of(sql: str, past: bool) -> str:
    return sql % _PAST[past]


LIVES = """
lives AS MATERIALIZED (
    SELECT s.complaint_id, s.seq, s.status, s.tier, s.department_id, s.region_id, s.received_at, s.from_at,
           least(s.until_at, :now) AS until_at
    FROM derived.stint s WHERE s.complaint_id IN (SELECT complaint_id FROM chosen)
      AND s.from_at <= :now AND %(lived)s
)"""
# A request holds from its request until its end, or until another is requested that ends even later.
HELD = f"""{LIVES},
asked AS (
    SELECT complaint_id, request_id, department_id, requested_at AS from_at,
           coalesce(least(CASE WHEN opinion_at <= :now THEN opinion_at END,
                          CASE WHEN ended_at <= :now THEN ended_at END), 'infinity') AS until_at
    FROM derived.co_owner_request
    WHERE complaint_id IN (SELECT complaint_id FROM chosen) AND requested_at <= :now
),
path AS (
    SELECT complaint_id, request_id, department_id, from_at,
           least(until_at, min(from_at) OVER (
               PARTITION BY complaint_id ORDER BY until_at DESC, from_at, request_id
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS over_at
    FROM asked
),
held AS MATERIALIZED (
    SELECT s.complaint_id, p.request_id, p.department_id, s.department_id AS lead_id,
           greatest(p.from_at, s.from_at) AS from_at, least(p.over_at, s.until_at) AS until_at
    FROM path p JOIN lives s USING (complaint_id)
    WHERE s.status = 'waiting_co_owner' AND greatest(p.from_at, s.from_at) < least(p.over_at, s.until_at)
)"""

# One row for each span during which the holding co-owner is past one of its limits.
LATE = f"""{HELD},
past AS (
    SELECT h.complaint_id, h.request_id, of_request.spans
    FROM (SELECT DISTINCT complaint_id, request_id FROM held) h CROSS JOIN LATERAL (
        SELECT range_agg(tstzrange(greatest(n.from_at, n.due_at), least(n.until_at, :now))) AS spans
        FROM derived.deadline_span n
        WHERE n.complaint_id = h.complaint_id AND n.party_id = h.request_id
          AND n.from_at <= :now AND n.due_at < least(n.until_at, :now)) of_request
    WHERE of_request.spans IS NOT NULL
),
late AS MATERIALIZED (
    SELECT h.complaint_id, h.request_id, h.department_id,
           unnest(p.spans * tstzmultirange(tstzrange(h.from_at, h.until_at))) AS span
    FROM held h JOIN past p USING (complaint_id, request_id)
)"""

# One row for each breached deadline of the lead owner in whose running time a co-owner was late.
JUDGED = f"""{LATE},
of_lead AS (
    SELECT d.complaint_id, d.target, d.episode, d.policy_version, d.started_at,
           CASE WHEN e.ended_at <= :now THEN e.ended_at END AS ended_at,
           CASE WHEN e.ended_at <= :now THEN d.due_at ELSE (
               SELECT n.due_at FROM derived.deadline_span n
               WHERE n.complaint_id = d.complaint_id AND n.target = d.target AND n.party_id = 0
                 AND n.episode = d.episode AND n.from_at <= :now AND coalesce(n.until_at, 'infinity') > :now)
           END AS due_at
    FROM derived.deadline d CROSS JOIN LATERAL (SELECT coalesce(d.met_at, d.cancelled_at) AS ended_at) e
    WHERE d.party_id = 0 AND d.complaint_id IN (SELECT complaint_id FROM late)
),
broken AS MATERIALIZED (
    SELECT *, coalesce(ended_at, :now) AS until_at FROM of_lead WHERE due_at < coalesce(ended_at, :now)
),
clock AS (
    SELECT * FROM json_to_recordset(CAST(:clocks AS json))
        AS k (policy_version int, target text, starts timestamptz[], ends timestamptz[],
              anchors timestamptz[])
),
caused AS (
    SELECT b.complaint_id, b.target, b.episode, b.due_at, b.ended_at,
           {_own_seconds("b.due_at", "b.until_at")} AS over_seconds,
           l.department_id AS co_owner_id,
           {_own_seconds("lower(r.span)", "upper(r.span)")} AS late_seconds
    FROM broken b JOIN late l USING (complaint_id)
    LEFT JOIN clock k ON k.policy_version = b.policy_version AND k.target = b.target
    CROSS JOIN LATERAL unnest(
        tstzmultirange(l.span * tstzrange(b.started_at, b.until_at)) - coalesce((
            SELECT range_agg(tstzrange(n.from_at, least(n.until_at, :now))) FROM derived.deadline_span n
            WHERE n.complaint_id = b.complaint_id AND n.target = b.target AND n.party_id = 0
              AND n.episode = b.episode AND n.paused AND n.from_at <= :now), '{{}}')) AS r (span)
),
summed AS (
    SELECT complaint_id, target, episode, due_at, ended_at, over_seconds, co_owner_id,
           CAST(sum(sum(late_seconds)) OVER one AS bigint) AS late_seconds,
           row_number() OVER (one ORDER BY sum(late_seconds) DESC, coalesce(co_owner_id, 0)) AS place
    FROM caused GROUP BY 1, 2, 3, 4, 5, 6, 7
    WINDOW one AS (PARTITION BY complaint_id, target, episode)
),
judged AS MATERIALIZED (
    SELECT *, CASE WHEN ended_at IS NULL THEN 'no_telling' WHEN late_seconds >= over_seconds THEN 'avoidable'
              ELSE 'own' END AS outcome
    FROM summed WHERE place = 1 AND late_seconds > 0
)"""
