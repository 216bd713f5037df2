"""Imports a file of the past through intake: good rows in one transaction, the others to the reject file."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from config import UserError
from config.source_maps.source_map import AnyMap, OrganisationMap, SourceMap
from config.source_maps.words import known_words
from jobs.sources.made import made_at
from jobs.sources.organising import Organising
from jobs.sources.reading.files import Table, open_table
from jobs.sources.rejects import EXAMPLES, Reason, Reject, Rejects, default_file, is_of_rejects
from jobs.sources.repeats import Repeats
from jobs.sources.rows.columns import BadRow, Columns, wanted
from jobs.sources.rows.mapping import Mapped
from jobs.sources.rows.mappings import mapping
from queries import db
from queries.intake import door, imports, meanings, ties
from queries.intake.facts import Batch, Source, Taken
from queries.intake.picture import Picture, picture

CHUNK, CHUNK_LENGTH = 5_000, 8_000_000  # rows and characters of text staged at once
REPEATED = "tells again of a complaint and an instant of an earlier row; the later row counts"
Progress = Callable[[str, float | None, int], None]  # what is being done, how much of it is; rows read


@dataclass(frozen=True, slots=True)
class Order:
    """`rejects`: where refused rows go; none: beside the file. `as_of`: ISO 8601, when the file was made,
    of one that does not say so itself. `asked_by`, `upload_id`: of a file that was dropped on the page.
    `pictured`: of a dry run, also what would come in."""

    source: AnyMap
    path: Path
    rejects: Path | None = None
    dry_run: bool = False
    hash_key: bytes = b""
    as_of: str | None = None
    asked_by: str | None = None
    upload_id: int | None = None
    pictured: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """rows = taken + kept + rejected. kept: taken without a value that could not be read. complaints,
    observations: new to the board. changed: complaints that are derived again. behind: updates of an
    instant that an earlier file also had, placed after its own. broken: refused because the lines of the
    file could not be separated or read. days: values that are a day without a time, by column. complete:
    what is missing from the file has vanished; incomplete: why it has not, though the map says so.
    import_id: of what was not a dry run."""

    source: str
    file: str
    dry_run: bool
    rows: int
    taken: int
    kept: int
    rejected: int
    broken: int
    complaints: int
    observations: int
    changed: int
    older: int
    behind: int
    found: str
    as_of: str | None
    complete: bool
    incomplete: str
    days: dict[str, int]
    rejects_file: str | None
    reasons: tuple[Reason, ...]
    rejects: tuple[Reject, ...]  # the first refused ones
    import_id: int | None = None
    picture: Picture | None = None


class NothingGood(UserError):
    def __init__(self, summary: Summary) -> None:
        self.summary = summary
        first = summary.rejects[0]
        where = f"row {first.row}" + (f", {first.column}" if first.column else "")
        super().__init__(
            f"None of the {summary.rows:,} rows could be read, so nothing was imported; is it the right map? "
            f"First {where}: {first.reason}."
        )


def silent(_what: str, _share: float | None, _rows: int) -> None:
    pass


def import_file(engine: Engine, order: Order, progress: Progress = silent) -> Summary:
    """Raises UserError where the file as a whole cannot be imported; then nothing has changed."""
    return import_all(engine, [order], progress)[0]


def never() -> bool:
    return False


def import_all(
    engine: Engine,
    orders: Sequence[Order],
    progress: Progress = silent,
    is_stopped: Callable[[], bool] = never,
) -> list[Summary]:
    """All of them or none: one file by several maps, for instance. `is_stopped`: whether somebody asked it to
    end, so that an error which follows counts as an interruption. Raises as `import_file`."""
    if any(order.dry_run for order in orders):
        with engine.connect() as conn:  # never committed
            return [_Import(conn, order, None, progress).take() for order in orders]
    with engine.connect() as conn:  # one connection: as long as it lives, the runs count as under way
        runs: list[int] = []
        with _failed_unless_done(engine, runs, is_stopped):
            with conn.begin():
                for order in orders:
                    runs.append(_started(conn, order))
            with conn.begin():
                summaries = [
                    _Import(conn, order, run, progress).take()
                    for order, run in zip(orders, runs, strict=True)
                ]
                progress("Committing", None, sum(one.rows for one in summaries))
        with conn.begin():
            for run in runs:
                imports.let_go(conn, run)
    return summaries


def _started(conn: Connection, order: Order) -> int:
    digest, now = sha256(order.path), db.board_now(conn)
    return imports.start_import(
        conn, order.source.source, order.path.name, digest, now, order.asked_by, order.upload_id
    )


@contextmanager
def _failed_unless_done(
    engine: Engine, runs: Sequence[int], is_stopped: Callable[[], bool]
) -> Iterator[None]:
    """However the import ends, also by an unexpected error, its runs are marked where possible."""
    done = False
    try:
        yield
        done = True
    finally:
        if not done:
            outcome = "interrupted" if is_stopped() else "failed"
            with suppress(SQLAlchemyError, *db.LOST), engine.begin() as conn:
                for run in runs:
                    imports.fail_import(conn, run, db.board_now(conn), outcome)


@dataclass(frozen=True, slots=True)
class _File:
    """What was read of it. `made`: of which instant its rows tell."""

    table: Table
    rejects: Rejects
    columns: Columns
    made: datetime


class _Import:
    """One file by one map, in the caller's transaction."""

    def __init__(self, conn: Connection, order: Order, run: int | None, progress: Progress) -> None:
        self._conn, self._order, self._run, self._progress = conn, order, run, progress
        self._source = order.source
        self._now = db.board_now(conn)
        self._repeats = Repeats() if _is_one_row_each(order.source) else None
        self._taken = self._kept = self._read = 0
        self._complete_at: datetime | None = None
        self._incomplete = ""
        self._picture: Picture | None = None

    def take(self) -> Summary:
        order = self._order
        stated = made_at(order.source, order.path, order.as_of, self._now)
        with (
            open_table(order.path, order.source, wanted(order.source)) as table,
            Rejects(order.rejects or default_file(order.path), table.header) as rejects,
        ):
            meant = meanings.words_of(self._conn, order.source.source)
            columns = Columns(order.source, table.header, self._now, meant)
            facts = mapping(order.source, columns, stated)
            organising = Organising(order.source)
            self._stage(self._good(facts.facts, table, rejects), organising, table)
            if self._read != self._taken + self._kept + rejects.count:
                raise RuntimeError(f"{self._read} rows read, {self._taken + self._kept} taken")
            if facts.is_doubled:
                ties.spread(self._conn)
            return self._merge(organising, _File(table, rejects, columns, facts.made_at or stated.at))

    def _stage(self, good: Iterable[Mapped], organising: Organising, table: Table) -> None:
        self._provinces: dict[str, str] = {}
        door.clear_staging(self._conn)
        for chunk in chunks(good, CHUNK):
            self._provinces.update(one.region for one in chunk if one.region)
            organising.add(chunk)
            door.stage(self._conn, batch(chunk), self._order.hash_key)
            self._progress("Reading", table.share(), self._read)

    def _good(self, facts: Callable[..., Mapped], table: Table, rejects: Rejects) -> Iterator[Mapped]:
        for row in table.rows:
            self._read += 1
            try:
                mapped = facts(row)
            except BadRow as bad:
                rejects.add(row, bad)
                continue
            if mapped.kept:
                self._kept += 1
                rejects.keep(row, mapped.kept)
            else:
                self._taken += 1
            if self._repeats is not None and (told := mapped.snapshot):
                self._repeats.add((told.external_id, told.stated_at), row.number)
            yield mapped

    def _merge(self, organising: Organising, file: _File) -> Summary:
        source, conn = self._source, self._conn
        if self._read and not self._taken and not self._kept:
            raise NothingGood(self._summary(file, Taken(0, 0, 0, 0)))
        self._note_repeats(file.rejects)
        self._decide_complete(file)
        self._progress("Merging", None, self._read)
        if isinstance(source, OrganisationMap) and source.rows != "customer":
            new, changed = organising.put(conn)
            return self._finish(self._summary(file, Taken(0, new, 0, changed)), file)
        imports.put_new_regions(conn, self._provinces, source.time_zone, source.source)
        behind = ties.settle(conn, source.source) if isinstance(source, SourceMap) and source.update else 0
        told = as_source(source, milestones=imports.milestones_of(conn, source.source))
        told = replace(told, import_id=self._run, complete_at=self._complete_at)
        taken = door.merge(conn, told, self._now)
        if self._order.pictured:
            self._picture = picture(conn, source.time_zone)
        return self._finish(self._summary(file, taken, behind), file)

    def _note_repeats(self, rejects: Rejects) -> None:
        count, rows = self._repeats.found(EXAMPLES) if self._repeats else (0, [])
        if count:
            rejects.by_reason["repeated", "", REPEATED] = Reason("repeated", "", REPEATED, "", count, rows)

    def _decide_complete(self, file: _File) -> None:
        """A complaint whose row was refused is not missing, so nothing vanishes then."""
        if not (isinstance(self._source, SourceMap) and self._source.complete):
            return
        refused = file.rejects.count - file.rejects.sums
        if not self._read:
            raise UserError(
                f"{self._order.path.name} has no rows, but by its map it holds every complaint of the "
                "source: nothing was imported."
            )
        if is_of_rejects(file.table.header):
            self._incomplete = "it is a reject file"
        elif refused:
            self._incomplete = f"{refused:,} rows were refused"
        else:
            self._complete_at = file.made

    def _finish(self, summary: Summary, file: _File) -> Summary:
        if self._run is not None:
            done = imports.Finished(
                summary.rows,
                summary.kept,
                summary.rejected,
                summary.complaints,
                summary.observations,
                summary.found or None,
                [without_values(one) for one in summary.reasons],
                file.made if summary.as_of else None,
            )
            imports.finish_import(self._conn, self._run, db.board_now(self._conn), done)
        return summary

    def _summary(self, file: _File, taken: Taken, behind: int = 0) -> Summary:
        rejects = file.rejects
        snapshots = isinstance(self._source, SourceMap) and not self._source.update
        return Summary(
            source=self._source.source,
            file=self._order.path.name,
            dry_run=self._order.dry_run,
            rows=self._read,
            taken=self._taken,
            kept=self._kept,
            rejected=rejects.count,
            broken=rejects.broken,
            complaints=taken.complaints,
            observations=taken.observations,
            changed=taken.touched,
            older=taken.older,
            behind=behind,
            found=file.table.found,
            as_of=file.made.isoformat() if snapshots else None,
            complete=self._complete_at is not None,
            incomplete=self._incomplete,
            days=dict(file.columns.days),
            rejects_file=str(rejects.path) if rejects.count or rejects.kept else None,
            reasons=rejects.reasons,
            rejects=tuple(rejects.shown),
            import_id=self._run,
            picture=self._picture,
        )


