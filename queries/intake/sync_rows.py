"""What is known of each row of a source's database that is polled, and which of them are no longer there."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, text

from queries.db import copy_rows, copy_text, rows_of

GONE = "00000000-0000-0000-0000-000000000000"  # the hash of a row that is no longer there


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
