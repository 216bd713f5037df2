"""Imports a file of the past through intake: good rows in one transaction, the others to the reject file."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from config import UserError
from config.source_map import SourceMap
from jobs.sources.columns import BadRow, wanted
from jobs.sources.files import Table, open_table
from jobs.sources.mapping import Mapped, mapping
from jobs.sources.rejects import Reject, Rejects, default_file
from queries import db
from queries.intake import door, imports, ties
from queries.intake.facts import Batch, Source, Taken

CHUNK, CHUNK_LENGTH = 5_000, 8_000_000  # rows and characters of text staged at once
Progress = Callable[[str, float | None], None]  # what is being done, and how much of it is


@dataclass(frozen=True, slots=True)
class Order:
    """`rejects`: where refused rows go; none: beside the file."""

    source: SourceMap
    path: Path
    rejects: Path | None = None
    dry_run: bool = False
    hash_key: bytes = b""


@dataclass(frozen=True, slots=True)
class Summary:
    """complaints, observations: new to the board. changed: complaints that are derived again. behind: updates
    of an instant that an earlier file also had, placed after its own. broken: refused because the lines of
    the file could not be separated or read."""

    source: str
    file: str
    dry_run: bool
    rows: int
    rejected: int
    broken: int
    complaints: int
    observations: int
    changed: int
    behind: int
    rejects_file: str | None
    rejects: tuple[Reject, ...]  # the first ones


class NothingGood(UserError):
    def __init__(self, summary: Summary) -> None:
        self.summary = summary
        first = summary.rejects[0]
        where = f"row {first.row}" + (f", {first.column}" if first.column else "")
        super().__init__(
            f"None of the {summary.rows:,} rows could be read, so nothing was imported; is it the right map? "
            f"First {where}: {first.reason}."
        )


def silent(_what: str, _share: float | None) -> None:
    pass


def import_file(engine: Engine, order: Order, progress: Progress = silent) -> Summary:
    """Raises UserError where the file as a whole cannot be imported; then nothing has changed."""
    path = order.rejects or default_file(order.path)
    columns = wanted(order.source)
    with (
        open_table(order.path, order.source, columns) as table,
        Rejects(path, table.header) as rejects,
    ):
        if order.dry_run:
            with engine.connect() as conn:  # never committed
                return _take(conn, order, table, rejects, progress)
        return _journalled(engine, order, table, rejects, progress)


def _journalled(engine: Engine, order: Order, table: Table, rejects: Rejects, progress: Progress) -> Summary:
    digest = sha256(order.path)
    with engine.connect() as conn:  # one connection: as long as it lives, the run counts as under way
        with conn.begin():
            now = db.board_now(conn)
            run = imports.start_import(conn, order.source.source, order.path.name, digest, now)
        with _failed_unless_done(engine, run), conn.begin():
            summary = _take(conn, order, table, rejects, progress)
            imports.finish_import(
                conn,
                run,
                db.board_now(conn),
                summary.rows,
                summary.rejected,
                summary.complaints,
                summary.observations,
            )
            progress("Committing", None)
        with conn.begin():
            imports.let_go(conn, run)
    return summary


@contextmanager
def _failed_unless_done(engine: Engine, run: int) -> Iterator[None]:
    """However the import ends, also by an unexpected error, the run is marked as failed where possible."""
    done = False
    try:
        yield
        done = True
    finally:
        if not done:
            with suppress(SQLAlchemyError, *db.LOST), engine.begin() as conn:
                imports.fail_import(conn, run, db.board_now(conn))


def _take(conn: Connection, order: Order, table: Table, rejects: Rejects, progress: Progress) -> Summary:
    now = db.board_now(conn)
    good = _good(order.source, table, rejects, now)
    provinces: dict[str, str] = {}
    rows = 0
    door.clear_staging(conn)
    for chunk in chunks(good, CHUNK):
        rows += len(chunk)
        provinces.update(one.region for one in chunk if one.region)
        door.stage(conn, batch(chunk), order.hash_key)
        progress("Reading", table.share())
    if rejects.count and not rows:
        raise NothingGood(_summary(order, rows, rejects, Taken(0, 0, 0, 0)))
    progress("Merging", None)
    imports.put_new_regions(conn, provinces, order.source.time_zone)
    moved = ties.settle(conn, order.source.source) if order.source.update else 0
    return _summary(order, rows, rejects, door.merge(conn, as_source(order.source), now), moved)


def _good(source: SourceMap, table: Table, rejects: Rejects, now: datetime) -> Iterator[Mapped]:
    facts = mapping(source, table.header, now).facts
    for row in table.rows:
        try:
            yield facts(row)
        except BadRow as bad:
            rejects.add(row, bad.column, bad.reason)


def chunks(mapped: Iterable[Mapped], size: int, length: int = CHUNK_LENGTH) -> Iterator[list[Mapped]]:
    """Of `size` rows, fewer where their texts are long."""
    chunk: list[Mapped] = []
    long = 0
    for one in mapped:
        chunk.append(one)
        complaint = one.complaint
        long += len(complaint.title or "") + len(complaint.body or "") if complaint else 0
        if len(chunk) == size or long > length:
            yield chunk
            chunk, long = [], 0
    if chunk:
        yield chunk


def batch(mapped: list[Mapped]) -> Batch:
    return Batch(
        complaints=[one.complaint for one in mapped if one.complaint],
        observations=[observation for one in mapped for observation in one.observations],
        customers=[one.customer for one in mapped if one.customer],
    )


def as_source(source: SourceMap, expected_every: int | None = None) -> Source:
    """Of the past, unless it is `expected_every` so many seconds."""
    return Source(source.source, source.milestones, source.time_zone, expected_every is None, expected_every)


def _summary(order: Order, good: int, rejects: Rejects, taken: Taken, behind: int = 0) -> Summary:
    return Summary(
        source=order.source.source,
        file=order.path.name,
        dry_run=order.dry_run,
        rows=good + rejects.count,
        rejected=rejects.count,
        broken=rejects.broken,
        complaints=taken.complaints,
        observations=taken.observations,
        changed=taken.touched,
        behind=behind,
        rejects_file=str(rejects.path) if rejects.count else None,
        rejects=tuple(rejects.shown),
    )


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
