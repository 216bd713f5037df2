"""What snapshots state: staged as cells, compared with what the source stated before.

Each content of a complaint is kept once, with all instants at which it was stated, so that what follows from
them (queries/intake/restate.py) does not depend on the order in which they arrive.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import md5
from itertools import count

from sqlalchemy import Connection, text

from config import UserError
from queries.db import copy_text
from queries.intake import meanings
from queries.intake.facts import REOPENED, Cell, Snapshot, Source

# A key of statement.cells: a state's field; `field!` for a milestone, with the status that was reached or the
# number of the request, and `!n` for the n-th of them; `=` before what is no observation.
MILESTONE, OTHER = "!", "="
STAGED = """
CREATE TEMP TABLE IF NOT EXISTS intake_snapshot (external_id text, stated_at timestamptz, place bigint,
    digest uuid, earliest timestamptz, latest timestamptz, cells jsonb) ON COMMIT DELETE ROWS;
DELETE FROM intake_snapshot;
"""
TABLES = """
CREATE TEMP TABLE IF NOT EXISTS intake_statement (complaint_id bigint, stated_at timestamptz, place bigint,
    digest uuid, cells jsonb, kind text, tied boolean) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS intake_restated (complaint_id bigint) ON COMMIT DELETE ROWS;
DELETE FROM intake_statement;
DELETE FROM intake_restated;
"""
COLUMNS = "external_id, stated_at, place, digest, earliest, latest, cells"


class StatementRepeated(UserError):
    """Nothing of the batch was taken."""


@dataclass(frozen=True, slots=True)
class Stated:
    """How many statements were of each kind, see facts.Taken. restated: complaints of which something else
    may follow now."""

    new: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0
    restated: int = 0


def lines(snapshots: Iterable[Snapshot]) -> Iterator[str]:
    """For COPY into intake_snapshot."""
    for one in snapshots:
        cells = json.dumps(_cells(one), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = md5(cells.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
        instants = [at for at in (one.stated_at, one.received_at, *(cell.at for cell in one.cells)) if at]
        yield (
            f"{copy_text(one.external_id)}\t{one.stated_at.isoformat()}\t{one.place}\t{digest}\t"
            f"{min(instants).isoformat()}\t{max(instants).isoformat()}\t{copy_text(cells)}\n"
        )


def _cells(one: Snapshot) -> dict[str, list[str | None]]:
    found: dict[str, list[str | None]] = {}
    for cell in one.cells:
        value = "in_progress" if cell.field == REOPENED else cell.value
        found[_free(_key(cell), found)] = [_plain(value), _instant(cell.at)]
    others = {"title": one.title, "body": one.body, "customer": one.customer}
    found |= {OTHER + name: [_plain(value), None] for name, value in others.items() if value is not None}
    if one.received_at is not None:
        found["received" + MILESTONE] = [None, _instant(one.received_at)]
    if one.details:
        details = {name: _plain(said) for name, said in one.details}
        found[OTHER + "details"] = [json.dumps(details, ensure_ascii=False), None]
    return found


def _plain(value: str | None) -> str | None:
    """PostgreSQL has no NUL in a text."""
    return value.replace("\0", "") if value else value


def _key(cell: Cell) -> str:
    if not cell.is_milestone:
        return cell.field
    which = str(cell.party_id or "")
    if cell.field == "status":
        which = f"{cell.value}{MILESTONE}{which}".rstrip(MILESTONE)
    return f"{cell.field}{MILESTONE}{which}"


def _free(key: str, taken: Mapping[str, object]) -> str:
    """A milestone may be told several times, as with two waits; of a state the last one counts."""
    if MILESTONE not in key or key not in taken:
        return key
    return next(one for n in count(2) if (one := f"{key}{MILESTONE}{n}") not in taken)


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def any_staged(conn: Connection) -> bool:
    found: bool = conn.execute(text("SELECT EXISTS (SELECT FROM pg_temp.intake_snapshot)")).scalar_one()
    return found


def keep(conn: Connection, source: Source, now: datetime) -> Stated:
    """Store what is new of the staged snapshots, whose complaints are known and locked; the restated ones
    are in intake_restated. Raises StatementRepeated."""
    params = {
        "source": source.name,
        "now": now,
        "import_id": source.import_id or 0,
        "complete_at": source.complete_at,
    }
    for sql in (_GIVEN, _GIVEN_AS_COMPLETE):
        conn.execute(text(sql), params)
    conn.execute(text("ANALYZE pg_temp.intake_statement"))
    conn.execute(text(_MARK_KIND))
    if not source.instants_are_rows:
        _refuse_repeated(conn)
    found = conn.execute(text(_COUNT), {"complete_at": source.complete_at})
    counts: dict[str, int] = {row.kind: row.statements for row in found}
    known = (_KNOWN_TOO,) if source.import_id else ()
    for sql in (*known, _KEEP_SAME, _KEEP, _THIN):
        conn.execute(text(sql), params)
    restated = conn.execute(text(_RESTATED)).rowcount
    conn.execute(text("ANALYZE pg_temp.intake_restated"))
    return Stated(**counts, restated=restated)


def _refuse_repeated(conn: Connection) -> None:
    other = conn.execute(text(_REPEATED)).one_or_none()
    if other is not None:
        raise StatementRepeated(
            f"Complaint '{other.external_id[:60]}': something else was stated of the same instant, "
            f"{other.stated_at:%Y-%m-%d %H:%M:%S} UTC. If this is a newer export, say when it was made: with "
            "--as-of, or by as_of in its map."
        )


_GIVEN = """
INSERT INTO pg_temp.intake_statement (complaint_id, stated_at, place, digest, cells)
SELECT i.complaint_id, s.stated_at, s.place, s.digest, s.cells
FROM pg_temp.intake_snapshot s JOIN pg_temp.intake_id i USING (external_id)
"""
# What stands in a complete export was so at its instant too, whenever the row was changed last.
_GIVEN_AS_COMPLETE = """
INSERT INTO pg_temp.intake_statement (complaint_id, stated_at, place, digest, cells)
SELECT DISTINCT ON (complaint_id) complaint_id, CAST(:complete_at AS timestamptz), -1, digest, cells
FROM pg_temp.intake_statement s WHERE stated_at < :complete_at AND NOT EXISTS (
    SELECT FROM pg_temp.intake_statement n
    WHERE n.complaint_id = s.complaint_id AND n.stated_at >= :complete_at)
