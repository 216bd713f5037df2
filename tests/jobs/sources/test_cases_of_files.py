"""Files as centres have them: written in many ways, damaged, rounded. Nothing of them is lost unsaid."""

import csv
from datetime import datetime
from io import BytesIO

import pytest
from openpyxl import Workbook

from jobs.sources.importing import REPEATED
from queries.intake.phones import phone_hash
from queries.pages.complaint import find
from tests.jobs.sources.centre import HEADS, Centre, chinese, local, table

TWO = (
    "20260001|2026/02/20 09:05|宽带断网|网络部|测试市|网络|2026/02/20 15:00",
    "20260002|2026/02/21 10:00|话费有疑问|计费部|测试市|资费|",
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (table(*TWO).encode("gb18030"), ("GB18030", "comma")),
        (table(*TWO, by=";").encode("utf-8-sig"), ("UTF-8", "semicolon")),
        (table(*TWO, by="\t").encode("utf-16"), ("UTF-16", "tab")),
        (table(*TWO, by="\t").encode("utf-16-be"), ("UTF-16", "tab")),
        (table(*TWO, by="|").encode(), ("UTF-8", "bar")),
    ],
    ids=["GB18030", "semicolon", "UTF-16 tab", "UTF-16 without mark", "bar"],
)
def test_encoding_and_separator_are_found_and_said(
    centre: Centre, content: bytes, said: tuple[str, ...]
) -> None:
    done = centre.takes("a.csv", content, chinese())
    assert done.returncode == 0, done.stderr
    assert [one for one in said if one.lower() not in done.stdout.lower()] == []
    assert centre.has("SELECT external_id, title, status FROM facts.complaint ORDER BY 1") == [
        ("20260001", "宽带断网", "closed"),
        ("20260002", "话费有疑问", "received"),
    ]
    assert centre.milestone("20260001", "closed") == [local("2026-02-20 15:00")]


def test_big5_is_no_gb18030(centre: Centre) -> None:
    heads = ("工單編號", "受理時間", "訴求標題", "承辦單位", "區域", "類別", "辦結時間")
    lines = (
        "1|2026/02/20 09:05|寬頻斷線三天了|網路部|測試市|網路|",
        "2|2026/02/20 09:06|帳單有疑問|帳務部|測試市|資費|",
    )
    source_map = chinese()
    for simple, traditional in zip(HEADS, heads, strict=True):
        source_map = source_map.replace(f'"{simple}"', f'"{traditional}"')
    done = centre.takes("a.csv", table(*lines, heads=heads).encode("big5"), source_map)
    assert done.returncode == 0, done.stderr
    assert "big5" in done.stdout.lower()
    assert centre.has("SELECT title FROM facts.complaint ORDER BY external_id") == [
        ("寬頻斷線三天了",),
        ("帳單有疑問",),
    ]


ROUNDED = "a spreadsheet has rounded this number"
LOG = """
format = 1
source = "log"
title = "A log"
rows = "update"
time_zone = "Asia/Shanghai"
dates = ["%Y/%m/%d %H:%M"]
milestones = ["resolved"]
[complaint]
number = "no"
[update]
happened_at = "at"
[state]
department = "dept"
"""


def test_a_number_that_a_spreadsheet_has_rounded_is_refused(centre: Centre) -> None:
    lines = [f"2.02602E+17|2026/02/20 09:{n}5|信号弱|网络部|测试市|网络|" for n in range(3)]
    done = centre.takes("a.csv", table(*lines, "007|2026/02/20 09:40|信号弱|网络部|测试市|网络|"), chinese())
    assert done.returncode == 0
    assert ROUNDED in done.stdout
    assert centre.complaints() == {"007": "received"}
    alone = centre.takes("b.csv", table(*lines), chinese())
    assert alone.returncode == 1
    assert ROUNDED in alone.stdout + alone.stderr


