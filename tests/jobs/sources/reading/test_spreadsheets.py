"""What stands in the cells of .xlsx files, by whatever program it was written."""

import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import Engine, text

from config.source_maps.file import FileFormat
from config.source_maps.source_map import parse
from jobs.sources.importing import Order, import_file
from jobs.sources.reading.files import FileRefused, Row, open_table
from jobs.sources.reading.workbooks import dated, kind_of
from tests.jobs.sources.samples import read

CONTENT = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
BOOK = (
    '<x:workbook xmlns:x="m" xmlns:r="r"><x:workbookPr date1904="{since_1904}"/><x:sheets>'
    '<x:sheet name="notes" r:id="r1" state="hidden"/><x:sheet name="data" r:id="r2"/></x:sheets></x:workbook>'
)
RELATIONS = (
    '<Relationships><Relationship Id="r1" Type="t/worksheet" Target="sheets/a.xml"/>'
    '<Relationship Id="r2" Type="t/worksheet" Target="/xl/sheets/b.xml"/>'
    '<Relationship Id="r3" Type="t/sharedStrings" Target="../xl/texts.xml"/>'
    '<Relationship Id="r4" Type="t/styles" Target="formats.xml"/></Relationships>'
)
HEAD = '<x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c><x:c r="C1" t="str"><x:v>last</x:v></x:c></x:row>'
TEXTS = (
    "<sst><si><t>No</t></si><si><r><t xml:space='preserve'>rich </t></r><r><t>text</t></r>"
    "<rPh sb='0' eb='1'><t>how it sounds</t></rPh></si><si><t>a_x000D_b_x005F_c</t></si></sst>"
)
FORMATS = (
    '<styleSheet><numFmts><numFmt numFmtId="200" formatCode="[h]:mm"/>'
    '<numFmt numFmtId="201" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot; 上午/下午h:mm;@"/>'
    "</numFmts>"
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
    '<xf numFmtId="31"/><xf numFmtId="20"/><xf numFmtId="200"/><xf numFmtId="201"/></cellXfs></styleSheet>'
)