ORDER BY complaint_id, stated_at DESC, place DESC
"""
# known: stated before at that instant. same: stated again, and nothing else follows from it: since it was
# stated last nothing else was said of what it tells, and no other status was reached. So what several files
# tell of one instant stays the same, file by file.
_MARK_KIND = """
WITH known AS (
    SELECT s.complaint_id, s.digest, s.last_at, s.stated FROM facts.statement s
    WHERE s.complaint_id IN (SELECT complaint_id FROM pg_temp.intake_statement)),
latest AS (SELECT complaint_id, max(last_at) AS last_at FROM known GROUP BY complaint_id)
UPDATE pg_temp.intake_statement t
SET kind = CASE WHEN l.last_at IS NULL THEN 'new' WHEN t.stated_at = ANY (k.stated) THEN 'known'
                WHEN t.stated_at < l.last_at THEN 'older'
                WHEN t.stated_at > k.last_at AND NOT EXISTS (
                    SELECT FROM facts.statement s
                    WHERE s.complaint_id = t.complaint_id AND s.digest <> t.digest AND s.last_at >= k.last_at
                      AND EXISTS (SELECT FROM jsonb_each(s.cells) other
                                  WHERE t.cells -> other.key <> other.value))
                  AND NOT (t.cells ? 'status' AND EXISTS (
                    SELECT FROM facts.complaint_event e
                    WHERE e.complaint_id = t.complaint_id AND e.party_id = 0 AND e.field = 'status'
                      AND e.happened_at > k.last_at AND e.happened_at <= t.stated_at
                      AND e.origin = 'source' AND e.stated_at IS NOT NULL AND e.retracted_at IS NULL))
                THEN 'same' ELSE 'changed' END,
    tied = t.stated_at = l.last_at
FROM pg_temp.intake_statement g
LEFT JOIN latest l USING (complaint_id)
LEFT JOIN known k USING (complaint_id, digest)
WHERE t.ctid = g.ctid
"""
# What is no word of its field told nothing, so that a row put right may tell something.
_REPEATED = f"""
SELECT c.external_id, t.stated_at
FROM pg_temp.intake_statement t
JOIN facts.statement s ON s.complaint_id = t.complaint_id AND t.stated_at = ANY (s.stated)
JOIN facts.complaint c ON c.complaint_id = t.complaint_id
WHERE t.kind <> 'known'
  AND EXISTS (SELECT FROM jsonb_each(t.cells) one JOIN jsonb_each(s.cells) other USING (key)
              WHERE one.value <> other.value
                AND NOT {meanings.is_unread("key", "(other.value ->> 0)")})
ORDER BY c.external_id LIMIT 1
"""
_COUNT = """
SELECT CASE kind WHEN 'known' THEN 'same' ELSE kind END AS kind, count(*) AS statements
FROM pg_temp.intake_statement WHERE place >= 0 GROUP BY 1
"""
# By this import too, so that it still is when the other one is taken back.
_KNOWN_TOO = """
UPDATE facts.statement s SET stated = s.stated || n.stated, turns = s.turns || n.turns,
    imports = s.imports || array_fill(CAST(:import_id AS int), ARRAY[cardinality(n.stated)])
