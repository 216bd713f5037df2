"""Rows of `rows = "update"`, a log: something happened to a complaint."""

from collections import OrderedDict
from datetime import datetime
from typing import NamedTuple
from zlib import crc32

from config.source_maps.source_map import SourceMap
from config.source_maps.subjects import Update
from config.vocabulary import MILESTONE_FIELDS
from jobs.sources.reading.files import Row
from jobs.sources.repeats import Repeats
from jobs.sources.rows.columns import BadRow, Cells, Columns, Notes, named
from jobs.sources.rows.complaint_rows import State, states
from jobs.sources.rows.instants import Read
from jobs.sources.rows.mapping import Mapped, cells_of
from jobs.sources.rows.parts import Fields, Parts, Requests, Texts, When
from queries.intake.facts import NewComplaint, Observation, Snapshot
from queries.intake.ties import TIE_BITS

REMEMBERED = 100_000  # complaints of which the row before is known
BACK = 1 << 31
Key = tuple[datetime, int]  # instant and the source's own order


class Before(NamedTuple):
    """What the rows before told of a complaint. `tie`: the place of the last one among those of its key."""

    key: Key
    tie: int
    latest: Key
    received: datetime | None = None
    texts: int = 0  # their hash

    @property
    def happened(self) -> datetime:
        return self.key[0]


class UpdateRows:
    """A row states what held from its instant on."""

    made_at: datetime | None = None

    def __init__(self, source: SourceMap, update: Update, columns: Columns) -> None:
        self._fields, self._parts = Fields(source, columns), Parts(source, columns)
        self._columns = columns
        self._happened, self._happened_name = columns.past(update.happened_at), named(update.happened_at)
        self._order = columns.order(update.order)
        self._milestone = columns.known("milestone", update.milestone)
        self._states = states(source, columns)
        self._promised = columns.instant(source.state.promised)
        self._no_promise = columns.says_none(source.state.promised)
        complaint = source.complaint
        self._parent_none = columns.says_none(complaint.parent)
        self._requests = [Requests(one, place, columns) for place, one in enumerate(source.co_owner, 1)]
        self._before: OrderedDict[str, Before] = OrderedDict()
        self._places = Repeats()

    def facts(self, row: Row) -> Mapped:
        cells, notes = cells_of(row), Notes()
        number = self._fields.number(cells)
        known = self._happened(cells)
        if known is None:
            raise BadRow(self._happened_name, "is empty")
        order = self._order(cells)
        received = notes.tried(self._fields.received, cells)
        before = self._before.get(number)
        happened = _in_order(known, before, received)
        place = _next(before, (happened, order), cells)
        seq = order << TIE_BITS | place.tie
        self._places.add((number, happened, seq), row.number)
        found = self._state(cells, notes, number, happened, seq)
        found += self._reached(cells, notes, number, happened, seq)
        found += self._steps(cells, notes, number, happened, seq)
        texts = self._fields.texts(cells, notes)
        complaint, snapshot = self._news(number, place, received, texts, row.number, before)
        mapped = Mapped(
            found,
            complaint,
            texts.customer if complaint or snapshot else None,
            self._fields.placed(cells),
            snapshot,
            kept=notes,
        )
        return self._parts.add_to(mapped, cells, notes, When(number, happened, None, True))

    def _state(
        self, cells: Cells, notes: Notes, number: str, happened: datetime, seq: int
    ) -> list[Observation]:
        found = []
        for state in self._states:
            count = len(notes)
            value = notes.word(state.read, cells)
            if value is not None:
                at = self._since(state, cells, notes, happened)
                found.append(Observation(number, state.field, at, value, seq))
            elif state.says_none and len(notes) == count and state.says_none(cells):
                found.append(Observation(number, state.field, happened, None, seq))
        promised = notes.tried(self._promised, cells)
        if promised is not None:
            text = self._columns.ending(promised).isoformat()
            found.append(Observation(number, "promised", happened, text, seq))
        elif self._no_promise and self._no_promise(cells):
            found.append(Observation(number, "promised", happened, None, seq))
        parent = notes.tried(self._fields.parent, cells)
        if parent is not None and parent != number:
            found.append(Observation(number, "parent", happened, parent, seq))
        elif self._parent_none and self._parent_none(cells):
            found.append(Observation(number, "parent", happened, None, seq))
        return found

    def _since(self, state: State, cells: Cells, notes: Notes, happened: datetime) -> datetime:
        known = notes.tried(state.since, cells)
        return min(known.at, happened) if known else happened

    def _reached(
        self, cells: Cells, notes: Notes, number: str, happened: datetime, seq: int
    ) -> list[Observation]:
        """What is known of the status, and the milestone."""
        found = []
        milestone = notes.tried(self._milestone, cells)
        if milestone in MILESTONE_FIELDS:
            found.append(Observation(number, milestone, happened, None, seq))
            milestone = None
        status = notes.word(self._fields.status, cells)
        if status is None and milestone is not None:
            status = "in_progress" if milestone == "reopened" else milestone
        if status is not None:
            found.append(Observation(number, "status", happened, status, seq))
        return found

    def _steps(
        self, cells: Cells, notes: Notes, number: str, happened: datetime, seq: int
    ) -> list[Observation]:
        return [
            Observation(number, field, at, department if field == "requested" else None, seq, party)
            for one in self._requests
            for party, field, at, department, _column in one.steps(cells, notes, happened)
            if at is not None
        ]

    @property
    def is_doubled(self) -> bool:
        """It happens where more than REMEMBERED complaints stand between them."""
        return self._places.found(0)[0] > 0

    def _news(
        self,
        number: str,
        now: Before,
        received: Read | None,
        texts: Texts,
        place: int,
        before: Before | None,
    ) -> tuple[NewComplaint | None, Snapshot | None]:
        """The complaint itself, where the rows before did not tell the same of it. Its texts are a statement
        of the row's instant, so that the newest ones count."""
        received_at = received.at if received else None
        told = hash(texts)
        self._remember(number, now._replace(received=received_at, texts=told))
        if before and before.received == received_at and before.texts == told:
            return None, None
        if texts.title or texts.body or texts.customer or texts.details:
            snapshot = Snapshot(number, now.happened, place, (), received_at, texts.title, texts.body)
            return None, snapshot._replace(customer=texts.customer_number, details=texts.details)
        return NewComplaint(number, received_at) if received_at else None, None

    def _remember(self, number: str, before: Before) -> None:
        self._before[number] = before
        self._before.move_to_end(number)
        if len(self._before) > REMEMBERED:
            self._before.popitem(last=False)


def _next(last: Before | None, key: Key, cells: Cells) -> Before:
    """The place of a complaint's update among those of the same instant and order: after the rows before it.

    It is not the number of the row, because a log that has grown since must give the same facts again. Where
    the log goes back in time, the place is a hash of the row, which is always the same. Updates of the same
    instant in another file are settled by queries/intake/ties.py.
    """
    if last is None:
        return Before(key, 0, key)
    if key == last.key:
        return Before(key, last.tie + 1, last.latest)
    if key > last.latest:
        return Before(key, 0, key)
    return Before(key, BACK | crc32("\t".join(cells).encode("utf-8", "replace")) >> 2, last.latest)


def _in_order(known: Read, before: Before | None, received: Read | None) -> datetime:
    """Of a time that comes twice, the one after the row before of the complaint."""
    if known.other is None:
        return known.at
    earlier = [at for at in (before and before.happened, received and received.at) if at]
    return known.other if any(known.at < at <= known.other for at in earlier) else known.at
