"""Files that are broken somewhere: what can be read is taken, each line accounted for, memory bounded."""

import csv
import gzip
import json
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterable
from itertools import chain, repeat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from config.source_maps.source_map import parse
from jobs.sources.importing import Order, Summary, import_file
from jobs.sources.reading.files import FileRefused
from queries.intake.imports import last_imports, start_import
from tests.build import MONDAY
from tests.conftest import ROOT
from tests.jobs.sources.centre import chinese
from tests.jobs.sources.samples import count, read

HEAD = "工单编号,受理时间,诉求标题,承办单位,区域,类别,办结时间\n"
MAP = chinese("broken", dates='["iso", "%Y/%m/%d %H:%M"]')
QUOTE_OPENS, QUOTE_CLOSES, QUOTES_INSIDE = '"打不开网页', '"断网,晚上"', '他说"慢"'


def line(number: int, title: str = "信号弱", category: str = "网络") -> str:
    return f"Q{number:04},2026/02/20 09:{number % 60:02},{title},网络部,测试市,{category},\n"


def lines(titles: dict[int, str], rows: int = 200) -> str:
    return HEAD + "".join(line(n, titles.get(n, "信号弱")) for n in range(1, rows + 1))


def take(engine: Engine, folder: Path, content: str | bytes, name: str = "f.csv", map_: str = MAP) -> Summary:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return import_file(engine, Order(parse(map_), file, folder / "rejects.csv"))


def refused(folder: Path) -> list[list[str]]:
    with (folder / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


@pytest.mark.parametrize(
    "titles",
    [
        {10: QUOTE_OPENS},
        {10: QUOTE_OPENS, 150: QUOTES_INSIDE},
        {10: QUOTE_OPENS, 60: QUOTE_CLOSES, 150: QUOTES_INSIDE},
        {10: QUOTE_OPENS, 14: '"断网"', 150: QUOTES_INSIDE},
        {10: QUOTE_OPENS, 14: '断网"'},
    ],
    ids=["stray quote", "two quotes", "quote closes later", "closes soon", "closes as a cell would"],
)
def test_an_unclosed_quote_takes_its_own_row_along_and_no_other(
    engine: Engine, tmp_path: Path, titles: dict[int, str]
) -> None:
    found = take(engine, tmp_path, lines(titles))
    assert (found.rows, found.rejected, found.broken, found.complaints) == (200, 1, 1, 199)
    assert found.rejects[0].row == 11
    assert "opens a quotation mark that is not closed" in found.rejects[0].reason
    (row,) = refused(tmp_path)
    assert row[4:7] == ["Q0010", "2026/02/20 09:10", QUOTE_OPENS]


def test_an_unclosed_quote_late_in_a_long_file_loses_none_of_those_after_it(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text(lines({52: QUOTE_OPENS, 9_000: QUOTE_OPENS}, 20_000))
    rows = read(file)[1]
    assert [row.number for row in rows] == list(range(2, 20_002))
    assert [row.number for row in rows if row.broken] == [53, 9_001]


def test_a_cell_of_many_lines_is_one_cell_and_counts_as_one_row(tmp_path: Path) -> None:
    letter = "Dear all,\n\n" + "it is slow, very slow\n" * 60 + 'they "came" twice'
    quoted = '"' + letter.replace('"', '""') + '"'
    file = tmp_path / "f.csv"
    file.write_text(HEAD + line(1, quoted) + line(2))
    rows = read(file)[1]
    assert [(row.number, row.cells[0], row.wrong) for row in rows] == [(2, "Q0001", ""), (3, "Q0002", "")]
    assert rows[0].cells[2] == letter


def test_the_line_is_said_where_it_is_not_the_number_of_the_row(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text(HEAD + line(1, '"a\nb\nc"') + line(2, QUOTE_OPENS) + line(3))
    wrong = [(row.number, row.wrong.partition(" (")[2]) for row in read(file)[1] if row.wrong]
    assert wrong == [(3, "line 5 of the file)")]


def test_a_cell_that_goes_on_for_longer_than_any_text_is_read_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text(HEAD + line(1, '"' + "x\n" * 300) + line(2, '"' + ("y" * 999 + "\n") * 80) + line(3))
    rows = read(file)[1]
    assert [row.cells[0] for row in rows if not row.wrong] == ["Q0003"]
    assert len(rows) == 301 + 81 + 1


def test_where_there_are_few_columns_a_quote_takes_no_more_than_its_row_either(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text('a,b\n1,"x\n' + "".join(f"{n},y\n" for n in range(2, 40)) + '40,z"\n41,w\n')
    rows = read(file)[1]
    assert [row.cells[0] for row in rows if not row.wrong] == [str(n) for n in range(2, 42)]


cells = st.text(st.sampled_from(['"', ",", "\n", "\r", "a", "中", " ", "\0"]), max_size=6)


@given(st.lists(st.lists(cells, min_size=4, max_size=4), max_size=12), st.data())
def test_any_bytes_are_read_to_their_end_and_each_line_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], data: st.DataObject
) -> None:
    """The reader refuses a file of which the lines do not add up."""
    file = tmp_path_factory.mktemp("any") / "f.csv"
    raw = "\n".join(",".join(row) for row in table)
    file.write_text("a,b,c,d\n" + raw + data.draw(cells), newline="")
    numbers = [row.number for row in read(file)[1]]
    assert numbers == sorted(set(numbers))


def looks_like_a_row(cell: str) -> bool:
    """A line of a text with as many commas as the file has is taken for one where a quote was not closed."""
    return any(line.count(",") == 3 for line in cell.splitlines())


plain = cells.map(lambda text: text.strip(" \0")).filter(lambda text: not looks_like_a_row(text))


@given(st.lists(st.lists(plain, min_size=4, max_size=4), max_size=12))
def test_what_a_program_wrote_as_csv_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]
) -> None:
    file = tmp_path_factory.mktemp("good") / "f.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([["a", "b", "c", "d"], *table])
    assert [row.cells for row in read(file)[1] if not row.wrong] == table


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ((HEAD + line(1) + line(2)).replace("\n", "\r"), 2),
        (HEAD + line(1, "a\0b") + line(2), 2),
        ((HEAD + line(1) + line(2)).replace("\n", ",\n"), 2),
    ],
    ids=["line ends of an old Mac", "a NUL in a text", "an empty column at the end"],
)
def test_what_is_no_harm_is_taken(engine: Engine, tmp_path: Path, content: str, rows: int) -> None:
    found = take(engine, tmp_path, content)
    assert (found.complaints, found.rejected) == (rows, 0)