FROM (SELECT k.complaint_id, k.digest, array_agg(t.stated_at) AS stated, array_agg(u.turn) AS turns
      FROM (SELECT DISTINCT complaint_id, digest, stated_at FROM pg_temp.intake_statement
            WHERE kind = 'known') t
      JOIN facts.statement k USING (complaint_id, digest)
      CROSS JOIN LATERAL (
          SELECT min(p.turn) AS turn FROM unnest(k.stated, k.turns, k.imports) p (at, turn, import)
          WHERE p.at = t.stated_at HAVING bool_and(p.import NOT IN (0, :import_id))) u
      GROUP BY k.complaint_id, k.digest) n
WHERE s.complaint_id = n.complaint_id AND s.digest = n.digest
"""
# Only where nothing else of the complaint came with it, and it had not vanished.
_KEEP_SAME = """
DELETE FROM pg_temp.intake_statement WHERE kind = 'known';
WITH same AS (
    SELECT complaint_id, array_agg(DISTINCT stated_at ORDER BY stated_at) AS stated,
           max(stated_at) AS last_at, min(digest::text)::uuid AS digest, bool_or(tied) AS tied
    FROM pg_temp.intake_statement t GROUP BY complaint_id
    HAVING bool_and(kind = 'same') AND count(DISTINCT digest) = 1),
turned AS (
    SELECT n.*, CASE WHEN n.tied THEN ARRAY (
        SELECT 1 + coalesce(max(u.turn), 0) FROM unnest(n.stated) x (at)
        LEFT JOIN (SELECT u.at, u.turn FROM facts.statement o, unnest(o.stated, o.turns) u (at, turn)
                   WHERE o.complaint_id = n.complaint_id) u ON u.at = x.at
        GROUP BY x.at ORDER BY x.at) ELSE array_fill(1, ARRAY[cardinality(n.stated)]) END AS turns
    FROM same n),
kept AS (
    UPDATE facts.statement s SET stated = s.stated || n.stated, last_at = n.last_at,
        turns = s.turns || n.turns,
        imports = s.imports || array_fill(CAST(:import_id AS int), ARRAY[cardinality(n.stated)])
    FROM turned n JOIN facts.complaint c USING (complaint_id)
    WHERE s.complaint_id = n.complaint_id AND s.digest = n.digest AND c.vanished_at IS NULL
    RETURNING s.complaint_id)
DELETE FROM pg_temp.intake_statement t USING kept k WHERE t.complaint_id = k.complaint_id
"""
_KEEP = """
WITH turned AS (
    SELECT t.complaint_id, t.digest, t.stated_at, min(t.place) AS place, (array_agg(t.cells))[1] AS cells,
           coalesce((SELECT max(u.turn) FROM facts.statement s, unnest(s.stated, s.turns) u (at, turn)
                     WHERE s.complaint_id = t.complaint_id AND u.at = t.stated_at), 0) AS before
    FROM pg_temp.intake_statement t GROUP BY t.complaint_id, t.digest, t.stated_at),
placed AS (
    SELECT *, (before + row_number() OVER (PARTITION BY complaint_id, stated_at ORDER BY place))::int
        AS turn
    FROM turned)
INSERT INTO facts.statement AS s (complaint_id, digest, last_at, recorded_at, stated, turns, imports, cells)
SELECT p.complaint_id, p.digest, max(p.stated_at), CAST(:now AS timestamptz),
       array_agg(p.stated_at ORDER BY p.stated_at), array_agg(p.turn ORDER BY p.stated_at),
       array_fill(CAST(:import_id AS int), ARRAY[count(*)::int]), (array_agg(p.cells))[1]
FROM placed p GROUP BY p.complaint_id, p.digest ORDER BY 1, 2
ON CONFLICT (complaint_id, digest) DO UPDATE SET stated = s.stated || EXCLUDED.stated,
    turns = s.turns || EXCLUDED.turns, imports = s.imports || EXCLUDED.imports,
    last_at = greatest(s.last_at, EXCLUDED.last_at)
"""
# Of a content that was stated very often, and still is, the first and the last instants.
MOST, KEPT = 200, 100
_THIN = f"""
UPDATE facts.statement s SET (stated, turns, imports) = (
    SELECT array_agg(at ORDER BY place), array_agg(turn ORDER BY place), array_agg(import ORDER BY place)
    FROM (SELECT u.*, row_number() OVER (ORDER BY at DESC) AS from_last, lag(at) OVER (ORDER BY at) AS before,
                 (SELECT coalesce(max(o.last_at), '-infinity') FROM facts.statement o
                  WHERE o.complaint_id = s.complaint_id AND o.digest <> s.digest) AS other_at
          FROM unnest(s.stated, s.turns, s.imports) WITH ORDINALITY u (at, turn, import, place)) told
    WHERE from_last <= {KEPT} OR before IS NULL OR before <= other_at)
FROM pg_temp.intake_id i WHERE s.complaint_id = i.complaint_id AND cardinality(s.stated) > {MOST}
"""
_RESTATED = """
INSERT INTO pg_temp.intake_restated (complaint_id)
SELECT DISTINCT complaint_id FROM pg_temp.intake_statement
"""
