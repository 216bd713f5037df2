"""What is known of sources that are read while they live: how far each was read, and each of its rows."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from queries.db import board_now, copy_rows, copy_text, row_or_none, rows_of

POLLING, COMPARING = 0x0C0B0A32, 0x0C0B0A33  # advisory locks, with the number of the source's map
GONE = "00000000-0000-0000-0000-000000000000"  # the hash of a row that is no longer there


@dataclass(frozen=True, slots=True)
class Subject:
    """One map of a living source, as it is configured."""

    subject: str
    source: str | None
    kind: str  # database or folder
    expected_every: int


@dataclass(frozen=True, slots=True)
class Sync:
    """How far a map was read; see journal.sync. `columns`: of the query, name → kind of value."""

    sync_id: int
    subject: str
    source: str | None
    kind: str
    expected_every: int
    map_digest: str | None
    columns: dict[str, str] | None
    read_to: datetime | None
    polled_at: datetime | None
    compared_at: datetime | None
    taken_at: datetime | None
    next_poll_at: datetime
    next_compare_at: datetime
    rows_read: int
    rows_taken: int
    rows_known: int
    rows_missed: int
    rows_unstamped: int
    rows_gone: int
    failures: int
    failing_since: datetime | None
    error_kind: str | None
    error: str | None
    compare_failures: int
    compare_failing_since: datetime | None
    compare_error_kind: str | None
    compare_error: str | None


class KnownRow(NamedTuple):
    """`stated_at`: of which instant it told; None: nothing was taken of it."""

    key: str
    hash: str
    seen_at: datetime
    stated_at: datetime | None

    @property
    def is_gone(self) -> bool:
        return self.hash == GONE


class RowTaken(NamedTuple):
    """`number`: of the complaint, where it is not the key. `problem`: why it was refused or kept in part."""

    key: str
    hash: str
    stated_at: datetime | None
    number: str | None
    problem: str | None


class Compared(NamedTuple):
    """What a comparison found: `missed` by the polls, `unstamped` changes, `gone` at the source."""

    known: int
    missed: int
    unstamped: int
    gone: int


_COLUMNS = ", ".join(
    f"CAST({name} AS text) AS {name}" if name == "map_digest" else name for name in Sync.__match_args__
)


def put_subjects(conn: Connection, subjects: Iterable[Subject]) -> None:
    """Those that there are now; rows of others stay, and are read no more."""
    now_there = list(subjects)
    for one in sorted(now_there, key=lambda one: one.subject):
        conn.execute(text(_PUT), asdict(one))
    conn.execute(
        text("UPDATE journal.sync SET is_current = false WHERE is_current AND subject <> ALL (:names)"),
        {"names": [one.subject for one in now_there]},
    )


def put_subject(conn: Connection, subject: Subject) -> None:
    conn.execute(text(_PUT), asdict(subject))


_PUT = """
INSERT INTO journal.sync AS s (subject, source, kind, expected_every)
VALUES (:subject, :source, :kind, :expected_every)
ON CONFLICT (subject) DO UPDATE SET source = coalesce(EXCLUDED.source, s.source), kind = EXCLUDED.kind,
    expected_every = EXCLUDED.expected_every, is_current = true
WHERE (s.source, s.kind, s.expected_every, s.is_current)
    IS DISTINCT FROM (coalesce(EXCLUDED.source, s.source), EXCLUDED.kind, EXCLUDED.expected_every, true)
"""


def sync_of(conn: Connection, subject: str) -> Sync | None:
    found = conn.execute(
        text(f"SELECT {_COLUMNS} FROM journal.sync WHERE subject = :subject"), {"subject": subject}
    )
    return row_or_none(Sync, found)


def all_syncs(conn: Connection) -> tuple[Sync, ...]:
    """Of the maps that there are."""
    found = conn.execute(text(f"SELECT {_COLUMNS} FROM journal.sync WHERE is_current ORDER BY subject"))
    return rows_of(Sync, found)


@contextmanager
def locked(conn: Connection, lock: int, sync_id: int, wait: bool = False) -> Iterator[bool]:
    """Whether nobody else polls, or compares, this one; `wait`: until so. The lock goes with the connection.
    Between transactions of `conn`."""
    take = (
        "pg_advisory_lock(:lock, :sync_id) IS NOT NULL" if wait else "pg_try_advisory_lock(:lock, :sync_id)"
    )
    with conn.begin():
        got: bool = conn.execute(text(f"SELECT {take}"), {"lock": lock, "sync_id": sync_id}).scalar_one()
    try:
        yield got
    finally:
        if got and not conn.closed and not conn.invalidated:
            conn.rollback()
            with conn.begin():
                conn.execute(
                    text("SELECT pg_advisory_unlock(:lock, :sync_id)"), {"lock": lock, "sync_id": sync_id}
                )


def known_rows(conn: Connection, sync_id: int, keys: Sequence[str]) -> dict[str, KnownRow]:
    found = conn.execute(
        text(
            "SELECT key, CAST(hash AS text) AS hash, seen_at, stated_at FROM journal.sync_row "
            "WHERE sync_id = :sync_id AND key = ANY (:keys)"
        ),
        {"sync_id": sync_id, "keys": list(keys)},
    )
    return {one.key: one for one in rows_of(KnownRow, found)}


def write_rows(conn: Connection, sync_id: int, taken: Sequence[RowTaken], now: datetime) -> None:
    """In the transaction of their facts."""
    conn.execute(text(_STAGED_ROWS))
    columns = "key, hash, stated_at, number, problem"
    copy_rows(conn, "pg_temp.sync_taken", columns, map(_line, taken))
    conn.execute(text(_WRITE_ROWS), {"sync_id": sync_id, "now": now})
    conn.execute(
        text(
            "UPDATE journal.sync SET rows_taken = rows_taken + :rows, taken_at = :now "
            "WHERE sync_id = :sync_id"
        ),
        {"sync_id": sync_id, "rows": len(taken), "now": now},
    )


def _line(one: RowTaken) -> str:
    stated = copy_text(one.stated_at.isoformat() if one.stated_at else None)
    texts = (copy_text(one.key), one.hash, stated, copy_text(one.number), copy_text(one.problem))
    return "\t".join(texts) + "\n"


_STAGED_ROWS = """
SET LOCAL client_min_messages = warning;
CREATE TEMP TABLE IF NOT EXISTS sync_taken (key text, hash uuid, stated_at timestamptz, number text,
    problem text) ON COMMIT DELETE ROWS;
