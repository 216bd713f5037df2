"""Updates of one instant that arrive in several files: those of a later file are placed after those that the
board already has of that instant, so that none is lost. Each file numbers its rows from its own first one."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection, text

from queries.intake import meanings
from queries.intake.told_again import KNOWN

TIE_BITS = 32  # of source_seq below the source's own order: which of several equal updates it is


class Value(NamedTuple):
    """One observation of a field at one instant."""

    seq: int
    value: str | None


class Moved(NamedTuple):
    external_id: str
    field: str
    happened_at: datetime
    seq: int
    new_seq: int | None  # None: it is held already


def place(held: list[Value], given: list[Value]) -> Iterator[tuple[int, int | None]]:
    """The place of each given value, in order; None for those that are stored already."""
    known = _known([one.value for one in held], [one.value for one in given])
    last = held[-1].seq if held else -1
    for index, one in enumerate(given):
        if index < known:
            yield one.seq, None
        else:
            last = max(one.seq, last + 1)
            yield one.seq, last


def _known(held: list[str | None], given: list[str | None]) -> int:
    """How many of the first values of `given` are stored: all if `held` contains them side by side, else
    those with which `held` ends, since exports overlap."""
    if any(held[start : start + len(given)] == given for start in range(len(held) - len(given) + 1)):
        return len(given)
    return next((n for n in range(min(len(held), len(given)), 0, -1) if held[-n:] == given[:n]), 0)


def spread(conn: Connection) -> None:
    """Give staged observations of one place, that tell different things, places of their own in the order of
    their file, which is that in which they were staged."""
    conn.execute(text(_SPREAD_SQL))


_SPREAD_SQL = """
WITH doubled AS (
    SELECT external_id, party_id, field, happened_at, source_seq FROM pg_temp.intake_event
    GROUP BY 1, 2, 3, 4, 5 HAVING count(*) > 1 AND min(coalesce(value, '')) <> max(coalesce(value, ''))),
placed AS (
    SELECT e.ctid, row_number() OVER (PARTITION BY external_id, party_id, field, happened_at, source_seq
                                      ORDER BY e.ctid) - 1 AS more
    FROM pg_temp.intake_event e JOIN doubled USING (external_id, party_id, field, happened_at, source_seq))
UPDATE pg_temp.intake_event e SET source_seq = source_seq + more FROM placed p
WHERE e.ctid = p.ctid AND more > 0
"""


def settle(conn: Connection, source: str) -> int:
    """Renumber staged observations after the stored ones; returns how many were moved behind others. From
    here until its commit only one import of a source runs at a time."""
    conn.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('ties of a source'), hashtext(:source))"),
        {"source": source},
    )
    meanings.hold(conn, source)
    moves = list(_moves(conn, source))
    values = {
        "external_ids": [one.external_id for one in moves],
        "fields": [one.field for one in moves],
        "instants": [one.happened_at for one in moves],
        "seqs": [one.seq for one in moves],
        "new_seqs": [one.new_seq for one in moves],
    }
    conn.execute(text(f"{KNOWN}{_KNOWN_SQL} {_MOVES_SQL} AND n.new_seq IS NULL"), values)
    conn.execute(text(f"DELETE FROM pg_temp.intake_event e {_OF} AND n.new_seq IS NULL"), values)
    conn.execute(text(f"UPDATE pg_temp.intake_event e SET source_seq = n.new_seq {_FROM}"), values)
    return sum(one.new_seq is not None and one.new_seq != one.seq for one in moves)


def _moves(conn: Connection, source: str) -> Iterator[Moved]:
    conn.execute(text(_GIVEN_SQL), {"source": source})
    conn.execute(text(_NEW_SQL), {"bits": TIE_BITS})
    rows = conn.execute(text(_VALUES_SQL), {"bits": TIE_BITS})
    for key, rows_of_key in groupby(
        rows, key=lambda row: (row.external_id, row.field, row.happened_at, row.rank)
    ):
        both = list(rows_of_key)
        held, given = (
            [Value(row.source_seq, row.value) for row in both if row.held is of] for of in (True, False)
        )
        for seq, new_seq in place(held, given) if held else ():
            yield Moved(*key[:3], seq, new_seq)


_MOVES_SQL = """unnest(
    CAST(:external_ids AS text[]), CAST(:fields AS text[]), CAST(:instants AS timestamptz[]),
    CAST(:seqs AS bigint[]), CAST(:new_seqs AS bigint[])) n (external_id, field, happened_at, seq, new_seq)
