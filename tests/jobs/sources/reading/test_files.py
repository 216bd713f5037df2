import csv
import gzip
import json
import zipfile
from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path

import pytest
from openpyxl import Workbook

from config.source_maps.file import FileFormat
from jobs.sources.reading import delimited, tables
from jobs.sources.reading.files import KINDS, FileRefused, open_table
from jobs.sources.reading.records import LONGEST_LINE
from jobs.sources.reading.spreadsheets import MOST_CELLS, MOST_MERGED
from jobs.sources.reading.workbooks import LARGEST_TEXTS
from tests.conftest import ROOT
from tests.jobs.sources.samples import read

ROWS = [["No", "When", "What"], ["1", "2020-01-01", "slow"], ["2", "2020-01-02", 'said "no",\ntwice']]


def write_csv(
    path: Path, text: str = 'No,When,What\n1,2020-01-01,slow\n2,2020-01-02,"said ""no"",\ntwice"\n'
) -> Path:
    content = text.encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def write_lines(path: Path) -> Path:
    lines = "\n".join(json.dumps(dict(zip(ROWS[0], row, strict=True))) for row in ROWS[1:]) + "\n\n"
    path.write_bytes(gzip.compress(lines.encode()) if path.suffix == ".gz" else lines.encode())
    return path


def write_xlsx(path: Path, rows: list[list[object]] | None = None) -> Path:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows or ROWS:
        sheet.append(row)
    book.save(path)
    return path


def refusal(path: Path, *wanted: str) -> str:
    with pytest.raises(FileRefused) as caught:
        read(path, *wanted)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("f.csv", write_csv),
        ("f.csv.gz", write_csv),
        ("F.CSV", write_csv),
        ("f.xlsx", write_xlsx),
        ("f.jsonl", write_lines),
        ("f.ndjson.gz", write_lines),
    ],
)
def test_every_kind_of_file_gives_the_same_cells(
    tmp_path: Path, name: str, write: Callable[[Path], Path]
) -> None:
    header, rows = read(write(tmp_path / name), "No", "What")
    assert header == ROWS[0]
    assert [row.cells for row in rows] == ROWS[1:]
    assert rows[0].number == (1 if "json" in name else 2)


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert read(write_csv(tmp_path / "f.csv", "\ufeffNo\r\n7\r\n"), "No")[1][0].cells == ["7"]


def test_another_encoding_is_read_where_the_map_names_it(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_bytes("编号,内容\n1,宽带太慢\n".encode("gb18030"))
    assert read(file, "编号", encoding="gb18030")[1][0].cells == ["1", "宽带太慢"]


def test_a_row_in_another_encoding_is_wrong_and_the_others_are_read(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_bytes(b"No,What\n1,fine\n2,caf\xe9\n3,fine\n")
    rows = read(file)[1]
    assert [bool(row.wrong) for row in rows] == [False, True, False]
    assert rows[1].wrong == "is not written in UTF-8; name its encoding in the map"


def test_a_row_with_too_few_or_too_many_cells_is_wrong(tmp_path: Path) -> None:
    rows = read(write_csv(tmp_path / "f.csv", "a,b\n1\n1,2\n\n1,2,3\n"))[1]
    wrong = [(row.number, row.wrong) for row in rows if row.broken]
    assert wrong == [(2, "has 1 cells, the header has 2"), (5, "has 3 cells, the header has 2")]


def test_a_cell_without_end_is_wrong_and_not_kept_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "LONGEST_CELL", 100)
    rows = read(write_csv(tmp_path / "f.csv", f"a,b\n1,{'x' * 200}\n1,2\n"))[1]
    assert "is no CSV" in rows[0].wrong
    assert rows[-1].cells == ["1", "2"]


def test_a_line_that_is_no_json_object_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "f.jsonl"
    file.write_text('{"a": 1}\n[1]\n{"a": \n{"b": [1, {"c": true}], "a": null}\n')
    header, rows = read(file, "a")
    assert header == ["a", "b"]
    assert [row.wrong for row in rows] == ["", "is no JSON object", "is no JSON object", ""]
    assert rows[3].cells == ["", '[1, {"c": true}]']


def test_cells_of_a_spreadsheet_are_written_as_text(tmp_path: Path) -> None:
    day, minute = datetime.fromisoformat("2015-04-22"), datetime.fromisoformat("2015-04-22 03:05")
    values = [7, 7.0, 7.5, True, None, day, minute, time(15, 53)]
    rows = read(write_xlsx(tmp_path / "f.xlsx", [[f"c{n}" for n in range(8)], values]))[1]
    assert rows[0].cells == ["7", "7", "7.5", "true", "", "2015-04-22", "2015-04-22 03:05:00", "15:53:00"]


def test_a_spreadsheet_that_unpacks_to_too_much_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 3_000_000)
    assert file.stat().st_size < 10_000
    monkeypatch.setattr(tables, "LEAST_UNPACKED", 2 << 20)
    assert refusal(file) == (
        "bomb.xlsx unpacks to more than 2 MB, 100 times its size at least; unpack it and check its content."
    )


