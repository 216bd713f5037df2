"""Records of damaged CSV files: every row that is not damaged is taken, and each line is accounted for."""

import csv
import io
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.sources.reading.records import Dialect, Lines, Record, records

WORDS = st.sampled_from(["信号弱", "it is slow", "断网", "a b", "x", "", "5'6", "(nine)"])
PROSE = st.lists(
    st.sampled_from(["信号弱", "it is slow", 'said "no"', "three, times", "断网，晚上"]), max_size=4
)
DAMAGES = ("opens", "opens and loses a cell", "inside", "closes", "loses a cell", "not closed")


COMMAS = Dialect()


class Written(NamedTuple):
    cells: list[str]
    text: str
    damage: str


def lines_of(text: str) -> Lines:
    return Lines(io.StringIO(text, newline=""), lambda: None)


def read(text: str, width: int, dialect: Dialect = COMMAS) -> list[Record]:
    lines = lines_of(text)
    found = list(records(lines, width, dialect))
    assert sum(one.lines for one in found) == lines.read
    return found


def written(cells: list[str], delimiter: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerow(cells)
    return out.getvalue()


@st.composite
def rows(draw: st.DrawFn, number: int, width: int, delimiter: str) -> Written:
    cells = [f"Q{number:04}", *(draw(WORDS) for _ in range(width - 2))]
    place = draw(st.integers(1, width - 1))
    cells.insert(place, "\n".join(draw(PROSE)) if draw(st.booleans()) else draw(WORDS))
    damage = draw(st.sampled_from((*[""] * 8, *DAMAGES)))
    text = written(cells, delimiter)
    if not damage:
        return Written(cells, text, damage)
    plain = [cell.replace("\n", " ").replace('"', "").replace(delimiter, " ") for cell in cells]
    if damage in ("opens", "opens and loses a cell"):
        plain[place] = '"' + (plain[place] or "x")
    elif damage == "inside":
        plain[place] = f'a "{plain[place]}" b'
    elif damage == "closes":
        plain[place] += 'x"'
    elif damage == "not closed":
        plain[place] = f'"{plain[place]}{delimiter} and more'
    if damage.endswith("loses a cell"):
        del plain[-1]
    return Written(plain, delimiter.join(plain) + "\n", damage)


@settings(max_examples=100)
@given(st.data(), st.sampled_from([2, 3, 4, 7, 12]), st.sampled_from(",;\t|"))
def test_every_row_that_is_not_damaged_is_taken(data: st.DataObject, width: int, delimiter: str) -> None:
    table = [data.draw(rows(number, width, delimiter)) for number in range(data.draw(st.integers(1, 12)))]
    found = read("".join(row.text for row in table), width, Dialect(delimiter))
    taken = [one.cells for one in found if not one.wrong and len(one.cells) == width]
    missing = [row for row in table if not row.damage and row.cells not in taken]
    assert missing == []
    whole = [row.cells[0] for row in table if row.damage in ("", "inside")]
    assert [cells[0] for cells in taken if cells[0] in whole] == whole


def row(number: int, title: str = "信号弱") -> str:
    return f"Q{number:04},2026/02/20 09:00,{title},网络部,测试市,网络,\n"


@pytest.mark.parametrize("between", [0, 1, 5, 19, 20, 60, 150])
@pytest.mark.parametrize("closing", ['断网"', '"断网"', '他说"慢"', '"断网,晚上"', '""', '"a""b"'])
def test_two_stray_quotes_never_make_one_row_of_many(between: int, closing: str) -> None:
    table = [row(0), row(1, '"打不开'), *(row(n + 2) for n in range(between)), row(900, closing), row(901)]
    found = read("".join(table), 7)
    assert [one.cells[0] for one in found if not one.wrong] == [
        *(f"Q{n:04}" for n in range(between + 2) if n != 1),
        "Q0900",
        "Q0901",
    ]


@pytest.mark.parametrize("between", [0, 1, 5, 17])
@pytest.mark.parametrize("width", [2, 3])
def test_nor_where_there_are_few_columns(between: int, width: int) -> None:
    rest = ",x" * (width - 2)
    table = ['Q0001,"打不开', *(f"Q{n:04},慢" for n in range(2, between + 2)), 'Q0900,断网"', "Q0901,慢"]
    found = read("".join(line + rest + "\n" for line in table), width)
    assert [one.cells[0] for one in found if not one.wrong] == [line[:5] for line in table[1:]]


def test_a_letter_is_one_row_where_there_are_few_columns() -> None:
    letter = "Dear all,\nthe line is slow, very slow\n2 times, or 3\nbye, A"
    assert [one.cells for one in read(f'Q1,"{letter}"\nQ2,x\n', 2)] == [["Q1", letter], ["Q2", "x"]]


@pytest.mark.parametrize("lines", [2, 19, 20, 21, 60, 190])
def test_a_long_letter_is_one_row(lines: int) -> None:
    letter = "Dear all,\n" * (lines - 1) + "bye"
    found = read(row(1, f'"{letter}"') + row(2), 7)
    assert [(one.cells[2], one.lines) for one in found] == [(letter, lines), ("信号弱", 1)]


def test_a_letter_without_end_is_read_line_by_line() -> None:
    found = read(row(1, '"' + "x\n" * 300) + row(2) + row(3, '"' + ("y" * 999 + "\n") * 80) + row(4), 7)
    assert [one.cells[0] for one in found if len(one.cells) == 7 and not one.wrong] == ["Q0002", "Q0004"]


def test_without_a_quote_a_quotation_mark_is_text() -> None:
    assert [one.cells for one in read('1,"a\n2,b"\n', 2, Dialect(quote=""))] == [["1", '"a'], ["2", 'b"']]


def test_another_quote_may_be_named() -> None:
    assert [one.cells for one in read("1;'a;\nb'\n2;\"c\n", 2, Dialect(";", "'"))] == [
        ["1", "a;\nb"],
        ["2", '"c'],
    ]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('"said \\"no\\", twice"', 'said "no", twice'),
        ('"said \\"no\\""', 'said "no"'),
        ('"C:\\dir"', "C:\\dir"),
        ('"a ""b"" c"', 'a "b" c'),
    ],
)
def test_quotation_marks_may_have_backslashes(written: str, text: str) -> None:
    found = read(row(0) + row(1, written) + row(2), 7)
    assert [(one.cells[0], one.cells[2], one.wrong) for one in found] == [
        ("Q0000", "信号弱", ""),
        ("Q0001", text, ""),
        ("Q0002", "信号弱", ""),
    ]


