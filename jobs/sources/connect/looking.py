"""Looks at a file: how it is written, where its columns are named, and what stands in each."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from config.source_maps.file import FileFormat
from config.source_maps.proposal import FoundColumn, FoundFile
from jobs.sources.connect import words
from jobs.sources.connect.dates import forms_of
from jobs.sources.connect.kinds import PLAIN_NUMBER, Column, looked_at
from jobs.sources.reading.encodings import shown
from jobs.sources.reading.files import FileRefused, Row, Shape, Table, open_table

COUNTED = 20_000  # rows of which each value is counted; behind them, those of columns with few
MOST_ROWS = 500_000
LONGEST = 200  # characters of a cell that are looked at
KEPT = 2_000  # rows that are compared with each other
SEARCHED = 10  # rows that may name the columns
FEWEST = 2  # known names by which a row is believed to name the columns
PLAIN_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16")  # found again without being named
Kind = Literal["text", "spreadsheet", "json", "events"]


@dataclass(frozen=True, slots=True)
class Looked:
    """`rows`: some of them, cells in the order of `columns`. `repeated`: of a column, how many cells have a
    value that an earlier one has too, and how many were counted. `nulls`: words for empty cells."""

    file: FoundFile
    columns: tuple[FoundColumn, ...]
    rows: list[list[str]]
    nulls: tuple[str, ...]
    repeated: dict[str, tuple[int, int]]

    def values(self, name: str) -> list[str]:
        """The filled cells of a column, of some rows."""
        place = next(place for place, column in enumerate(self.columns) if column.name == name)
        return [row[place] for row in self.rows if row[place]]


def look(path: Path, form: FileFormat | None = None) -> Looked:
    """`form`: how to read it, where somebody said so. Raises FileRefused."""
    form = form or _found_form(path)
    with open_table(path, form, ()) as table:
        columns = [Column(place, name) for place, name in enumerate(table.header) if name]
        kept: list[list[str]] = []
        broken, is_all = _count(table.rows, columns, kept)
        shape = table.shape
    used = {null for one in columns for null in words.null_words() if null in one.counts}
    found = tuple(looked_at(one, frozenset(used)) for one in columns)
    rows = max((one.rows for one in columns), default=0)
    file = _file(path, form, shape, rows).model_copy(update={"all_rows": is_all, "broken": broken})
    counted = {one.name: sum(one.counts.values()) for one in columns}
    repeated = {one.name: (counted[one.name] - len(one.counts), counted[one.name]) for one in columns}
    return Looked(file, found, kept, tuple(sorted(used)), repeated)


def _count(rows: Iterator[Row], columns: list[Column], kept: list[list[str]]) -> tuple[int, bool]:
    """How many rows could not be separated, and whether the file ended."""
    broken = 0
    counted = columns
    for number, row in enumerate(islice(rows, MOST_ROWS)):
        if row.wrong:
            broken += 1
            continue
        for column in counted:
            column.add(row.cells[column.place].strip()[:LONGEST])
        if len(kept) < KEPT:
            kept.append([row.cells[column.place].strip()[:LONGEST] for column in columns])
        if number == COUNTED:
            counted = [one for one in columns if one.has_few]
    return broken, next(rows, None) is None


def _found_form(path: Path) -> FileFormat:
    """The sheet and the row with most of the names that are known."""
    with open_table(path, FileFormat(), ()) as table:
        header, shape, first = table.header, table.shape, _first(table)
    form = FileFormat()
    if len(shape.sheets) > 1:
        sheet = max(shape.sheets, key=lambda name: (_known_in_sheet(path, name), name == shape.sheet))
        form = FileFormat(sheet=sheet)
        header, first = _head(path, form)
    if not (shape.delimiter or shape.sheet) or _known(header) >= FEWEST:
        return form
    others = [form.model_copy(update={"header_row": row}) for row in range(1, SEARCHED + 1)]
    best = max(others, key=lambda one: (_known(_head(path, one)[0]), -(one.header_row or 0)))
    if _known(_head(path, best)[0]) >= FEWEST:
        return best
    return form.model_copy(update={"header_row": 0}) if _is_data(header, first) else form


def _first(table: Table) -> list[Row]:
    return list(islice(table.rows, SEARCHED))


def _head(path: Path, form: FileFormat) -> tuple[list[str], list[Row]]:
    try:
        with open_table(path, form, ()) as table:
            return table.header, _first(table)
    except FileRefused:
        return [], []


def _known_in_sheet(path: Path, sheet: str) -> int:
    return _known(_head(path, FileFormat(sheet=sheet))[0])


def _known(header: list[str]) -> int:
    return sum(any(one.is_exact for one in words.known(name)) for name in header if name)


def _is_data(header: list[str], first: list[Row]) -> bool:
    """Whether what names the columns looks like the rows below it."""
    if not first:
        return False
    below = first[0].cells
    alike = sum(_is_value(name) and _is_value(cell) for name, cell in zip(header, below, strict=False))
    return alike * 3 >= len(header)


def _is_value(cell: str) -> bool:
    return bool(PLAIN_NUMBER.fullmatch(cell) or forms_of(cell, True))


def _file(path: Path, form: FileFormat, shape: Shape, rows: int) -> FoundFile:
    """With the keys that a map needs to read it so again."""
    needed: dict[str, object] = {}
    if shape.encoding and shape.encoding not in PLAIN_ENCODINGS:
        needed["encoding"] = shape.encoding
    if shape.delimiter not in ("", ","):
        needed["delimiter"] = shape.delimiter
    if len(shape.sheets) > 1:
        needed["sheet"] = shape.sheet
    if form.header_row is not None and form.header_row != 1:
        needed["header_row"] = form.header_row
    return FoundFile(
        name=path.name,
        form=FileFormat.model_validate(form.model_dump(exclude_defaults=True) | needed),
        kind=_kind(path, shape),
        encoding=shown(shape.encoding) if shape.encoding else None,
        delimiter=shape.delimiter or None,
        sheet=shape.sheet or None,
        sheets=shape.sheets,
        header_row=shape.header_row,
        rows=rows,
    )


def _kind(path: Path, shape: Shape) -> Kind:
    if shape.sheet:
        return "spreadsheet"
    if ".xes" in path.suffixes:
        return "events"
    return "text" if shape.delimiter else "json"