def test_a_missing_column_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    assert (
        refusal(write_csv(tmp_path / "f.csv"), "No", "Wo")
        == "f.csv has no column 'Wo'; it has No, When, What."
    )


def test_a_damaged_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    half = gzip.compress(b"a,b\n" + b"1,2\n" * 100_000)[:-200]
    (tmp_path / "half.csv.gz").write_bytes(half)
    (tmp_path / "none.csv.gz").write_bytes(b"not packed at all")
    (tmp_path / "none.xlsx").write_bytes(b"not packed at all")
    for name in ("half.csv.gz", "none.csv.gz", "none.xlsx"):
        assert refusal(tmp_path / name) == f"{name} cannot be read: it is damaged."


def test_an_unknown_kind_lists_the_known_ones(tmp_path: Path) -> None:
    assert "known are .csv" in refusal(write_csv(tmp_path / "f.pdf"))


def test_the_document_names_every_kind_and_bound() -> None:
    text = (ROOT / "docs" / "files.md").read_text("utf-8")
    assert [kind for kind in KINDS if f"`{kind.removesuffix('.gz')}`" not in text] == []
    bounds = {
        "a packed file, unpacked": f"{tables.LEAST_UNPACKED >> 20} MB, or {tables.MOST_TIMES} times its size",
        "a line of text": f"{LONGEST_LINE >> 20} MB",
        "a cell, the attributes of an event": f"{tables.LONGEST_CELL >> 20} MB",
        "a row of a spreadsheet": f"{tables.LONGEST_ROW >> 20} MB, {MOST_CELLS:,} cells",
        "columns": f"{tables.MOST_COLUMNS:,}",
        "shared texts of a spreadsheet": f"{LARGEST_TEXTS >> 20} MB",
        "cells merged over rows": f"{MOST_MERGED:,}",
    }
    assert [what for what, most in bounds.items() if f"| {what} | {most}" not in text] == []


def test_how_much_has_been_read_grows_to_the_whole(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "f.csv", "a,b\n" + "1,2\n" * 50_000)
    with open_table(file, FileFormat(), ()) as table:
        shares = [table.share() for _ in table.rows]
        assert 0 < shares[0] < 0.5
        assert shares == sorted(shares)
        assert table.share() == 1.0


@pytest.mark.parametrize(
    ("delimiter", "said"), [(",", "commas"), (";", "semicolons"), ("\t", "tabs"), ("|", "bars")]
)
def test_the_delimiter_is_found_and_said(tmp_path: Path, delimiter: str, said: str) -> None:
    file = tmp_path / "f.csv"
    text = [["No", "What", "When"], ["1", "a, b; c | d\te", "x"], ["2", 'said "no"; twice,\nthrice', ""]]
    with file.open("w", newline="") as out:
        csv.writer(out, delimiter=delimiter).writerows(text)
    for wanted in ((), ("When", "No")):
        with open_table(file, FileFormat(), wanted) as table:
            assert [row.cells for row in table.rows] == text[1:]
            assert table.found == f"UTF-8, separated by {said}"


def test_another_delimiter_and_quote_may_be_named(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "f.csv", "No~What\n1~'a~b'\n2~\"c\n")
    assert [row.cells for row in read(file, delimiter="~", quote="'")[1]] == [["1", "a~b"], ["2", '"c']]


