"""The page of imports: what came in, what is on its way in, and what is taken back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, text

from queries.db import row_of, rows_of
from queries.intake import imports
from queries.intake.import_tasks import Kind
from queries.intake.imports import ImportRun


@dataclass(frozen=True, slots=True)
class OpenUpload:
    """A file that was dropped and is not imported yet, with the newest task on it. `share`: 0..1."""

    upload_id: int
    file_name: str
    size: int
    uploaded_at: datetime
    uploaded_by: str
    kind: Kind | None
    outcome: Literal["done", "failed"] | None
    share: float | None
    rows_read: int | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Imports:
    """`taking_back`: numbers of imports that are being taken back. `total`: of all imports."""

    open: tuple[OpenUpload, ...]
    runs: tuple[ImportRun, ...]
    taking_back: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class _Counted:
    total: int
    taking_back: list[int]


def listed(conn: Connection, limit: int) -> Imports:
    """The newest first."""
    waiting = rows_of(OpenUpload, conn.execute(text(_OPEN), {"limit": limit}))
    counted = row_of(_Counted, conn.execute(text(_COUNTED)))
    under_way = {one.upload_id for one in waiting}
    runs = tuple(
        one for one in imports.last_imports(conn, limit) if one.outcome or one.upload_id not in under_way
    )
    return Imports(waiting, runs, tuple(counted.taking_back), counted.total)


_OPEN = """
SELECT u.upload_id, u.file_name, u.size, u.uploaded_at, u.uploaded_by, t.kind, t.outcome, t.share,
       t.rows_read, t.problem
FROM journal.upload u
LEFT JOIN LATERAL (SELECT * FROM journal.import_task t WHERE t.upload_id = u.upload_id
                   ORDER BY t.task_id DESC LIMIT 1) t ON true
WHERE u.given_up_at IS NULL AND u.cleared_at IS NULL
  AND NOT EXISTS (SELECT FROM journal.import_task i
                  WHERE i.upload_id = u.upload_id AND i.kind = 'import' AND i.outcome = 'done')
ORDER BY u.upload_id DESC LIMIT :limit
"""
_COUNTED = """
SELECT (SELECT count(*) FROM journal.import_run) AS total,
       ARRAY (SELECT import_id FROM journal.import_task
              WHERE kind = 'take_back' AND outcome IS NULL ORDER BY 1) AS taking_back
"""
