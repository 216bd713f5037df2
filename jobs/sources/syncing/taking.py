"""Takes rows of a living source through the intake, one batch a transaction, with what is known of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from config.source_maps.source_map import AnyMap, SourceMap
from jobs.sources.importing import as_source, batch
from jobs.sources.organising import Organising
from jobs.sources.reading.files import Row
from jobs.sources.rows.columns import BadCell, BadRow, Columns, Words
from jobs.sources.rows.mapping import Mapped, Mapping, Stated
from jobs.sources.rows.mappings import mapping
from jobs.sources.syncing.reading import SourceRow
from queries import db
from queries.intake import door, imports, meanings, sync, sync_rows, ties
from queries.intake.facts import Taken
from queries.intake.sync import Sync
from queries.intake.sync_rows import KnownRow, RowTaken

LONGEST_PROBLEM = 500


class Told(NamedTuple):
    """A row, what is known of it, and what it tells; `mapped` None: it was refused."""

    row: SourceRow
    known: KnownRow | None
    mapped: Mapped | None
    problem: str | None


@dataclass(slots=True)
class Count:
    """Of one reading: rows read; rows that were new or other, of those refused or kept in part; complaints
    and observations that were new to the board. `missed`: new ones that are older than the overlap.
    `unstamped`: changed ones whose stamp did not tell."""

    read: int = 0
    new: int = 0
    changed: int = 0
    missed: int = 0
    unstamped: int = 0
    gone: int = 0
    refused: int = 0
    kept: int = 0
    complaints: int = 0
    observations: int = 0
    problems: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Taking:
    """Of one reading, which began at `read_at`. `is_first`: nothing was read of this map before, so what it
    tells is of the past. `is_other_map`: all rows are read again because the map was changed.
    `missed_before`: what was changed before has been read by the polls."""

    source: AnyMap
    header: list[str]
    of: Sync
    read_at: datetime
    hash_key: bytes
    is_first: bool
    is_other_map: bool
    missed_before: datetime
    count: Count

    def news(self, known: dict[str, KnownRow], rows: Sequence[SourceRow]) -> list[SourceRow]:
        """Those that are to be taken: not read before, or other than they were read."""
        return [row for row in rows if self._is_news(row, known.get(row.key))]

    def _is_news(self, row: SourceRow, known: KnownRow | None) -> bool:
        """What another process read after this reading began is newer than what this one holds."""
        if known is None:
            return True
        return known.seen_at < self.read_at and (self.is_other_map or known.hash != row.hash)

    def take(self, conn: Connection, rows: Sequence[SourceRow]) -> None:
        """In the caller's transaction."""
        known = sync_rows.known_rows(conn, self.of.sync_id, [row.key for row in rows])
        news = self.news(known, rows)
        if not news:
            return
        now = db.board_now(conn)
        meant = meanings.words_of(conn, self.source.source)
        told = _Mapper(self, now, meant).told(news, known)
        self._put(conn, [one.mapped for one in told if one.mapped], now)
        sync_rows.write_rows(conn, self.of.sync_id, [self._row(one, now) for one in told], now)
        self._note(told)

    def _put(self, conn: Connection, mapped: list[Mapped], now: datetime) -> None:
        source = self.source
        provinces = dict(one.region for one in mapped if one.region)
        organising = Organising(source)
        organising.add(mapped)
        organising.put(conn)
        if any(one.organisation for one in mapped):
            return
        door.clear_staging(conn)
        door.stage(conn, batch(mapped), self.hash_key)
        imports.put_new_regions(conn, provinces, source.time_zone, source.source)
        if isinstance(source, SourceMap) and source.update:
            ties.spread(conn)
            ties.settle(conn, source.source)
        told = as_source(source, self.of.expected_every, imports.milestones_of(conn, source.source))
        # A row that comes again, other than it was, counts as the later of the two.
        told = replace(told, is_history=self.is_first, instants_are_rows=True)
        self._sum(door.merge(conn, told, now))
        sync.hear(conn, self.of, now)

    def _sum(self, taken: Taken) -> None:
        self.count.complaints += taken.complaints
        self.count.observations += taken.observations

    def _row(self, one: Told, now: datetime) -> RowTaken:
        stated, number = None, None
        if one.mapped is not None:
            snapshot = one.mapped.snapshot
            is_state = snapshot is not None and not _is_log(self.source)
            stated = snapshot.stated_at if snapshot and is_state else now
            if snapshot and is_state and snapshot.external_id != one.row.key:
                number = snapshot.external_id
        return RowTaken(one.row.key, one.row.hash, stated, number, one.problem)

    def _note(self, told: Sequence[Told]) -> None:
        count = self.count
        for one in told:
            count.new += one.known is None
            count.changed += one.known is not None
            count.refused += one.mapped is None
            count.kept += one.mapped is not None and one.problem is not None
            if one.problem:
                count.problems[one.problem] = count.problems.get(one.problem, 0) + 1


def _is_log(source: AnyMap) -> bool:
    return isinstance(source, SourceMap) and source.update is not None


class _Mapper:
    """Of one batch."""

    def __init__(self, taking: Taking, now: datetime, meant: Words) -> None:
        self._taking, self._now = taking, now
        self._columns = Columns(taking.source, taking.header, now, meant)
        self._by_stamp = mapping(taking.source, self._columns, Stated(taking.read_at))
        self._as_read: dict[datetime, Mapping] = {}

    def told(self, rows: Sequence[SourceRow], known: dict[str, KnownRow]) -> list[Told]:
        return [self._one(place, row, known.get(row.key)) for place, row in enumerate(rows, 1)]

    def _one(self, place: int, row: SourceRow, known: KnownRow | None) -> Told:
        cells = Row(place, list(row.cells))
        try:
            mapped = self._by_stamp.facts(cells)
            at = self._later(mapped, row, known)
            if at is not None:
                mapped = self._read_at(at).facts(cells)
        except BadRow as bad:
            return Told(row, known, None, _problem([bad], "refused"))
        return Told(row, known, mapped, _problem(mapped.kept, "kept") if mapped.kept else None)

    def _later(self, mapped: Mapped, row: SourceRow, known: KnownRow | None) -> datetime | None:
        """The instant to state it as of, where its own stamp does not tell that it is newer than what is
        known: it was changed without a stamp, or its source went back to a backup. None: its own."""
        snapshot = mapped.snapshot
        if snapshot is None or _is_log(self._taking.source):
            return None
        if known is None or known.stated_at is None:
            self._taking.count.missed += snapshot.stated_at < self._taking.missed_before
            return None
        if self._taking.is_other_map and not known.is_gone:
            return known.stated_at if snapshot.stated_at < known.stated_at else None
        if snapshot.stated_at > known.stated_at:
            return None
        self._taking.count.unstamped += not known.is_gone
        return max(self._now, known.stated_at + timedelta(microseconds=1))

    def _read_at(self, at: datetime) -> Mapping:
        found = self._as_read.get(at)
        if found is None:
            source = self._taking.source.model_copy(update={"updated_at": None})
            found = self._as_read[at] = mapping(source, self._columns, Stated(at, by_hand=True))
        return found


def _problem(bad: Sequence[BadRow | BadCell], kind: str) -> str:
    """Which column and why; never what stands there."""
    said = "; ".join(f"{one.column}: {one.reason}" if one.column else one.reason for one in bad)
    return f"{kind}: {said}"[:LONGEST_PROBLEM]