TITLED = '投诉工单明细,\n"导出人,张某",2026\n\nNo,What\n1,slow\n'


def test_columns_named_below_a_title_are_found_and_said(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "f.csv", TITLED)
    with open_table(file, FileFormat(), ("What",)) as table:
        assert [(row.number, row.cells) for row in table.rows] == [(5, ["1", "slow"])]
        assert table.found == "UTF-8, separated by commas, columns named in row 4"
    assert read(file, "No", header_row=4)[1][0].cells == ["1", "slow"]
    assert refusal(file, "Wo") == "f.csv has no column 'Wo'; it has 导出人,张某, 2026."


def test_a_file_without_heads_has_letters(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "f.csv", "1;slow;x\n2;\n3;late;y\n")
    with open_table(file, FileFormat(header_row=0), ("A", "C")) as table:
        rows = list(table.rows)
        assert table.header == ["A", "B", "C"]
        assert [(row.number, row.wrong) for row in rows] == [
            (1, ""),
            (2, "has 2 cells, the header has 3"),
            (3, ""),
        ]
        assert table.found == "UTF-8, separated by semicolons, columns by their letters"


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_refused_rows_put_right_are_read_by_the_same_map(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    file = tmp_path / "f.csv.rejects.csv"
    content = "row,column,reason,A,B\n7,A,is empty,1,断网\n9,A,is empty,2,\n".replace(",", delimiter)
    file.write_bytes(content.encode(encoding))
    form = {"header_row": 0, "delimiter": "|", "fill_down": ("B",)}
    assert [row.cells[3:] for row in read(file, "A", "B", encoding="big5", **form)[1]] == [
        ["1", "断网"],
        ["2", ""],
    ]


def test_a_row_that_the_file_does_not_have_can_name_no_columns(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="has no row 9 that could name the columns"):
        read(write_csv(tmp_path / "f.csv"), header_row=9)


def test_two_columns_of_one_name_are_named_if_one_is_wanted(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "f.csv", "No,区域,a,区域\n1,甲,b,乙\n")
    assert "has 2 columns named '区域': write '区域 [B]' or '区域 [D]'" in refusal(file, "No", "区域")
    header, rows = read(file, "No", "区域 [D]")
    assert dict(zip(header, rows[0].cells, strict=True))["区域 [D]"] == "乙"
    assert read(file, "No")[1][0].cells == ["1", "甲", "b", "乙"]


def test_spaces_around_the_name_of_a_column_do_not_count(tmp_path: Path) -> None:
    assert read(write_csv(tmp_path / "f.csv", "\ufeff No ,What\u3000\n1,x\n"), "No", "What")[0] == [
        "No",
        "What",
    ]


def test_empty_cells_beyond_the_columns_do_no_harm(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "f.csv", "a,b,,\n1,2\n1,2,\n1,2,,,,\n1,2,,,3\n")
    assert [(row.cells[:2], row.wrong) for row in read(file, "a")[1]] == [
        (["1", "2"], ""),
        (["1", "2"], ""),
        (["1", "2"], ""),
        (["1", "2"], "has 5 cells, the header has 4"),
    ]


@pytest.mark.parametrize("content", [b"", b"\n\r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"  \n"])
@pytest.mark.parametrize("name", ["f.csv", "f.csv.gz", "f.jsonl"])
def test_an_empty_file_is_told_so(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    assert refusal(tmp_path / name, "No") == f"{name} cannot be read: the file is empty."


def test_a_number_of_json_that_has_lost_digits_keeps_its_e(tmp_path: Path) -> None:
    file = tmp_path / "f.jsonl"
    file.write_text('{"a": 2.02611E+17, "b": 202611200905000123, "c": 7.0, "d": 1e3}\n')
    assert read(file)[1][0].cells == ["2.02611E+17", "202611200905000123", "7", "1000"]


def test_more_columns_than_any_export_has_are_refused(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "f.csv", ",".join(f"c{n}" for n in range(2_001)) + "\n")
    assert "has more than 2,000 columns" in refusal(file)
