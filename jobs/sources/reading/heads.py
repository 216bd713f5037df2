"""Where the columns of a table are named, among its first rows, and how they are called."""

from collections import Counter
from typing import NamedTuple

from config.source_maps.file import FileFormat
from jobs.sources.reading.tables import MOST_COLUMNS, FileRefused, letters

SEARCHED = 20  # rows


class Head(NamedTuple):
    """`place`: of its row among the rows given, from 0; -1 where no row names the columns."""

    place: int
    names: list[str]
    has_all: bool


def find(rows: list[list[str]], form: FileFormat, wanted: tuple[str, ...]) -> Head:
    """Of the first rows of a table; `rows` may be empty lists."""
    if form.header_row == 0:
        names = [letters(place) for place in range(_usual_width(rows))]
        return Head(-1, names, set(wanted) <= set(names))
    if form.header_row is not None:
        place = form.header_row - 1
        return _head(rows, place, wanted) if place < len(rows) else Head(place, [], False)
    heads = [_head(rows, place, wanted) for place in range(min(len(rows), SEARCHED))]
    likely = _likely(rows, heads, wanted)
    return next((head for head in heads if wanted and head.has_all), likely)


def _head(rows: list[list[str]], place: int, wanted: tuple[str, ...]) -> Head:
    names = _names(rows[place], wanted)
    return Head(place, names, set(wanted) <= set(names) | _twins(names))


def _likely(rows: list[list[str]], heads: list[Head], wanted: tuple[str, ...]) -> Head:
    """The row with most of the wanted columns, else the first that is about as wide as the table."""
    most = max(heads, key=lambda head: len(set(wanted) & set(head.names)), default=None)
    if most and set(wanted) & set(most.names):
        return most
    filled = [sum(map(bool, cells)) for cells in rows[:SEARCHED]]
    wide = max(filled, default=0)
    return next((head for head in heads if wide and filled[head.place] * 2 > wide), Head(0, [], not wanted))


def _usual_width(rows: list[list[str]]) -> int:
    widths = Counter(len(cells) for cells in rows if cells)
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _names(cells: list[str], wanted: tuple[str, ...]) -> list[str]:
    """Without the spaces around them. Columns of one name are told apart by their letters."""
    names = [cell if cell in wanted else cell.strip() for cell in cells]
    often = Counter(names)
    return [
        f"{name} [{letters(place)}]" if name and often[name] > 1 else name for place, name in enumerate(names)
    ]


def _twins(names: list[str]) -> set[str]:
    return {name.rpartition(" [")[0] for name in names if name.endswith("]")} - set(names)


def checked(name: str, head: Head, wanted: tuple[str, ...]) -> None:
    """Refuses a table that lacks a wanted column; `name` of the file or sheet."""
    if len(head.names) > MOST_COLUMNS:
        raise FileRefused(
            f"{name} has more than {MOST_COLUMNS:,} columns; leave out those that the map does not name."
        )
    missing = [column for column in wanted if column not in head.names]
    if not missing:
        return
    twins = [one for one in head.names if one.endswith("]") and one.rpartition(" [")[0] == missing[0]]
    if len(twins) > 1:
        raise FileRefused(
            f"{name} has {len(twins)} columns named '{missing[0]}': write {' or '.join(map(repr, twins))} in "
            "the map, the letter is that of the column."
        )
    what = "column" if len(missing) == 1 else "columns"
    has = f"it has {', '.join(head.names)}" if any(head.names) else "it names none"
    raise FileRefused(f"{name} has no {what} {', '.join(map(repr, missing))}; {has}.")


def said(row: int) -> str:
    return f"columns named in row {row}" if row else "columns by their letters"
