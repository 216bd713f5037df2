"""Files of rows as streams: CSV and JSON lines (both also .gz), XLSX. Every cell is text, empty for none."""

import csv
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, NamedTuple

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from config import StartRefused

LARGEST_XLSX = 256 * 1024 * 1024  # bytes unpacked; a file of 1 MB can hold 400
LONGEST_CELL = 1024 * 1024
LOOKED_AT = 200  # JSON lines whose keys make the header
KINDS = (".csv", ".csv.gz", ".xlsx", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")


class Row(NamedTuple):
    """`number` counts as a spreadsheet does: the header of a CSV is row 1. `wrong`: why it has no cells."""

    number: int
    cells: list[str]
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    header: list[str]
    rows: Iterator[Row]
    share: Callable[[], float]  # of the file that has been read, 0..1


class FileRefused(StartRefused):
    """The file as a whole cannot be read."""


@contextmanager
def open_table(path: Path, encoding: str, wanted: tuple[str, ...]) -> Iterator[Table]:
    """Refuses a file that lacks a wanted column. A key that no JSON line has is an empty cell."""
    kind = "".join(path.suffixes[-2:] if path.suffix == ".gz" else path.suffixes[-1:]).lower()
    if kind not in KINDS:
        raise FileRefused(f"{path.name} is of a kind that cannot be read; known are {', '.join(KINDS)}.")
    with ExitStack() as stack:
        with _refusals(path):
            if kind == ".xlsx":
                table = _open_xlsx(path, stack)
            else:
                table = _open_text(path, kind, encoding, wanted, stack)
        missing = [column for column in wanted if column not in table.header]
        if missing:
            named = ", ".join(map(repr, missing))
            raise FileRefused(f"{path.name} has no column {named}; it has {', '.join(table.header)}.")
        yield Table(table.header, _until_damage(path, table.rows), table.share)


DAMAGE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, InvalidFileException, KeyError, SyntaxError)


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except DAMAGE as error:
        why = getattr(error, "strerror", None) or "it is damaged"
        raise FileRefused(f"{path.name} cannot be read: {why}.") from None


def _until_damage(path: Path, rows: Iterator[Row]) -> Iterator[Row]:
    """Rows before the damage have been given already; the reader's transaction must not be kept."""
    with _refusals(path):
        yield from rows


def _open_text(path: Path, kind: str, encoding: str, wanted: tuple[str, ...], stack: ExitStack) -> Table:
    raw = stack.enter_context(path.open("rb"))
    size = path.stat().st_size or 1
    packed: Any = stack.enter_context(gzip.GzipFile(fileobj=raw)) if kind.endswith(".gz") else raw
    name = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    lines = io.TextIOWrapper(packed, encoding=name, errors="surrogateescape", newline="")
    stack.enter_context(lines)
    header, rows = _csv(lines) if kind.startswith(".csv") else _json_lines(lines, wanted)
    return Table(header, (_if_decoded(row, encoding) for row in rows), lambda: min(raw.tell() / size, 1.0))


def _if_decoded(row: Row, encoding: str) -> Row:
    try:
        "".join(row.cells).encode()
    except UnicodeEncodeError:
        shown = [cell.encode("utf-8", "replace").decode() for cell in row.cells]
        return Row(row.number, shown, f"is not written in {encoding}; name its encoding in the map")
    return row


def _csv(lines: IO[str]) -> tuple[list[str], Iterator[Row]]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(lines)
    header = next(reader, [])
    return header, _csv_rows(reader, len(header))


def _csv_rows(reader: Any, width: int) -> Iterator[Row]:
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(number, [], f"is no CSV ({error})")
            continue
        if len(cells) == width:
            yield Row(number, cells)
        elif cells:
            yield Row(number, cells, f"has {len(cells)} cells, the header has {width}")


def _json_lines(lines: IO[str], wanted: tuple[str, ...]) -> tuple[list[str], Iterator[Row]]:
    """The header: the keys of the first lines, and the wanted ones."""
    first = list(islice(lines, LOOKED_AT))
    keys = dict.fromkeys(chain.from_iterable(_object(line) or {} for line in first))
    header = list(keys | dict.fromkeys(wanted))
    numbered = enumerate(chain(first, lines), 1)
    return header, (_json_row(number, line, header) for number, line in numbered if line.strip())


def _object(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _json_row(number: int, line: str, header: list[str]) -> Row:
    found = _object(line)
    if found is None:
        return Row(number, [line.strip()], "is no JSON object")
    return Row(number, [_text(found.get(key)) for key in header])


def _open_xlsx(path: Path, stack: ExitStack) -> Table:
    with zipfile.ZipFile(path) as packed:
        size = sum(part.file_size for part in packed.infolist())
    if size > LARGEST_XLSX:
        raise FileRefused(
            f"{path.name} unpacks to {size >> 20} MB, more than {LARGEST_XLSX >> 20}; save it as CSV."
        )
    book = load_workbook(path, read_only=True, data_only=True)
    stack.callback(book.close)
    sheet = book.worksheets[0]
    total = sheet.max_row or 1
    rows = sheet.iter_rows(values_only=True)
    header = [_text(value) for value in next(rows, ())]
    while header and not header[-1]:
        header.pop()
    at = [0]
    return Table(header, _xlsx_rows(rows, len(header), at), lambda: min(at[0] / total, 1.0))


def _xlsx_rows(rows: Iterator[tuple[Any, ...]], width: int, at: list[int]) -> Iterator[Row]:
    for number, values in enumerate(rows, 2):
        at[0] = number
        cells = [_text(value) for value in values[:width]]
        if any(cells):
            yield Row(number, cells + [""] * (width - len(cells)))


def _text(value: Any) -> str:
    """A date without a time is written without one, so that a column of times can be joined to it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
