"""Relations as of an instant, by `past`: False reads the current rows, True those as of :now.

A query that can answer for the past takes the keyword `past` beside `now` and uses these in its statement.
Past relations show nothing that happened after :now. The first known state of a complaint also holds back to
its reception, as in all of derived; region, category and channel are the last known ones.
"""

from queries.days import NEWEST_TODAY, OLDEST_TODAY, ZONES

# The last stint, unless changes are stated for instants to come: then the one before the first of these.
OPEN_STINTS: dict[bool, str] = {
    False: """(
        SELECT n.* FROM derived.stint n WHERE n.counts_as_open AND n.until_at IS NULL
        AND NOT EXISTS (SELECT FROM derived.upcoming u WHERE u.complaint_id = n.complaint_id)
        UNION ALL
        SELECT n.* FROM derived.stint n JOIN (
            SELECT complaint_id, min(at) AS at FROM derived.upcoming GROUP BY 1) u USING (complaint_id)
        WHERE n.counts_as_open AND n.from_at < u.at AND (n.until_at IS NULL OR n.until_at >= u.at))""",
    True: """(
        SELECT * FROM derived.stint
        WHERE counts_as_open AND from_at <= :now AND (until_at IS NULL OR until_at > :now))""",
}

# Since when a breach is excused, of a row {0} of deadlines: null where it is not, or was not at :now.
EXCUSED: dict[bool, str] = {
    False: "{0}.excused_at",
    True: """(
        SELECT CASE WHEN e.is_excused THEN e.excused_at END FROM facts.excuse e
        WHERE e.complaint_id = {0}.complaint_id AND e.target = {0}.target AND e.party_id = {0}.party_id
          AND e.episode = {0}.episode AND e.excused_at <= :now ORDER BY e.excuse_id DESC LIMIT 1)""",
}

# The span that covers :now has the due time in force then (none does while the deadline was cancelled), the
# stint that covers it the dimensions. A co-owner's deadline has its own department and no owner.
OPEN_DEADLINES: dict[bool, str] = {
    False: "(SELECT * FROM derived.deadline WHERE met_at IS NULL AND cancelled_at IS NULL)",
    True: f"""(
        SELECT d.complaint_id, d.target, d.party_id, d.episode, d.started_at, p.from_at, p.due_at, p.warn_at,
               p.left_seconds, p.policy_version, d.provisional, d.region_id, d.category, d.channel,
               CASE WHEN s.complaint_id IS NULL THEN d.tier ELSE s.tier END AS tier,
               CASE WHEN s.complaint_id IS NULL OR d.party_id <> 0 THEN d.department_id
                    ELSE s.department_id END AS department_id,
               s.department_id AS lead_department_id,
               CASE WHEN d.party_id = 0 THEN s.owner_id END AS owner_id,
               {EXCUSED[True].format("d")} AS excused_at
        FROM derived.deadline d
        JOIN derived.deadline_span p
          ON p.complaint_id = d.complaint_id AND p.target = d.target AND p.party_id = d.party_id
         AND p.episode = d.episode AND p.from_at <= :now AND (p.until_at IS NULL OR p.until_at > :now)
        LEFT JOIN {OPEN_STINTS[True]} s ON s.complaint_id = d.complaint_id
        WHERE d.started_at <= :now
          AND (d.met_at IS NULL AND d.cancelled_at IS NULL OR coalesce(d.met_at, d.cancelled_at) > :now))""",
}

# Only callbacks that a policy version has moved have spans. Attempts and bookings until :now are read by the
# list itself (queries/pages/callbacks.py).
PENDING_CALLBACKS: dict[bool, str] = {
    False: "(SELECT * FROM derived.callback WHERE ended_at IS NULL)",
    True: """(
        SELECT k.complaint_id, k.kind, k.episode, k.resolved_at, coalesce(p.due_at, k.due_at) AS due_at,
               k.ended_at, k.outcome, k.attempts, k.last_outcome, k.next_at, k.agent_id, k.revision, k.tier,
               k.department_id, k.region_id, k.category, k.channel
        FROM derived.callback k
        LEFT JOIN derived.deadline_span p
          ON p.complaint_id = k.complaint_id AND p.target = k.kind AND p.party_id = 0
         AND p.episode = k.episode AND p.from_at <= :now AND (p.until_at IS NULL OR p.until_at > :now)
        WHERE k.resolved_at <= :now AND (k.ended_at IS NULL OR k.ended_at > :now))""",
}

# For days that are over everywhere on earth the roll-ups hold nothing later than :now.
SEALED_DAYS: dict[bool, str] = {
    False: "(SELECT day FROM derived.sealed_day)",
    True: f"(SELECT day FROM derived.sealed_day WHERE day < {OLDEST_TODAY})",
}
# Days of the period that are not sealed, with the instants within which each lies in any zone.
LOOSE: dict[bool, str] = {
    past: f"""
        zones AS MATERIALIZED (SELECT zone FROM {ZONES} z),
        loose AS (
            SELECT day, (SELECT min(day::timestamp AT TIME ZONE zone) FROM zones) AS low,
                   (SELECT max((day + 1)::timestamp AT TIME ZONE zone) FROM zones) AS high
            FROM (SELECT CAST(:since AS date) + n AS day FROM generate_series(
                      0, least(CAST(:until AS date), {NEWEST_TODAY}) - CAST(:since AS date)) n) period
            WHERE day NOT IN {SEALED_DAYS[past]})"""
    for past in (False, True)
}
FLOWS: dict[bool, str] = {
    False: "derived.flow",
    True: "(SELECT * FROM derived.flow WHERE at <= :now)",
}

# Unlike other states, a first owner does not hold back to the reception: before the assignment there was
# none. {0}: the complaint's id.
ASSIGNED: dict[bool, str] = {
    False: "true",
    True: """EXISTS (
        SELECT FROM facts.complaint_event e WHERE e.complaint_id = {0} AND e.party_id = 0
        AND e.field = 'owner' AND e.happened_at <= :now AND e.retracted_at IS NULL)""",
}