def _is_one_row_each(source: AnyMap) -> bool:
    """Whether a second row of a complaint tells of the same as the first. A row with the number of a request
    or survey may be one of several."""
    if not isinstance(source, SourceMap) or source.update:
        return False
    numbers = [one.number for one in source.co_owner] + [one.number for one in source.survey]
    numbers += [one.number for one in source.attempt] + [one.number for one in source.booking]
    return not any(numbers)


def without_values(one: Reason) -> dict[str, object]:
    """To be kept: nothing that stands in the file."""
    return {
        "kind": one.kind,
        "column": one.column,
        "reason": one.reason,
        "count": one.count,
        "rows": one.rows,
    }


def chunks(mapped: Iterable[Mapped], size: int, length: int = CHUNK_LENGTH) -> Iterator[list[Mapped]]:
    """Of `size` rows, fewer where their texts are long."""
    chunk: list[Mapped] = []
    long = 0
    for one in mapped:
        chunk.append(one)
        long += one.length
        if len(chunk) == size or long > length:
            yield chunk
            chunk, long = [], 0
    if chunk:
        yield chunk


def batch(mapped: list[Mapped]) -> Batch:
    return Batch(
        complaints=[one.complaint for one in mapped if one.complaint],
        snapshots=[one.snapshot for one in mapped if one.snapshot],
        observations=[observation for one in mapped for observation in one.observations],
        customers=[one.customer for one in mapped if one.customer],
        surveys=[survey for one in mapped for survey in one.surveys],
        answers=[answer for one in mapped for answer in one.answers],
        attempts=[attempt for one in mapped for attempt in one.attempts],
        bookings=[booking for one in mapped for booking in one.bookings],
    )


def as_source(source: AnyMap, expected_every: int | None = None, milestones: tuple[str, ...] = ()) -> Source:
    """Of the past, unless it is `expected_every` so many seconds. `milestones`: of a map that names none."""
    return Source(
        source.source,
        source.milestones if isinstance(source, SourceMap) else milestones,
        source.time_zone,
        expected_every is None,
        expected_every,
        known_words=known_words(source),
        instants_are_rows=isinstance(source, SourceMap) and bool(source.update or source.updated_at),
    )


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