@pytest.mark.parametrize(
    ("bad", "column", "reason"),
    [
        (line(2).replace("Q0002", "Q\0002"), "工单编号", "'Q�2' has a NUL character in it"),
        (line(2).replace("Q0002", "Q" * 20_000), "工单编号", "is longer than 200 characters"),
        (line(2, category="C" * 20_000), "类别", "is longer than 200 characters"),
        (line(2).replace("网络部", "部" * 201), "承办单位", "is longer than 200 characters"),
    ],
)
def test_a_number_or_a_name_that_no_index_can_hold_is_a_bad_row(
    engine: Engine, tmp_path: Path, bad: str, column: str, reason: str
) -> None:
    found = take(engine, tmp_path, HEAD + line(1) + bad + line(3))
    number_is_bad = column == "工单编号"
    assert (found.complaints, found.broken, found.rejected) == (3 - number_is_bad, 0, number_is_bad)
    assert found.kept == (not number_is_bad)
    ((row, told),) = [(one.rows, f"'{one.example}' {one.reason}") for one in found.reasons]
    assert (row, found.reasons[0].column) == ([3], column)
    assert reason in told


def test_a_far_date_is_a_bad_row_and_the_import_goes_on(engine: Engine, tmp_path: Path) -> None:
    far = [
        line(n).replace("2026/02/20 09:0", f"{year} 09:0")
        for n, year in ((1, "0001-01-01"), (2, "9999-12-31"))
    ]
    found = take(engine, tmp_path, HEAD + "".join(far) + line(3))
    assert (found.complaints, found.rejected) == (1, 2)
    assert ["is before 1970" in found.rejects[0].reason, "is after 2199" in found.rejects[1].reason] == [
        True
    ] * 2


