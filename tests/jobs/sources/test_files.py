import gzip
import json
import zipfile
from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path

import pytest
from openpyxl import Workbook

from config.source_file import FileFormat
from jobs.sources import delimited, tables
from jobs.sources.files import FileRefused, open_table
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
    wrong = [(row.number, row.wrong) for row in rows if row.wrong]
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


def test_how_much_has_been_read_grows_to_the_whole(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "f.csv", "a,b\n" + "1,2\n" * 50_000)
    with open_table(file, FileFormat(), ()) as table:
        shares = [table.share() for _ in table.rows]
        assert 0 < shares[0] < 0.5
        assert shares == sorted(shares)
        assert table.share() == 1.0
