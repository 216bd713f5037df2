"""From small files to their maps."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from config.source_maps.proposal import Answers, Proposal
from config.source_maps.proposed_map import build_map, questions_of
from config.source_maps.source_map import SourceMap
from jobs.sources.connect.looking import look
from jobs.sources.connect.proposing import propose, source_name
from jobs.sources.connect.several import groups
from jobs.sources.reading.files import FileRefused
from tests.jobs.sources.connect.reading import told

HEADS = "工单编号,受理时间,诉求标题,承办单位,区域,类别,办结时间"
ROWS = (
    "20260001,2026/11/20 09:05,宽带断网,网络部,测试市,网络,2026/11/20 15:00",
    "20260002,2026/11/21 10:00,话费有疑问,计费部,测试市,资费,",
)
GLPI = (
    '"ID";"Title";"Status";"Last update";"Opening date";"Priority";"Requester - Requester";'
    '"Assigned to - Technician";"Category";"Time to resolve"',
    '"2 041";"No dial tone";"Processing (assigned)";"2026-11-20 10:05";"2026-11-20 09:05";"High";"Ann Lee";'
    '"tech1";"Network > Voice";"2026-11-22 09:05"',
    '"2 042";"Wrong bill";"Closed";"2026-11-21 10:05";"2026-11-20 09:06";"Medium";"Bob Ray";"tech2";'
    '"Billing";"2026-11-22 09:06"',
)
ZAMMAD = (
    "#,Title,Group,Owner,State,Priority,Created at,Updated at,Close at,First response at,Customer",
    "31001,Slow,Support,a@x.org,open,2 normal,11/20/2026 09:05,11/20/2026 10:00,,11/20/2026 09:15,c@x.org",
    "31002,Bill,Support,b@x.org,closed,1 low,11/21/2026 09:05,11/22/2026 10:00,11/22/2026 10:00,,d@x.org",
)
SERVICENOW = (
    "number,short_description,state,priority,opened_at,sys_updated_on,assignment_group,assigned_to,"
    "caller_id,contact_type,resolved_at,closed_at,due_date",
    "INC001,Slow,In Progress,2 - High,2026-11-20 09:05:00,2026-11-20 10:05:00,Network,Ann,Bob,phone,,,"
    "2026-11-25 09:05:00",
    "INC002,Bill,Closed,4 - Low,2026-11-20 09:06:00,2026-11-22 10:05:00,Billing,Ann,Eve,email,"
    "2026-11-21 09:06:00,2026-11-22 09:06:00,2026-11-25 09:06:00",
)


def write(folder: Path, *lines: str, name: str = "t.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def proposal(folder: Path, *lines: str, encoding: str = "utf-8") -> Proposal:
    return propose(look(write(folder, *lines, encoding=encoding)))


def columns(made: SourceMap) -> dict[str, str | None]:
    state = {name: getattr(made.state, name) for name in type(made.state).model_fields}
    both = {f"state.{name}": one.column for name, one in state.items() if one}
    return both | {f"reached.{name}": one.column for name, one in made.reached.items()}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_however_a_table_is_written_its_map_reads_it(tmp_path: Path, encoding: str, delimiter: str) -> None:
    lines = [line.replace(",", delimiter) for line in (HEADS, *ROWS)]
    path = write(tmp_path, *lines, encoding=encoding)
    made = build_map(propose(look(path)))
    assert made.complaint.number.column == "工单编号"
    assert columns(made) == {
        "state.department": "承办单位",
        "state.region": "区域",
        "state.category": "类别",
        "reached.closed": "办结时间",
    }
    assert (told(path, made).whole, made.time_zone) == (2, "Asia/Shanghai")


def test_titles_above_the_head_and_other_sheets_are_passed_over(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["本月投诉汇总"])
    sheet = book.create_sheet("明细")
    for line in ("2026年11月投诉明细", "", HEADS, *ROWS):
        sheet.append(line.split(","))
    book.save(tmp_path / "t.xlsx")
    found = propose(look(tmp_path / "t.xlsx"))
    assert (found.file.sheet, found.file.sheets, found.file.header_row) == ("明细", ("Sheet", "明细"), 3)
    assert told(tmp_path / "t.xlsx", build_map(found)).whole == 2


def test_a_table_without_a_head_has_its_columns_by_letters(tmp_path: Path) -> None:
    lines = ("2026-01-01,38.90,-77.01,Ward A,2026-01-02", "2026-01-03,38.91,-77.02,Ward B,")
    made = build_map(proposal(tmp_path, *lines))
    assert (made.header_row, made.complaint.number.columns) == (0, ("A", "B", "C"))
    assert columns(made) == {"reached.closed": "E"}


def test_json_lines_are_proposed_too(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '{"ticket_id": "T1", "created_at": "2026-11-20T09:05:00+08:00", "status": "open"}',
        '{"ticket_id": "T2", "created_at": "2026-11-20T09:06:00+08:00", "status": "closed"}',
        name="t.jsonl",
    )
    found = propose(look(path))
    assert (found.file.kind, found.time_zone) == ("json", "Asia/Shanghai")
    assert told(path, build_map(found)).whole == 2


def test_an_event_log_is_one_of_updates(tmp_path: Path) -> None:
    event = (
        '<event><string key="concept:name" value="{0}"/><date key="time:timestamp" value="{1}"/>'
        '<string key="lifecycle:transition" value="complete"/></event>'
    )
    trace = '<trace><string key="concept:name" value="C{0}"/>' + "".join(
        event.format(name, f"2026-11-2{day}T09:00:00+08:00")
        for day, name in enumerate(("首次联系", "派发协办", "办结"))
    )
    path = tmp_path / "t.xes"
    path.write_text("<log>" + "".join(trace.format(n) + "</trace>" for n in range(9)) + "</log>", "utf-8")
    made = build_map(propose(look(path)))
    assert made.rows == "update" and made.complaint.number.column == "case:concept:name"
    assert made.update is not None and made.update.milestone is not None
    assert made.update.milestone.translate == {"首次联系": "first_contact", "办结": "resolved"}
    assert made.milestones == ("first_contact", "resolved")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            GLPI,
            {
                "state.status": "Status",
                "state.tier": "Priority",
                "state.owner": "Assigned to - Technician",
                "state.category": "Category",
                "state.promised": "Time to resolve",
            },
        ),
        (
            ZAMMAD,
            {
                "state.status": "State",
                "state.tier": "Priority",
                "state.department": "Group",
                "state.owner": "Owner",
                "reached.first_contact": "First response at",
                "reached.closed": "Close at",
            },
        ),
        (
            SERVICENOW,
            {
                "state.status": "state",
                "state.tier": "priority",
                "state.department": "assignment_group",
                "state.owner": "assigned_to",
                "state.channel": "contact_type",
                "state.promised": "due_date",
                "reached.resolved": "resolved_at",
                "reached.closed": "closed_at",
            },
        ),
    ],
    ids=["GLPI", "Zammad", "ServiceNow"],
)
def test_exports_of_known_systems_are_recognised(
    tmp_path: Path, lines: tuple[str, ...], expected: dict[str, str]
) -> None:
    made = build_map(proposal(tmp_path, *lines))
    assert columns(made) == expected
    assert made.updated_at is not None and made.complaint.received_at is not None
    found = told(tmp_path / "t.csv", made)
    assert (found.whole, found.reasons) == (2, {})


def test_a_closed_word_beside_a_finished_one_leaves_the_finished_one_resolved(tmp_path: Path) -> None:
    lines = ("工单号,受理时间,状态", "T1,2026/11/20 09:05,已办结", "T2,2026/11/20 09:06,已归档")
    both = build_map(proposal(tmp_path, *lines)).state.status
    alone = build_map(proposal(tmp_path, *lines[:2])).state.status
    assert both is not None and both.translate == {"已办结": "resolved", "已归档": "closed"}
    assert alone is not None and alone.translate == {"已办结": "closed"}


def test_two_columns_that_may_be_the_promised_instant_are_asked_for(tmp_path: Path) -> None:
    lines = (
        "工单号,受理时间,要求完成时间,承诺时限",
        "T1,2026/11/20 09:05,2026/11/21 09:05,2026/11/22 09:05",
    )
    found = proposal(tmp_path, *lines)
    question = next(one for one in questions_of(found) if one.code == "which_column")
    assert [one.value for one in question.choices] == ["要求完成时间", "承诺时限", ""]
    other = build_map(found, Answers(chosen={question.id: "承诺时限"})).state.promised
    assert other is not None and other.column == "承诺时限"
    assert build_map(found, Answers(chosen={question.id: ""})).state.promised is None


@pytest.mark.parametrize(
    ("head", "lengths", "unit", "asks"),
    [
        ("挂起时长(小时)", ("48", "24"), "hours", False),
        ("挂起时长(分钟)", ("48", "24"), "minutes", False),
        ("挂起时长", ("947.8167", "8.3667"), "minutes", True),
        ("分公司挂起时长", ("48", "24"), "hours", True),
        ("挂起时长", ("2天3小时", "5小时"), "hours", False),
    ],
)
def test_the_unit_of_a_length_is_told_or_asked(
    tmp_path: Path, head: str, lengths: tuple[str, str], unit: str, asks: bool
) -> None:
    rows = [f"T{n},2026/11/20 09:05,2026/11/20 10:05,{length}" for n, length in enumerate(lengths)]
    found = proposal(tmp_path, f"工单号,受理时间,挂起时间,{head}", *rows)
    (pause,) = build_map(found).pause
    assert (pause.hours is not None) == (unit == "hours")
    question = [one for one in questions_of(found) if one.code == "length_unit"]
    assert bool(question) == asks
    if question:
        other = "minutes" if unit == "hours" else "hours"
        (changed,) = build_map(found, Answers(chosen={question[0].id: other})).pause
        assert (changed.hours is not None) == (other == "hours")


def test_the_other_order_of_day_and_month_can_be_answered(tmp_path: Path) -> None:
    found = proposal(tmp_path, "ticket id,opened,closed", "T1,5/6/2026 09:00,7/8/2026 09:00")
    question = next(one for one in questions_of(found) if one.id == "day_first:opened")
    assert (question.default, str(question)) == (
        "day_first",
        "Is 5/6/2026 09:00 in “opened” day/month or month/day?",
    )
    made = build_map(found, Answers(chosen={question.id: "month_first"}))
    received = made.complaint.received_at
    assert received is not None and (received.dates or made.dates) == ("%m/%d/%Y %H:%M",)


def test_scores_of_ten_and_scores_in_words(tmp_path: Path) -> None:
    ten = proposal(tmp_path, "工单号,受理时间,满意度评分", "T1,2026/11/20 09:05,9", "T2,2026/11/20 09:06,0")
    assert [(one.scale, one.nulls) for one in build_map(ten).survey[0].scores] == [(10, ("0",))]
    words = proposal(
        tmp_path, "工单号,受理时间,满意度", "T1,2026/11/20 09:05,非常满意", "T2,2026/11/20 09:06,不满意"
    )
    assert build_map(words).survey[0].scores[0].translate == {"非常满意": "5", "不满意": "2"}


def test_the_same_city_in_two_provinces_is_told_apart(tmp_path: Path) -> None:
    rows = [f"{n},2026/11/20 09:05,{state},Salem" for n, state in enumerate(("Ohio", "Oregon", "Utah"))]
    region = build_map(proposal(tmp_path, "ticket id,opened,state,city", *rows)).state.region
    assert region is not None and region.columns == ("state", "city")


def test_rows_of_one_complaint_are_updates_and_may_be_answered_to_be_none(tmp_path: Path) -> None:
    rows = [f"T{n // 3},2026/11/20 09:{n:02},处理中,2026/11/20 09:00,2026/11/21 09:00" for n in range(9)]
    found = proposal(tmp_path, "工单号,操作时间,状态,受理时间,归档时间", *rows)
    assert build_map(found).rows == "update"
    question = next(one for one in questions_of(found) if one.code == "rows")
    assert str(question).startswith("6 of 9 rows have a number that another row has too")
    assert build_map(found, Answers(chosen={"rows": "complaint"})).reached["closed"].column == "归档时间"


def test_the_instant_in_the_name_of_a_file_is_found(tmp_path: Path) -> None:
    path = write(tmp_path, HEADS, *ROWS, name="投诉明细_20261126.csv")
    found = propose(look(path))
    assert (found.as_of_name, found.as_of_dates) == (r"_(\d{8})\.", ("%Y%m%d",))
    assert build_map(found).dates[-1] == "%Y%m%d"


def test_files_with_the_same_columns_have_one_map_and_all_report_the_same(tmp_path: Path) -> None:
    first = write(tmp_path, "工单号,受理时间,状态", "T1,2026/11/20 09:05,处理中", name="day1.csv")
    second = write(
        tmp_path,
        "工单号,受理时间,状态",
        "T1,2026/11/20 09:05,已归档",
        "T2,2026/11/20 09:05,处理中",
        name="day2.csv",
    )
    other = write(tmp_path, "工单号,首响时间", "T1,2026/11/20 09:15", name="contact.csv")
    days, contacts = groups([first, second, other], "crm")
    assert days.paths == (first, second) and contacts.paths == (other,)
    status = build_map(days.proposal).state.status
    assert status is not None and status.translate == {"处理中": "in_progress", "已归档": "closed"}
    assert days.proposal.source == contacts.proposal.source == "crm"


def test_the_name_of_a_source_is_without_days() -> None:
    assert source_name("CRM_export_20261126.csv.gz") == "crm_export"
    assert source_name("投诉明细.xlsx") == "complaints"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="empty"):
        look(write(tmp_path, ""))


def test_long_texts_are_looked_at_by_their_beginning_only(tmp_path: Path) -> None:
    rows = [f"T{n:04},2026/11/20 09:05,{'投诉内容很长' * 2000}{n}" for n in range(30)]
    found = proposal(tmp_path, "工单号,受理时间,投诉内容", *rows)
    body = found.column("投诉内容")
    assert body is not None and body.distinct == 1
    assert told(tmp_path / "t.csv", build_map(found)).whole == 30


def test_a_file_without_a_number_of_its_own_joins_several_columns(tmp_path: Path) -> None:
    rows = [f"2026/11/{day:02},{number},网络部" for day in range(1, 10) for number in (1, 2)]
    made = build_map(proposal(tmp_path, "受理时间,序,处理部门", *rows))
    assert made.complaint.number.columns == ("受理时间", "序")


def test_masked_telephone_numbers_make_no_customers(tmp_path: Path) -> None:
    lines = ("工单号,受理时间,联系电话", "T1,2026/11/20 09:05,138****0001", "T2,2026/11/20 09:06,138****0002")
    made = build_map(proposal(tmp_path, *lines))
    assert made.customer is None
    assert told(tmp_path / "t.csv", made).whole == 2


def test_co_owners_numbered_in_words_and_a_wait_with_its_end(tmp_path: Path) -> None:
    heads = (
        "工单号,受理时间,会办部门一,会办部门一派单时间,会办部门一接单时间,会办部门二,会办部门二派单时间,"
        "申请挂起时间,解除挂起时间"
    )
    row = (
        "T1,2026/11/20 09:05,网络部,2026/11/20 10:05,2026/11/20 11:05,计费部,2026/11/20 12:05,"
        "2026/11/20 13:05,2026/11/20 14:05"
    )
    made = build_map(proposal(tmp_path, heads, row))
    assert [one.department.column for one in made.co_owner if one.department] == ["会办部门一", "会办部门二"]
    assert [one.responded_at is not None for one in made.co_owner] == [True, False]
    (pause,) = made.pause
    assert pause.until is not None and pause.until.column == "解除挂起时间"


def test_activities_of_a_log_are_milestones_and_steps_of_co_owners(tmp_path: Path) -> None:
    rows = [
        f"T{n},2026/11/20 0{hour}:{n:02},{activity},{department}"
        for n in range(9)
        for hour, activity, department in (
            (1, "首次联系客户", ""),
            (2, "派发协办", "计费部"),
            (3, "协办回复", "计费部"),
            (4, "归档", ""),
        )
    ]
    made = build_map(proposal(tmp_path, "工单号,操作时间,环节,协办部门", *rows))
    assert made.update is not None and made.update.milestone is not None
    assert made.update.milestone.translate == {"首次联系客户": "first_contact", "归档": "closed"}
    (co_owner,) = made.co_owner
    assert co_owner.step is not None and co_owner.step.others == "unsaid"
    assert co_owner.step.translate == {"派发协办": "requested", "协办回复": "opinion"}
    assert made.milestones == ("first_contact", "resolved", "opinion")
    assert told(tmp_path / "t.csv", made).whole == 36


def test_without_a_known_name_a_complaint_is_received_at_the_earliest_instant(tmp_path: Path) -> None:
    rows = [f"T{n:04},2026/11/2{n} 12:00,2026/11/2{n} 09:00" for n in range(9)]
    received = build_map(proposal(tmp_path, "工单号,甲,乙", *rows)).complaint.received_at
    assert received is not None and received.column == "乙"
