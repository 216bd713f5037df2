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

from config import UserError
from config.source_file import FileFormat
from jobs.sources import records
from jobs.sources.records import Lines

LARGEST_XLSX = 256 * 1024 * 1024  # bytes unpacked; a file of 1 MB can hold 400
LONGEST_CELL = 1024 * 1024
LARGEST_STRINGS = 64 * 1024 * 1024  # of the shared texts of a spreadsheet, which stay in memory
LEAST_UNPACKED = 256 * 1024 * 1024  # bytes that any packed file may unpack to
MOST_TIMES = 100  # how often its own size a larger one may unpack to; logs shrink to a fifth or a twentieth
HEADER_LINES, HEADER_LENGTH = 200, 8 * 1024 * 1024  # JSON lines whose keys make the header
KINDS = (".csv", ".csv.gz", ".xlsx", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")


class Row(NamedTuple):
    """`number` counts as a spreadsheet does: the header of a CSV is row 1. `wrong`: why it is refused;
    `broken`: because its lines could not be separated or read, which is the fault of the file."""

    number: int
    cells: list[str]
    wrong: str = ""
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    header: list[str]
    rows: Iterator[Row]
    share: Callable[[], float]  # of the file that has been read, 0..1
    found: str = ""


class FileRefused(UserError):
    """The file as a whole cannot be read."""


@contextmanager
def open_table(path: Path, form: FileFormat, wanted: tuple[str, ...]) -> Iterator[Table]:
    """Refuses a file that lacks a wanted column. A key that no JSON line has is an empty cell."""
    encoding = form.encoding or "utf-8"
    kind = "".join(path.suffixes[-2:] if path.suffix == ".gz" else path.suffixes[-1:]).lower()
    if kind not in KINDS:
        raise FileRefused(f"{path.name} is of a kind that cannot be read; known are {', '.join(KINDS)}.")
    with ExitStack() as stack:
        with _refusals(path, encoding):
            if kind == ".xlsx":
                table = _open_xlsx(path, stack)
            else:
                table = _open_text(path, kind, encoding, wanted, stack)
        missing = [column for column in wanted if column not in table.header]
        if missing:
            raise FileRefused(_lacks(path, table.header, missing, encoding))
        header = [_shown(name) for name in table.header]
        yield Table(header, _until_damage(path, encoding, table.rows), table.share)


def _lacks(path: Path, header: list[str], missing: list[str], encoding: str) -> str:
    if not any(header):
        return f"{path.name} is empty: it has not even a header."
    if any(map(_undecoded, header)):
        return (
            f"{path.name} is not written in {encoding}: its header cannot be read. Name its encoding in the "
            "map, such as 'gb18030' or 'utf-16'."
        )
    return f"{path.name} has no column {', '.join(map(repr, missing))}; it has {', '.join(header)}."


DAMAGE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, InvalidFileException, KeyError, SyntaxError)


@contextmanager
def _refusals(path: Path, encoding: str) -> Iterator[None]:
    try:
        yield
    except UnicodeError:
        raise FileRefused(
            f"{path.name} is not written in {encoding}: name its encoding in the map, such as 'gb18030'."
        ) from None
    except DAMAGE as error:
        why = getattr(error, "strerror", None) or "it is damaged"
        raise FileRefused(f"{path.name} cannot be read: {why}.") from None


def _until_damage(path: Path, encoding: str, rows: Iterator[Row]) -> Iterator[Row]:
    """Rows before the damage have been read already; the caller must roll back its transaction."""
    with _refusals(path, encoding):
        yield from rows


def _open_text(path: Path, kind: str, encoding: str, wanted: tuple[str, ...], stack: ExitStack) -> Table:
    raw = stack.enter_context(path.open("rb"))
    size = path.stat().st_size or 1
    packed: Any = stack.enter_context(gzip.GzipFile(fileobj=raw)) if kind.endswith(".gz") else raw
    name = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    text = stack.enter_context(io.TextIOWrapper(packed, encoding=name, errors="surrogateescape", newline=""))
    lines = Lines(text, _unpacked(path, packed, size) if packed is not raw else lambda: None)
    header, rows = _csv(path, lines) if kind.startswith(".csv") else _json_lines(lines, wanted)
    return Table(header, (_if_decoded(row, encoding) for row in rows), lambda: min(raw.tell() / size, 1.0))


