"""Turns the rows of a source into facts, by its map (config/source_map.py)."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol
from zlib import crc32

from config.source_map import SourceMap, Update
from jobs.sources.columns import BadRow, Cells, Columns, named
from jobs.sources.files import Row
from queries.intake.facts import MILESTONE_FIELDS, Customer, NewComplaint, Observation
from queries.intake.ties import TIE_BITS

BACK = 1 << 31


class Mapped(NamedTuple):
    observations: list[Observation]
    complaint: NewComplaint | None = None
    customer: Customer | None = None
    region: tuple[str, str] | None = None  # with its province


class Mapping(Protocol):
    """Serves one file only, because it remembers which complaints it has seen."""

    def facts(self, row: Row) -> Mapped:
        """Raises BadRow."""


def mapping(source: SourceMap, header: list[str], now: datetime) -> Mapping:
    columns = Columns(source, header, now)
    return UpdateRows(source, source.update, columns) if source.update else ComplaintRows(source, columns)


class Fields:
    """What both kinds of row have: number, state, customer."""

    def __init__(self, source: SourceMap, columns: Columns) -> None:
        given = {name: getattr(source.state, name) for name in type(source.state).model_fields}
        apart = ("promised", "province", "status")
        self.number = columns.needed(source.complaint.number)
        self.received = columns.past(source.complaint.received_at)
        self.status = columns.known("status", given["status"])
        self._title, self._body = columns.text(source.complaint.title), columns.text(source.complaint.body)
        self._state = [
            (name, columns.known(name, spec)) for name, spec in given.items() if spec and name not in apart
        ]
        self._promised = columns.instant(given["promised"])
        self._region, self._province = columns.code(given["region"]), columns.code(given["province"])
        self._customer = _customer(source, columns)

    def state(self, cells: Cells, number: str, at: datetime, seq: int = 0) -> list[Observation]:
        """All but the status."""
        found = []
        for name, read in self._state:
            value = read(cells)
            if value is not None:
                found.append(Observation(number, name, at, value, seq))
        promised = self._promised(cells)
        if promised is not None:
            found.append(Observation(number, "promised", at, promised.isoformat(), seq))
        return found

    def mapped(
        self, cells: Cells, found: list[Observation], number: str, received: datetime | None
    ) -> Mapped:
        """`received` None: the complaint itself is known already, or the row does not state it."""
        region, province = self._region(cells), self._province(cells)
        placed = (region, province) if region and province and region != province else None
        if received is None:
            return Mapped(found, region=placed)
        customer = self._customer(cells)
        complaint = NewComplaint(
            number,
            received,
            self._title(cells),
            self._body(cells),
            customer.external_id if customer else None,
        )
        return Mapped(found, complaint, customer, placed)


def _customer(source: SourceMap, columns: Columns) -> Callable[[Cells], Customer | None]:
    given = source.customer
    if given is None:
        return lambda _cells: None
    number, value = columns.code(given.number), columns.code(given.value)
    others = [*map(columns.text, (given.name, given.phone, given.address)), value]

    def read(cells: Cells) -> Customer | None:
        found = number(cells)
        return Customer(found, *(one(cells) for one in others)) if found else None

    return read


class ComplaintRows:
    """A row is a complaint in its final state: the state held from the beginning, the ends have instants."""

    def __init__(self, source: SourceMap, columns: Columns) -> None:
        self._fields = Fields(source, columns)
        self._reached = [
            (str(name), named(spec), columns.past(spec)) for name, spec in source.reached.items()
        ]
        self._as_of = columns.past(source.as_of)
        self._number_name = named(source.complaint.number)
        self._received_name = named(source.complaint.received_at)
        self._rows: dict[str, int] = {}

    def facts(self, row: Row) -> Mapped:
        cells = _cells(row)
        number = self._fields.number(cells)
        received = self._fields.received(cells)
        if received is None:
            raise BadRow(self._received_name, "is empty")
        found = self._fields.state(cells, number, received)
        found += self._ends(cells, number, received)
        mapped = self._fields.mapped(cells, found, number, received)
        first = self._rows.setdefault(number, row.number)
        if first != row.number:
            raise BadRow(self._number_name, f"'{number[:60]}' stands in row {first} already")
        return mapped

    def _ends(self, cells: Cells, number: str, received: datetime) -> list[Observation]:
        """In the order of the map where instants are equal."""
        found = []
        for seq, (name, column, read) in enumerate(self._reached, 1):
            at = read(cells)
            if at is None:
                continue
            if at < received:
                raise BadRow(column, "is before the complaint was received")
            found.append(_reached(number, name, at, seq))
        status = self._fields.status(cells)
        if status is not None:
            seen_at = self._as_of(cells) or received
            found.append(
                Observation(number, "status", max(seen_at, received), status, len(self._reached) + 1)
            )
        return found


class UpdateRows:
    """A row states what held from its instant on."""

    def __init__(self, source: SourceMap, update: Update, columns: Columns) -> None:
        self._fields = Fields(source, columns)
        self._happened = columns.past(update.happened_at)
        self._happened_name = named(update.happened_at)
        self._order = columns.order(update.order)
        self._places: dict[str, _Place] = {}  # by number
        self._received: dict[str, datetime] = {}  # number → received_at

    def facts(self, row: Row) -> Mapped:
        cells = _cells(row)
        number = self._fields.number(cells)
        happened = self._happened(cells)
        if happened is None:
            raise BadRow(self._happened_name, "is empty")
        order = self._order(cells)
        received = self._fields.received(cells)
        status = self._fields.status(cells)
        seq = order << TIE_BITS
        found = self._fields.state(cells, number, happened, seq)
        if status is not None:
            found.append(Observation(number, "status", happened, status, seq))
        place = self._places[number] = _next(self._places.get(number), (happened, order), cells)
        if place.tie:
            found = [one._replace(source_seq=seq + place.tie) for one in found]
        return self._fields.mapped(cells, found, number, self._news(number, received))

    def _news(self, number: str, received: datetime | None) -> datetime | None:
        if received is None or self._received.get(number) == received:
            return None
        self._received[number] = received
        return received


class _Place(NamedTuple):
    key: tuple[datetime, int]
    tie: int
    latest: tuple[datetime, int]


def _next(last: _Place | None, key: tuple[datetime, int], cells: Cells) -> _Place:
    """The place of a complaint's update among those of the same instant and order: after the rows before it.

    It is not the number of the row, because a log that has grown since must give the same facts again. Where
    the log goes back in time, the place is a hash of the row, which is always the same. Updates of the same
    instant in another file are settled by queries/intake/ties.py.
    """
    if last is None:
        return _Place(key, 0, key)
    if key == last.key:
        return _Place(key, last.tie + 1, last.latest)
    if key > last.latest:
        return _Place(key, 0, key)
    return _Place(key, BACK | crc32("\t".join(cells).encode()) >> 2, last.latest)


def _reached(number: str, name: str, at: datetime, seq: int) -> Observation:
    if name in MILESTONE_FIELDS:
        return Observation(number, name, at, None, seq)
    return Observation(number, "status", at, name, seq)


def _cells(row: Row) -> Cells:
    if row.wrong:
        raise BadRow("", row.wrong)
    return row.cells
