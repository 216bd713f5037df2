"""Rows of `rows = "complaint"`: how a complaint stood when the file was made, a snapshot."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from config.source_maps.source_map import SourceMap
from config.source_maps.subjects import Pause
from config.vocabulary import MILESTONE_FIELDS, OPEN_STATUSES
from jobs.sources.reading.files import Row
from jobs.sources.rows.columns import BadCell, BadRow, Cells, Columns, Notes, Text, named, nothing
from jobs.sources.rows.instants import Read
from jobs.sources.rows.mapping import Mapped, OneByOne, Stated, cells_of
from jobs.sources.rows.parts import Fields, Parts, Requests, When
from queries.intake.facts import REOPENED, Cell, Snapshot

# The order in which a complaint gets there, which decides between equal instants.
LIFE = (
    *MILESTONE_FIELDS,
    "waiting_customer",
    "waiting_co_owner",
    "in_progress",
    "reopened",
    "resolved",
    "closed",
    "withdrawn",
)
LONGEST_WAIT = timedelta(days=1000)
OVER = ("resolved", "closed", "withdrawn")
BEFORE = "before {}"


class State(NamedTuple):
    """How one state is read."""

    field: str
    read: Text
    since: Callable[[Cells], Read | None]
    since_name: str
    says_none: Callable[[Cells], bool] | None


class Wait(NamedTuple):
    status: str
    begins: datetime
    until: datetime | None
    place: int  # of its [[pause]] in the map


class ComplaintRows(OneByOne):
    def __init__(self, source: SourceMap, columns: Columns, stated: Stated) -> None:
        self._columns, self._stated = columns, stated
        self._fields, self._parts = Fields(source, columns), Parts(source, columns)
        self._needs_received = source.complaint.received_at is not None
        self._received_name = named(source.complaint.received_at) or "it was received"
        self._states = [*states(source, columns), *_parent(source, self._fields, columns)]
        self._promised = columns.instant(source.state.promised)
        self._no_promise = columns.says_none(source.state.promised)
        status_since = source.state.status.since if source.state.status else None
        self._status_since, self._status_since_name = columns.past(status_since), named(status_since)
        self._reached = [
            (name, named(spec), columns.past(spec), columns.says_none(spec))
            for name, spec in sorted(source.reached.items(), key=lambda item: LIFE.index(item[0]))
        ]
        self._waits = [Waits(one, place, columns) for place, one in enumerate(source.pause, 1)]
        self._requests = [Requests(one, place, columns) for place, one in enumerate(source.co_owner, 1)]
        self._updated, self._as_of = columns.past(source.updated_at), columns.past(source.as_of)
        self._has_as_of = source.as_of is not None and not stated.by_hand
        self.made_at = None

    def facts(self, row: Row) -> Mapped:
        cells, notes = cells_of(row), Notes()
        number = self._fields.number(cells)
        received = self._received(cells)
        stated_at = self._stated_at(cells, notes)
        found = self._state(cells, notes, number)
        reached = self._reached_cells(cells, notes, received)
        waits = self._pauses(cells, notes, received, reached)
        found += reached + waits + self._steps(cells, notes, received)
        found += self._status(cells, notes, received, stated_at, waits)
        texts = self._fields.texts(cells, notes)
        snapshot = Snapshot(
            number,
            stated_at,
            row.number,
            tuple(found),
            received.at if received else None,
            texts.title,
            texts.body,
            texts.customer_number,
            texts.details,
        )
        placed = self._fields.placed(cells)
        mapped = Mapped((), None, texts.customer, placed, snapshot, kept=notes)
        return self._parts.add_to(mapped, cells, notes, When(number, stated_at, _resolved(reached), False))

    def _received(self, cells: Cells) -> Read | None:
        received = self._fields.received(cells)
        if received is None and self._needs_received:
            raise BadRow(self._received_name, "is empty")
        return received

    def _stated_at(self, cells: Cells, notes: Notes) -> datetime:
        """The row's own instant, else its file's. A day alone means its end, but never a time to come."""
        made_at = self._stated.at
        known = notes.tried(self._as_of, cells) if self._has_as_of else None
        if known:
            made_at = self._columns.by_now(known)
            if self.made_at is None or made_at > self.made_at:
                self.made_at = made_at
        updated = notes.tried(self._updated, cells)
        return self._columns.by_now(updated) if updated else made_at

    def _state(self, cells: Cells, notes: Notes, number: str) -> list[Cell]:
        found = []
        for field, read, since, _since_name, says_none in self._states:
            count = len(notes)
            value = notes.word(read, cells)
            told = value is not None and (field != "parent" or value != number)
            if told or (says_none and len(notes) == count and says_none(cells)):
                known = notes.tried(since, cells)
                found.append(Cell(field, value if told else None, known.at if known else None))
        promised = notes.tried(self._promised, cells)
        if promised is not None:
            found.append(Cell("promised", self._columns.ending(promised).isoformat()))
        elif self._no_promise and self._no_promise(cells):
            found.append(Cell("promised", None))
        return found

    def _reached_cells(self, cells: Cells, notes: Notes, received: Read | None) -> list[Cell]:
        """In the order of a life. Of a time that comes twice, the one that fits this order."""
        found, last = [], received.at if received else None
        for name, column, read, says_none in self._reached:
            known = notes.tried(read, cells)
            if known is None:
                if says_none and says_none(cells):
                    found.append(_milestone(name, None))
                continue
            at = self._columns.ending(known)
            if last and at < last and known.other and known.other >= last:
                at = known.other
            if received and at < received.at:
                notes.append(BadCell(column, BEFORE.format(self._received_name)))
                continue
            last = max(last, at) if last else at
            found.append(_milestone(name, at))
        return found

    def _pauses(self, cells: Cells, notes: Notes, received: Read | None, reached: list[Cell]) -> list[Cell]:
        if not self._waits:
            return []
        ends = [cell.at for cell in reached if cell.value in OVER and cell.at]
        over = None if any(cell.value == "in_progress" for cell in reached) else min(ends, default=None)
        waits = []
        for one in self._waits:
            wait = one.read(cells, notes)
            if wait is None:
                continue
            if received and wait.begins < received.at:
                notes.append(BadCell(one.name, BEFORE.format(self._received_name)))
            elif over and wait.begins >= over:
                notes.append(BadCell(one.name, "after the complaint was resolved or closed"))
            else:
                waits.append(wait)
        return _paused(waits, reached)

    def _steps(self, cells: Cells, notes: Notes, received: Read | None) -> list[Cell]:
        found = []
        for one in self._requests:
            asked: datetime | None = received.at if received else None
            for party, field, at, department, column in one.steps(cells, notes):
                if at and asked and at < asked and column:
                    earlier = self._received_name if field == "requested" else "the request"
                    notes.append(BadCell(column, BEFORE.format(earlier)))
                    continue
                if field == "requested":
                    asked = at or asked
                found.append(Cell(field, department if field == "requested" else None, at, party, True))
        return found

    def _status(
        self, cells: Cells, notes: Notes, received: Read | None, stated_at: datetime, waits: list[Cell]
    ) -> list[Cell]:
        status = notes.word(self._fields.status, cells)
        if status is None or (status in OPEN_STATUSES and _pausing(waits, stated_at)):
            return []
        known = notes.tried(self._status_since, cells)
        at = known.at if known else None
        if at and received and at < received.at:
            notes.append(BadCell(self._status_since_name, BEFORE.format(self._received_name)))
            at = None
        return [Cell("status", status, at)]


def states(source: SourceMap, columns: Columns) -> list[State]:
    """All but status, promised and province."""
    found = []
    for name in type(source.state).model_fields:
        spec = getattr(source.state, name)
        if spec is None or name in ("status", "promised", "province"):
            continue
        since = columns.past(spec.since) if spec.since else nothing
        found.append(
            State(name, columns.known(name, spec), since, named(spec.since), columns.says_none(spec))
        )
    return found


def _parent(source: SourceMap, fields: Fields, columns: Columns) -> list[State]:
    spec = source.complaint.parent
    return [State("parent", fields.parent, nothing, "", columns.says_none(spec))] if spec else []


def _milestone(name: str, at: datetime | None) -> Cell:
    if name in MILESTONE_FIELDS:
        return Cell(name, None, at, is_milestone=True)
    if name == REOPENED:
        return Cell(REOPENED, "in_progress", at, is_milestone=True)
    return Cell("status", name, at, is_milestone=True)


def _resolved(reached: list[Cell]) -> datetime | None:
    ends = {cell.value: cell.at for cell in reached if cell.field == "status"}
    return ends.get("resolved") or ends.get("closed")


class Waits:
    """Of one [[pause]]."""

    def __init__(self, given: Pause, place: int, columns: Columns) -> None:
        self._place = place
        self._status, self._columns, self.name = given.status, columns, named(given.begins)
        self._begins, self._until = columns.past(given.begins), columns.instant(given.until)
        self._until_name = named(given.until or given.hours or given.minutes)
        hours = columns.length(given.hours, timedelta(hours=1))
        minutes = columns.length(given.minutes, timedelta(minutes=1))
        self._length = hours if given.hours else minutes

    def read(self, cells: Cells, notes: Notes) -> Wait | None:
        begins = notes.tried(self._begins, cells)
        if begins is None:
            return None
        until, length = notes.tried(self._until, cells), notes.tried(self._length, cells)
        end = self._columns.ending(until) if until else None
        if until and end and end < begins.at and until.other:
            end = until.other
        if length is not None:
            end = begins.at + length
        if end is not None and end < begins.at:
            notes.append(BadCell(self._until_name, BEFORE.format(self.name)))
            end = None
        if end is not None and end - begins.at > LONGEST_WAIT:
            notes.append(
                BadCell(self._until_name, f"is more than {LONGEST_WAIT.days:,} days after {self.name}")
            )
            end = None
        return Wait(self._status, begins.at, end, self._place) if end != begins.at else None


def _paused(waits: list[Wait], reached: list[Cell]) -> list[Cell]:
    """Each wait, and what came after it unless the row itself tells that."""
    told = sorted((cell.at, cell.value) for cell in reached if cell.value and cell.at)
    found = []
    for wait in sorted(waits, key=lambda one: one.begins):
        found.append(Cell("status", wait.status, wait.begins, wait.place, is_milestone=True))
        end = wait.until
        if end is None or any(wait.begins <= at <= end for at, _value in told):
            continue
        if any(other.begins <= end and (other.until is None or other.until > end) for other in waits):
            continue
        before = [value for at, value in told if at <= wait.begins and value in OPEN_STATUSES]
        after = before[-1] if before else "in_progress"
        found.append(Cell("status", after, end, wait.place, is_milestone=True))
    return found


def _pausing(waits: list[Cell], at: datetime) -> bool:
    """Whether a pause goes on at this instant."""
    begun = [cell for cell in waits if cell.at and cell.at <= at]
    return bool(begun) and begun[-1].value in ("waiting_customer", "waiting_co_owner")
