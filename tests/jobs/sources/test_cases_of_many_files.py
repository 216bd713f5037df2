"""Several files that tell of one complaint, one file that feeds several maps, and a person in between."""

import pytest

from queries.intake import door
from tests.build import derive, id_of
from tests.jobs.commands.command_line import board_here
from tests.jobs.sources.centre import Centre, local

HEAD = """
format = 1
source = "crm"
title = "A CRM with a file for each subject"
rows = "{rows}"
time_zone = "Asia/Shanghai"
dates = ["%Y-%m-%d %H:%M"]
milestones = ["first_contact", "resolved", "responded", "callback"]
"""
COMPLAINTS = (
    HEAD.format(rows="complaint")
    + """
[complaint]
number = "id"
received_at = "opened"
title = "text"
[customer]
number = "customer"
name = "name"
[state]
tier = "tier"
department = "dept"
[reached]
first_contact = "called"
resolved = "solved"
"""
)
REQUESTS = (
    HEAD.format(rows="update")
    + """
[complaint]
number = "id"
[update]
happened_at = "at"
[co_owner]
number = "request"
department = "dept"
step = "step"
"""
)
SCORES = (
    HEAD.format(rows="complaint")
    + """
[complaint]
number = "id"
[survey]
number = "survey"
answered_at = "at"
scores = ["score"]
"""
)
FILES = {
    "complaints.csv": (
        COMPLAINTS,
        "id,opened,text,customer,name,tier,dept,called,solved\n"
        "A,2026-02-25 08:00,断网,C1,张三,2,NET,2026-02-25 08:05,2026-02-25 18:00\n"
        "B,2026-02-25 09:00,错扣费,C2,李四,3,BILL,,\n",
    ),
    "requests.csv": (
        REQUESTS,
        "id,at,request,dept,step\nA,2026-02-25 10:00,R-1,BILL,requested\nA,2026-02-25 10:20,R-1,,responded\n"
        "A,2026-02-25 11:00,R-2,CARE,requested\n",
    ),
    "scores.csv": (SCORES, "id,survey,at,score\nA,S-1,2026-02-26 09:00,2\n"),
}
AS_OF = ("--as-of", "2026-02-27T08:00:00+08:00")


@pytest.mark.parametrize(
    "order",
    [
        ("complaints.csv", "requests.csv", "scores.csv"),
        ("scores.csv", "requests.csv", "complaints.csv"),
        ("requests.csv", "complaints.csv", "scores.csv", "requests.csv", "complaints.csv"),
    ],
    ids=["complaints first", "complaints last", "twice"],
)
def test_files_of_several_subjects_make_one_complaint_in_any_order(
    centre: Centre, order: tuple[str, ...]
) -> None:
    for name in order:
        source_map, content = FILES[name]
        done = centre.takes(name, content, source_map, *(() if name == "requests.csv" else AS_OF))
        assert done.returncode == 0, done.stderr
    assert centre.has(
        "SELECT c.external_id, c.received_at, c.title, c.tier, d.code, c.status FROM facts.complaint c "
        "JOIN facts.department d USING (department_id) ORDER BY 1"
    ) == [
        ("A", local("2026-02-25 08:00"), "断网", 2, "NET", "resolved"),
        ("B", local("2026-02-25 09:00"), "错扣费", 3, "BILL", "received"),
    ]
    assert centre.milestone("A", "first_contact") == [local("2026-02-25 08:05")]
    assert centre.has(
        "SELECT d.code, r.requested_at, r.responded_at FROM derived.co_owner_request r "
        "JOIN facts.department d USING (department_id) ORDER BY 1"
    ) == [
        ("BILL", local("2026-02-25 10:00"), local("2026-02-25 10:20")),
        ("CARE", local("2026-02-25 11:00"), None),
    ]
    assert centre.has("SELECT answered_at, score FROM derived.survey") == [(local("2026-02-26 09:00"), 2.0)]
    assert centre.has("SELECT count(*) FROM derived.callback WHERE kind = 'dissatisfied'") == [(1,)]


def test_one_file_feeds_several_maps_in_one_transaction(centre: Centre) -> None:
    (centre.folder / "a.csv").write_text(
        "id,opened,text,customer,name,tier,dept,called,solved,survey,at,score\n"
        "A,2026-02-25 08:00,断网,C1,张三,2,NET,,,S-1,2026-02-26 09:00,2\n"
    )
    (centre.folder / "one.toml").write_text(COMPLAINTS)
    (centre.folder / "two.toml").write_text(SCORES)
    given = ("import", "a.csv", "--map", "one.toml", "--map", "two.toml", *AS_OF)
    done = board_here(centre.url, centre.folder, *given)
    assert done.returncode == 0, done.stderr
    assert centre.has("SELECT external_id, scores FROM facts.complaint JOIN facts.survey_answer "
                      "USING (complaint_id)") == [("A", [2])]  # fmt: skip
    (centre.folder / "two.toml").write_text(SCORES.replace('"score"', '"no such column"'))
    (centre.folder / "a.csv").write_text((centre.folder / "a.csv").read_text().replace("A,", "Z,"))
    refused = board_here(centre.url, centre.folder, *given)
    assert refused.returncode == 1
    assert list(centre.complaints()) == ["A"]


def test_what_a_person_corrected_holds_until_the_source_says_something_new(centre: Centre) -> None:
    lines = "id,opened,text,customer,name,tier,dept,called,solved\nA,2026-02-25 08:00,断网,C1,张三,{},NET,,\n"

    def export(day: int, tier: int) -> int:
        as_of = f"2026-02-{day}T08:00:00+08:00"
        done = centre.takes(f"{day}.csv", lines.format(tier), COMPLAINTS, "--as-of", as_of)
        assert done.returncode == 0, done.stderr
        return int(str(centre.has("SELECT tier FROM facts.complaint")[0][0]))

    assert export(25, 3) == 3
    with centre.engine.begin() as conn:
        door.correct(conn, id_of(conn, "A"), "tier", "1", None, local("2026-02-25 12:00"))
        derive(conn)
    assert [export(26, 3), export(27, 3), export(28, 2)] == [1, 1, 2]