def test_so_it_is_in_a_log_where_all_would_melt_into_one(centre: Centre) -> None:
    text = (
        "no,at,dept\n2.02602E+17,2026/02/20 09:05,A\n2.02602E+17,2026/02/20 09:06,B\n1,2026/02/20 09:07,C\n"
    )
    done = centre.takes("a.csv", text, LOG)
    assert ROUNDED in done.stdout
    assert list(centre.complaints()) == ["1"]


def test_a_day_without_a_time_ends_with_the_day(centre: Centre) -> None:
    done = centre.takes(
        "a.csv",
        table(
            "D1|2026/02/20 09:05|当天办结|网络部|测试市|网络|2026/02/20",
            "D2|2026/02/20 23:50|次日办结|网络部|测试市|网络|2026/02/21",
            "D3|2026/02/20|当天办结且只有日期|网络部|测试市|网络|2026/02/20",
        ),
        chinese(),
    )
    assert done.returncode == 0, done.stderr
    assert "day only" in done.stdout.lower()
    assert [centre.milestone(number, "closed") for number in ("D1", "D2", "D3")] == [
        [local("2026-02-20 23:59:59")],
        [local("2026-02-21 23:59:59")],
        [local("2026-02-20 23:59:59")],
    ]
    assert centre.milestone("D3", "received") == [local("2026-02-20 00:00")]


def test_a_closing_of_an_earlier_day_than_the_receipt_costs_the_closing_not_the_complaint(
    centre: Centre,
) -> None:
    done = centre.takes("a.csv", table("D1|2026/02/20 09:05|x|网络部|测试市|网络|2026/02/19"), chinese())
    assert done.returncode == 0, done.stderr
    assert centre.complaints() == {"D1": "received"}
    assert "办结时间" in done.stdout


def workbook(*sheets: tuple[str, list[list[object]]]) -> tuple[Workbook, bytes]:
    made = Workbook()
    made.remove(made.active)
    for title, lines in sheets:
        sheet = made.create_sheet(title)
        for line in lines:
            sheet.append(line)
    return made, saved(made)


def saved(made: Workbook) -> bytes:
    written = BytesIO()
    made.save(written)
    return written.getvalue()


AT = datetime(2026, 2, 20, 9, 5)  # noqa: DTZ001 - as a spreadsheet holds it


def line(number: object, at: object = AT, closed: object = None, **cells: object) -> list[object]:
    return [
        number,
        at,
        "标题",
        cells.get("department", "网络部"),
        cells.get("region", "测试市"),
        "网络",
        closed,
    ]


def test_another_sheet_with_its_head_in_the_third_row(centre: Centre) -> None:
    _, content = workbook(
        ("说明", [["本表由系统导出,请勿修改"]]),
        ("明细", [["2026年2月投诉工单明细"], ["导出人:张某"], list(HEADS), line("20260001")]),
    )
    done = centre.takes("a.xlsx", content, chinese(top='sheet = "明细"\nheader_row = 3'))
    assert done.returncode == 0, done.stderr
    assert centre.complaints() == {"20260001": "received"}


MANY_DATES = (
    '["iso", "%Y/%m/%d %H:%M", "%Y/%m/%d %p %I:%M", "%Y年%m月%d日 %H时%M分", "%Y%m%d%H%M%S", "excel"]'
)
DAY = "2026-02-20"


def test_dates_in_all_the_ways_that_stand_in_one_column(centre: Centre) -> None:
    told: dict[str, tuple[object, str]] = {
        "M1": (AT, f"{DAY} 09:05"),
        "M2": ("2026/02/20 09:05", f"{DAY} 09:05"),
        "M3": (46073.3784722222, f"{DAY} 09:05"),
        "M4": ("2026/02/20 下午 3:05", f"{DAY} 15:05"),
        "M5": ("2026年2月20日 9时5分", f"{DAY} 09:05"),
        "M6": (" 2026-02-20 09:05:00.0 ", f"{DAY} 09:05"),
        "M7": ("20260220090500", f"{DAY} 09:05"),
        "M8": ("2026/02/20 24:00", "2026-02-21 00:00"),
        "M9": ("46073", f"{DAY} 00:00"),
        "M10": (datetime(2026, 2, 20), f"{DAY} 00:00"),  # noqa: DTZ001
    }
    lines = [line(number, at) for number, (at, _) in told.items()]
    _, content = workbook(("表", [list(HEADS), *lines, line("M11", "#N/A")]))
    done = centre.takes("a.xlsx", content, chinese(dates=MANY_DATES))
    assert done.returncode == 0, done.stderr
    found = centre.has("SELECT external_id, received_at FROM facts.complaint")
    received = {str(number): at for number, at in found}
    assert {number: received.get(number) for number in told} == {
        number: local(at) for number, (_, at) in told.items()
    }
    assert "M11" not in received
    assert "#N/A" in done.stdout


