"""Physical lines of a text file, and the CSV records made of them. Each line is accounted for: a quotation
mark that is not closed spoils its own row and no other."""

import csv
from collections import deque
from collections.abc import Callable, Iterator
from typing import IO, NamedTuple

LONGEST_LINE = 1024 * 1024  # characters
LONGEST_RECORD = 64 * 1024  # characters of one that goes over several lines
MOST_LINES = 200  # of one record
MOST_LINES_OF_FEW = 20  # of a file with so few columns that a line of prose looks like a row
FEW_COLUMNS = 3
NOT_CLOSED = "opens a quotation mark that is not closed; what follows is read as rows of its own"
TOO_LONG = f"is longer than {LONGEST_LINE >> 20} MB"


class Record(NamedTuple):
    """`cells` empty: a blank line. `wrong`: why its line could not be separated from others."""

    cells: list[str]
    lines: int
    wrong: str = ""


class Unclosed(Exception):
    """The record goes on for longer than any does."""


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

    def __init__(self, lines: Lines, width: int) -> None:
        self._lines = lines
        self._commas = width - 1
        self._most = MOST_LINES if width > FEW_COLUMNS else MOST_LINES_OF_FEW
        self._length = 0
        self.taken: list[str] = []

    def begin(self) -> None:
        self.taken, self._length = [], 0

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if self.taken and (
            len(self.taken) >= self._most or self._length > LONGEST_RECORD or self._swallows_a_row()
        ):
            raise Unclosed
        line = next(self._lines)
        self.taken.append(line)
        self._length += len(line)
        if len(line) > LONGEST_LINE:
            raise Unclosed
        return line

    def _swallows_a_row(self) -> bool:
        last = self.taken[-1]
        inside = len(self.taken) > 1 and self._commas >= FEW_COLUMNS
        return inside and '"' not in last and last.count(",") == self._commas


def header(lines: Lines) -> list[str] | None:
    """None where its end is not found within a few lines."""
    feed = _Feed(lines, 0)
    try:
        return next(csv.reader(feed, strict=True), [])
    except (csv.Error, Unclosed):
        return _alone(feed.taken[0]) if len(feed.taken) == 1 else None


def records(lines: Lines, width: int) -> Iterator[Record]:
    """After the header. A record of several lines must fit the header; else each line is read by itself."""
    feed = _Feed(lines, width)
    reader = csv.reader(feed, strict=True)
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
        if cells is not None and (len(feed.taken) == 1 or len(cells) == width):
            yield Record(cells, len(feed.taken))
            continue
        first, *rest = feed.taken
        lines.give_back(rest)
        reader = csv.reader(feed, strict=True)
        yield _single(first, why)


def _single(line: str, error: Exception | None) -> Record:
    """A line with unbalanced quotation marks."""
    if len(line) > LONGEST_LINE:
        return Record([line[:100]], 1, TOO_LONG)
    alone = _alone(line)
    if alone is not None:
        return Record(alone, 1)
    if isinstance(error, csv.Error) and '"' not in line:
        return Record(_unquoted(line), 1, f"is no CSV ({error})")
    return Record(_unquoted(line), 1, NOT_CLOSED)


def _alone(line: str) -> list[str] | None:
    """The cells of a line with text behind a closing quotation mark, as a spreadsheet reads them."""
    following = iter([line, ""])
    try:
        cells = next(csv.reader(following), [])
    except csv.Error:
        return None
    return cells if next(following, None) is not None else None


def _unquoted(line: str) -> list[str]:
    """Quotation marks taken as they stand, so that the row can be put right."""
    try:
        return next(csv.reader([line], quoting=csv.QUOTE_NONE), [])
    except csv.Error:
        return []
