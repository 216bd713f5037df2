"""What an administrator asks the jobs to do with a file or an import.

A page asks; one of any number of job processes claims it, renews its lease while it works, and ends it under
the same claim.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, text

from queries.db import DERIVE_CHANNEL, board_now, raise_version, row_or_none, rows_of

Kind = Literal["look", "try", "import", "try_take_back", "take_back"]
WAKES = "uploads"  # the job that does them
LEASE_SECONDS = 30.0
MOST_ATTEMPTS = 3
NEVER_ENDED = f"It was begun {MOST_ATTEMPTS} times, and each time the process that did it was ended."


@dataclass(frozen=True, slots=True)
class Task:
    """`given`: what was chosen. `outcome`: done, failed; None: waits for a process or is under way.
    `share`: 0..1. `found`: by kind, see jobs/uploads.py."""

    task_id: int
    kind: Kind
    upload_id: int | None
    import_id: int | None
    asked_at: datetime
    asked_by: str
    given: dict[str, Any]
    attempts: int
    is_claimed: bool
    phase: str | None
    share: float | None
    rows_read: int | None
    outcome: Literal["done", "failed"] | None
    found: dict[str, Any] | None
    problem: str | None
    ended_at: datetime | None


_NAMES = (
    "task_id, kind, upload_id, import_id, asked_at, asked_by, given, attempts, "
    "coalesce(lease_until > clock_timestamp(), false) AS is_claimed, phase, share, rows_read, outcome, "
    "found, problem, ended_at"
)


class AlreadyAsked(Exception):
    """Something is still to be done with this file or import."""


def ask(
    conn: Connection,
    key: UUID,
    kind: Kind,
    of: int,
    by: str,
    now: datetime,
    given: Mapping[str, Any] | None = None,
) -> None:
    """`of`: the upload, or the import of a take-back. The same `key` twice is one task. Raises
    AlreadyAsked."""
    subject = "import_id" if kind.endswith("take_back") else "upload_id"
    conn.execute(
        text("SELECT pg_advisory_xact_lock(hashtext(:subject), :of)"), {"subject": subject, "of": of}
    )
    others = conn.execute(
        text(f"SELECT task_key FROM journal.import_task WHERE {subject} = :of AND outcome IS NULL"),
        {"of": of},
    ).scalars()
    if any(one != key for one in others):
        raise AlreadyAsked
    conn.execute(
        text(
            f"INSERT INTO journal.import_task (task_key, kind, {subject}, asked_at, asked_by, given) "
            "VALUES (:key, :kind, :of, :now, :by, CAST(:given AS jsonb)) ON CONFLICT (task_key) DO NOTHING"
        ),
        {"key": key, "kind": kind, "of": of, "now": now, "by": by, "given": json.dumps(dict(given or {}))},
    )
    conn.execute(text("SELECT pg_notify(:channel, :job)"), {"channel": DERIVE_CHANNEL, "job": WAKES})
    raise_version(conn, now)


def claim(conn: Connection, token: UUID) -> Task | None:
    """The oldest that nobody does. One that was begun too often has failed."""
    conn.execute(text(_GIVE_UP), {"most": MOST_ATTEMPTS, "problem": NEVER_ENDED})
    found = conn.execute(text(_CLAIM), {"token": token, "seconds": LEASE_SECONDS})
    return row_or_none(Task, found)


_FREE = "outcome IS NULL AND coalesce(lease_until < clock_timestamp(), true)"
_GIVE_UP = f"""
UPDATE journal.import_task SET outcome = 'failed', problem = :problem, ended_at = clock_timestamp()
WHERE {_FREE} AND attempts >= :most
"""
_CLAIM = f"""
UPDATE journal.import_task
SET claim = :token, lease_until = clock_timestamp() + :seconds * interval '1 s', attempts = attempts + 1,
    phase = NULL, share = NULL, rows_read = NULL
WHERE task_id = (SELECT task_id FROM journal.import_task WHERE {_FREE}
                 ORDER BY task_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING {_NAMES}
"""


def renew(
    conn: Connection, task_id: int, token: UUID, phase: str, share: float | None, rows_read: int
) -> bool:
    """Whether it is still this claim's."""
    renewed = conn.execute(
        text(
            "UPDATE journal.import_task SET lease_until = clock_timestamp() + :seconds * interval '1 s', "
            "phase = :phase, share = :share, rows_read = :rows_read "
            "WHERE task_id = :task_id AND claim = :token AND outcome IS NULL"
        ),
        {
            "task_id": task_id,
            "token": token,
            "seconds": LEASE_SECONDS,
            "phase": phase,
            "share": share,
            "rows_read": rows_read,
        },
    )
    return renewed.rowcount == 1


def release(conn: Connection, task_id: int, token: UUID, counts: bool) -> None:
    """Leave it to another process at once. `counts`: this one failed with it; it was not asked to end."""
    conn.execute(
        text(
            "UPDATE journal.import_task SET claim = NULL, lease_until = NULL, attempts = attempts - :less "
            "WHERE task_id = :task_id AND claim = :token AND outcome IS NULL"
        ),
        {"task_id": task_id, "token": token, "less": 0 if counts else 1},
    )


def end(
    conn: Connection, task_id: int, token: UUID, found: Mapping[str, Any] | None, problem: str | None = None
) -> bool:
    """Done, or failed with the `problem`. Whether it was still this claim's."""
    ended = conn.execute(
        text(
            "UPDATE journal.import_task SET outcome = :outcome, found = CAST(:found AS jsonb), "
            "problem = :problem, ended_at = :now, lease_until = NULL "
            "WHERE task_id = :task_id AND claim = :token AND outcome IS NULL"
        ),
        {
            "task_id": task_id,
            "token": token,
            "outcome": "failed" if problem else "done",
            "found": None if found is None else json.dumps(_storable(found)),
            "problem": problem,
            "now": (now := board_now(conn)),
        },
    )
    if ended.rowcount:
        raise_version(conn, now)
    return ended.rowcount == 1


# PostgreSQL has neither NUL nor halves of a pair in a text.
_NO_TEXT = dict.fromkeys((0, *range(0xD800, 0xE000)), "\ufffd")


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.translate(_NO_TEXT)
    if isinstance(value, Mapping):
        return {_storable(name): _storable(one) for name, one in value.items()}
    return [_storable(one) for one in value] if isinstance(value, list | tuple) else value


def task(conn: Connection, task_id: int) -> Task | None:
    found = conn.execute(
        text(f"SELECT {_NAMES} FROM journal.import_task WHERE task_id = :task_id"), {"task_id": task_id}
    )
    return row_or_none(Task, found)


def tasks_of_upload(conn: Connection, upload_id: int) -> tuple[Task, ...]:
    """The newest first."""
    return rows_of(Task, conn.execute(text(_OF.format("upload_id")), {"of": upload_id}))


def tasks_of_import(conn: Connection, import_id: int) -> tuple[Task, ...]:
    """Take-backs, the newest first."""
    return rows_of(Task, conn.execute(text(_OF.format("import_id")), {"of": import_id}))


_OF = f"SELECT {_NAMES} FROM journal.import_task WHERE {{}} = :of ORDER BY task_id DESC LIMIT 50"