def test_a_header_in_another_encoding_and_a_bad_row_give_a_reject_file(
    engine: Engine, tmp_path: Path
) -> None:
    shop = (
        'format = 1\nsource = "shop"\ntitle = "A shop"\nrows = "complaint"\ntime_zone = "UTC"\n'
        'encoding = "utf-8"\nmilestones = []\n[complaint]\nnumber = "no"\nreceived_at = "when"\n'
    )
    content = "no,when,内容\n1,2026-02-20,good\n2,soon,bad\n3,2026-02-20,慢\n".encode("gb18030")
    found = take(engine, tmp_path, content, map_=shop)
    assert (found.complaints, found.rejected, found.broken) == (1, 2, 1)
    assert [[row[0], *row[2:4]] for row in refused(tmp_path)] == [
        ["3", "when", "'soon' is no date of the form iso"],
        ["4", "", "is not written in UTF-8; name its encoding in the map"],
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_any_usual_encoding_is_taken(engine: Engine, tmp_path: Path, encoding: str) -> None:
    found = take(engine, tmp_path, (HEAD + line(1) + line(2)).encode(encoding))
    assert (found.complaints, found.rejected) == (2, 0)


def test_a_file_in_another_encoding_than_the_map_names_is_told_so(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"f.csv is not written in UTF-8: .* Name its encoding in the map"):
        take(engine, tmp_path, (HEAD + line(1)).encode("gb18030"), map_='encoding = "utf-8"' + MAP)


def test_a_map_that_names_the_wrong_encoding_is_told_so(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="is not written in UTF-16: name its encoding in the map"):
        take(
            engine,
            tmp_path,
            HEAD + line(1),
            map_=MAP.replace("[complaint]", 'encoding = "utf-16"\n[complaint]', 1),
        )


def test_an_empty_file_is_told_so(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"f\.csv cannot be read: the file is empty"):
        take(engine, tmp_path, "")


def test_a_header_whose_quote_is_not_closed_is_told_so(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="a quotation mark in its header is not closed"):
        take(engine, tmp_path, '"' + lines({}))


def write_csv_bomb(path: Path, megabytes: int) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(HEAD.encode() + line(1).encode())
        for _ in range(megabytes):
            file.write(b"x" * (1 << 20))


def write_json_bomb(path: Path, megabytes: int) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(json.dumps(dict.fromkeys(HEAD.strip().split(","), "")).encode() + b'\n{"body": "')
        for _ in range(megabytes):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n')


BOOK = {
    "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="S" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": (
        '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>'
        '<Relationship Id="r2" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    ),
}
END = "</sheetData></worksheet>"
ROWS = '<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>No</v></c><c r="B1" t="str"><v>b</v></c></row>'


def write_xlsx(path: Path, sheet: Iterable[str], texts: str = "") -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for part, content in BOOK.items():
            packed.writestr(part, content)
        packed.writestr("xl/sharedStrings.xml", f"<sst>{texts}</sst>")
        with packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as file:
            for piece in chain([ROWS], sheet):
                file.write(piece.encode())


def write_endless_cell(path: Path, megabytes: int) -> None:
    cell = '<row r="2"><c r="A2" t="inlineStr"><is><t>'
    write_xlsx(path, chain([cell], repeat("x" * (1 << 20), megabytes)))


def write_endless_tag(path: Path, megabytes: int) -> None:
    write_xlsx(path, chain(['<row r="'], repeat("1" * (1 << 20), megabytes)))


def write_cells_far_apart(path: Path, _megabytes: int) -> None:
    write_xlsx(
        path, ['<row r="1048576"><c r="XFD1048576"><v>1</v></c><c r="A1048576"><v>7</v></c></row>', END]
    )


def write_many_cells(path: Path, megabytes: int) -> None:
    write_xlsx(path, chain(['<row r="2">'], repeat("<c/>" * (1 << 18), megabytes)))


def write_one_text_often(path: Path, megabytes: int) -> None:
    row = '<row><c r="A2" t="s"><v>0</v></c>' + '<c t="s"><v>0</v></c>' * megabytes + "</row>"
    write_xlsx(path, [row, END], f"<si><t>{'x' * 1_000_000}</t></si>")


def write_entities(path: Path, _megabytes: int) -> None:
    lines = "".join(f'<!ENTITY x{n + 1} "{f"&x{n};" * 10}">' for n in range(9))
    write_xlsx(path, [])
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(
            "xl/styles.xml", f'<!DOCTYPE x [<!ENTITY x0 "{"x" * 100}">{lines}]><styleSheet>&x9;</styleSheet>'
        )


def write_endless_event(path: Path, megabytes: int) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b'<log><trace><event><string key="a" value="')
        for _ in range(megabytes):
            file.write(b"x" * (1 << 20))


def write_wide_lines(path: Path, megabytes: int) -> None:
    with path.open("w") as file:
        file.write(HEAD)
        for number in range(megabytes):
            file.write(line(number, "x" * 1_000_000))


READ = (
    "import resource, sys\nfrom pathlib import Path\n"
    "from config.source_maps.file import FileFormat\n"
    "from jobs.sources.reading.files import FileRefused, open_table\n"
    "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
    "try:\n with open_table(Path(sys.argv[1]), FileFormat(), ()) as table:\n"
    "  print(sum(1 for row in table.rows))\n"
    "except FileRefused as refused: print(refused)\n"
    "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)\n"
)


@pytest.mark.parametrize(
    ("name", "write", "megabytes", "said"),
    [
        ("f.csv.gz", write_csv_bomb, 270, "unpacks to more than 256 MB"),
        ("f.jsonl.gz", write_json_bomb, 270, "unpacks to more than 256 MB"),
        ("f.csv.gz", write_csv_bomb, 100, "2"),
        ("f.jsonl.gz", write_json_bomb, 100, "2"),
        ("f.xlsx", write_endless_cell, 100, "has a cell of more than 1 MB; save it as CSV."),
        ("f.xlsx", write_endless_cell, 270, "unpacks to more than 256 MB"),
        ("f.xlsx", write_endless_tag, 100, "has a part of more than 2 MB without an end."),
        ("f.xlsx", write_cells_far_apart, 0, "1"),
        ("f.xlsx", write_many_cells, 100, "row 2 has more than 16,384 cells."),
        ("f.xlsx", write_one_text_often, 1_000, "row 2 is longer than 2 MB"),
        ("f.xlsx", write_entities, 0, "defines entities of its own"),
        ("f.xes.gz", write_endless_event, 100, "has a part of more than 2 MB without an end."),
        ("f.csv", write_wide_lines, 100, "100"),
    ],
    ids=[
        "csv.gz",
        "jsonl.gz",
        "a line of a csv.gz",
        "a line of a jsonl.gz",
        "a cell of an xlsx",
        "an xlsx",
        "a tag of an xlsx",
        "cells far apart",
        "cells without end",
        "one text in many cells",
        "entities",
        "an event",
        "wide rows",
    ],
)
def test_what_unpacks_to_more_than_is_meant_is_refused_with_little_memory(
    tmp_path: Path, name: str, write: Callable[[Path, int], None], megabytes: int, said: str
) -> None:
    write(tmp_path / name, megabytes)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path / name)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told, mebibytes = done.stdout.rsplit(maxsplit=1)
    assert said in told
    assert int(mebibytes) < 100