def write(path: Path, cells: str, since_1904: int = 0, rows: str | None = None) -> Path:
    sheet = rows or f'{HEAD}<x:row r="3">{cells}</x:row>'
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("[Content_Types].xml", CONTENT)
        packed.writestr("xl/workbook.xml", BOOK.format(since_1904=since_1904))
        packed.writestr("xl/_rels/workbook.xml.rels", RELATIONS)
        packed.writestr("xl/texts.xml", TEXTS)
        packed.writestr("xl/formats.xml", FORMATS)
        packed.writestr("xl/sheets/a.xml", "<worksheet><sheetData/></worksheet>")
        packed.writestr(
            "xl/sheets/b.xml", f'<x:worksheet xmlns:x="m"><x:sheetData>{sheet}</x:sheetData></x:worksheet>'
        )
    return path


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<x:c r="A3"><x:v>7</x:v></x:c>', "7"),
        ("<x:c><x:v>7.0</x:v></x:c>", "7"),
        ("<x:c><x:v>0.1</x:v></x:c>", "0.1"),
        ("<x:c><x:v>123456789012345678</x:v></x:c>", "1.2345678901234568E+17"),
        ("<x:c><x:v>2.0261120090500013E+17</x:v></x:c>", "2.0261120090500013E+17"),
        ("<x:c><x:v>9007199254740991</x:v></x:c>", "9007199254740991"),
        ("<x:c><x:v>9007199254740992</x:v></x:c>", "9.007199254740992E+15"),
        ('<x:c t="s"><x:v>1</x:v></x:c>', "rich text"),
        ('<x:c t="s"><x:v>2</x:v></x:c>', "a\rb_c"),
        ('<x:c t="inlineStr"><x:is><x:t> in</x:t></x:is></x:c>', " in"),
        ('<x:c t="str"><x:f>A1&amp;"x"</x:f><x:v>Nox</x:v></x:c>', "Nox"),
        ('<x:c t="str"><x:f>A1</x:f><x:v></x:v></x:c>', ""),
        ("<x:c><x:f>A1+1</x:f></x:c>", "=A1+1"),
        ('<x:c t="b"><x:v>1</x:v></x:c>', "true"),
        ('<x:c t="b"><x:v>0</x:v></x:c>', "false"),
        ('<x:c t="e"><x:v>#N/A</x:v></x:c>', "#N/A"),
        ('<x:c t="d"><x:v>2026-11-20T09:05:00</x:v></x:c>', "2026-11-20 09:05:00"),
        ('<x:c s="1"><x:v>46346</x:v></x:c>', "2026-11-20"),
        ('<x:c s="1"><x:v>46346.3784722222</x:v></x:c>', "2026-11-20 09:05:00"),
        ('<x:c s="2"><x:v>46346</x:v></x:c>', "2026-11-20"),
        ('<x:c s="3"><x:v>0.5</x:v></x:c>', "12:00:00"),
        ('<x:c s="3"><x:v>46346.5</x:v></x:c>', "2026-11-20 12:00:00"),
        ('<x:c s="4"><x:v>2.0625</x:v></x:c>', "49:30:00"),
        ('<x:c s="3"><x:v>1</x:v></x:c>', "24:00:00"),
        ('<x:c s="5"><x:v>46346.6284722222</x:v></x:c>', "2026-11-20 15:05:00"),
        ('<x:c s="1"><x:v>-1</x:v></x:c>', "-1"),
        ('<x:c s="1"><x:v>99999999</x:v></x:c>', "99999999"),
        ('<x:c s="99"><x:v>5</x:v></x:c>', "5"),
    ],
)
def test_a_cell_is_its_value_as_text(tmp_path: Path, cell: str, text: str) -> None:
    header, rows = read(write(tmp_path / "f.xlsx", cell + '<x:c r="C3"><x:v>9</x:v></x:c>'), "No")
    assert (header, rows) == (["No", "", "last"], [Row(3, [text, "", "9"])])


def test_a_workbook_may_count_from_1904(tmp_path: Path) -> None:
    file = write(tmp_path / "f.xlsx", '<x:c s="1"><x:v>44884</x:v></x:c>', since_1904=1)
    assert read(file)[1][0].cells[0] == "2026-11-20"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", ""),
        ("0", ""),
        ("0.00E+00", ""),
        ('#,##0.00 "dys"', ""),
        ("@", ""),
        ("yyyy-mm-dd", "date"),
        ("[$-804]yyyy/m/d h:mm;@", "date"),
        ("mmm-yy", "date"),
        ("m\\月", "date"),
        ("h:mm AM/PM", "time"),
        ("mm:ss.0", "time"),
        ("[hh]:mm:ss", "duration"),
        ("[Red]0;[Blue]-0", ""),
        ("[DBNum1][$-804]yyyy年m月d日", "date"),
        ('0"d"', ""),
        ("000000", ""),
    ],
)
def test_a_format_says_whether_a_number_is_a_date(code: str, kind: str) -> None:
    assert kind_of(code) == kind


@given(st.datetimes(datetime.fromisoformat("1970-01-01"), datetime.fromisoformat("2199-12-31")))
def test_a_date_is_read_as_it_was_written(at: datetime) -> None:
    at = at.replace(microsecond=0)
    days = (at - datetime.fromisoformat("1899-12-30")) / timedelta(days=1)
    text = at.isoformat(" ") if at.time() != datetime.min.time() else at.date().isoformat()
    assert dated(float(repr(days)), "date", False) == text