def _unpacked(path: Path, packed: IO[bytes], size: int) -> Callable[[], None]:
    """Refuses a packed file whose content grows beyond what a log of its size can have."""
    most = max(LEAST_UNPACKED, size * MOST_TIMES)

    def check() -> None:
        if packed.tell() > most:
            raise FileRefused(
                f"{path.name} unpacks to more than {most >> 20} MB, {MOST_TIMES} times its size at least; "
                "unpack it and check its content."
            )

    return check


def _undecoded(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _shown(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _if_decoded(row: Row, encoding: str) -> Row:
    if not _undecoded("".join(row.cells)):
        return row
    why = f"is not written in {encoding}; name its encoding in the map"
    return Row(row.number, list(map(_shown, row.cells)), row.wrong or why, True)


def _csv(path: Path, lines: Lines) -> tuple[list[str], Iterator[Row]]:
    csv.field_size_limit(LONGEST_CELL)
    header = records.header(lines)
    if header is None:
        raise FileRefused(f"{path.name}: a quotation mark in its header is not closed; put it right there.")
    return header, _csv_rows(path, lines, len(header))


def _csv_rows(path: Path, lines: Lines, width: int) -> Iterator[Row]:
    counted = lines.read
    for number, record in enumerate(records.records(lines, width), 2):
        counted += record.lines
        if record.wrong:
            yield Row(number, record.cells, record.wrong, True)
        elif len(record.cells) == width:
            yield Row(number, record.cells)
        elif record.cells:
            yield Row(number, record.cells, f"has {len(record.cells)} cells, the header has {width}")
    if counted != lines.read:
        raise FileRefused(f"{path.name}: {lines.read} lines were read, but {counted} are accounted for.")


def _json_lines(lines: Lines, wanted: tuple[str, ...]) -> tuple[list[str], Iterator[Row]]:
    """The header: the keys of the first lines, and the wanted ones."""
    first = _first(lines)
    keys = dict.fromkeys(chain.from_iterable(_object(line) or {} for line in first))
    header = list(keys | dict.fromkeys(wanted))
    numbered = enumerate(chain(first, lines), 1)
    return header, (_json_row(number, line, header) for number, line in numbered if line.strip())


def _first(lines: Lines) -> list[str]:
    found: list[str] = []
    length = 0
    for line in islice(lines, HEADER_LINES):
        found.append(line)
        length += len(line)
        if length > HEADER_LENGTH:
            break
    return found


def _object(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _json_row(number: int, line: str, header: list[str]) -> Row:
    if len(line) > records.LONGEST_LINE:
        return Row(number, [line[:100]], records.TOO_LONG, True)
    found = _object(line)
    if found is None:
        return Row(number, [line.strip()], "is no JSON object", True)
    return Row(number, [_text(found.get(key)) for key in header])


def _open_xlsx(path: Path, stack: ExitStack) -> Table:
    with zipfile.ZipFile(path) as packed:
        _refuse_large(path, packed)
    workbook = load_workbook(path, read_only=True, data_only=True)
    stack.callback(workbook.close)
    sheet = workbook.worksheets[0]
    total = sheet.max_row or 1
    rows = sheet.iter_rows(values_only=True)
    header = [_text(value) for value in next(rows, ())]
    while header and not header[-1]:
        header.pop()
    at = [0]
    return Table(header, _xlsx_rows(rows, len(header), at), lambda: min(at[0] / total, 1.0))


def _refuse_large(path: Path, packed: zipfile.ZipFile) -> None:
    size = sum(part.file_size for part in packed.infolist())
    if size > LARGEST_XLSX:
        raise FileRefused(
            f"{path.name} unpacks to {size >> 20} MB, more than {LARGEST_XLSX >> 20}; save it as CSV."
        )
    for part in packed.infolist():
        if part.filename.endswith("sharedStrings.xml") and part.file_size > LARGEST_STRINGS:
            raise FileRefused(
                f"{path.name} has more than {LARGEST_STRINGS >> 20} MB of text; save it as CSV."
            )
        if part.file_size > LONGEST_CELL and _has_endless_text(packed, part):
            raise FileRefused(f"{path.name} has a cell of more than {LONGEST_CELL >> 20} MB; save it as CSV.")


def _has_endless_text(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether a megabyte has no tag: the XML parser would keep the whole text in memory."""
    without = 0
    with packed.open(part) as file:
        while piece := file.read(64 * 1024):
            first, last = piece.find(b"<"), piece.rfind(b"<")
            without = without + len(piece) if first < 0 else len(piece) - last
            if without > LONGEST_CELL:
                return True
    return False


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