def test_numbers_of_a_spreadsheet_stay_what_they_were_or_are_refused(centre: Centre) -> None:
    lines = [line(123), line(124), line(202602200905000123), line(202602200905000124), [], ["合计", 4]]
    made, _ = workbook(("表", [list(HEADS), *lines]))
    done = centre.takes("a.xlsx", saved(made), chinese())
    assert list(centre.complaints()) == ["123", "124"]
    assert ROUNDED in done.stdout
    assert "sum row" in done.stdout


def test_two_columns_of_one_name_are_an_error_that_names_both(centre: Centre) -> None:
    _, content = workbook(("表", [[*HEADS, "区域"], [*line("1"), "乙市"]]))
    done = centre.takes("a.xlsx", content, chinese())
    assert done.returncode == 1
    assert "区域" in done.stderr
    assert "'区域 [E]' or '区域 [H]'" in done.stderr  # and so they can both be read
    named = chinese().replace('region = "区域"', 'region = "区域 [H]"')
    assert centre.takes("a.xlsx", content, named).returncode == 0
    assert centre.has("SELECT code FROM facts.region") == [("乙市",)]


def merged() -> bytes:
    made, _ = workbook(("表", [list(HEADS), line("G1"), line("G2", department=None, region=None)]))
    for cells in ("D2:D3", "E2:E3"):
        made["表"].merge_cells(cells)
    return saved(made)


def test_merged_cells_are_filled_down_or_said(centre: Centre) -> None:
    said = centre.takes("a.xlsx", merged(), chinese())
    assert "merged" in said.stdout
    filled = centre.takes("b.xlsx", merged(), chinese("filled", "fill_down = true"))
    assert filled.returncode == 0, filled.stderr
    assert centre.has(
        "SELECT c.external_id, d.code, r.code FROM facts.complaint c "
        "JOIN facts.department d USING (department_id) JOIN facts.region r USING (region_id) "
        "WHERE c.source = 'filled' ORDER BY 1"
    ) == [("G1", "网络部", "测试市"), ("G2", "网络部", "测试市")]


def test_an_empty_file_is_called_empty(centre: Centre) -> None:
    done = centre.takes("a.csv", "", chinese())
    assert done.returncode == 1
    assert "empty" in done.stderr


def two_hundred(**instead: str) -> str:
    """Rows Q0001 …, of which some are written otherwise."""
    lines = [
        f"Q{n:04d},2026/02/20 {9 + n // 60:02d}:{n % 60:02d},信号弱,网络部,测试市,网络,"
        for n in range(1, 201)
    ]
    lines = [instead.get(one[:5], one) for one in lines]
    return "\n".join([",".join(HEADS), *lines]) + "\n"


UNCLOSED = 'Q0010,2026/02/20 09:10,"打不开网页,网络部,测试市,网络,'
WITHIN = 'Q0150,2026/02/20 09:30,他说"慢",网络部,测试市,网络,'
RIGHT = 'Q0060,2026/02/20 09:00,"断网,晚上",网络部,测试市,网络,'


