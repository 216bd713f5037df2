"""Physical lines of a text file, and the CSV records made of them. Each line is accounted for: a quotation
mark that is not closed spoils its own row and no other."""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

from jobs.sources.reading.row_forms import RowForms

LONGEST_LINE = 1024 * 1024  # characters
LONGEST_RECORD = 64 * 1024  # characters of one that goes over several lines
MOST_LINES = 200  # of one record
# Where the rows have no form by which they are known (row_forms.py):
LONG_RECORD = 20  # lines; a longer one is text only where none of its lines has as many cells as a row
FEW_COLUMNS = 3  # of a file in which a line of prose has as many cells: no record is longer than LONG_RECORD
WORDS = re.compile(r"[0-9A-Za-z]+")
NOT_CLOSED = "opens a quotation mark that is not closed; what follows is read as rows of its own"
TOO_LONG = f"is longer than {LONGEST_LINE >> 20} MB"


class Record(NamedTuple):
    """`cells` empty: a blank line. `wrong`: why its line could not be separated from others."""

    cells: list[str]
    lines: int
    wrong: str = ""


class Unclosed(Exception):
    """The record goes on for longer than any does."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """`quote` empty: a quotation mark is text."""

    delimiter: str = ","
    quote: str = '"'

    def reader(self, lines: Iterator[str], strict: bool) -> Any:
        if not self.quote:
            return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)
        return csv.reader(lines, delimiter=self.delimiter, quotechar=self.quote, strict=strict)

    def alone(self, line: str) -> list[str] | None:
        """The cells of a line with text behind a closing quotation mark, as a spreadsheet reads them."""
        following = iter([line, ""])
        try:
            cells: list[str] = next(self.reader(following, strict=False), [])
        except csv.Error:
            return None
        return cells if next(following, None) is not None else None

    def escaped(self, line: str) -> list[str] | None:
        """Of a line whose quotation marks have backslashes before them, as MySQL and Hive write them."""
        if not self.quote or "\\" + self.quote not in line:
            return None
        try:
            cells: list[str] = next(
                csv.reader(
                    [line], delimiter=self.delimiter, quotechar=self.quote, escapechar="\\", strict=True
                )
            )
        except (csv.Error, StopIteration):
            return None
        return cells

    def unquoted(self, line: str) -> list[str]:
        """Quotation marks taken as they stand, so that the row can be put right."""
        try:
            return next(csv.reader([line], delimiter=self.delimiter, quoting=csv.QUOTE_NONE), [])
        except csv.Error:
            return []


class Lines:
    """Lines of at most LONGEST_LINE; of a longer one, its beginning. They can be given back."""

    def __init__(self, file: IO[str], guard: Callable[[], None]) -> None:
        """`guard` raises where the file unpacks to more than is plausible."""
        self._file, self._guard = file, guard
        self._back: deque[str] = deque()
        self.read = 0  # lines read from the file

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        if self._back:
            return self._back.popleft()
        line = self._piece(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        self.read += 1
        end = line if len(line) > LONGEST_LINE else ""
        while end and not end.endswith(("\n", "\r")):
            end = self._piece(LONGEST_LINE)
        return line

    def _piece(self, most: int) -> str:
        self._guard()
        return self._file.readline(most)

    def give_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))


class _Feed:
    """Gives lines to the reader of csv, as long as they can be one record."""

    def __init__(self, lines: Iterator[str], width: int, forms: RowForms) -> None:
        self._lines, self._forms = lines, forms
        self._is_wide = width > FEW_COLUMNS
        self._most = self._length = 0
        self.taken: list[str] = []

    def begin(self) -> None:
        self.taken, self._length = [], 0
        self._most = MOST_LINES if self._is_wide or self._forms.is_known else LONG_RECORD

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= self._most or (len(self.taken) > 1 and self._length > LONGEST_RECORD):
            raise Unclosed
        line = next(self._lines)
        self.taken.append(line)
        self._length += len(line)
        if len(line) > LONGEST_LINE:
            raise Unclosed
        return line


def records(lines: Lines, width: int, dialect: Dialect, forms: RowForms | None = None) -> Iterator[Record]:
    """A record of several lines must fit `width`, the header's, unless that is 0; else each line is read by
    itself. `forms`: what is known of the rows so far."""
    forms = forms or RowForms(width)
    feed = _Feed(lines, width, forms)
    reader = dialect.reader(feed, strict=True)
    while True:
        feed.begin()
        why: Exception | None = None
        cells: list[str] | None = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, Unclosed) as error:
            why = error
        if cells is not None and _is_one(cells, feed.taken, width, dialect, forms):
            if len(feed.taken) == 1:
                forms.learn(cells)
            yield Record(cells, len(feed.taken))
            continue
        first, *rest = feed.taken
        lines.give_back(rest)
        reader = dialect.reader(feed, strict=True)
        yield _single(first, why, width, dialect)


def _is_one(cells: list[str], lines: list[str], width: int, dialect: Dialect, forms: RowForms) -> bool:
    if len(lines) == 1:
        return True
    return len(cells) == width and not _swallows_rows(lines, width, dialect, forms) if width else True


def _swallows_rows(lines: list[str], width: int, dialect: Dialect, forms: RowForms) -> bool:
    """Whether it is a row whose quotation mark was never closed, with rows behind it up to one where a
    quotation mark stands at the end of a cell, rather than one row with a text of several lines."""
    if width < 2:
        return False
    first = dialect.unquoted(lines[0])
    following = [_row(line, width, dialect) for line in lines[1:]]
    if any(cells and _alike(cells[0], first[0].strip(dialect.quote)) for cells in following if first):
        return True
    starts = len(first) >= width
    if forms.is_known:
        *inside, last = (bool(cells) and forms.fit(cells) for cells in following)
        return any(inside) or (starts and last)
    if width <= FEW_COLUMNS:
        return False
    *inside, last = map(bool, following)
    if len(lines) > LONG_RECORD and any(inside):
        return True
    if not inside:
        return starts and last
    return sum(inside) * 2 >= len(inside) and (starts or last or sum(inside) > 1)


def _row(line: str, width: int, dialect: Dialect) -> list[str]:
    """Its cells if it can be a row by itself, else none."""
    cells = dialect.alone(line)
    return cells if cells is not None and len(cells) == width else []


def _alike(one: str, other: str) -> bool:
    """Both may be numbers of one source, as Q0010 and Q0011 are: what begins a row is seldom prose."""
    return (
        any(map(str.isdigit, one))
        and abs(len(one) - len(other)) <= 1
        and WORDS.sub("x", one) == WORDS.sub("x", other)
    )


def _single(line: str, error: Exception | None, width: int, dialect: Dialect) -> Record:
    """A line with unbalanced quotation marks."""
    if len(line) > LONGEST_LINE:
        return Record([line[:100]], 1, TOO_LONG)
    escaped = dialect.escaped(line)
    if escaped is not None and len(escaped) == width:
        return Record(escaped, 1)
    alone = dialect.alone(line)
    if alone is not None:
        return Record(alone, 1)
    if isinstance(error, csv.Error) and (not dialect.quote or dialect.quote not in line):
        return Record(dialect.unquoted(line), 1, f"is no CSV ({error})")
    return Record(dialect.unquoted(line), 1, NOT_CLOSED)
