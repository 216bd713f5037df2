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
    conn.execute(text(_TOLD), {"source": source})
    conn.execute(text(_NEWS), {"bits": TIE_BITS})
    rows = conn.execute(text(_WORDS), {"bits": TIE_BITS})
    for key, words in groupby(rows, key=lambda row: (row.external_id, row.field, row.happened_at, row.rank)):
        both = list(words)
        held, told = (
            [Word(row.source_seq, row.value) for row in both if row.held is of] for of in (True, False)
        )
        for seq, new_seq in place(held, told) if held else ():
            yield Moved(*key[:3], seq, new_seq)


_NEW = """unnest(CAST(:external_ids AS text[]), CAST(:fields AS text[]), CAST(:instants AS timestamptz[]),
    CAST(:seqs AS bigint[]), CAST(:new_seqs AS bigint[])) n (external_id, field, happened_at, seq, new_seq)
WHERE (e.external_id, e.field, e.happened_at, e.source_seq)
    = (n.external_id, n.field, n.happened_at, n.seq)"""
_OF, _FROM = f"USING {_NEW}", f"FROM {_NEW}"

# In steps, each with its statistics: as one statement it took minutes on a log of 140,000 updates. First what
# is told of known complaints, with our numbers for departments, regions and owners as the events have them.
_TOLD = """
DROP TABLE IF EXISTS pg_temp.door_told, pg_temp.door_news;
CREATE TEMP TABLE door_told ON COMMIT DROP AS
SELECT k.complaint_id, e.external_id, e.field, e.happened_at, e.source_seq,
       CASE e.field WHEN 'department' THEN coalesce(d.department_id::text, 'new ' || e.value)
                    WHEN 'region' THEN coalesce(r.region_id::text, 'new ' || e.value)
                    WHEN 'owner' THEN coalesce(a.agent_id::text, 'new ' || e.value)
                    ELSE e.value END AS value
FROM pg_temp.door_event e
JOIN facts.complaint_ref k ON k.source = :source AND k.external_id = e.external_id
LEFT JOIN facts.department d ON e.field = 'department' AND d.code = e.value
LEFT JOIN facts.region r ON e.field = 'region' AND r.code = e.value
LEFT JOIN facts.agent a ON e.field = 'owner' AND a.login = e.value
WHERE e.party_id = 0;
ANALYZE pg_temp.door_told;
"""
# The instants of which something is told that is not held just so.
_NEWS = """
CREATE TEMP TABLE door_news ON COMMIT DROP AS
SELECT DISTINCT t.complaint_id, t.external_id, t.field, t.happened_at, t.source_seq >> :bits AS rank
FROM pg_temp.door_told t
LEFT JOIN facts.complaint_event e
       ON e.complaint_id = t.complaint_id AND e.party_id = 0 AND e.field = CAST(t.field AS facts.observed)
      AND e.happened_at = t.happened_at AND e.source_seq = t.source_seq AND e.origin = 'source'
      AND e.value = t.value
WHERE e.complaint_id IS NULL;
ANALYZE pg_temp.door_news;
"""
_WORDS = """
SELECT n.external_id, n.field, n.happened_at, n.rank, true AS held, e.source_seq, e.value
FROM pg_temp.door_news n
JOIN facts.complaint_event e
     ON e.complaint_id = n.complaint_id AND e.party_id = 0 AND e.field = CAST(n.field AS facts.observed)
     AND e.happened_at = n.happened_at AND e.origin = 'source' AND e.source_seq >> :bits = n.rank
UNION ALL
SELECT n.external_id, n.field, n.happened_at, n.rank, false, t.source_seq, t.value
FROM pg_temp.door_news n
JOIN pg_temp.door_told t ON t.complaint_id = n.complaint_id AND t.field = n.field
     AND t.happened_at = n.happened_at AND t.source_seq >> :bits = n.rank
ORDER BY 1, 2, 3, 4, 6
"""
