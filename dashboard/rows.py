"""Rows as what Streamlit draws and what a person takes home: Arrow bytes, CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from config.instants import bounded

# Spreadsheets take a cell that begins with one of these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class _Same:
    """Rows compared by identity, so that looking them up costs nothing."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self.rows = rows

    def __hash__(self) -> int:
        return id(self.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.rows is self.rows


def columns(rows: Sequence[Any]) -> dict[str, list[Any]]:
    """Of frozen dataclasses; no rows, no columns."""
    names = [one.name for one in fields(rows[0])] if rows else []
    return {name: [getattr(row, name) for row in rows] for name in names}


def arrow(rows: Sequence[Any], zone: ZoneInfo) -> bytes:
    """Made once for the same rows object, which `reads` keeps while nothing changed.

    Instants become what the clocks of `zone` showed, without a zone: charts draw those as they are, whatever
    zone the browser is in, and true instants in the browser's own.
    """
    return _arrow(_Same(rows), zone)


@lru_cache(256)
def _arrow(held: _Same, zone: ZoneInfo) -> bytes:
    table = pa.table(
        {name: [_shown(value, zone) for value in values] for name, values in columns(held.rows).items()}
    )
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


def _shown(value: Any, zone: ZoneInfo) -> Any:
    return bounded(value).astimezone(zone).replace(tzinfo=None) if isinstance(value, datetime) else value


def cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def as_csv(heads: Sequence[str], lines: Iterable[Sequence[Any]]) -> bytes:
    """With a byte-order mark, so that Excel reads the Chinese."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows([cell(value) for value in line] for line in lines)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")
