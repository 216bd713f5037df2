"""Files of rows as streams: CSV, JSON lines and XES event logs (all also .gz), XLSX. Every cell is text,
empty for none."""

import codecs
import gzip
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any
from xml.parsers.expat import ExpatError

from config.source_maps.file import FileFormat
from jobs.sources.reading import encodings, event_logs, spreadsheets
from jobs.sources.reading.delimited import open_csv
from jobs.sources.reading.encodings import BAD_BYTES_KEPT, is_undecoded, without_undecoded
from jobs.sources.reading.json_lines import open_json_lines
from jobs.sources.reading.records import Lines
from jobs.sources.reading.tables import FileRefused as FileRefused
from jobs.sources.reading.tables import Row as Row
from jobs.sources.reading.tables import Shape as Shape
from jobs.sources.reading.tables import Table as Table
from jobs.sources.reading.tables import most_unpacked, unpacks_to_too_much

KINDS = (
    ".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz", ".xlsx", ".xlsm", ".jsonl", ".jsonl.gz",
    ".ndjson", ".ndjson.gz", ".xes", ".xes.gz",
)  # fmt: skip
DAMAGE = (
    OSError, EOFError, zlib.error, zipfile.BadZipFile, ExpatError, NotImplementedError, struct.error,
    LookupError, ValueError, OverflowError,
)  # fmt: skip
OF_REJECTS = re.compile(rb"(?:\xef\xbb\xbf)?row([,;\t])column\1reason\1")
WIDER = {"gbk": "gb18030", "gb2312": "gb18030"}  # of which they are a part


@contextmanager
def open_table(path: Path, form: FileFormat, wanted: tuple[str, ...]) -> Iterator[Table]:
    """Refuses a file that lacks a wanted column, or has two of its name."""
    kind = _kind(path)
    if kind == ".csv" and _is_of_rejects(path):
        form = FileFormat()
    if isinstance(form.fill_down, tuple):
        wanted = tuple(dict.fromkeys((*wanted, *form.fill_down)))
    with ExitStack() as stack:
        with _refusals(path, form):
            if not path.stat().st_size:
                raise FileRefused(f"{path.name} cannot be read: the file is empty.")
            if kind.endswith((".xlsx", ".xlsm")):
                table = spreadsheets.open_xlsx(path, form, wanted, stack)
            elif ".xes" in kind:
                table = _open_xes(path, wanted, stack)
            else:
                table = _open_text(path, kind, form, wanted, stack)
        rows = _filled_down(table, form.fill_down) if isinstance(form.fill_down, tuple) else table.rows
        yield replace(table, rows=_until_damage(path, form, rows))


def _is_of_rejects(path: Path) -> bool:
    """Whether it is a file of refused rows, written by an import (rejects.py), put right and perhaps saved by
    a spreadsheet: however the rows were written before, their columns have their names now."""
    try:
        with path.open("rb") as file:
            return OF_REJECTS.match(file.read(64)) is not None
    except OSError:
        return False


def _kind(path: Path) -> str:
    kind = "".join(path.suffixes[-2:] if path.suffix.lower() == ".gz" else path.suffixes[-1:]).lower()
    if kind in KINDS:
        return kind
    hint = " Save it as .xlsx." if kind in (".xls", ".xlsb", ".ods", ".et") else ""
    raise FileRefused(f"{path.name} is of a kind that cannot be read; known are {', '.join(KINDS)}.{hint}")


@contextmanager
def _refusals(path: Path, form: FileFormat) -> Iterator[None]:
    try:
        yield
    except UnicodeError:
        raise FileRefused(
            f"{path.name} is not written in {encodings.shown(form.encoding or 'utf-8')}: name its encoding "
            "in the map, such as 'gb18030'."
        ) from None
    except DAMAGE as error:
        why = getattr(error, "strerror", None) or "it is damaged"
        raise FileRefused(f"{path.name} cannot be read: {why}.") from None


def _until_damage(path: Path, form: FileFormat, rows: Iterator[Row]) -> Iterator[Row]:
    """Rows before the damage have been read already; the caller must roll back its transaction."""
    with _refusals(path, form):
        yield from rows


def _open_text(path: Path, kind: str, form: FileFormat, wanted: tuple[str, ...], stack: ExitStack) -> Table:
    encoding = _encoding(path, form)
    raw, packed, share = _open_bytes(path, stack)
    text = stack.enter_context(io.TextIOWrapper(packed, encoding=encoding, errors=BAD_BYTES_KEPT, newline=""))
    lines = Lines(text, _unpacked(path, packed) if packed is not raw else lambda: None)
    known = encodings.shown(encoding)
    if "json" in kind or "ndjson" in kind:
        header, rows = open_json_lines(path.name, lines, wanted)
        found, shape = known, Shape(encoding)
    else:
        text_table, rows, by = open_csv(path.name, lines, form, wanted)
        header, found = text_table.head.names, f"{known}, {by}"
        shape = Shape(encoding, text_table.dialect.delimiter, header_row=text_table.head.place + 1)
    if any(map(is_undecoded, header)):
        missing = [column for column in wanted if column not in header]
        if missing:
            raise FileRefused(
                f"{path.name} is not written in {known}: its header cannot be read. Name its encoding in the "
                "map, such as 'gb18030' or 'utf-16'."
            )
        header = list(map(without_undecoded, header))
    return Table(header, (_if_decoded(row, known) for row in rows), share, found, shape)


def _encoding(path: Path, form: FileFormat) -> str:
    with ExitStack() as stack:
        _raw, packed, _share = _open_bytes(path, stack)
        if form.encoding is None:
            return encodings.find(packed.read)
        named = codecs.lookup(form.encoding).name
        return encodings.by_mark(packed.read(4)) or WIDER.get(named, form.encoding)


def _open_bytes(path: Path, stack: ExitStack) -> tuple[IO[bytes], Any, Callable[[], float]]:
    """The file, its content unpacked, and how much of it has been read."""
    raw = stack.enter_context(path.open("rb"))
    size = path.stat().st_size or 1
    packed: Any = raw
    if path.suffix.lower() == ".gz":
        packed = stack.enter_context(gzip.GzipFile(fileobj=raw))
    return raw, packed, lambda: min(raw.tell() / size, 1.0)


def _unpacked(path: Path, packed: IO[bytes]) -> Callable[[], None]:
    """Refuses a packed file whose content grows beyond what a log of its size can have."""
    most = most_unpacked(path.stat().st_size)

    def check() -> None:
        if packed.tell() > most:
            raise unpacks_to_too_much(path.name, most)

    return check


def _if_decoded(row: Row, encoding: str) -> Row:
    if not is_undecoded("".join(row.cells)):
        return row
    why = f"is not written in {encoding}; name its encoding in the map"
    return Row(row.number, list(map(without_undecoded, row.cells)), row.wrong or why, True)


def _open_xes(path: Path, wanted: tuple[str, ...], stack: ExitStack) -> Table:
    raw, packed, share = _open_bytes(path, stack)
    check = _unpacked(path, packed) if packed is not raw else lambda: None
    header, rows = event_logs.open_xes(path.name, packed, check, wanted)
    return Table(header, rows, share, "an event log, one row an event")


def _filled_down(table: Table, columns: tuple[str, ...]) -> Iterator[Row]:
    """Where a cell of these columns is empty, it has the text of the row above."""
    places = [place for place, name in enumerate(table.header) if name in columns]
    last = dict.fromkeys(places, "")
    for row in table.rows:
        if not row.wrong:
            for place in places:
                last[place] = row.cells[place] = row.cells[place] or last[place]
        yield row
