"""What a file of rows gives, of whatever kind it is."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from config import UserError

T = TypeVar("T")

LONGEST_CELL = 1024 * 1024  # characters
LONGEST_ROW = 2 * 1024 * 1024  # of a spreadsheet, whose cells may repeat one text
MOST_COLUMNS = 2_000
LEAST_UNPACKED = 256 * 1024 * 1024  # bytes that any packed file may unpack to
MOST_TIMES = 100  # how often its own size a larger one may unpack to; logs shrink to a fifth or a twentieth
ROUNDED = float(1 << 53)  # from here on a number of a spreadsheet or of JSON has lost digits


class Row(NamedTuple):
    """`number` counts as a spreadsheet does: the header of a CSV is row 1. `wrong`: why it is refused;
    `broken`: because its lines could not be separated or read, which is the fault of the file."""

    number: int
    cells: list[str]
    wrong: str = ""
    broken: bool = False


class Shape(NamedTuple):
    """How a file was read. `header_row`: from 1, 0 where no row names the columns. `encoding`: as Python
    names it; empty, as the others, where the kind of file has none."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    header_row: int = 1


OF_ANY_KIND = Shape()


@dataclass(frozen=True, slots=True)
class Table:
    """`found`: how the file was read where the map did not say, as a part of a sentence. `shape`: the same,
    for programs."""

    header: list[str]
    rows: Iterator[Row]
    share: Callable[[], float]  # of the file that has been read, 0..1
    found: str = ""
    shape: Shape = OF_ANY_KIND


class FileRefused(UserError):
    """The file as a whole cannot be read."""


def most_unpacked(packed: int) -> int:
    """Bytes that a packed file of `packed` bytes may unpack to."""
    return max(LEAST_UNPACKED, packed * MOST_TIMES)


def unpacks_to_too_much(name: str, most: int) -> FileRefused:
    return FileRefused(
        f"{name} unpacks to more than {most >> 20} MB, {MOST_TIMES} times its size at least; unpack it and "
        "check its content."
    )


def letters(place: int) -> str:
    """A, B … Z, AA …: as a spreadsheet names the column at `place`, from 0."""
    found = ""
    place += 1
    while place:
        place, letter = divmod(place - 1, 26)
        found = chr(ord("A") + letter) + found
    return found


def text_of(value: Any) -> str:
    """Of a value of JSON. A float that has lost digits keeps its E, by which it is known."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def number_text(value: float) -> str:
    if abs(value) >= ROUNDED:
        return f"{Decimal(repr(value)).normalize():E}"
    return str(int(value)) if value.is_integer() else repr(value)


def first_of(items: Iterator[T], most: int, most_length: int, length: Callable[[T], int]) -> list[T]:
    """The first items: at most so many, and none after those that exceed `most_length` together."""
    found: list[T] = []
    total = 0
    for item in islice(items, most):
        found.append(item)
        total += length(item)
        if total > most_length:
            break
    return found
