import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from dashboard.rows import arrow, as_csv, cell

CHINA = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    n: float


@dataclass(frozen=True, slots=True)
class Span:
    at: datetime
    day: date


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_a_cell_that_a_spreadsheet_would_run_is_quoted(begins: str) -> None:
    assert cell(f"{begins}cmd|' /C calc'!A0") == f"'{begins}cmd|' /C calc'!A0"


def test_numbers_below_zero_stay_numbers() -> None:
    assert cell(-3.5) == -3.5


def test_the_csv_is_read_back_as_it_was_and_excel_sees_utf8() -> None:
    made = as_csv(["name", "n"], [("广东, 深圳", 1.5), ("=1+1", -2.0)])
    assert made.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(made.decode("utf-8-sig"))))
    assert lines == [["name", "n"], ["广东, 深圳", "1.5"], ["'=1+1", "-2.0"]]


def test_the_same_rows_are_turned_into_arrow_once() -> None:
    rows = (Row("a", 1.0),)
    assert arrow(rows, CHINA) is arrow(rows, CHINA)
    assert pa.ipc.open_stream(arrow(rows, CHINA)).read_all().to_pylist() == [{"name": "a", "n": 1.0}]
    assert arrow((Row("a", 2.0),), CHINA) != arrow(rows, CHINA)


def test_a_chart_is_given_what_the_clocks_of_the_board_showed() -> None:
    rows = (Span(datetime(2026, 3, 1, 17, 30, tzinfo=UTC), date(2026, 3, 2)),)
    table = pa.ipc.open_stream(arrow(rows, CHINA)).read_all()
    assert table.to_pylist() == [{"at": datetime(2026, 3, 2, 1, 30), "day": date(2026, 3, 2)}]  # noqa: DTZ001
    assert table.schema.field("at").type.tz is None
