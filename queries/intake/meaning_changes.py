"""A meaning comes into force, or goes: what came in before follows as if it had always been so.

Step by step, each in a transaction of its own: first the meaning itself, while nothing of its source comes
in; then its complaints, in the order of their numbers. A process that ends leaves the rest to the next.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from queries.days import USUAL
from queries.db import DERIVE_CHANNEL, row_or_none
from queries.intake import door, meanings, restate
from queries.intake.merge import MARK_DIRTY_SQL
from queries.intake.staging import STATEMENT_TABLES

STEP = 10_000  # numbers of complaints looked at in one transaction


@dataclass(frozen=True, slots=True)
class Change:
    meaning_id: int
    source: str
    field: str
    value: str
    means: str
    is_undone: bool
    in_force: bool
    upto: int


def open_changes(conn: Connection) -> tuple[int, ...]:
    """In the order in which they were made; of one value the older comes first."""
    found = conn.execute(
        text("SELECT meaning_id FROM facts.value_meaning WHERE applied_at IS NULL ORDER BY meaning_id")
    )
    return tuple(found.scalars())


def step(conn: Connection, meaning_id: int, now: datetime) -> int | None:
    """How many complaints follow now; None where it is done, is another process's, or has to wait."""
    change = row_or_none(Change, conn.execute(text(_NEXT), {"meaning_id": meaning_id}))
    if change is None:
        return None
    if change.is_undone and not change.in_force and not change.upto:
        return _finish(conn, change, now)  # it was undone before it came into force
    if change.in_force == change.is_undone and not _switch(conn, change):
        return None
    return _follow(conn, change, now)


_NEXT = """
SELECT meaning_id, source, field, value, means, undone_at IS NOT NULL AS is_undone, in_force, upto
FROM facts.value_meaning WHERE meaning_id = :meaning_id AND applied_at IS NULL FOR UPDATE SKIP LOCKED
"""


def _switch(conn: Connection, change: Change) -> bool:
    """False while something of its source comes in."""
    params = {"lock": meanings.LOCK, "source": change.source}
    if not conn.execute(text("SELECT pg_try_advisory_xact_lock(:lock, hashtext(:source))"), params).scalar():
        return False
    conn.execute(
        text("UPDATE facts.value_meaning SET in_force = :wanted, upto = 0 WHERE meaning_id = :meaning_id"),
        {"wanted": not change.is_undone, "meaning_id": change.meaning_id},
    )
    if change.is_undone:
        conn.execute(
            text(
                "UPDATE facts.unknown_value SET complaints = 0, examples = '{}' "
                "WHERE source = :source AND field = :field AND value = :value"
            ),
            {"source": change.source, "field": change.field, "value": change.value},
        )
    return True


def _finish(conn: Connection, change: Change, now: datetime) -> int:
    conn.execute(
        text("UPDATE facts.value_meaning SET applied_at = :now WHERE meaning_id = :meaning_id"),
        {"now": now, "meaning_id": change.meaning_id},
    )
    return 0


def _follow(conn: Connection, change: Change, now: datetime) -> int:
    """The complaints of the next step. Where it switched in this transaction, they begin with the first."""
    params = _params(conn, change, now)
    last = conn.execute(text(_LAST), params).scalar_one()
    touched = _derive_anew(conn, params, change.is_undone, now) if last is not None else 0
    conn.execute(
        text(
            "UPDATE facts.value_meaning SET upto = coalesce(:last, upto), followed = followed + :touched, "
            "applied_at = CASE WHEN CAST(:last AS bigint) IS NULL THEN CAST(:now AS timestamptz) END "
            "WHERE meaning_id = :meaning_id"
        ),
        {"last": last, "touched": touched, "now": now, "meaning_id": change.meaning_id},
    )
    return touched


def _params(conn: Connection, change: Change, now: datetime) -> dict[str, object]:
    zone = conn.execute(
        text("SELECT time_zone FROM facts.source WHERE source = :source"), {"source": change.source}
    ).scalar_one_or_none()
    return {
        "source": change.source,
        "zone": zone or USUAL,
        "now": now,
        "import_id": None,
        "field": change.field,
        "fields": ["department", "requested"] if change.field == "department" else [change.field],
        "value": change.value,
        "upto": change.upto,
        "step": STEP,
    }