def sheets(path: Path, **tables: list[list[object]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def refusal(path: Path, *wanted: str, **form: object) -> str:
    with pytest.raises(FileRefused) as caught:
        read(path, *wanted, **form)
    return str(caught.value)


TITLED: list[list[object]] = [["Complaints"], [None], ["No", "What"], ["007", "slow"]]


def test_the_sheet_and_the_row_of_the_columns_are_found_and_said(tmp_path: Path) -> None:
    file = sheets(tmp_path / "f.xlsx", notes=[["do not edit"]], data=TITLED)
    with open_table(file, FileFormat(), ("No", "What")) as table:
        assert list(table.rows) == [Row(4, ["007", "slow"])]
        assert table.found == "sheet 'data', columns named in row 3"
        assert table.share() == 1.0


@pytest.mark.parametrize("sheet", ["data", 2])
def test_a_map_may_name_the_sheet_and_the_row(tmp_path: Path, sheet: str | int) -> None:
    other: list[list[object]] = [["No", "What"], [1, "old"]]
    file = sheets(tmp_path / "f.xlsx", old=other, data=TITLED)
    assert read(file, "No", sheet=sheet, header_row=3)[1] == [Row(4, ["007", "slow"])]
    assert "has no column 'No'; it has Complaints." in refusal(file, "No", sheet=sheet, header_row=1)


def test_columns_in_two_sheets_are_never_read_from_one_only(tmp_path: Path) -> None:
    file = sheets(tmp_path / "f.xlsx", 十月=[["No"], [1]], 十一月=[["No"], [2]])
    assert "in 2 sheets, '十月', '十一月': name one with 'sheet'" in refusal(file, "No")
    assert refusal(file, "No", sheet="Mai") == "f.xlsx has no sheet 'Mai'; it has '十月', '十一月'."


def test_a_missing_column_is_told_of_the_sheet_that_has_the_others(tmp_path: Path) -> None:
    file = sheets(tmp_path / "f.xlsx", notes=[["do not edit"]], data=TITLED)
    assert refusal(file, "No", "When") == "f.xlsx, sheet 'data', has no column 'When'; it has No, What."


def test_columns_without_names_are_called_by_their_letters(tmp_path: Path) -> None:
    file = sheets(tmp_path / "f.xlsx", data=[["1", "slow", None], ["2", None, "late"]])
    header, rows = read(file, "A", "C", header_row=0)
    assert (header, rows) == (["A", "B", "C"], [Row(1, ["1", "slow", ""]), Row(2, ["2", "", "late"])])


def test_two_columns_of_one_name_are_told_apart_by_their_letters(tmp_path: Path) -> None:
    file = sheets(tmp_path / "f.xlsx", data=[["No", "区域", "区域"], [1, "甲", "乙"]])
    assert refusal(file, "No", "区域") == (
        "f.xlsx has 2 columns named '区域': write '区域 [B]' or '区域 [C]' in the map, the letter is that of "
        "the column."
    )
    assert read(file, "No", "区域 [C]")[1] == [Row(2, ["1", "甲", "乙"])]
    assert read(file, "No")[1][0].cells == ["1", "甲", "乙"]


def merged(path: Path) -> Path:
    book = Workbook()
    sheet = book.active
    for row in (
        ["No", "部门", "区域"],
        [1, "网络部", "甲"],
        [2],
        [3, None, "乙"],
        [None, None, None],
        [4, "客服"],
    ):
        sheet.append(row)
    sheet.merge_cells("B2:B5")
    sheet.merge_cells("C2:C3")
    sheet.merge_cells("A8:C8")
    book.save(path)
    return path


def test_merged_cells_are_filled_down_and_said(tmp_path: Path) -> None:
    with open_table(merged(tmp_path / "f.xlsx"), FileFormat(), ("No",)) as table:
        assert [row.cells for row in table.rows] == [
            ["1", "网络部", "甲"],
            ["2", "网络部", "甲"],
            ["3", "网络部", "乙"],
            ["4", "客服", ""],
        ]
        assert table.found == "sheet 'Sheet', merged cells filled down (部门, 区域)"


def test_merged_cells_may_stay_empty_and_are_said(tmp_path: Path) -> None:
    with open_table(merged(tmp_path / "f.xlsx"), FileFormat(fill_down=False), ("No",)) as table:
        assert [row.cells[1] for row in table.rows] == ["网络部", "", "", "客服"]
        assert "row 3: 部门 is merged with row 2 and empty" in table.found


def test_columns_may_be_filled_down_in_any_file(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text("No,部门,区域\n1,网络部,甲\n2,,\n3,客服,\n")
    rows = read(file, fill_down=("部门",))[1]
    assert [row.cells for row in rows] == [["1", "网络部", "甲"], ["2", "网络部", ""], ["3", "客服", ""]]
    assert "has no column 'department'" in refusal(file, "No", fill_down=("department",))


def test_a_sheet_of_nothing_but_depth_is_refused(tmp_path: Path) -> None:
    assert "has more than 64 parts inside each other" in refusal(
        write(tmp_path / "f.xlsx", "", rows="<x:row>" * 100)
    )


def test_a_column_that_no_spreadsheet_has_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "f.xlsx", '<x:c r="XFE3"><x:v>1</x:v></x:c>')
    assert refusal(file) == "f.xlsx names a column 'XFE', which no spreadsheet has."


def test_a_password_is_told_so(tmp_path: Path) -> None:
    file = write(tmp_path / "f.xlsx", "")
    content = bytearray(file.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(content)
    assert refusal(file) == "f.xlsx has a password: save it as .xlsx without one."


def test_an_empty_workbook_and_an_old_one_are_told_so(tmp_path: Path) -> None:
    assert refusal(sheets(tmp_path / "f.xlsx", data=[]), "No") == "f.xlsx cannot be read: the file is empty."
    (tmp_path / "g.xlsx").write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 100)
    assert "is an old .xls file or has a password" in refusal(tmp_path / "g.xlsx")
    (tmp_path / "h.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    assert refusal(tmp_path / "h.xls").endswith("Save it as .xlsx.")


MIXED = """
format = 1
source = "mixed"
title = "dates of every form in one column"
rows = "complaint"
time_zone = "Asia/Shanghai"
dates = [
  "iso", "%Y/%m/%d %H:%M", "%Y/%m/%d %p %I:%M", "%Y年%m月%d日 %H时%M分", "%Y%m%d%H%M%S", "excel",
]
milestones = []
[complaint]
number = "工单编号"
received_at = "受理时间"
"""
WHEN = [
    datetime.fromisoformat("2026-02-20 09:05"),
    "2026/02/20 09:05",
    46073.3784722222,
    "2026/02/20 下午 3:05",
    "2026年2月20日 9时5分",
    " 2026-02-20 09:05:00.0 ",
    "20260220090500",
    "2026/02/20 24:00",
    "46073",
    datetime.fromisoformat("2026-02-20"),
    "#N/A",
]


def test_a_column_of_dates_of_every_form_is_taken(engine: Engine, tmp_path: Path) -> None:
    rows: list[list[object]] = [["工单编号", "受理时间"], *([f"M{n}", at] for n, at in enumerate(WHEN, 1))]
    file = sheets(tmp_path / "f.xlsx", data=rows)
    found = import_file(engine, Order(parse(MIXED), file, tmp_path / "rejects.csv"))
    assert (found.complaints, found.rejected, found.rejects[0].row) == (10, 1, 12)
    with engine.connect() as conn:
        received = conn.execute(
            text(
                "SELECT external_id, to_char(received_at AT TIME ZONE 'Asia/Shanghai', 'DD HH24:MI') AS at "
                "FROM facts.complaint"
            )
        )
        assert {row.external_id: row.at for row in received} == {
            "M1": "20 09:05",
            "M2": "20 09:05",
            "M3": "20 09:05",
            "M4": "20 15:05",
            "M5": "20 09:05",
            "M6": "20 09:05",
            "M7": "20 09:05",
            "M8": "21 00:00",
            "M9": "20 00:00",
            "M10": "20 00:00",
        }