WHERE (e.external_id, e.field, e.happened_at, e.source_seq)
    = (n.external_id, n.field, n.happened_at, n.seq)"""
_KNOWN_SQL = """
INSERT INTO pg_temp.intake_known (complaint_id, party_id, field, happened_at, source_seq, value)
SELECT e.complaint_id, 0, e.field, e.happened_at, e.source_seq, e.value FROM pg_temp.intake_given e,"""
_OF, _FROM = f"USING {_MOVES_SQL}", f"FROM {_MOVES_SQL}"

# In steps, each with its own statistics: as one statement it took minutes on a log of 140,000 updates. First
# what is given of known complaints, with the board's ids of departments, regions and owners, as events have
# them, and as their values are meant.
_GIVEN_SQL = f"""
DROP TABLE IF EXISTS pg_temp.intake_given, pg_temp.intake_new;
CREATE TEMP TABLE intake_given ON COMMIT DROP AS
SELECT k.complaint_id, e.external_id, e.field, e.happened_at, e.source_seq,
       CASE e.field WHEN 'department'
                    THEN coalesce(CASE WHEN e.happened_at >= d.active_until THEN d.merged_into END::text,
                                  d.department_id::text, 'new ' || e.value)
                    WHEN 'region' THEN coalesce(r.region_id::text, 'new ' || e.value)
                    WHEN 'owner' THEN coalesce(a.agent_id::text, 'new ' || e.value)
                    WHEN 'parent' THEN coalesce(p.complaint_id::text, 'new ' || e.value)
                    ELSE coalesce(m.means, e.value) END AS value
FROM pg_temp.intake_event e
JOIN facts.complaint_ref k ON k.source = :source AND k.external_id = e.external_id
{meanings.meaning("e.field", "e.value")}
LEFT JOIN facts.department d ON e.field = 'department' AND d.code = coalesce(m.means, e.value)
LEFT JOIN facts.region r ON e.field = 'region' AND r.code = coalesce(m.means, e.value)
LEFT JOIN facts.agent a ON e.field = 'owner' AND a.login = coalesce(m.means, e.value)
LEFT JOIN facts.complaint_ref p ON e.field = 'parent' AND p.source = :source AND p.external_id = e.value
WHERE e.party_id = 0 AND (m.means IS NOT NULL OR NOT {meanings.is_unread("e.field", "e.value")});
ANALYZE pg_temp.intake_given;
"""
# Instants of which something is stored, and something given that is not stored in exactly that way.
_NEW_SQL = """
CREATE TEMP TABLE intake_new ON COMMIT DROP AS
SELECT DISTINCT complaint_id, external_id, field, happened_at, source_seq >> :bits AS rank FROM (
    SELECT t.complaint_id, t.external_id, t.field, t.happened_at, t.source_seq
    FROM pg_temp.intake_given t
    JOIN facts.complaint_event e
         ON e.complaint_id = t.complaint_id AND e.party_id = 0
         AND e.field = CAST(t.field AS facts.observed) AND e.happened_at = t.happened_at
         AND e.origin = 'source' AND e.retracted_at IS NULL
         AND e.source_seq >> :bits = t.source_seq >> :bits
    GROUP BY t.complaint_id, t.external_id, t.field, t.happened_at, t.source_seq, t.value
    HAVING NOT bool_or(e.source_seq = t.source_seq AND e.value IS NOT DISTINCT FROM t.value)) given;
ANALYZE pg_temp.intake_new;
"""
_VALUES_SQL = """
SELECT n.external_id, n.field, n.happened_at, n.rank, true AS held, e.source_seq, e.value
FROM pg_temp.intake_new n
JOIN facts.complaint_event e
     ON e.complaint_id = n.complaint_id AND e.party_id = 0 AND e.field = CAST(n.field AS facts.observed)
     AND e.happened_at = n.happened_at AND e.origin = 'source' AND e.source_seq >> :bits = n.rank
     AND e.retracted_at IS NULL
UNION ALL
SELECT n.external_id, n.field, n.happened_at, n.rank, false, t.source_seq, t.value
FROM pg_temp.intake_new n
JOIN pg_temp.intake_given t ON t.complaint_id = n.complaint_id AND t.field = n.field
     AND t.happened_at = n.happened_at AND t.source_seq >> :bits = n.rank
ORDER BY 1, 2, 3, 4, 6
"""