TRUNCATE sync_taken;
"""
_WRITE_ROWS = """
INSERT INTO journal.sync_row AS r (sync_id, key, hash, seen_at, stated_at, number, problem)
SELECT :sync_id, key, hash, :now, stated_at, number, problem FROM pg_temp.sync_taken ORDER BY key
ON CONFLICT (sync_id, key) DO UPDATE SET hash = EXCLUDED.hash, seen_at = EXCLUDED.seen_at,
    stated_at = coalesce(EXCLUDED.stated_at, r.stated_at), number = coalesce(EXCLUDED.number, r.number),
    problem = EXCLUDED.problem
"""


def begin_map(
    conn: Connection, sync_id: int, map_digest: str, columns: dict[str, str], is_first: bool
) -> None:
    """The kinds of its columns. `is_first`: nothing was read of it before, so all is by this map."""
    conn.execute(
        text(
            "UPDATE journal.sync SET columns = CAST(:columns AS jsonb), map_digest = CASE WHEN :is_first "
            "THEN CAST(:digest AS uuid) ELSE map_digest END WHERE sync_id = :sync_id"
        ),
        {"sync_id": sync_id, "columns": json.dumps(columns), "digest": map_digest, "is_first": is_first},
    )


def finish_poll(conn: Connection, of: Sync, read_from: datetime, rows: int, now: datetime) -> None:
    """Everything that was changed before `read_from`, less the overlap, is read."""
    conn.execute(
        text(
            "UPDATE journal.sync SET read_to = greatest(read_to, :read_from), polled_at = :now, "
            "rows_read = :rows, failures = 0, failing_since = NULL, error_kind = NULL, error = NULL, "
            "next_poll_at = CAST(:read_from AS timestamptz) + make_interval(secs => expected_every) "
            "WHERE sync_id = :sync_id"
        ),
        {"sync_id": of.sync_id, "read_from": read_from, "rows": rows, "now": now},
    )
    _hear(conn, of, now)


def hear(conn: Connection, of: Sync, now: datetime) -> None:
    """The source answers, also where it has nothing new."""
    _hear(conn, of, now)


def _hear(conn: Connection, of: Sync, now: datetime) -> None:
    conn.execute(text(_HEAR), {"source": of.source, "now": now, "every": of.expected_every})


# The interval of a source with several maps is that of the map that is polled most often.
_HEAR = """
INSERT INTO journal.feed AS f (source, heard_at, expected_every)
VALUES (:source, :now, (SELECT min(expected_every) FROM journal.sync WHERE source = :source AND is_current))
ON CONFLICT (source) DO UPDATE SET heard_at = greatest(f.heard_at, EXCLUDED.heard_at),
    expected_every = coalesce(EXCLUDED.expected_every, f.expected_every)
