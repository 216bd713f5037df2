"""Small tables that people drop on a page: CSV or XLSX of at most 10,000 rows, wholly in memory.

The room that reads files of any size (jobs/sources/reading) is not the dashboard's. Cells are texts; dates of
an XLSX stay the numbers that they are, see queries/sheets.py.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.parsers.expat import ExpatError, ParserCreate

from config import UserError

CHINA = Path(__file__).with_name("regions_china.csv")  # the 31 provinces and their cities, by GB/T 2260
MOST_ROWS, MOST_BYTES, MOST_UNPACKED = 10_000, 5 * 1024 * 1024, 50 * 1024 * 1024
MOST_COLUMNS, LONGEST_CELL = 200, 2_000
ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = ",;\t"
PLACE = re.compile(r"([A-Z]{1,3})\d+")


class NoTable(UserError):
    """The file as a whole cannot be read. `reason` is one of: kind, empty, large, damaged, encoding."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class SmallRow(NamedTuple):
    """`number` counts as a spreadsheet does: the header is row 1."""

    number: int
    cells: list[str]
    wrong: str = ""


class SmallTable(NamedTuple):
    header: list[str]
    rows: list[SmallRow]


def read_table(name: str, content: bytes) -> SmallTable:
    """Raises NoTable."""
    if len(content) > MOST_BYTES:
        raise NoTable("large", f"{name} is larger than {MOST_BYTES >> 20} MiB.")
    kind = name.lower().rpartition(".")[2]
    if kind not in ("csv", "txt", "tsv", "xlsx"):
        raise NoTable("kind", f"{name} is of a kind that cannot be read here: save it as .csv or .xlsx.")
    lines = list(_spreadsheet(name, content) if kind == "xlsx" else _text(name, content))
    filled = [line for line in lines if any(cell.strip() for cell in line.cells)]
    if not filled:
        raise NoTable("empty", f"{name} is empty.")
    header, *rows = filled
    if len(rows) > MOST_ROWS:
        raise NoTable("large", f"{name} has more than {MOST_ROWS:,} rows.")
    width = len(header.cells)
    return SmallTable(header.cells, [_of_width(row, width) for row in rows])


def _of_width(row: SmallRow, width: int) -> SmallRow:
    """Empty cells at the end may be missing, or be too many."""
    cells = row.cells + [""] * (width - len(row.cells))
    extra = any(cell.strip() for cell in cells[width:])
    return SmallRow(row.number, cells[:width], "has more cells than the header" if extra else "")


def _text(name: str, content: bytes) -> Iterator[SmallRow]:
    text = _decoded(name, content)
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, cells in enumerate(reader, start=1):
            yield SmallRow(number, cells)
    except csv.Error:
        raise _damaged(name) from None


def _decoded(name: str, content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NoTable("encoding", f"{name} is written neither in UTF-8 nor in GB18030.")


def _damaged(name: str) -> NoTable:
    return NoTable("damaged", f"{name} cannot be read: it is damaged or has a password.")


def _spreadsheet(name: str, content: bytes) -> list[SmallRow]:
    """Of its first sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise NoTable("large", f"{name} unpacks to more than {MOST_UNPACKED >> 20} MiB.")
            parts = set(packed.namelist())
            texts = _texts(packed.read("xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in parts else []
            sheets = sorted(
                (one for one in parts if one.startswith("xl/worksheets/sheet")),
                key=lambda one: (len(one), one),
            )
            if not sheets:
                raise _damaged(name)
            return _rows(packed.read(min(sheets, key=_shortest)), texts)
    except (zipfile.BadZipFile, ExpatError, KeyError, RuntimeError, ValueError, IndexError):
        raise _damaged(name) from None


def _shortest(part: str) -> tuple[int, str]:
    return len(part), part


def _parse(
    content: bytes, start: Callable[[str, dict[str, str]], None], text: Callable[[str], None],
    end: Callable[[str], None],
) -> None:  # fmt: skip
    parser: Any = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def local(name: str) -> str:
        return name.rpartition(" ")[2]

    def no_entities(*_given: object) -> None:
        raise ValueError

    parser.StartElementHandler = lambda name, given: start(local(name), given)
    parser.CharacterDataHandler = text
    parser.EndElementHandler = lambda name: end(local(name))
    parser.EntityDeclHandler = no_entities
    parser.Parse(content, True)


def _texts(content: bytes) -> list[str]:
    found: list[str] = []
    inside = {"t": 0, "rPh": 0}

    def start(tag: str, _given: dict[str, str]) -> None:
        if tag == "si":
            found.append("")
        if tag in inside:
            inside[tag] += 1

    def text(data: str) -> None:
        if inside["t"] and not inside["rPh"]:
            found[-1] += data

    def end(tag: str) -> None:
        if tag in inside:
            inside[tag] -= 1

    _parse(content, start, text, end)
    return found


def _rows(content: bytes, texts: list[str]) -> list[SmallRow]:
    found: list[SmallRow] = []
    cell = {"kind": "", "place": 0, "text": "", "takes": False}

    def start(tag: str, given: dict[str, str]) -> None:
        if tag == "row":
            if len(found) > MOST_ROWS + 1:
                raise ValueError
            found.append(SmallRow(int(given.get("r", len(found) + 1)), []))
        elif tag == "c":
            place = PLACE.fullmatch(given.get("r", ""))
            at = _column(place[1]) if place else len(found[-1].cells)
            if at >= MOST_COLUMNS:
                raise ValueError
            cell.update(kind=given.get("t", "n"), place=at, text="")
        elif tag in ("v", "t"):
            cell["takes"] = True

    def text(data: str) -> None:
        if cell["takes"]:
            cell["text"] = str(cell["text"]) + data

    def end(tag: str) -> None:
        if tag in ("v", "t"):
            cell["takes"] = False
        elif tag == "c":
            cells, at, said = found[-1].cells, int(str(cell["place"])), str(cell["text"])
            cells.extend([""] * (at + 1 - len(cells)))
            cells[at] = texts[int(said)] if cell["kind"] == "s" and said else _number(said)

    _parse(content, start, text, end)
    return found


def _number(text: str) -> str:
    """2.0 is 2, as a spreadsheet shows it."""
    return text.removesuffix(".0")


def _column(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1
