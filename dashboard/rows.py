"""Rows as what Streamlit draws and what a person takes home: Arrow bytes, CSV, a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import xlsxwriter

from config.instants import bounded

# Spreadsheets take a cell that begins with one of these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
NARROW, WIDE = 10, 40  # of a column of a spreadsheet, in characters
AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


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


def as_xlsx(block: Sequence[tuple[str, str]], heads: Sequence[str], lines: Iterable[Sequence[Any]]) -> bytes:
    """Written row by row, so that 100,000 rows need no more memory than one. Text stays text: nothing in it
    is a formula. Instants become the spreadsheet's own."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True, **AS_TEXT}) as book:
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet = book.add_worksheet()
        for place, head in enumerate(heads):
            sheet.set_column(place, place, min(max(NARROW, 2 * len(head)), WIDE))
        first = len(block) + 1
        for row, (label, value) in enumerate(block):
            sheet.write_string(row, 0, label, bold)
            sheet.write_string(row, 1, value)
        for place, head in enumerate(heads):
            sheet.write_string(first, place, head, bold)
        sheet.freeze_panes(first + 1, 0)
        for row, line in enumerate(lines, start=first + 1):
            for place, value in enumerate(line):
                _write(sheet, row, place, value, day)
    return out.getvalue()


def _write(sheet: Any, row: int, place: int, value: Any, day: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        if INSTANT.fullmatch(value):
            sheet.write_datetime(row, place, datetime.fromisoformat(value), day)
        else:
            sheet.write_string(row, place, value)
    else:
        sheet.write(row, place, value)