"""


def fail_poll(conn: Connection, sync_id: int, kind: str, error: str, wait: float, now: datetime) -> None:
    """`wait`: seconds until it is tried again."""
    _fail(conn, "", "next_poll_at", sync_id, kind, error, wait, now)


def fail_compare(conn: Connection, sync_id: int, kind: str, error: str, wait: float, now: datetime) -> None:
    _fail(conn, "compare_", "next_compare_at", sync_id, kind, error, wait, now)


def _fail(
    conn: Connection, of: str, due: str, sync_id: int, kind: str, error: str, wait: float, now: datetime
) -> None:
    conn.execute(
        text(
            f"UPDATE journal.sync SET {of}failures = {of}failures + 1, {of}error_kind = :kind, "
            f"{of}error = :error, {of}failing_since = coalesce({of}failing_since, :now), "
            f"{due} = CAST(:now AS timestamptz) + make_interval(secs => :wait) WHERE sync_id = :sync_id"
        ),
        {"sync_id": sync_id, "kind": kind, "error": error, "wait": wait, "now": now},
    )


def finish_compare(
    conn: Connection, of: Sync, map_digest: str, found: Compared, read_at: datetime, next_at: datetime
) -> None:
    """`read_at`: when it began to read; `next_at`: when the next is due."""
    now = board_now(conn)
    conn.execute(
        text(
            "UPDATE journal.sync SET compared_at = :now, next_compare_at = :next_at, "
            "read_to = greatest(read_to, :read_at), "
            "map_digest = CAST(:digest AS uuid), rows_known = :known, rows_missed = :missed, "
            "rows_unstamped = :unstamped, rows_gone = :gone, compare_failures = 0, "
            "compare_failing_since = NULL, compare_error_kind = NULL, compare_error = NULL "
            "WHERE sync_id = :sync_id"
        ),
        {
            "sync_id": of.sync_id,
            "digest": map_digest,
            "read_at": read_at,
            "next_at": next_at,
            "now": now,
            **found._asdict(),
        },
    )
    _hear(conn, of, now)


def start_seen(conn: Connection) -> None:
    """Begin to collect the keys that the source has, in a table of this connection."""
    conn.execute(
        text(
            "SET LOCAL client_min_messages = warning;"
            'CREATE TEMP TABLE IF NOT EXISTS sync_seen (key text COLLATE "C"); TRUNCATE sync_seen'
        )
    )


def add_seen(conn: Connection, keys: Iterable[str]) -> None:
    copy_rows(conn, "pg_temp.sync_seen", "key", (f"{copy_text(key)}\n" for key in keys))


def repeated_key(conn: Connection) -> str | None:
    """A key that two rows have."""
    conn.execute(text("ANALYZE pg_temp.sync_seen"))
    found: str | None = conn.execute(
        text("SELECT key FROM pg_temp.sync_seen GROUP BY key HAVING count(*) > 1 LIMIT 1")
    ).scalar_one_or_none()
    return found


class Absent(NamedTuple):
    key: str
    number: str


def gone_rows(conn: Connection, sync_id: int, before: datetime) -> list[Absent]:
    """Rows known from before the reading began that the source does not have."""
    found = conn.execute(
        text(
            "SELECT key, coalesce(number, key) AS number FROM journal.sync_row r "
            "WHERE sync_id = :sync_id AND seen_at < :before AND hash <> CAST(:gone AS uuid) "
            "AND NOT EXISTS (SELECT FROM pg_temp.sync_seen s WHERE s.key = r.key)"
        ),
        {"sync_id": sync_id, "before": before, "gone": GONE},
    )
    return list(rows_of(Absent, found))


def mark_gone(conn: Connection, sync_id: int, keys: Sequence[str], now: datetime) -> None:
    """They keep their row, because one that comes back is stated as of then."""
    conn.execute(
        text(
            "UPDATE journal.sync_row SET hash = CAST(:gone AS uuid), seen_at = :now, problem = NULL, "
            "stated_at = greatest(stated_at, :now) WHERE sync_id = :sync_id AND key = ANY (:keys)"
        ),
        {"sync_id": sync_id, "keys": list(keys), "gone": GONE, "now": now},
    )


def forget_gone(conn: Connection, sync_id: int, keys: Sequence[str]) -> None:
    """Of logs and of the organisation: what was told stays true."""
    conn.execute(
        text("DELETE FROM journal.sync_row WHERE sync_id = :sync_id AND key = ANY (:keys)"),
        {"sync_id": sync_id, "keys": list(keys)},
    )


def without_rows(conn: Connection, sync_id: int, numbers: Sequence[str]) -> list[str]:
    """Those of these complaints of which the source has no row any more."""
    found = conn.execute(
        text(
            "SELECT n FROM unnest(CAST(:numbers AS text[])) n EXCEPT "
            "SELECT coalesce(number, key) FROM journal.sync_row WHERE sync_id = :sync_id "
            "AND hash <> CAST(:gone AS uuid) AND (key = ANY (:numbers) OR number = ANY (:numbers))"
        ),
        {"sync_id": sync_id, "numbers": list(numbers), "gone": GONE},
    )
    return sorted(found.scalars())


def count_known(conn: Connection, sync_id: int) -> int:
    count: int = conn.execute(
        text(
            "SELECT count(*) FROM journal.sync_row WHERE sync_id = :sync_id AND hash <> CAST(:gone AS uuid)"
        ),
        {"sync_id": sync_id, "gone": GONE},
    ).scalar_one()
    return count


def file_was_taken(conn: Connection, source: str, sha256: str) -> bool:
    """Whether a file of this content was imported before, and not taken back."""
    found: Any = conn.execute(
        text(
            "SELECT EXISTS (SELECT FROM journal.import_run WHERE source = :source AND file_sha256 = :sha256 "
            "AND outcome = 'done' AND taken_back_at IS NULL)"
        ),
        {"source": source, "sha256": sha256},
    ).scalar_one()
    return bool(found)
