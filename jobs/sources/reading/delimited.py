"""CSV by any delimiter: which one, and where the columns are named, is found over the first lines."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from config.source_maps.file import FileFormat
from jobs.sources.reading import heads
from jobs.sources.reading.encodings import is_undecoded
from jobs.sources.reading.heads import Head
from jobs.sources.reading.records import Dialect, Lines, Record, records
from jobs.sources.reading.tables import LONGEST_CELL, FileRefused, Row, first_of

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
SAMPLE_LINES, SAMPLE_LENGTH = 60, 1024 * 1024  # lines beyond the head, characters


class Found(NamedTuple):
    dialect: Dialect
    head: Head
    sample: list[Record]
    fit: float  # the share of rows as wide as the head


def open_csv(
    name: str, lines: Lines, form: FileFormat, wanted: tuple[str, ...]
) -> tuple[Found, Iterator[Row], str]:
    """What was found, the rows below its head, and how that is said, as a part of a sentence."""
    csv.field_size_limit(LONGEST_CELL)
    first = first_of(lines, SAMPLE_LINES + (form.header_row or 0), SAMPLE_LENGTH, len)
    if not any(line.strip() for line in first):
        raise FileRefused(f"{name} cannot be read: the file is empty.")
    shape = _shape(first, form, wanted)
    lines.give_back(first)
    _check(name, shape, wanted)
    return shape, _rows(name, lines, shape), _said(shape)


def _said(shape: Found) -> str:
    delimiter = shape.dialect.delimiter
    by = f"separated by {DELIMITERS.get(delimiter, repr(delimiter))}"
    place = shape.head.place
    return by if place == 0 else f"{by}, {heads.said(place + 1)}"


def _shape(sample: list[str], form: FileFormat, wanted: tuple[str, ...]) -> Found:
    """By the delimiter with which the head has the wanted columns, else with which most rows are alike."""
    delimiters = [form.delimiter] if form.delimiter else DELIMITERS
    shapes = [_with(Dialect(one, form.quote), sample, form, wanted) for one in delimiters]
    return max(
        shapes,
        key=lambda one: (bool(wanted) and one.head.has_all, one.fit, -one.head.place, len(one.head.names)),
    )


def _with(dialect: Dialect, sample: list[str], form: FileFormat, wanted: tuple[str, ...]) -> Found:
    text = io.StringIO("".join(sample), newline="")
    found = list(records(Lines(text, lambda: None), 0, dialect))
    head = heads.find([one.cells for one in found], form, wanted)
    rows = [one.cells for one in found[head.place + 1 :] if one.cells]
    width = len(head.names)
    fit = sum(len(cells) == width for cells in rows) / max(len(rows), 1) if width > 1 else 0.0
    return Found(dialect, head, found, fit)


def _check(name: str, shape: Found, wanted: tuple[str, ...]) -> None:
    head = shape.head
    if head.place >= len(shape.sample):
        raise FileRefused(f"{name} has no row {head.place + 1} that could name the columns.")
    if any(one.wrong for one in shape.sample[: head.place + 1]):
        raise FileRefused(f"{name}: a quotation mark in its header is not closed; put it right there.")
    if not any(map(is_undecoded, head.names)):
        heads.checked(name, head, wanted)


def _rows(name: str, lines: Lines, shape: Found) -> Iterator[Row]:
    """Below the head. Refuses the file where its lines do not add up."""
    above = list(islice(records(lines, 0, shape.dialect), shape.head.place + 1))
    counted = sum(one.lines for one in above)
    names = shape.head.names
    for number, record in enumerate(records(lines, len(names), shape.dialect), len(above) + 1):
        line = counted + 1
        counted += record.lines
        if record.wrong:
            at = "" if line == number else f" (line {line:,} of the file)"
            yield Row(number, record.cells, record.wrong + at, True)
        elif record.cells:
            yield _row(number, record.cells, names)
    if counted != lines.read:
        raise FileRefused(f"{name}: {lines.read} lines were read, but {counted} are accounted for.")


def _row(number: int, cells: list[str], names: list[str]) -> Row:
    """Empty cells beyond the head, and cells of columns without a name, may be there or not."""
    width = len(names)
    if len(cells) > width and not any(cells[width:]):
        return Row(number, cells[:width])
    if len(cells) < width and not any(names[len(cells) :]):
        return Row(number, cells + [""] * (width - len(cells)))
    if len(cells) != width:
        return Row(number, cells, f"has {len(cells)} cells, the header has {width}", True)
    return Row(number, cells)
