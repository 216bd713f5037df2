"""Exports that say something else than the one before; merged complaints, pauses, scores."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from config.lexicon import load as load_lexicon
from queries.policies.history import apply_policy
from queries.texts.reading import put_signals, take_unread
from queries.texts.signals import full_text, read, version
from tests.build import at
from tests.jobs.sources.centre import Centre, local, table
from tests.queries.random_lives import PAUSING

DAILY = """
format = 1
source = "daily"
title = "The whole table exported again each morning"
rows = "complaint"
time_zone = "Asia/Shanghai"
dates = ["%Y/%m/%d %H:%M"]
milestones = [{milestones}]
{top}
[complaint]
number = "工单编号"
received_at = "受理时间"
title = "诉求标题"
[state]
department = "承办单位"
tier = "级别"
category = "类别"
region = "区域"
owner = {{ column = "处理人", empty = "none" }}
[state.status]
column = "状态"
translate = {{ "处理中" = "in_progress", "已办结" = "closed", "待受理" = "received" }}
[reached]
closed = "办结时间"
"""
HEADS = (
    *("工单编号", "受理时间", "诉求标题", "承办单位", "级别", "类别", "区域", "状态", "办结时间"),
    *("处理人", "导出时间"),
)
FIRST = (
    "E1|2026/02/25 09:00|无信号|计费部|3|资费|甲市|处理中||张三|2026/02/26 08:00",
    "E2|2026/02/25 09:10|错扣费|计费部|2|资费|甲市|已办结|2026/02/25 17:00|张三|2026/02/26 08:00",
    "E3|2026/02/25 09:20|装机慢|网络部|2|网络|甲市|处理中||李四|2026/02/26 08:00",
    "E4|2026/02/25 09:30|填错|网络部|2|网络|甲市|已办结|2026/02/25 20:00|李四|2026/02/26 08:00",
    "E5|2026/02/25 09:40|重复录入|网络部|2|网络|甲市|处理中||李四|2026/02/26 08:00",
)
SECOND = (
    "E1|2026/02/25 09:00|无信号|网络部|1|网络|乙市|处理中|||2026/02/27 08:00",
    "E2|2026/02/25 09:10|错扣费|计费部|2|资费|甲市|处理中||张三|2026/02/27 08:00",
    "E3|2026/02/25 09:20|装机慢|网络部|2|网络|甲市|已办结|2026/02/26 10:00|李四|2026/02/27 08:00",
    "E4|2026/02/25 09:30|填错|网络部|2|网络|甲市|已办结|2026/02/25 12:00|李四|2026/02/27 08:00",
)
EXPORT = local("2026-02-27 08:00")


def daily(top: str = 'as_of = "导出时间"', milestones: str = '"plan", "resolved"') -> str:
    return DAILY.format(top=top, milestones=milestones)


def exports(*lines: str) -> str:
    return table(*lines, heads=HEADS)


def take_both(centre: Centre, order: tuple[int, ...], source_map: str) -> None:
    for day in order:
        done = centre.takes(f"day{day}.csv", exports(*(FIRST, SECOND)[day - 1]), source_map)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("order", [(1, 2), (2, 1), (1, 2, 1), (1, 2, 2)], ids=str)
def test_the_newest_export_counts_in_whatever_order_they_arrive(
    centre: Centre, order: tuple[int, ...]
) -> None:
    take_both(centre, order, daily())
    assert centre.has(
        "SELECT c.external_id, c.tier, d.code, c.category, r.code, c.status, a.login FROM facts.complaint c "
        "JOIN facts.department d USING (department_id) JOIN facts.region r USING (region_id) "
        "LEFT JOIN facts.agent a ON a.agent_id = c.owner_id ORDER BY 1"
    ) == [
        ("E1", 1, "网络部", "网络", "乙市", "in_progress", None),
        ("E2", 2, "计费部", "资费", "甲市", "in_progress", "张三"),
        ("E3", 2, "网络部", "网络", "甲市", "closed", "李四"),
        ("E4", 2, "网络部", "网络", "甲市", "closed", "李四"),
        ("E5", 2, "网络部", "网络", "甲市", "in_progress", "李四"),
    ]
    assert centre.stints("E1", "s.tier", "d.code", "a.login") == [
        (local("2026-02-25 09:00"), 3, "计费部", "张三"),
        (EXPORT, 1, "网络部", None),
    ]
    assert centre.deadlines("E1", "d.started_at", "d.due_at")["plan"] == (
        EXPORT,
        EXPORT + timedelta(minutes=30),
    )
    assert centre.milestone("E2", "closed") == [local("2026-02-25 17:00")]
    assert centre.milestone("E2", "reopened") == [EXPORT]
    assert centre.milestone("E3", "closed") == [local("2026-02-26 10:00")]
    assert centre.milestone("E4", "closed") == [local("2026-02-25 12:00")]


def test_what_was_corrected_is_kept_for_how_it_was_known(centre: Centre) -> None:
    take_both(centre, (1, 2), daily())
    assert centre.has(
        "SELECT happened_at, retracted_at IS NULL FROM facts.complaint_event JOIN facts.complaint c "
        "USING (complaint_id) WHERE external_id = 'E4' AND field = 'status' AND value = 'closed' "
        "AND happened_at < '2026-02-26' ORDER BY 1"
    ) == [(local("2026-02-25 12:00"), True), (local("2026-02-25 20:00"), False)]


def test_what_is_missing_from_a_complete_export_has_vanished_and_can_come_back(centre: Centre) -> None:
    whole = daily('as_of = "导出时间"\ncomplete = true')
    take_both(centre, (1, 2), whole)
    assert centre.complaints()["E5"] == "vanished"
    assert centre.has(
        "SELECT max(until_at) FROM derived.stint JOIN facts.complaint USING (complaint_id) "
        "WHERE external_id = 'E5'"
    ) == [(EXPORT,)]
    back = FIRST[4].replace("02/26 08:00", "02/28 08:00")
    rest = [one.replace("02/27 08:00", "02/28 08:00") for one in SECOND]
    centre.takes("day3.csv", exports(*rest, back), whole)
    assert centre.complaints()["E5"] == "in_progress"
    assert centre.stints("E5", "s.until_at") == [(local("2026-02-25 09:40"), None)]


CONSTANT = daily('as_of = { constant = "2026-02-26T08:00:00", dates = ["iso"] }')


def test_a_second_export_of_the_same_instant_is_refused_never_ignored(centre: Centre) -> None:
    assert centre.takes("day1.csv", exports(*FIRST), CONSTANT).returncode == 0
    second = centre.takes("day2.csv", exports(*SECOND), CONSTANT)
    assert second.returncode == 1
    assert "--as-of" in second.stderr
    assert centre.complaints()["E2"] == "closed"
    again = centre.takes("day1.csv", exports(*FIRST), CONSTANT)
    assert again.returncode == 0, again.stderr
    given = centre.takes("day2.csv", exports(*SECOND), CONSTANT, "--as-of", "2026-02-27T08:00:00+08:00")
    assert given.returncode == 0, given.stderr
    assert centre.milestone("E2", "reopened") == [EXPORT]


def test_without_any_instant_of_its_own_an_export_has_the_one_that_is_given(centre: Centre) -> None:
    for day, (lines, instant) in enumerate(
        ((FIRST, "2026-02-26T08:00:00"), (SECOND, "2026-02-27T08:00:00")), 1
    ):
        done = centre.takes(f"day{day}.csv", exports(*lines), daily(""), "--as-of", f"{instant}+08:00")
        assert done.returncode == 0, done.stderr
    assert centre.milestone("E2", "reopened") == [EXPORT]


def test_title_and_receipt_are_as_the_newest_export_says_and_are_read_again(centre: Centre) -> None:
    first = "X1|2026/02/25 09:30|宽带慢|网络部|2|网络|甲市|处理中|||2026/02/26 08:00"
    second = (
        "X1|2026/02/25 14:30|宽带慢且要求退费;威胁投诉工信部|网络部|2|网络|甲市|处理中|||2026/02/27 08:00"
    )
    centre.takes("1.csv", exports(first), daily())
    assert triggers(centre) == [[]]
    centre.takes("2.csv", exports(second), daily())
    assert centre.has("SELECT title, received_at FROM facts.complaint") == [
        ("宽带慢且要求退费;威胁投诉工信部", local("2026-02-25 14:30"))
    ]
    assert triggers(centre) != [[]]


def triggers(centre: Centre) -> list[object]:
    known = load_lexicon()
    with centre.engine.begin() as conn:
        found = [(one, read(full_text(one.title, one.body), known)) for one in take_unread(conn, 10)]
        put_signals(conn, found, version(known))
        return list(conn.execute(text("SELECT triggers FROM derived.text_signal")).scalars())


MERGED = """
format = 1
source = "merged"
title = "Complaints that were merged into another at the source"
rows = "complaint"
time_zone = "Asia/Shanghai"
dates = ["%Y/%m/%d %H:%M"]
milestones = ["first_contact", "feedback", "resolved", "callback"]
as_of = "as_of"
[complaint]
number = "sr"
received_at = "opened"
parent = "parent"
[customer]
number = "customer"
[state]
tier = "tier"
region = "region"
[state.status]
column = "status"
translate = { "Open" = "in_progress", "Completed" = "closed" }
"""


def test_complaints_that_were_merged_end_with_their_parent_known(centre: Centre) -> None:
    text_ = (
        "sr,opened,customer,tier,region,status,parent,as_of\n"
        "P1,2026/02/25 20:00,C1,2,甲市,Open,,2026/02/25 22:00\n"
        "P2,2026/02/25 20:30,C1,2,甲市,Open,P1,2026/02/25 22:00\n"
        "P3,2026/02/25 20:40,C2,2,甲市,Completed,P1,2026/02/25 22:00\n"
    )
    done = centre.takes("a.csv", text_, MERGED)
    assert done.returncode == 0, done.stderr
    assert centre.has(
        "SELECT c.external_id, p.external_id FROM facts.complaint c "
        "LEFT JOIN facts.complaint p ON p.complaint_id = c.parent_id ORDER BY 1"
    ) == [("P1", None), ("P2", "P1"), ("P3", "P1")]
    assert centre.has(
        "SELECT DISTINCT c.external_id FROM derived.deadline JOIN facts.complaint c USING (complaint_id) "
        "WHERE met_at IS NULL AND cancelled_at IS NULL ORDER BY 1"
    ) == [("P1",)]
    assert centre.has(
        "SELECT c.external_id FROM derived.stint s JOIN facts.complaint c USING (complaint_id) "
        "WHERE s.until_at IS NULL"
    ) == [("P1",)]
    assert centre.has("SELECT external_id FROM derived.timer JOIN facts.complaint USING (complaint_id) "
                      "WHERE external_id <> 'P1'") == []  # fmt: skip
    assert centre.complaints()["P2"] == "merged"


WIDE = """
format = 1
source = "wide"
title = "An operator's daily file: province, branch, hanging, closing, score"
rows = "complaint"
time_zone = "Asia/Shanghai"
dates = ["%Y%m%d%H%M%S"]
milestones = ["first_contact", "resolved", "responded", "opinion", "callback"]
[complaint]
number = "工单编号"
received_at = "投诉时间"
[state]
owner = "省公司处理人"
[reached]
first_contact = "省公司接单时间"
resolved = "闭环时间"
[co_owner]
department = "分公司处理人"
requested_at = "省公司提交时间"
responded_at = "分公司接单时间"
opinion_at = "分公司提交时间"
[pause]
from = "分公司申请挂起时间"
hours = "分公司挂起时长"
[survey]
scores = ["满意度评分"]
"""
WIDE_ROWS = (
    "工单编号,投诉时间,省公司处理人,省公司接单时间,省公司提交时间,分公司处理人,分公司接单时间,分公司提交时间,"
    "分公司是否挂起,分公司申请挂起时间,分公司挂起时长,是否闭环,闭环时间,满意度评分\n"
    "Y1,20260227083000,sheng1,20260227090500,20260227101000,fen1,20260227103000,,是,20260227110000,48,否,,\n"
    "Y2,20260226083000,sheng1,20260226083500,20260226090000,fen2,20260226113000,20260226140000,否,,,是,"
    "20260226150000,2\n"
)


def test_one_wide_row_tells_of_co_owners_a_pause_the_end_and_a_score(centre: Centre) -> None:
    done = centre.takes("a.csv", WIDE_ROWS, WIDE, "--as-of", "2026-03-02T08:00:00+08:00")
    assert done.returncode == 0, done.stderr
    assert centre.has(
        "SELECT c.external_id, d.code, r.requested_at, r.responded_at, r.opinion_at "
        "FROM derived.co_owner_request r JOIN facts.complaint c USING (complaint_id) "
        "JOIN facts.department d ON d.department_id = r.department_id ORDER BY 1"
    ) == [
        ("Y1", "fen1", local("2026-02-27 10:10"), local("2026-02-27 10:30"), None),
        ("Y2", "fen2", local("2026-02-26 09:00"), local("2026-02-26 11:30"), local("2026-02-26 14:00")),
    ]
    assert centre.milestone("Y1", "first_contact") == [local("2026-02-27 09:05")]
    waits = [one for one in centre.stints("Y1", "s.until_at", "s.status") if one[2] == "waiting_customer"]
    assert waits == [(local("2026-02-27 11:00"), local("2026-03-01 11:00"), "waiting_customer")]
    assert centre.milestone("Y2", "resolved") == [local("2026-02-26 15:00")]
    assert centre.has("SELECT external_id, scores FROM facts.survey_answer JOIN facts.complaint "
                      "USING (complaint_id)") == [("Y2", [2])]  # fmt: skip
    assert centre.has(
        "SELECT c.external_id FROM derived.callback JOIN facts.complaint c USING (complaint_id) "
        "WHERE kind = 'dissatisfied' AND ended_at IS NULL"
    ) == [("Y2",)]


WAIT = """
format = 1
source = "wait"
title = "When the wait for the customer began stands in a column"
rows = "complaint"
time_zone = "Asia/Shanghai"
dates = ["%Y-%m-%d %H:%M"]
milestones = ["feedback", "resolved"]
[complaint]
number = "id"
received_at = "opened"
[state]
tier = "tier"
region = "region"
[reached]
waiting_customer = "wait_from"
in_progress = "wait_until"
"""
ROWS = "W1,2026-02-26 08:00,2,甲市,2026-02-26 20:00,\n"
ROWS += "W2,2026-02-26 08:00,2,甲市,2026-02-26 20:00,2026-02-26 22:00\n"
ROWS += "W3,2026-02-26 08:00,2,甲市,,\n"


@pytest.mark.parametrize("by", ["reached", "since", "pause"])
def test_a_wait_begins_when_its_column_says_not_at_receipt(centre: Centre, by: str) -> None:
    with centre.engine.begin() as conn:
        apply_policy(conn, PAUSING, at(days=-30), "test", move_open=False)
    source_map, head, rows_ = WAIT, "id,opened,tier,region,wait_from,wait_until", ROWS
    if by == "pause":
        source_map = WAIT.partition("[reached]")[0] + '[pause]\nfrom = "wait_from"\nuntil = "wait_until"\n'
    if by == "since":
        source_map = WAIT.partition("[reached]")[0] + 'status = { column = "status", since = "since" }\n'
        head = "id,opened,tier,region,status,since"
        rows_ = (
            "W1,2026-02-26 08:00,2,甲市,waiting_customer,2026-02-26 20:00\n"
            "W3,2026-02-26 08:00,2,甲市,in_progress,2026-02-26 08:00\n"
        )
    done = centre.takes("a.csv", f"{head}\n{rows_}", source_map, "--as-of", "2026-02-27T08:00:00+08:00")
    assert done.returncode == 0, done.stderr
    columns = ("d.due_at", "d.left_seconds")
    assert centre.deadlines("W1", *columns)["feedback"] == (None, 12 * 3600)
    assert centre.deadlines("W3", *columns)["feedback"][0] == local("2026-02-27 08:00")
    if by != "since":
        assert centre.deadlines("W2", *columns)["feedback"][0] == local("2026-02-27 10:00")


MANY = """
format = 1
source = "many"
title = "Several waits, requests and calls in one row"
rows = "complaint"
time_zone = "Asia/Shanghai"
dates = ["%Y-%m-%d %H:%M"]
milestones = ["feedback", "resolved", "responded", "callback"]
[complaint]
number = "id"
received_at = "opened"
[reached]
in_progress = "begun"
feedback = {{ column = "told", empty = "{empty}" }}
resolved = "solved"
reopened = "again"
[[pause]]
from = "wait1"
until = "until1"
[[pause]]
from = "wait2"
hours = "hours2"
[[co_owner]]
department = "dept1"
requested_at = "asked1"
[[co_owner]]
department = "dept2"
requested_at = "asked2"
responded_at = "answered2"
[[attempt]]
at = "call1"
outcome = {{ constant = "no_answer" }}
[[attempt]]
kind = {{ constant = "experience" }}
at = "call2"
outcome = "outcome2"
"""
MANY_HEADS = (
    *("id", "opened", "begun", "told", "solved", "again", "wait1", "until1", "wait2", "hours2"),
    *("dept1", "asked1", "dept2", "asked2", "answered2", "call1", "call2", "outcome2"),
)


def test_a_row_with_several_of_everything_keeps_them_all(centre: Centre) -> None:
    row = (
        "A|2026-02-25 08:00|2026-02-25 09:00|2026-02-25 10:00|2026-02-26 08:00|2026-02-26 20:00|"
        "2026-02-25 11:00|2026-02-25 12:00|2026-02-25 14:00|2.5|NET|2026-02-25 09:30|BILL|2026-02-25 09:40|"
        "2026-02-25 15:00|2026-02-26 09:00|2026-02-26 10:00|confirmed"
    )
    text_ = table(row, heads=MANY_HEADS)
    done = centre.takes("a.csv", text_, MANY.format(empty="unsaid"), "--as-of", "2026-02-27T08:00:00+08:00")
    assert done.returncode == 0, done.stderr
    assert [(at_, status) for at_, status in centre.stints("A", "s.status")] == [
        (local("2026-02-25 08:00"), "in_progress"),  # the first status that is told reaches back
        (local("2026-02-25 11:00"), "waiting_customer"),
        (local("2026-02-25 12:00"), "in_progress"),
        (local("2026-02-25 14:00"), "waiting_customer"),
        (local("2026-02-25 16:30"), "in_progress"),
        (local("2026-02-26 08:00"), "resolved"),
        (local("2026-02-26 20:00"), "in_progress"),
    ]
    assert centre.has("SELECT count(*), count(responded_at) FROM derived.co_owner_request") == [(2, 1)]
    assert centre.has("SELECT kind, outcome FROM facts.callback_attempt ORDER BY 1") == [
        ("confirm_solved", "no_answer"),
        ("experience", "confirmed"),
    ]


@pytest.mark.parametrize(("empty", "left"), [("unsaid", 1), ("none", 0)])
def test_an_emptied_instant_says_not_yet_if_its_map_says_so(centre: Centre, empty: str, left: int) -> None:
    for day, told in ((26, "2026-02-25 10:00"), (27, "")):
        text_ = table(f"A|2026-02-25 08:00||{told}" + "|" * 14, heads=MANY_HEADS)
        as_of = f"2026-02-{day}T08:00:00+08:00"
        done = centre.takes(f"{day}.csv", text_, MANY.format(empty=empty), "--as-of", as_of)
        assert done.returncode == 0, done.stderr
    assert len(centre.milestone("A", "feedback")) == left


MINUTES = """
format = 1
source = "minutes"
title = "A log to the minute"
rows = "update"
time_zone = "Asia/Shanghai"
dates = ["%Y-%m-%d %H:%M"]
milestones = ["first_contact", "resolved", "responded", "opinion"]
[complaint]
number = "id"
[update]
happened_at = "at"
[update.milestone]
column = "what"
translate = { "contact" = "first_contact", "again" = "reopened" }
others = "unsaid"
[state.status]
column = "what"
translate = { "begun" = "in_progress", "solved" = "resolved" }
others = "unsaid"
[co_owner]
department = "dept"
step = { column = "what", translate = { "asked" = "requested", "answered" = "responded" }, others = "unsaid" }
"""


def test_of_one_minute_the_later_files_update_is_the_later_one_and_nothing_is_dropped(centre: Centre) -> None:
    files = (
        "A,2026-02-25 08:00,begun,\nA,2026-02-25 08:05,contact,\nA,2026-02-25 08:05,asked,NET\n",
        "A,2026-02-25 08:05,solved,\nA,2026-02-25 08:05,answered,NET\n",
        "A,2026-02-25 08:05,again,\nA,2026-02-25 08:05,solved,\n",
    )
    for number, lines in enumerate(files):
        done = centre.takes(f"{number}.csv", f"id,at,what,dept\n{lines}", MINUTES)
        assert done.returncode == 0, done.stderr
    instant = local("2026-02-25 08:05")
    assert centre.complaints() == {"A": "resolved"}
    assert centre.milestone("A", "first_contact") == [instant]
    assert centre.has("SELECT requested_at, responded_at FROM derived.co_owner_request") == [
        (instant, instant)
    ]
    told = centre.has(
        "SELECT value FROM facts.complaint_event WHERE field = 'status' AND happened_at = :at "
        "ORDER BY source_seq",
        at=instant,
    )
    assert [value for (value,) in told] == ["resolved", "in_progress", "resolved"]
