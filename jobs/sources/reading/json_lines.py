"""JSON lines: one object a line, its keys are the columns."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

from jobs.sources.reading.records import LONGEST_LINE, TOO_LONG, Lines
from jobs.sources.reading.tables import MOST_COLUMNS, FileRefused, Row, first_of, text_of

HEADER_LINES, HEADER_LENGTH = 200, 8 * 1024 * 1024  # lines whose keys make the header


def open_json_lines(name: str, lines: Lines, wanted: tuple[str, ...]) -> tuple[list[str], Iterator[Row]]:
    """The header: the keys of the first lines, and the wanted ones; a key that no line has is an empty
    cell."""
    first = first_of(lines, HEADER_LINES, HEADER_LENGTH, len)
    if not any(line.strip() for line in first):
        raise FileRefused(f"{name} cannot be read: the file is empty.")
    keys = dict.fromkeys(chain.from_iterable(_object(line) or {} for line in first))
    header = list(keys | dict.fromkeys(wanted))
    if len(header) > MOST_COLUMNS:
        raise FileRefused(
            f"{name} has more than {MOST_COLUMNS:,} keys; leave out what the map does not name."
        )
    numbered = enumerate(chain(first, lines), 1)
    return header, (_row(number, line, header) for number, line in numbered if line.strip())


def _object(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _row(number: int, line: str, header: list[str]) -> Row:
    if len(line) > LONGEST_LINE:
        return Row(number, [line[:100]], TOO_LONG, True)
    found = _object(line)
    if found is None:
        return Row(number, [line.strip()], "is no JSON object", True)
    return Row(number, [text_of(found.get(key)) for key in header])
