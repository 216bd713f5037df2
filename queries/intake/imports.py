"""Imports of files: what was read, refused and new."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from queries.db import board_now, rows_of
from queries.intake import meanings
from queries.organisation import OrganisationRows, RegionRow, put_organisation


@dataclass(frozen=True, slots=True)
class ImportRun:
    """`rows_kept`: taken without a value that could not be read. `reasons`: a list of {kind, column, reason,
    count, rows}, without anything that stands in the file."""

    import_id: int
    source: str
    file_name: str
    file_sha256: str
    started_at: datetime
    finished_at: datetime | None
    rows_read: int
    rows_kept: int
    rows_rejected: int
    complaints: int
    observations: int
    found: str | None  # how the file is written
    reasons: list[dict[str, Any]] | None
    as_of: datetime | None
    outcome: str | None  # done, failed, interrupted; None: under way
    asked_by: str | None  # login; None: at the command line
    upload_id: int | None
    taken_back_at: datetime | None
    taken_back_by: str | None
    taken_back_reason: str | None


@dataclass(frozen=True, slots=True)
class Finished:
    """What an import read and brought; see ImportRun."""

    read: int
    kept: int
    rejected: int
    complaints: int
    observations: int
    found: str | None
    reasons: list[dict[str, Any]]
    as_of: datetime | None


UNDER_WAY = 0x0C0B0A31  # advisory lock, with the number of the import, of the connection that does it
_IS_RUNNING = (
    "EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.classid = :lock "
    "AND l.objid = import_run.import_id AND l.objsubid = 2 "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)


def start_import(
    conn: Connection,
    source: str,
    file_name: str,
    file_sha256: str,
    now: datetime,
    asked_by: str | None = None,
    upload_id: int | None = None,
) -> int:
    """Under way as long as this connection lives, or until `let_go`. `asked_by`, `upload_id`: of a file that
    somebody dropped on the page."""
    _fail_ended(conn, now)
    import_id: int = conn.execute(
        text(
            "INSERT INTO journal.import_run (source, file_name, file_sha256, started_at, asked_by, "
            "upload_id) VALUES (:source, :file_name, :file_sha256, :now, :asked_by, :upload_id) "
            "RETURNING import_id"
        ),
        {
            "source": source,
            "file_name": file_name,
            "file_sha256": file_sha256,
            "now": now,
            "asked_by": asked_by,
            "upload_id": upload_id,
        },
    ).scalar_one()
    conn.execute(text("SELECT pg_advisory_lock(:lock, :run)"), {"lock": UNDER_WAY, "run": import_id})
    return import_id


def _fail_ended(conn: Connection, now: datetime) -> None:
    """Mark imports as interrupted whose process is gone, perhaps killed, and could not do so itself."""
    conn.execute(
        text(
            "UPDATE journal.import_run SET finished_at = :now, outcome = 'interrupted' "
            f"WHERE outcome IS NULL AND NOT {_IS_RUNNING}"
        ),
        {"now": now, "lock": UNDER_WAY},
    )


def let_go(conn: Connection, import_id: int) -> None:
    """Release the lock, so that the connection can be used for something else."""
    conn.execute(text("SELECT pg_advisory_unlock(:lock, :run)"), {"lock": UNDER_WAY, "run": import_id})


def finish_import(conn: Connection, import_id: int, now: datetime, done: Finished) -> None:
    """In the transaction of the facts themselves."""
    conn.execute(
        text(
            "UPDATE journal.import_run SET finished_at = :now, rows_read = :read, rows_kept = :kept, "
            "rows_rejected = :rejected, complaints = :complaints, observations = :observations, found = "
            ":found, reasons = CAST(:reasons AS jsonb), as_of = :as_of, outcome = 'done' WHERE import_id "
            "= :import_id"
        ),
        {**asdict(done), "reasons": json.dumps(done.reasons), "import_id": import_id, "now": now},
    )


def fail_import(conn: Connection, import_id: int, now: datetime, outcome: str = "failed") -> None:
    """`outcome`: failed or interrupted."""
    conn.execute(
        text(
            "UPDATE journal.import_run SET finished_at = :now, outcome = :outcome "
            "WHERE import_id = :import_id AND outcome IS NULL"
        ),
        {"import_id": import_id, "now": now, "outcome": outcome},
    )


def last_imports(conn: Connection, limit: int = 50) -> list[ImportRun]:
    rows = conn.execute(
        text(
            "SELECT import_id, source, file_name, file_sha256, started_at, finished_at, rows_read, "
            "rows_kept, rows_rejected, complaints, observations, found, reasons, as_of, CASE WHEN "
            f"outcome IS NULL AND NOT {_IS_RUNNING} THEN 'interrupted' ELSE outcome END AS outcome, "
            "asked_by, upload_id, taken_back_at, taken_back_by, taken_back_reason FROM journal.import_run "
            "ORDER BY import_id DESC LIMIT :limit"
        ),
        {"limit": limit, "lock": UNDER_WAY},
    )
    return list(rows_of(ImportRun, rows))


def imported_upload(conn: Connection, upload_id: int) -> int | None:
    """The import that brought it, if one did."""
    return conn.execute(
        text(
            "SELECT max(import_id) FROM journal.import_run WHERE upload_id = :upload_id AND outcome = 'done'"
        ),
        {"upload_id": upload_id},
    ).scalar_one_or_none()


def milestones_of(conn: Connection, source: str) -> tuple[str, ...]:
    """What a known source reports."""
    found = conn.execute(
        text("SELECT unnest(milestones) FROM facts.source WHERE source = :source"), {"source": source}
    )
    return tuple(found.scalars())


def zone_of(conn: Connection, source: str) -> str | None:
    """Of a known source."""
    found: str | None = conn.execute(
        text("SELECT time_zone FROM facts.source WHERE source = :source"), {"source": source}
    ).scalar_one_or_none()
    return found


def put_new_regions(conn: Connection, provinces: dict[str, str], time_zone: str, source: str) -> None:
    """City → province, as the source writes them. Regions that exist stay as they are; one that has another's
    name means it; what nobody knows is made, to be named later."""
    wanted = {**dict.fromkeys(provinces.values()), **provinces}
    known = {row.value: row.code for row in conn.execute(text(_KNOWN_REGIONS), _params(wanted, source))}
    if not wanted.keys() - known.keys():
        return
    names, found = meanings.region_names(conn), dict[tuple[str, str], str]()
    for word, province in wanted.items():
        code = names.find(word, known.get(province or "", province))
        if word not in known and code is not None:
            found["region", word] = known[word] = code
    meanings.remember(conn, {"source": source, "now": board_now(conn)}, found)
    new = [
        RegionRow(
            word,
            known.get(province, province) if province else None,
            "city" if province else "province",
            word,
            word,
            time_zone,
        )
        for word, province in wanted.items()
        if word not in known
    ]
    put_organisation(conn, OrganisationRows(new, [], [], []))
    conn.execute(
        text("UPDATE facts.region SET is_unknown = true WHERE code = ANY (:codes)"),
        {"codes": [one.code for one in new]},
    )


def _params(words: dict[str, str | None], source: str) -> dict[str, object]:
    return {"words": list(words), "source": source}


_KNOWN_REGIONS = """
SELECT w.value, coalesce(m.means, r.code) AS code FROM unnest(CAST(:words AS text[])) w (value)
LEFT JOIN facts.value_meaning m
    ON m.source = :source AND m.in_force AND m.field = 'region' AND m.value = w.value
LEFT JOIN facts.region r ON r.code = w.value
WHERE coalesce(m.means, r.code) IS NOT NULL
"""
