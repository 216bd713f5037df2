"""What is known of sources that are read while they live: how far each was read, and each of its rows."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from queries.db import board_now, row_or_none, rows_of

POLLING, COMPARING = 0x0C0B0A32, 0x0C0B0A33  # advisory locks, with the number of the source's map


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
    hear(conn, of, now)


def finish_look(conn: Connection, of: Sync, rows: int, wait: float, is_heard: bool, now: datetime) -> None:
    """Into a folder; the next is due in `wait` seconds. A failure is over with the next
    file that is taken."""
    conn.execute(
        text(
            "UPDATE journal.sync SET polled_at = :now, rows_taken = rows_taken + :rows, "
            "next_poll_at = CAST(:now AS timestamptz) + make_interval(secs => :wait), "
            "rows_read = CASE WHEN :is_heard THEN :rows ELSE rows_read END, "
            "taken_at = CASE WHEN :is_heard THEN :now ELSE taken_at END WHERE sync_id = :sync_id"
        ),
        {"sync_id": of.sync_id, "rows": rows, "wait": wait, "is_heard": is_heard, "now": now},
    )
    if is_heard or of.error_kind in ("away", "setup"):
        conn.execute(
            text(
                "UPDATE journal.sync SET failures = 0, failing_since = NULL, error_kind = NULL, error = NULL "
                "WHERE sync_id = :sync_id"
            ),
            {"sync_id": of.sync_id},
        )
    if is_heard:
        hear(conn, of, now)


def hear(conn: Connection, of: Sync, now: datetime) -> None:
    """The source answers, also where it has nothing new."""
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
    hear(conn, of, now)


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