# Of the next complaints of all sources, the last number.
_LAST = """
SELECT max(complaint_id) FROM (SELECT complaint_id FROM facts.complaint WHERE complaint_id > :upto
                               ORDER BY complaint_id LIMIT :step) next
"""


def _derive_anew(conn: Connection, params: dict[str, object], is_undone: bool, now: datetime) -> int:
    door.clear_staging(conn)
    conn.execute(text(STATEMENT_TABLES))
    meanings.hold(conn, str(params["source"]))
    params = {**params, "last": conn.execute(text(_LAST), params).scalar_one()}
    for sql in (_CREATE, _MAKE_CODE, _LOCK, _OWN_WORDS, _MADE, _RETRACT, _WRITE, _STATED):
        conn.execute(text(sql), params)
    if is_undone:
        conn.execute(text(_COUNT_AGAIN), params)
    restate.restate(conn, params)
    door.refresh_current(conn, now)
    touched = conn.execute(text(MARK_DIRTY_SQL)).rowcount
    conn.execute(text("SELECT pg_notify(:channel, '')"), {"channel": DERIVE_CHANNEL})
    return touched


_CREATE = """
CREATE TEMP TABLE IF NOT EXISTS intake_meant (complaint_id bigint, party_id bigint, field text,
    happened_at timestamptz, source_seq bigint, value text, import_id int) ON COMMIT DELETE ROWS;
TRUNCATE intake_meant;
"""
# A value without a meaning is a department, region or person of its own.
_CODE = """
CASE WHEN :field = 'department' THEN (SELECT department_id FROM facts.department WHERE code = :value)
     WHEN :field = 'region' THEN (SELECT region_id FROM facts.region WHERE code = :value)
     WHEN :field = 'owner' THEN (SELECT agent_id FROM facts.agent WHERE login = :value) END
"""
_OF_ITS_OWN = f"CASE WHEN :field IN ('department', 'region', 'owner') THEN ({_CODE})::text ELSE :value END"
_MAKE_CODE = """
INSERT INTO facts.department (code, name_en, name_zh, is_unknown)
SELECT :value, :value, :value, true WHERE :field = 'department'
    AND NOT EXISTS (SELECT FROM facts.department WHERE code = :value) ON CONFLICT DO NOTHING;
INSERT INTO facts.region (code, level, name_en, name_zh, time_zone, is_unknown)
SELECT :value, 'province', :value, :value, :zone, true WHERE :field = 'region'
    AND NOT EXISTS (SELECT FROM facts.region WHERE code = :value) ON CONFLICT DO NOTHING;
INSERT INTO facts.agent (login, name_en, name_zh, is_unknown)
SELECT :value, :value, :value, true WHERE :field = 'owner'
    AND NOT EXISTS (SELECT FROM facts.agent WHERE login = :value) ON CONFLICT DO NOTHING;
"""
_LOCK = """
SELECT FROM facts.complaint c WHERE c.source = :source AND c.complaint_id > :upto AND c.complaint_id <= :last
ORDER BY complaint_id FOR NO KEY UPDATE
"""
# What a log said so far as its own value gets the place where own words stand.
_OWN_WORDS = f"""
INSERT INTO facts.source_value (complaint_id, party_id, field, happened_at, source_seq, value, import_id,
                                recorded_at)
SELECT e.complaint_id, e.party_id, e.field, e.happened_at, e.source_seq, :value, e.import_id, e.recorded_at
FROM facts.complaint_event e JOIN facts.complaint c USING (complaint_id)
WHERE e.complaint_id > :upto AND e.complaint_id <= :last AND c.source = :source
  AND e.field = ANY (CAST(CAST(:fields AS text[]) AS facts.observed[])) AND e.origin = 'source'
  AND e.stated_at IS NULL AND e.retracted_at IS NULL AND e.value = {_OF_ITS_OWN}
ON CONFLICT DO NOTHING
"""
# What these observations are to be; null: none. What an import brought that was taken back stays away.
_MADE = f"""
INSERT INTO pg_temp.intake_meant
SELECT v.complaint_id, v.party_id, v.field, v.happened_at, v.source_seq,
       CASE WHEN m.means IS NULL AND {meanings.is_unread("v.field", "v.value")} THEN NULL
            WHEN m.means IS NULL THEN {_OF_ITS_OWN}
            WHEN :field = 'department' THEN (SELECT CASE WHEN v.happened_at >= d.active_until
                THEN coalesce(d.merged_into, d.department_id) ELSE d.department_id END::text
                FROM facts.department d WHERE d.code = m.means)
            WHEN :field = 'region' THEN (SELECT region_id::text FROM facts.region r WHERE r.code = m.means)
            WHEN :field = 'owner' THEN (SELECT agent_id::text FROM facts.agent a WHERE a.login = m.means)
            ELSE m.means END, v.import_id
FROM facts.source_value v JOIN facts.complaint c USING (complaint_id)
    LEFT JOIN facts.value_meaning m
        ON m.source = :source AND m.in_force AND m.field = :field AND m.value = :value
WHERE v.complaint_id > :upto AND v.complaint_id <= :last AND c.source = :source
  AND v.field = ANY (CAST(:fields AS text[])) AND v.value = :value
  AND NOT EXISTS (SELECT FROM journal.import_run r
                  WHERE r.import_id = v.import_id AND r.taken_back_at IS NOT NULL)
"""
_SAME_PLACE = """
    e.complaint_id = g.complaint_id AND e.party_id = g.party_id
    AND e.field = CAST(g.field AS facts.observed) AND e.happened_at = g.happened_at
    AND e.source_seq = g.source_seq AND e.origin = 'source' AND e.retracted_at IS NULL
"""
_RETRACT = f"""
WITH gone AS (
    UPDATE facts.complaint_event e SET retracted_at = :now FROM pg_temp.intake_meant g
    WHERE {_SAME_PLACE} AND e.stated_at IS NULL AND e.value IS DISTINCT FROM g.value
    RETURNING e.complaint_id)
INSERT INTO pg_temp.intake_touched SELECT complaint_id FROM gone
"""
_WRITE = f"""
WITH written AS (
    INSERT INTO facts.complaint_event (complaint_id, party_id, field, happened_at, source_seq, value,
                                       recorded_at, import_id)
    SELECT g.complaint_id, g.party_id, CAST(g.field AS facts.observed), g.happened_at, g.source_seq, g.value,
           CAST(:now AS timestamptz), g.import_id
    FROM pg_temp.intake_meant g
    WHERE g.value IS NOT NULL AND NOT EXISTS (SELECT FROM facts.complaint_event e WHERE {_SAME_PLACE})
    ON CONFLICT DO NOTHING RETURNING complaint_id)
INSERT INTO pg_temp.intake_touched SELECT complaint_id FROM written
"""
_STATED = """
INSERT INTO pg_temp.intake_restated (complaint_id)
SELECT DISTINCT s.complaint_id FROM facts.statement s JOIN facts.complaint c USING (complaint_id)
WHERE s.complaint_id > :upto AND s.complaint_id <= :last AND c.source = :source AND s.last_at IS NOT NULL
  AND EXISTS (SELECT FROM jsonb_each(s.cells) k
              WHERE k.value ->> 0 = :value AND split_part(k.key, '!', 1) = ANY (CAST(:fields AS text[])));
ANALYZE pg_temp.intake_restated;
"""
# Nobody knows it any more: those that came in meanwhile are counted too.
_COUNT_AGAIN = f"""
INSERT INTO facts.unknown_value AS k (source, field, value, complaints, first_at, last_at, examples)
SELECT :source, :field, :value, count(*), min(c.recorded_at), max(c.recorded_at),
       (array_agg(c.external_id ORDER BY c.external_id))[1:{meanings.EXAMPLES}]
FROM (SELECT complaint_id FROM pg_temp.intake_meant
      UNION SELECT complaint_id FROM pg_temp.intake_restated) given
JOIN facts.complaint c USING (complaint_id) HAVING count(*) > 0
ON CONFLICT (source, field, value) DO UPDATE SET complaints = k.complaints + EXCLUDED.complaints,
    first_at = least(k.first_at, EXCLUDED.first_at), last_at = greatest(k.last_at, EXCLUDED.last_at),
    examples = (k.examples || EXCLUDED.examples)[1:{meanings.EXAMPLES}], kept_at = NULL, kept_by = NULL
"""