@pytest.mark.parametrize(
    "instead",
    [
        {"Q0010": UNCLOSED},
        {"Q0010": UNCLOSED, "Q0150": WITHIN},
        {"Q0010": UNCLOSED, "Q0060": RIGHT, "Q0150": WITHIN},
        {"Q0200": UNCLOSED.replace("Q0010", "Q0200")},
        {"Q0010": UNCLOSED, "Q0011": UNCLOSED.replace("Q0010", "Q0011")},
    ],
    ids=["unclosed", "one within later", "one that closes later", "in the last row", "two in a row"],
)
def test_an_odd_quotation_mark_costs_its_own_row_at_most(centre: Centre, instead: dict[str, str]) -> None:
    done = centre.takes("a.csv", two_hundred(**instead), chinese())
    broken = [number for number, text in instead.items() if text.count('"') == 1]
    taken = set(centre.complaints())
    assert {f"Q{n:04d}" for n in range(1, 201)} - taken <= set(broken)
    assert done.returncode == 1
    with (centre.folder / "a.csv.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        told = "".join(",".join(row) for row in csv.reader(file))
    assert all(number in told for number in broken if number not in taken)
    assert "200" in done.stdout  # rows read


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (table(*TWO).replace("\n", "\r"), ["20260001", "20260002"]),
        (table(*TWO).replace("宽带断网", "a\0b"), ["20260001", "20260002"]),
        (table(*TWO, heads=(*HEADS, "")).replace("15:00", "15:00,"), ["20260001", "20260002"]),
    ],
    ids=["ends of lines", "NUL", "a trailing column"],
)
def test_what_was_taken_before_still_is(centre: Centre, text: str, numbers: list[str]) -> None:
    done = centre.takes("a.csv", text, chinese())
    assert done.returncode == 0, done.stderr
    assert list(centre.complaints()) == numbers


NO_HEAD = """
format = 1
source = "city"
title = "A city's file without heads and without numbers"
rows = "complaint"
time_zone = "America/New_York"
dates = ["%Y-%m-%d"]
milestones = ["resolved"]
header_row = 0
[complaint]
number = { columns = ["A", "B", "C"] }
received_at = "A"
[state]
region = "D"
[reached]
closed = "E"
"""


def test_a_file_without_heads_is_read_by_letters_and_equal_rows_are_said(centre: Centre) -> None:
    text = (
        "2026-01-01,38.90,-77.01,Ward A,2026-01-02\n2026-01-03,38.91,-77.02,Null,2026-01-03\n"
        "2026-01-03,38.91,-77.02,Null,2026-01-03\n2026-01-04,38.92,-77.03,Ward B,\n"
    )
    done = centre.takes("a.csv", text, NO_HEAD)
    assert len(centre.complaints()) == 3
    assert sorted(centre.complaints().values()) == ["closed", "closed", "received"]
    assert f"1 × repeated: {REPEATED}, row 3" in done.stdout


PHONES = """
format = 1
source = "phones"
title = "One customer, many ways of writing the phone"
rows = "complaint"
time_zone = "Asia/Shanghai"
dates = ["%Y-%m-%d %H:%M"]
milestones = ["resolved"]
[complaint]
number = "id"
received_at = "opened"
[customer]
number = "customer"
phone = "phone"
"""


def test_a_phone_number_is_one_however_it_is_written(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOARD_PHONE_HASH_KEY", "a key of the test")
    written = (
        "13800000000",
        "+86 138-0000-0000",
        "0086 13800000000",
        "13800000000.0",
        "1.38E+10",
        "１３８００００００００",
        "13800000000/010-88888888",
    )
    lines = [f"T{n},2026-02-20 09:0{n},C-{n},{phone}" for n, phone in enumerate(written, 1)]
    done = centre.takes("a.csv", "\n".join(["id,opened,customer,phone", *lines]), PHONES)
    assert done.returncode == 0, done.stderr
    assert len(centre.complaints()) == 7
    with centre.engine.connect() as conn:
        mobile, landline = (
            {one.external_id for one in find(conn, "", phone_hash(number, b"a key of the test"), 10)}
            for number in ("13800000000", "010 88888888")
        )
    assert mobile == {"T1", "T2", "T3", "T4", "T6", "T7"}
    assert landline == {"T7"}
    assert "1.38E+10" not in done.stdout  # personal data, also where it is wrong
    assert "phone" in done.stdout
