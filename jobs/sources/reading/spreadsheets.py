"""Rows of .xlsx files as a stream of the values of their cells."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from config.source_maps.file import FileFormat
from jobs.sources.reading import heads
from jobs.sources.reading.heads import SEARCHED, Head
from jobs.sources.reading.tables import (
    LONGEST_CELL,
    LONGEST_ROW,
    FileRefused,
    Row,
    Shape,
    Table,
    letters,
    most_unpacked,
    number_text,
    unpacks_to_too_much,
)
from jobs.sources.reading.workbooks import NUMBER, Sheet, Workbook, dated, unescaped
from jobs.sources.reading.xml_stream import DEEPEST, PIECE, Attributes, local, pieces, too_deep

MOST_CELLS = 16_384  # of a row of any spreadsheet
MOST_MERGED = 100_000
OLD_KIND = b"\xd0\xcf\x11\xe0"  # how .xls files begin, and those with a password
MERGED = re.compile(
    rb"mergeCell\s[^>]{0,200}?\bref\s*=\s*[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']"
)
EXACT_DIGITS = 15
ENCRYPTED = 1  # of the flags of a part of a .zip
SAID = 3  # merged cells


class Cell(NamedTuple):
    """`formula`: of a cell without a value, which no program has calculated yet."""

    place: int  # of its column, from 0
    type: str
    style: int
    text: str
    formula: str


class Merge(NamedTuple):
    place: int  # of its column
    first: int
    last: int  # rows


Rows = Iterator[tuple[int, list[str]]]


def open_xlsx(path: Path, form: FileFormat, wanted: tuple[str, ...], stack: ExitStack) -> Table:
    with path.open("rb") as file:
        if file.read(4) == OLD_KIND:
            raise FileRefused(
                f"{path.name} is an old .xls file or has a password: save it as .xlsx without one."
            )
    packed = stack.enter_context(zipfile.ZipFile(path))
    if any(part.flag_bits & ENCRYPTED for part in packed.infolist()):
        raise FileRefused(f"{path.name} has a password: save it as .xlsx without one.")
    most = most_unpacked(path.stat().st_size)
    if sum(part.file_size for part in packed.infolist()) > most:
        raise unpacks_to_too_much(path.name, most)
    book = Workbook(path, packed)
    sheet, head = _table(book, form, wanted)
    heads.checked(_named(book, sheet), head, wanted)
    merges = [
        one for one in _merges(book, sheet.part) if one.place < len(head.names) and one.first > head.place + 1
    ]
    said = [f"sheet '{sheet.name}'", *([] if head.place == 0 else [heads.said(head.place + 1)])]
    said += _said_of_merges(merges, head.names, bool(form.fill_down))
    size, at = packed.getinfo(sheet.part).file_size or 1, [0]
    rows = _below(_stream(book, sheet.part, len(head.names), at), head, merges if form.fill_down else [])
    shape = Shape(sheet=sheet.name, sheets=tuple(one.name for one in book.sheets), header_row=head.place + 1)
    return Table(head.names, rows, lambda: min(at[0] / size, 1.0), ", ".join(said), shape)


def _named(book: Workbook, sheet: Sheet) -> str:
    return book.name if len(book.sheets) == 1 else f"{book.name}, sheet '{sheet.name}',"


def _table(book: Workbook, form: FileFormat, wanted: tuple[str, ...]) -> tuple[Sheet, Head]:
    """The sheet that the map names, or the only one with the wanted columns."""
    if form.sheet is not None:
        sheet = _asked(book, form.sheet)
        return sheet, _head(book, sheet, form, wanted)
    seen: list[tuple[Sheet, Head]] = []
    for hidden in (False, True):
        looked = [(one, _head(book, one, form, wanted)) for one in book.sheets if one.is_hidden == hidden]
        fitting = [(sheet, head) for sheet, head in looked if head.has_all and any(head.names)]
        if len(fitting) > 1 and wanted:
            names = ", ".join(repr(sheet.name) for sheet, _head in fitting)
            raise FileRefused(
                f"{book.name} has these columns in {len(fitting)} sheets, {names}: name one with 'sheet' in "
                "the map, and import the others by maps of their own."
            )
        if fitting:
            return next((one for one in fitting if len(one[1].names) > 1), fitting[0])
        seen += looked
    seen = [(sheet, head) for sheet, head in seen if any(head.names)]
    if not seen:
        raise FileRefused(f"{book.name} cannot be read: the file is empty.")
    return max(seen, key=lambda one: len(set(wanted) & set(one[1].names)))


def _asked(book: Workbook, asked: str | int) -> Sheet:
    if isinstance(asked, int) and asked <= len(book.sheets):
        return book.sheets[asked - 1]
    for sheet in book.sheets:
        if sheet.name == asked:
            return sheet
    names = ", ".join(repr(sheet.name) for sheet in book.sheets)
    raise FileRefused(f"{book.name} has no sheet {asked!r}; it has {names}.")


def _head(book: Workbook, sheet: Sheet, form: FileFormat, wanted: tuple[str, ...]) -> Head:
    most = max(SEARCHED, form.header_row or 0)
    first: list[list[str]] = [[] for _ in range(most)]
    for number, cells in _stream(book, sheet.part, MOST_CELLS, [0]):
        if number > most:
            break
        first[number - 1] = cells
    if form.header_row == 0:
        widest = max(map(len, first))
        first = [cells + [""] * (widest - len(cells)) for cells in first if cells]
    return heads.find(first, form, wanted)


def _below(rows: Rows, head: Head, merges: list[Merge]) -> Iterator[Row]:
    """Rows without any text are none. A merged cell has the text of its first row in each."""
    width = len(head.names)
    starts: dict[int, list[Merge]] = {}
    for merge in merges:
        starts.setdefault(merge.first, []).append(merge)
    lasting: dict[int, tuple[int, str]] = {}
    for number, cells in rows:
        if number <= head.place + 1 or not any(cells):
            continue
        cells += [""] * (width - len(cells))
        for place, (last, text) in list(lasting.items()):
            if number > last:
                del lasting[place]
            else:
                cells[place] = cells[place] or text
        for merge in starts.get(number, ()):
            lasting[merge.place] = (merge.last, cells[merge.place])
        yield Row(number, cells)


def _merges(book: Workbook, part: str) -> list[Merge]:
    """Over several rows. They stand behind the rows, so that the text is searched for them beforehand."""
    found: list[Merge] = []
    before = b""
    with book.packed.open(part) as file:
        while piece := file.read(PIECE):
            text = before + piece
            end = 0
            for match in MERGED.finditer(text):
                end = match.end()
                first, last = int(match[2]), int(match[4])
                if last > first:
                    found.append(Merge(_place(book.name, match[1].decode()), first, last))
            if len(found) > MOST_MERGED:
                raise FileRefused(f"{book.name} has more than {MOST_MERGED:,} merged cells; save it as CSV.")
            before = text[max(end, len(text) - 200) :]
    return found


def _said_of_merges(merges: list[Merge], names: list[str], filled: bool) -> list[str]:
    if not merges:
        return []
    if filled:
        places = sorted({one.place for one in merges})
        columns = ", ".join(names[place] or letters(place) for place in places)
        return [f"merged cells filled down ({columns})"]
    first = [
        f"row {one.first + 1}: {name} is merged with row {one.first} and empty"
        for one in merges[:SAID]
        for name in [names[one.place] or letters(one.place)]
    ]
    more = f"; {len(merges) - SAID:,} more merged cells" if len(merges) > SAID else ""
    return ["; ".join(first) + more]


def _stream(book: Workbook, part: str, width: int, at: list[int]) -> Rows:
    """Rows by number with their first `width` cells, without empty ones at the end; `at`: bytes read."""
    reader = _Reader(book.name)
    with book.packed.open(part) as file:
        for fed in pieces(book.name, file, reader.start, reader.end, reader.text):
            at[0] = fed
            for number, cells in reader.done:
                yield number, _texts(book, number, cells, width)
            reader.done.clear()


def _texts(book: Workbook, number: int, cells: list[Cell], width: int) -> list[str]:
    found = [""] * min(max((one.place for one in cells), default=-1) + 1, width)
    length = 0
    for one in cells:
        if one.place < width:
            text = found[one.place] = _text(book, one)
            length += len(text)
        if length > LONGEST_ROW:
            raise FileRefused(
                f"{book.name}: row {number} is longer than {LONGEST_ROW >> 20} MB; save it as CSV."
            )
    while found and not found[-1]:
        found.pop()
    return found


def _text(book: Workbook, cell: Cell) -> str:
    text, kind = cell.text, cell.type
    if cell.formula:
        return cell.formula
    if not text or kind in ("e", "str"):
        return text
    if kind == "s":
        return book.texts[int(text)]
    if kind == "inlineStr":
        return unescaped(text)
    if kind == "b":
        return "true" if text == "1" else "false"
    if kind == "d":
        return text.removesuffix("T00:00:00").replace("T", " ")
    return _number(book, text, cell.style)


def _number(book: Workbook, text: str, style: int) -> str:
    kind = book.kinds[style] if 0 <= style < len(book.kinds) else NUMBER
    if kind == NUMBER and len(text) <= EXACT_DIGITS and text.isdecimal():
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    return number_text(number) if kind == NUMBER or number < 0 else dated(number, kind, book.is_1904)


PLACES: dict[str, int] = {letters(place): place for place in range(MOST_CELLS)}


def _place(name: str, column: str) -> int:
    try:
        return PLACES[column]
    except KeyError:
        raise FileRefused(f"{name} names a column '{column[:10]}', which no spreadsheet has.") from None


class _Reader:
    """Of the XML of a sheet: cells as they are written."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: dict[str, str] = {}  # tags → without prefix
        self._inside = False  # of the rows
        self._depth = 0
        self._sounds = 0  # inside what says how a text sounds
        self._into: list[str] | None = None
        self._length = 0
        self._number = self._next = 0  # of the row; of a cell that does not say where it is
        self._given: Attributes = {}
        self._value: list[str] = []
        self._formula: list[str] = []
        self._cells: list[Cell] = []
        self._has_value = self._has_formula = False
        self.done: list[tuple[int, list[Cell]]] = []

    def _local(self, tag: str) -> str:
        found = local(tag)
        if len(self._known) < MOST_CELLS:
            self._known[tag] = found
        return found

    def start(self, tag: str, given: Attributes) -> None:
        name = self._known.get(tag) or self._local(tag)
        self._depth += 1
        if self._depth > DEEPEST:
            raise too_deep(self._name)
        if not self._inside:
            self._inside = name == "sheetData"
        elif name == "c":
            self._given, self._value, self._formula, self._length = given, [], [], 0
            self._has_value = self._has_formula = False
        elif name in ("v", "t"):
            self._has_value = True
            self._into = None if self._sounds else self._value
        elif name == "f":
            self._has_formula, self._into = True, self._formula
        elif name == "rPh":
            self._sounds += 1
        elif name == "row":
            number = given.get("r", "")
            known = number.isdecimal() and len(number) < 10
            self._number = (int(number) if known else 0) or self._number + 1
            self._cells, self._next = [], 0

    def text(self, piece: str) -> None:
        if self._into is None:
            return
        self._into.append(piece)
        self._length += len(piece)
        if self._length > LONGEST_CELL:
            raise FileRefused(
                f"{self._name} has a cell of more than {LONGEST_CELL >> 20} MB; save it as CSV."
            )

    def end(self, tag: str) -> None:
        name = self._known.get(tag) or self._local(tag)
        self._depth -= 1
        if name in ("v", "t", "f"):
            self._into = None
        elif name == "c" and self._inside:
            self._end_cell()
        elif name == "row" and self._inside:
            self.done.append((self._number, self._cells))
        elif name == "rPh":
            self._sounds = max(self._sounds - 1, 0)
        elif name == "sheetData":
            self._inside = False

    def _end_cell(self) -> None:
        """A cell without a text is none; so are those that a program only coloured."""
        given = self._given
        named = given.get("r", "").rstrip("0123456789")
        place = _place(self._name, named) if named else self._next
        self._next = place + 1
        if place >= MOST_CELLS or len(self._cells) >= MOST_CELLS:
            raise FileRefused(f"{self._name}: row {self._number} has more than {MOST_CELLS:,} cells.")
        formula = "=" + "".join(self._formula) if self._has_formula and not self._has_value else ""
        if self._value or formula:
            style = given.get("s", "0")
            text = "".join(self._value)
            self._cells.append(
                Cell(place, given.get("t", "n"), int(style) if style.isdecimal() else 0, text, formula)
            )
