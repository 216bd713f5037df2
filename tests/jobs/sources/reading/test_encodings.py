"""The encoding of a file is found by what stands in it."""

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.source_maps.file import FileFormat
from jobs.sources.reading import encodings
from jobs.sources.reading.files import open_table
from tests.jobs.sources.samples import read

SIMPLIFIED = "工单编号,受理时间,诉求标题\n20260001,2026/11/20 09:05,宽带断网，网络部处理中\n"
TRADITIONAL = "工單編號,受理時間,訴求標題\n20260001,2026/11/20 09:05,寬頻斷網，網路部處理中\n"
SENTENCES = [
    "宽带断网了三天没有人来修",
    "话费有疑问请尽快答复",
    "信号弱",
    "套餐资费争议要求退款",
    "营业厅服务态度差",
    "用户投诉测试市城区网络慢",
]
TRADITIONAL_SENTENCES = [
    "寬頻斷網了三天沒有人來修",
    "話費有疑問請盡快答覆",
    "訊號弱收不到",
    "方案資費爭議要求退款",
    "門市服務態度差",
    "用戶投訴測試市區網路慢",
]


def found(content: bytes) -> str:
    return encodings.find(io.BytesIO(content).read)


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        (SIMPLIFIED, "utf-8", "UTF-8"),
        (SIMPLIFIED, "utf-8-sig", "UTF-8 with a mark"),
        (SIMPLIFIED, "gb18030", "GB18030"),
        (SIMPLIFIED, "gbk", "GB18030"),
        (SIMPLIFIED, "utf-16", "UTF-16"),
        (SIMPLIFIED, "utf-16-le", "UTF-16 LE"),
        (SIMPLIFIED, "utf-16-be", "UTF-16 BE"),
        (TRADITIONAL, "big5", "Big5"),
        (TRADITIONAL, "gb18030", "GB18030"),
        (TRADITIONAL, "utf-8", "UTF-8"),
        ("No,What,When\n1,slow,2026-01-01\n", "utf-16-le", "UTF-16 LE"),
        ("编号,内容\n一,一开始最慢，开一次慢一次\n", "utf-16-le", "UTF-16 LE"),
        ("编号,内容\n一,一开始最慢，开一次慢一次\n", "utf-16-be", "UTF-16 BE"),
        ("No,What,When\n1,slow,2026-01-01\n", "utf-8", "UTF-8"),
    ],
)
@pytest.mark.parametrize("name", ["f.csv", "f.csv.gz"])
def test_an_encoding_is_found_and_said(
    tmp_path: Path, text: str, encoding: str, said: str, name: str
) -> None:
    content = text.encode(encoding)
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    header = text.split("\n")[0].split(",")
    with open_table(tmp_path / name, FileFormat(), tuple(header)) as table:
        assert table.header == header
        assert [row.cells for row in table.rows] == [text.split("\n")[1].split(",")]
        assert table.found == f"{said}, separated by commas"


@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=8), st.integers(0, 4_000))
def test_gb18030_and_big5_are_told_apart(sentences: list[str], ascii_lines: int) -> None:
    before = b"id,when\n" * ascii_lines
    traditional = [TRADITIONAL_SENTENCES[SENTENCES.index(one)] for one in sentences]
    assert found(before + "\n".join(sentences).encode("gb18030")) == "gb18030"
    assert found(before + "\n".join(traditional).encode("big5")) == "cp950"


def test_a_few_damaged_lines_do_not_change_what_is_found() -> None:
    lines = [f"{n},宽带断网,网络部".encode() for n in range(100)]
    lines[7] = lines[7][:-1]
    assert found(b"\n".join(lines)) == "utf-8"
    gb = [f"{n},宽带断网,网络部".encode("gb18030") for n in range(100)]
    gb[7] = gb[7][:-1] + b"\xff"
    assert found(b"\n".join(gb)) == "gb18030"


def test_a_file_put_together_from_two_has_the_encoding_of_most_of_its_rows() -> None:
    rows = [f"{n},宽带断网,网络部".encode("utf-8" if n % 3 else "gb18030") for n in range(30)]
    assert found(b"\n".join(rows)) == "utf-8"
    others = [f"{n},宽带断网,网络部".encode("gb18030" if n % 20 else "utf-8") for n in range(60)]
    assert found(b"\n".join(others)) == "gb18030"


def test_the_first_letter_that_is_no_ascii_may_come_late() -> None:
    assert found(b"1,2,3\n" * 1_000_000 + SIMPLIFIED.encode("gb18030")) == "gb18030"


def test_a_character_cut_by_the_end_of_what_is_read_does_not_count() -> None:
    for ascii_letters in range(4):
        content = b"x" * ascii_letters + "宽带断网".encode() * 50_000
        assert found(content) == "utf-8"


@pytest.mark.parametrize(
    "content", [b"", b"\0a,b", b"a\0b,\0\0\nc,d\n", "宽\0带,断网\n".encode(), b"\xff\xff\xff"]
)
def test_what_is_nothing_else_is_utf_8(content: bytes) -> None:
    assert found(content) == "utf-8"


def test_a_mark_wins_over_the_map(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(SIMPLIFIED.encode("utf-8-sig"))
    assert read(tmp_path / "f.csv", "工单编号", encoding="gb18030")[1][0].cells[0] == "20260001"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5", "utf-16-le"])
def test_bytes_that_do_not_fit_spoil_their_row_only(tmp_path: Path, encoding: str) -> None:
    lines = [f"{n},服務,網路慢\n".encode(encoding) for n in range(300)]
    wrong = b"\xd8\x3d" if encoding == "utf-16-le" else b"\xff"
    lines[200] = (
        lines[200][: len(lines[200]) - len("\n".encode(encoding))] + wrong[::-1] + "\n".encode(encoding)
    )
    (tmp_path / "f.csv").write_bytes("a,b,c\n".encode(encoding) + b"".join(lines))
    rows = read(tmp_path / "f.csv")[1]
    assert [row.number for row in rows if row.broken] == [202]
    assert [row.cells for row in rows if not row.wrong] == [
        [str(n), "服務", "網路慢"] for n in range(300) if n != 200
    ]


@given(st.binary(max_size=200))
def test_any_bytes_have_an_encoding_python_knows(content: bytes) -> None:
    content.decode(found(content), "replace")
