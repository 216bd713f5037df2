"""A spreadsheet holds numbers, instants and texts as what they are, below what it is of."""

from datetime import datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook

from dashboard.rows import as_xlsx


def cells(file: bytes) -> list[list[object]]:
    sheet = load_workbook(BytesIO(file)).active
    assert sheet is not None
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_numbers_and_instants_are_the_spreadsheets_own_and_nothing_stays_empty() -> None:
    line = ["K1", 1234, 0.25, "2026-03-02 12:00:00", None, ""]
    file = as_xlsx([("Scope", "all regions")], ["A", "B", "C", "D", "E", "F"], [line])
    assert cells(file) == [
        ["Scope", "all regions", None, None, None, None],
        [None] * 6,
        ["A", "B", "C", "D", "E", "F"],
        ["K1", 1234, 0.25, datetime.fromisoformat("2026-03-02T12:00:00"), None, None],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+86 13800001234", "-5", "@cmd", "=HYPERLINK(1)", "1234", "{=1}"])
def test_a_text_stays_a_text(text: str) -> None:
    sheet = load_workbook(BytesIO(as_xlsx([], ["A"], [[text]]))).active
    assert sheet is not None
    cell = sheet.cell(3, 1)
    assert (cell.value, cell.data_type) == (text, "s")


def test_a_list_without_rows_is_its_heads() -> None:
    assert cells(as_xlsx([], ["投诉", "到期"], [])) == [[None, None], ["投诉", "到期"]]
