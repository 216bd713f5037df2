"""Plans of files; closing and merging; handing over."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text

from config.small_tables import SmallRow
from queries.db import board_now
from queries.intake import door
from queries.organisation_changes import NotPossible, close, hand_over, merge_department, merge_team
from queries.organisation_rows import plan, put_parts
from queries.pages import callbacks
from tests.build import at, complaint, derive, organisation, rows, settle, take

ZONE = ZoneInfo("Asia/Shanghai")


def lines(*given: tuple[str, ...]) -> list[SmallRow]:
    return [SmallRow(number, list(cells)) for number, cells in enumerate(given, start=2)]


def agent(conn: Connection, login: str) -> int:
    (found,) = rows(conn, "SELECT agent_id FROM facts.agent WHERE login = :login", login=login)
    return int(str(found[0]))


def departments_of(conn: Connection) -> list[tuple[object, ...]]:
    return rows(
        conn,
        "SELECT c.external_id, d.code FROM facts.complaint c JOIN facts.department d USING (department_id) "
        "ORDER BY 1",
    )


def test_a_tree_of_regions_is_planned_row_by_row(conn: Connection) -> None:
    organisation(conn)
    given = lines(
        ("GD-02", "Shenzhen", "深圳", "广东省", ""),
        ("HN", "Hunan", "湖南", "", "Asia/Shanghai"),
        ("HN-01", "Changsha", "长沙", "HN", ""),
        ("GD-01", "Guangzhou", "广州", "GD", ""),
        ("BJ-01", "Haidian", "海淀区", "BJ", "Asia/Shanghai"),
        ("HN-02", "Zhuzhou", "株洲", "HN-01", ""),
        ("HN-03", "Xiangtan", "湘潭", "XX", ""),
        ("HN-04", "Hengyang", "衡阳", "HN", "Asia/Nowhere"),
        ("", "Nameless", "无", "", ""),
    )
    found = plan(conn, "regions", ("code", "name", "中文名", "parent", "time_zone"), given, ZONE)
    assert [(one.code, one.what, str(one.why or ", ".join(one.changes))) for one in found.rows] == [
        ("GD-02", "new", ""),
        ("HN", "new", ""),
        ("HN-01", "new", ""),
        ("GD-01", "same", ""),
        ("BJ-01", "changed", "name_zh"),
        ("HN-02", "refused", "parent 'HN-01' is no province: the tree has provinces and their cities"),
        ("HN-03", "refused", "parent 'XX' is not known"),
        ("HN-04", "refused", "time_zone 'Asia/Nowhere' is not known; write such as Europe/Berlin"),
        ("", "refused", "code is empty"),
    ]
    put_parts(conn, "regions", found.parts, ZONE.key, "administrator")
    again = plan(conn, "regions", ("code", "name", "中文名", "parent", "time_zone"), given, ZONE)
    assert [one.what for one in again.rows[:5]] == ["same"] * 5
    tree = rows(
        conn,
        "SELECT r.code, p.code FROM facts.region r JOIN facts.region p ON p.region_id = r.parent_id "
        "ORDER BY 1",
    )
    assert ("GD-02", "GD") in tree
    assert ("HN-01", "HN") in tree


def test_what_a_source_named_becomes_one_of_the_organisation_by_its_file(conn: Connection) -> None:
    organisation(conn)
    take(conn, complaint("A", department="网络三部"))
    found = plan(conn, "departments", ("code", "name_zh"), lines(("网络三部", "网络三部")), ZONE)
    assert [one.what for one in found.rows] == ["new"]
    put_parts(conn, "departments", found.parts, ZONE.key, "administrator")
    assert rows(conn, "SELECT count(*) FROM facts.department WHERE is_unknown") == [(0,)]


def test_a_merged_department_gives_its_open_complaints_and_what_still_comes(conn: Connection) -> None:
    organisation(conn)
    now = board_now(conn)
    before = now - timedelta(days=3)
    closed = complaint("CLOSED", before, ("status", before + timedelta(hours=1), "closed"), department="BILL")
    settle(conn, complaint("OPEN", before, department="BILL"), closed)
    done = merge_department(conn, "BILL", "NET", "administrator", None, now)
    assert (done.complaints, done.people) == (1, 0)
    derive(conn)
    assert departments_of(conn) == [("CLOSED", "BILL"), ("OPEN", "NET")]
    later = now + timedelta(minutes=1)
    take(conn, complaint("LATER", later, department="BILL"), now=later)
    take(conn, complaint("EARLIER", before, department="BILL"), now=later)
    assert departments_of(conn)[1] == ("EARLIER", "BILL")
    assert departments_of(conn)[2] == ("LATER", "NET")
    past = (
        "SELECT d.code FROM derived.stint s JOIN facts.complaint USING (complaint_id) "
        "JOIN facts.department d ON d.department_id = s.department_id "
        "WHERE external_id = 'OPEN' ORDER BY from_at"
    )
    assert rows(conn, past) == [("BILL",), ("NET",)]


@pytest.mark.parametrize(
    ("code", "into", "reason"),
    [
        ("NET", "NET", "itself"),
        ("NET", "XX", "unknown"),
        ("BILL", "NET", "merged"),
        ("NET", "BILL", "closed"),
    ],
)
def test_what_cannot_be_merged_is_refused(conn: Connection, code: str, into: str, reason: str) -> None:
    organisation(conn)
    if reason in ("merged", "closed"):
        merge_department(conn, "BILL", "NET", "administrator", None, at(0))
    with pytest.raises(NotPossible) as refused:
        merge_department(conn, code, into, "administrator", None, at(1))
    assert refused.value.reason == reason


def test_teams_merge_within_their_department_and_close(conn: Connection) -> None:
    organisation(conn)
    teams = lines(("N1", "一组", "NET"), ("N2", "二组", "NET"), ("B1", "计费组", "BILL"))
    found = plan(conn, "teams", ("code", "name_zh", "department"), teams, ZONE)
    put_parts(conn, "teams", found.parts, ZONE.key, "administrator")
    conn.execute(
        text(
            "UPDATE facts.agent SET team_id = (SELECT team_id FROM facts.team WHERE code = 'N1') "
            "WHERE login = 'li'"
        )
    )
    with pytest.raises(NotPossible, match="other_department"):
        merge_team(conn, "N1", "B1", "administrator", at(0))
    assert merge_team(conn, "N1", "N2", "administrator", at(0)).people == 1
    close(conn, "team", "B1", at(1), "administrator")
    closed = "SELECT code FROM facts.team WHERE active_until IS NOT NULL ORDER BY 1"
    assert rows(conn, closed) == [("B1",), ("N1",)]
    close(conn, "team", "N1", None, "administrator")
    assert rows(conn, "SELECT merged_into FROM facts.team WHERE code = 'N1'") == [(None,)]


def holding(conn: Connection) -> None:
    """Li holds an open complaint and a callback; a second complaint has another owner by now."""
    organisation(conn)
    now = board_now(conn)
    start = now - timedelta(days=2)
    over = ("status", now - timedelta(hours=20), "resolved")
    settle(
        conn,
        complaint("OPEN", start, ("owner", start, "li")),
        complaint("OTHER", start, ("owner", start, "li"), ("owner", now - timedelta(hours=1), "supervisor")),
        complaint("CALL", start, over),
    )
    (key,) = rows(
        conn, "SELECT complaint_id, kind, episode FROM derived.callback WHERE kind = 'confirm_solved'"
    )
    callbacks.book(conn, key, 0, "first", agent(conn, "li"), None, None, now)  # type: ignore[arg-type]
    derive(conn)


def test_complaints_and_callbacks_are_handed_over_once(conn: Connection) -> None:
    holding(conn)
    li, he, now = agent(conn, "li"), agent(conn, "scheduler"), board_now(conn)
    me = agent(conn, "administrator")
    for kind in ("complaint", "callback"):
        args = (conn, kind, li, he, "administrator", me, "left", now, f"key-{kind}")
        assert hand_over(*args) == 1  # type: ignore[arg-type]
        assert hand_over(*args) == 0  # type: ignore[arg-type]
    derive(conn)
    owner = (
        "SELECT a.login FROM facts.complaint c JOIN facts.agent a ON a.agent_id = c.owner_id "
        "ORDER BY external_id"
    )
    assert rows(conn, owner) == [("scheduler",), ("supervisor",)]
    called = "SELECT login FROM derived.callback JOIN facts.agent USING (agent_id) WHERE ended_at IS NULL"
    assert rows(conn, called) == [("scheduler",)]
    assert rows(conn, "SELECT action, detail ->> 'reason' FROM journal.audit ORDER BY 1") == [
        ("hand_over_callbacks", "left"),
        ("hand_over_complaints", "left"),
    ]
    by = "SELECT agent_id FROM facts.complaint_event WHERE field = 'owner' AND origin = 'person'"
    assert rows(conn, by) == [(me,)]


def test_nothing_is_handed_to_somebody_who_left_or_to_themselves(conn: Connection) -> None:
    holding(conn)
    li, he, now = agent(conn, "li"), agent(conn, "scheduler"), board_now(conn)
    conn.execute(text("UPDATE facts.agent SET active_until = :at WHERE login = 'scheduler'"), {"at": now})
    for to, reason in ((he, "gone"), (li, "itself")):
        with pytest.raises(NotPossible, match=reason):
            hand_over(conn, "complaint", li, to, "administrator", None, "left", now, "k")


def test_what_the_source_says_later_counts_again(conn: Connection) -> None:
    holding(conn)
    li, he, now = agent(conn, "li"), agent(conn, "scheduler"), board_now(conn)
    hand_over(conn, "complaint", li, he, "administrator", None, "left", now, "k")
    later = now + timedelta(hours=1)
    take(conn, complaint("OPEN", now - timedelta(days=2), ("owner", later, "supervisor")), now=later)
    door.refresh_current(conn, later)
    owner = (
        "SELECT login FROM facts.complaint c JOIN facts.agent a ON a.agent_id = c.owner_id "
        "WHERE external_id = 'OPEN'"
    )
    assert rows(conn, owner) == [("supervisor",)]
