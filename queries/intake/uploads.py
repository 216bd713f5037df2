"""Files that an administrator dropped on the page of imports, in chunks of bytes, until they are cleared."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Literal
from uuid import UUID

from sqlalchemy import Connection, text

from config import UserError
from queries.db import row_of, row_or_none

CHUNK = 1_048_576  # bytes
Kind = Literal["given", "refused"]  # the file, or a file of its refused rows


@dataclass(frozen=True, slots=True)
class Upload:
    """`given_up_at`: somebody does not want it any more. `cleared_at`: since then its bytes are gone."""

    upload_id: int
    file_name: str
    size: int
    sha256: str
    uploaded_at: datetime
    uploaded_by: str
    given_up_at: datetime | None
    cleared_at: datetime | None


class TooBig(UserError):
    """Nothing was stored."""


class Empty(UserError):
    """Nothing was stored."""


_NAMES = "upload_id, file_name, size, sha256, uploaded_at, uploaded_by, given_up_at, cleared_at"


def store(
    conn: Connection, key: UUID, file_name: str, content: BinaryIO, by: str, now: datetime, most: int
) -> int:
    """Returns its number; the same `key` twice is one upload. `most`: bytes. Raises TooBig, Empty."""
    size, digest = _measured(content)
    if size > most:
        raise TooBig(f"{file_name} has {size:,} bytes; at most {most:,} are taken.")
    if not size:
        raise Empty(f"{file_name} is empty.")
    conn.execute(text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": str(key)})
    known = conn.execute(
        text("SELECT upload_id FROM journal.upload WHERE upload_key = :key"), {"key": key}
    ).scalar_one_or_none()
    if known is not None:
        return int(known)
    upload_id: int = conn.execute(
        text(
            "INSERT INTO journal.upload (upload_key, file_name, size, sha256, uploaded_at, uploaded_by) "
            "VALUES (:key, :file_name, :size, :digest, :now, :by) RETURNING upload_id"
        ),
        {"key": key, "file_name": file_name, "size": size, "digest": digest, "now": now, "by": by},
    ).scalar_one()
    content.seek(0)
    add_chunks(conn, upload_id, "given", content)
    return upload_id


def _measured(content: BinaryIO) -> tuple[int, str]:
    content.seek(0)
    size, digest = 0, hashlib.sha256()
    while chunk := content.read(CHUNK):
        size += len(chunk)
        digest.update(chunk)
    return size, digest.hexdigest()


def add_chunks(conn: Connection, upload_id: int, kind: Kind, content: BinaryIO) -> None:
    for place, chunk in enumerate(iter(lambda: content.read(CHUNK), b"")):
        conn.execute(
            text(
                "INSERT INTO journal.upload_chunk (upload_id, kind, place, content) "
                "VALUES (:upload_id, :kind, :place, :content)"
            ),
            {"upload_id": upload_id, "kind": kind, "place": place, "content": chunk},
        )


def read_chunks(conn: Connection, upload_id: int, kind: Kind) -> Iterator[bytes]:
    """One after another: a file may be large."""
    place = 0
    while True:
        found = conn.execute(
            text(
                "SELECT content FROM journal.upload_chunk "
                "WHERE upload_id = :upload_id AND kind = :kind AND place = :place"
            ),
            {"upload_id": upload_id, "kind": kind, "place": place},
        ).scalar_one_or_none()
        if found is None:
            return
        yield bytes(found)
        place += 1


def refused_rows(conn: Connection, upload_id: int) -> bytes:
    """The file of the rows that were refused or kept in part; empty where there is none."""
    return b"".join(read_chunks(conn, upload_id, "refused"))


def upload(conn: Connection, upload_id: int) -> Upload:
    return row_of(Upload, conn.execute(text(_UPLOAD), {"upload_id": upload_id}))


def known_upload(conn: Connection, upload_id: int) -> Upload | None:
    return row_or_none(Upload, conn.execute(text(_UPLOAD), {"upload_id": upload_id}))


_UPLOAD = f"SELECT {_NAMES} FROM journal.upload WHERE upload_id = :upload_id"


def give_up(conn: Connection, upload_id: int, now: datetime) -> bool:
    """Whether it was not yet. Its bytes go with the next purge."""
    return (
        conn.execute(
            text(
                "UPDATE journal.upload SET given_up_at = :now "
                "WHERE upload_id = :upload_id AND given_up_at IS NULL"
            ),
            {"upload_id": upload_id, "now": now},
        ).rowcount
        == 1
    )


def drop_refused(conn: Connection, upload_id: int) -> None:
    conn.execute(
        text("DELETE FROM journal.upload_chunk WHERE upload_id = :upload_id AND kind = 'refused'"),
        {"upload_id": upload_id},
    )


def clear(conn: Connection, kept_since: datetime) -> int:
    """Delete the bytes of what was imported, given up, or dropped before then; returns how many chunks. The
    refused rows of an import stay until then."""
    chunks = conn.execute(text(_CLEAR), {"kept_since": kept_since}).rowcount
    conn.execute(text(_CLEARED))
    return chunks


# Nothing is taken away from a task under way.
_CLEAR = """
DELETE FROM journal.upload_chunk c USING journal.upload u
WHERE u.upload_id = c.upload_id
  AND NOT EXISTS (SELECT FROM journal.import_task t WHERE t.upload_id = u.upload_id AND t.outcome IS NULL)
  AND (u.uploaded_at < :kept_since OR u.given_up_at IS NOT NULL
       OR c.kind = 'given' AND EXISTS (
           SELECT FROM journal.import_task t
           WHERE t.upload_id = u.upload_id AND t.kind = 'import' AND t.outcome = 'done'))
"""
_CLEARED = """
UPDATE journal.upload u SET cleared_at = clock_timestamp()
WHERE cleared_at IS NULL AND NOT EXISTS (
    SELECT FROM journal.upload_chunk c WHERE c.upload_id = u.upload_id AND c.kind = 'given')
"""
