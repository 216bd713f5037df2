"""Small tables that people drop on a page."""

import io
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from config.small_tables import MOST_BYTES, MOST_ROWS, NoTable, read_table


def spreadsheet(*lines: tuple[object, ...]) -> bytes:
    book = Workbook()
    for line in lines:
        book.active.append(line)
    book.create_sheet("second").append(("other",))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_in_every_usual_writing(encoding: str, delimiter: str) -> None:
    text = "\n".join(
        delimiter.join(line) for line in (("编码", "名称"), ("A", "网络部"), ("", ""), ("B", "计费部"))
    )
    found = read_table("a.csv", text.encode(encoding))
    assert found.header == ["编码", "名称"]
    assert [(row.number, row.cells) for row in found.rows] == [(2, ["A", "网络部"]), (4, ["B", "计费部"])]


def test_a_spreadsheet_gives_its_first_sheet_as_texts() -> None:
    content = spreadsheet(
        ("login", "name", "empty", "day"),
        (1001, "李伟", None, date(2026, 11, 30)),
        (None, None, None, None),
        (2.0, "a & b", None, None),
    )
    found = read_table("People.XLSX", content)
    assert found.header == ["login", "name", "empty", "day"]
    assert [(row.number, row.cells) for row in found.rows] == [
        (2, ["1001", "李伟", "", "46356"]),
        (4, ["2", "a & b", "", ""]),
    ]


def test_cells_may_be_missing_at_the_end_and_too_many_are_said() -> None:
    found = read_table("a.csv", b"a,b,c\n1\n1,2,3,4\n1,2,3,,\n")
    assert [(row.cells, row.wrong) for row in found.rows] == [
        (["1", "", ""], ""),
        (["1", "2", "3"], "has more cells than the header"),
        (["1", "2", "3"], ""),
    ]


def bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * (60 * 1024 * 1024))
    return content.getvalue()


def with_entities() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr(
            "xl/worksheets/sheet1.xml",
            '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><row><c t="str"><v>&a;</v></c></row></worksheet>',
        )
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"x", "kind"),
        ("a.xls", b"x", "kind"),
        ("a.csv", b"", "empty"),
        ("a.csv", b"\n,,\n", "empty"),
        ("a.csv", b"x" * (MOST_BYTES + 1), "large"),
        ("a.csv", b"a\n" + b"1\n" * (MOST_ROWS + 1), "large"),
        ("a.csv", b"a\n\xff\xff\xff\n", "encoding"),
        ("a.xlsx", b"no archive", "damaged"),
        ("a.xlsx", spreadsheet(("a",))[:-200], "damaged"),
        ("a.xlsx", bomb(), "large"),
        ("a.xlsx", with_entities(), "damaged"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(NoTable) as refused:
        read_table(name, content)
    assert refused.value.reason == reason
    assert name in str(refused.value)