def test_many_stray_quotes_take_no_more_than_a_moment() -> None:
    table = "".join(row(n, '"x' if n % 100 == 0 else "信号弱") for n in range(20_000))
    found = read(table, 7)
    assert len(found) == 20_000
    assert sum(bool(one.wrong) for one in found) == 200


NAMES = ("alice", "bob", "carol", "dave", "erin", "frank")


def named(name: str, text: str, width: int) -> str:
    """A row that begins with a word; its date is what it is known by."""
    return ",".join([name, text, "2026/02/20 09:00", *["慢"] * (width - 3)]) + "\n"


@pytest.mark.parametrize("width", [3, 4, 9])
@pytest.mark.parametrize("between", [0, 3, 19, 30, 150])
@pytest.mark.parametrize("closing", ['断网"', '"断网"', '""'])
def test_an_unclosed_quote_swallows_no_rows_that_have_no_numbers(
    width: int, between: int, closing: str
) -> None:
    names = [NAMES[n % len(NAMES)] + "x" * (n // len(NAMES)) for n in range(between + 8)]
    table = [named(name, "断网", width) for name in names]
    table[-2:-2] = [named("peter", closing, width)]
    table[6:6] = [named("oscar", '"打不开', width)]
    found = read("".join(table), width)
    assert len(found) == len(table)
    taken = [one.cells[0] for one in found if not one.wrong]
    assert [name for name in taken if name not in ("oscar", "peter")] == names


@pytest.mark.parametrize("width", [2, 3, 4, 5, 7])
def test_a_long_text_with_as_many_commas_as_a_row_is_one_text(width: int) -> None:
    """Sixty lines, most of which would be rows of this width by the number of their cells alone."""
    line = ", ".join(
        ["it is slow", "I called 2 times", "they said no", "then 3", "a week", "no", "why"][:width]
    )
    letter = "Dear all,\n" + f"{line}\n" * 58 + "bye"
    rows_ = [f"Q{n:04},2026/02/20 09:00,断网,网络部,测试市,网络,x".split(",")[:width] for n in range(30)]
    told = ["Q0100", *rows_[0][1:-1], letter]
    table = "".join(written(cells, ",") for cells in [*rows_, told, *rows_])
    found = read(table, width)
    assert [one.cells for one in found] == [*rows_, told, *rows_]
    assert found[30].lines == 60


def test_a_row_that_is_quoted_within_a_text_does_not_hide_behind_its_commas() -> None:
    """Of two readings, the one that swallows no row: the text is refused and said, the rows are taken."""
    rows_ = [row(n) for n in range(10)]
    found = read("".join([*rows_, row(50, '"see\n' + row(51)[:-1] + '\nthere"'), row(52)]), 7)
    assert [one.cells[0] for one in found if not one.wrong and len(one.cells) == 7] == [
        *(f"Q{n:04}" for n in range(10)),
        "Q0051",
        "Q0052",
    ]
    assert [one.cells[0] for one in found if one.wrong] == ["Q0050"]