def test_long_texts_are_staged_in_small_batches(engine: Engine, tmp_path: Path) -> None:
    write_wide_lines(tmp_path / "f.csv", 100)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert import_file(engine, Order(parse(MAP), tmp_path / "f.csv", tmp_path / "r.csv")).complaints == 100
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10 < 150


def test_an_import_that_ends_by_an_error_of_ours_is_written_down_as_failed(
    engine: Engine, tmp_path: Path
) -> None:
    def progress(_what: str, _share: float | None, _rows: int) -> None:
        raise OverflowError

    (tmp_path / "f.csv").write_text(lines({}))
    with pytest.raises(OverflowError):
        import_file(engine, Order(parse(MAP), tmp_path / "f.csv", tmp_path / "r.csv"), progress)
    with engine.connect() as conn:
        assert [run.outcome for run in last_imports(conn)] == ["failed"]
        assert conn.execute(text("SELECT outcome FROM journal.import_run")).scalar_one() == "failed"


def test_an_import_of_which_the_process_was_killed_counts_as_interrupted(engine: Engine) -> None:
    lives, killed = engine.connect(), engine.connect()
    for conn, name in ((lives, "lives.csv"), (killed, "killed.csv")):
        with conn.begin():
            start_import(conn, "shop", name, "0" * 64, MONDAY)
    killed.invalidate()  # its connection ends with its process
    killed.close()
    with engine.begin() as conn:
        while count(conn, "pg_locks WHERE locktype = 'advisory'") > 1:
            time.sleep(0.05)
        assert [(run.file_name, run.outcome) for run in last_imports(conn)] == [
            ("killed.csv", "interrupted"),
            ("lives.csv", None),
        ]
        start_import(conn, "shop", "next.csv", "0" * 64, MONDAY)
        assert (
            count(conn, "journal.import_run WHERE outcome = 'interrupted' AND file_name = 'killed.csv'") == 1
        )
    lives.close()
