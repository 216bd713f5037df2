"""Updates of one instant that come in several files: what a later file tells is placed after what the board
holds of that instant, so that none is lost. A file counts from its own first row and knows of no other."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection, text

TIE_BITS = 32  # of source_seq below the source's own order: which of several equal updates it is


class Word(NamedTuple):
    """One observation of a field at one instant."""

    seq: int
    value: str | None


class Moved(NamedTuple):
    external_id: str
    field: str
    happened_at: datetime
    seq: int
    new_seq: int | None  # None: it is held already


def place(held: list[Word], told: list[Word]) -> Iterator[tuple[int, int | None]]:
    """The places of what is told, in order; None for what is held."""
    known = _known([word.value for word in held], [word.value for word in told])
    last = held[-1].seq if held else -1
    for index, word in enumerate(told):
        if index < known:
            yield word.seq, None
        else:
            last = max(word.seq, last + 1)
            yield word.seq, last


def _known(held: list[str | None], told: list[str | None]) -> int:
    """How many of the first ones of `told` are held: all where they stand in `held` side by side, else those
    with which `held` ends, for exports overlap."""
    if any(held[start : start + len(told)] == told for start in range(len(held) - len(told) + 1)):
        return len(told)
    return next((n for n in range(min(len(held), len(told)), 0, -1) if held[-n:] == told[:n]), 0)


def settle(conn: Connection, source: str) -> int:
    """Renumber what is staged after what is held; how many observations were moved behind others. One import
    of a source at a time goes on from here to its commit."""
    conn.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('ties of a source'), hashtext(:source))"),
        {"source": source},
    )
    moves = list(_moves(conn, source))
    values = {
        "external_ids": [one.external_id for one in moves],
        "fields": [one.field for one in moves],
        "instants": [one.happened_at for one in moves],
        "seqs": [one.seq for one in moves],
        "new_seqs": [one.new_seq for one in moves],
    }
    conn.execute(text(f"DELETE FROM pg_temp.door_event e {_OF} AND n.new_seq IS NULL"), values)
    conn.execute(text(f"UPDATE pg_temp.door_event e SET source_seq = n.new_seq {_FROM}"), values)
    return sum(one.new_seq is not None and one.new_seq != one.seq for one in moves)


def _moves(conn: Connection, source: str) -> Iterator[Moved]:
    rows = conn.execute(text(_WORDS), {"source": source, "bits": TIE_BITS}).all()
    for key, words in groupby(rows, key=lambda row: (row.external_id, row.field, row.happened_at, row.rank)):
        both = list(words)
        held, told = (
            [Word(row.source_seq, row.value) for row in both if row.held is of] for of in (True, False)
        )
        for seq, new_seq in place(held, told):
            yield Moved(*key[:3], seq, new_seq)


_NEW = """unnest(CAST(:external_ids AS text[]), CAST(:fields AS text[]), CAST(:instants AS timestamptz[]),
    CAST(:seqs AS bigint[]), CAST(:new_seqs AS bigint[])) n (external_id, field, happened_at, seq, new_seq)
WHERE (e.external_id, e.field, e.happened_at, e.source_seq)
    = (n.external_id, n.field, n.happened_at, n.seq)"""
_OF, _FROM = f"USING {_NEW}", f"FROM {_NEW}"

# Only of instants of which something is held and something else is told. Codes stand for departments, regions
# and owners, as the source names them.
_WORDS = """
WITH instant AS MATERIALIZED (
    SELECT DISTINCT r.complaint_id, d.external_id, d.field, d.happened_at
    FROM pg_temp.door_event d
    JOIN facts.complaint_ref r ON r.source = :source AND r.external_id = d.external_id
    WHERE d.party_id = 0),
held AS MATERIALIZED (
    SELECT i.external_id, e.field, e.happened_at, e.source_seq,
           CASE e.field WHEN 'department' THEN d.code WHEN 'region' THEN r.code WHEN 'owner' THEN a.login
                ELSE e.value END AS value
    FROM instant i
    JOIN facts.complaint_event e ON e.complaint_id = i.complaint_id AND e.party_id = 0 AND e.field = i.field
         AND e.happened_at = i.happened_at AND e.origin = 'source'
    LEFT JOIN facts.department d ON e.field = 'department' AND d.department_id::text = e.value
    LEFT JOIN facts.region r ON e.field = 'region' AND r.region_id::text = e.value
    LEFT JOIN facts.agent a ON e.field = 'owner' AND a.agent_id::text = e.value),
told AS (
    SELECT external_id, field, happened_at, source_seq, value FROM pg_temp.door_event WHERE party_id = 0),
news AS (
    SELECT DISTINCT external_id, field, happened_at, source_seq >> :bits AS rank
    FROM (TABLE told EXCEPT TABLE held) new)
SELECT w.external_id, w.field, w.happened_at, n.rank, w.held, w.source_seq, w.value
FROM (SELECT *, true AS held FROM held UNION ALL SELECT *, false FROM told) w
JOIN news n ON (n.external_id, n.field, n.happened_at, n.rank)
             = (w.external_id, w.field, w.happened_at, w.source_seq >> :bits)
WHERE EXISTS (SELECT FROM held h WHERE (h.external_id, h.field, h.happened_at, h.source_seq >> :bits)
                                     = (w.external_id, w.field, w.happened_at, n.rank))
ORDER BY w.external_id, w.field, w.happened_at, n.rank, w.source_seq
"""
