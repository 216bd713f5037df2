"""Maps of a log, of people and of small tables over a database."""

import pytest

from jobs.failures import PartsFailed
from jobs.sources.syncing.each import compare_due, write_down
from jobs.sources.syncing.living import Maps
from jobs.sources.syncing.polling import next_night
from jobs.sources.syncing.reading import cell, digest
from tests.build import rows
from tests.jobs.sources.centre import local
from tests.jobs.sources.syncing.crm import MAP, NOW, Crm, living

DATABASE = """
[database]
url_variable = "BOARD_SOURCE_CRM"
query = "SELECT * FROM {table}"
key = "id"
"""
LOG = (
    """
format = 1
source = "crm"
title = "What happened"
rows = "update"
time_zone = "Asia/Shanghai"
milestones = ["first_contact", "resolved"]
[complaint]
number = "number"
[update]
happened_at = "at"
order = "id"
milestone = { column = "what", translate = { "call" = "first_contact" }, others = "unsaid" }
[state]
department = "department"
"""
    + DATABASE.format(table="history")
    + 'changed_column = "at"\n'
)
PEOPLE = """
format = 1
source = "crm"
title = "People"
rows = "person"
time_zone = "Asia/Shanghai"
[person]
login = "login"
name = "name"
department = "department"
""" + DATABASE.format(table="staff").replace('"id"', '"login"')


def test_each_row_of_a_log_is_taken_once_in_its_order(crm: Crm) -> None:
    crm.do(
        "CREATE TABLE history (id serial PRIMARY KEY, number text, at timestamp, what text, department text)"
    )
    crm.do(
        "INSERT INTO history (number, at, what, department) SELECT 'T1', at, what, department FROM (VALUES "
        "('call', 'NET'), ('move', 'BILL'), ('move', 'SHOP')) v (what, department), "
        f"(SELECT {NOW['postgresql']} AS at) a"
    )
    crm.made = living(LOG, "crm_log")
    crm.compare()
    crm.do(
        "INSERT INTO history (number, at, what, department) "
        "SELECT 'T1', at, 'move', 'NET' FROM history LIMIT 1"
    )
    assert crm.poll().new == 1
    assert (crm.poll().new, crm.compare().new) == (0, 0)
    assert departments(crm) == ["NET", "BILL", "SHOP", "NET"]
    assert crm.has("SELECT count(*) FROM facts.complaint_event WHERE field = 'first_contact'") == [(1,)]
    crm.do("DELETE FROM history WHERE id < 3")
    assert crm.compare().gone == 2
    assert departments(crm) == ["NET", "BILL", "SHOP", "NET"]
    assert crm.complaints() == {"T1": "received"}


def departments(crm: Crm) -> list[object]:
    found = crm.has(
        "SELECT d.code FROM facts.complaint_event e "
        "JOIN facts.department d ON d.department_id = e.value::int "
        "WHERE e.field = 'department' AND e.retracted_at IS NULL ORDER BY e.happened_at, e.source_seq"
    )
    return [code for (code,) in found]


def test_people_of_a_small_table_are_read_whole_each_time(crm: Crm) -> None:
    crm.do("CREATE TABLE staff (login text PRIMARY KEY, name text, department text)")
    crm.do("INSERT INTO staff VALUES ('li', 'Li', 'NET'), ('wu', 'Wu', 'NET')")
    crm.made = living(PEOPLE, "crm_people")
    assert crm.compare().new == 2
    crm.do("UPDATE staff SET name = 'Li Na' WHERE login = 'li'")
    crm.do("DELETE FROM staff WHERE login = 'wu'")
    found = crm.poll()
    assert (found.changed, found.gone) == (1, 1)
    assert crm.has("SELECT login, name_en FROM facts.agent ORDER BY 1") == [("li", "Li Na"), ("wu", "Wu")]


def test_what_the_board_cannot_take_is_told_and_not_tried_at_each_tick(crm: Crm) -> None:
    crm.do("CREATE TABLE staff (login text PRIMARY KEY, name text, department text)")
    crm.do("INSERT INTO staff VALUES ('li', 'Li', 'nowhere')")
    crm.made = living(PEOPLE.replace('department = "department"', 'team = "department"'), "crm_people")
    maps = Maps((crm.made,), {})
    write_down(crm.board, maps)
    with pytest.raises(PartsFailed, match="UnknownCode"):
        compare_due(crm.board, maps, crm.how())
    state = crm.state()
    assert state.compare_error_kind == "board"
    assert state.compare_error is not None
    assert "nowhere" in state.compare_error
    assert compare_due(crm.board, maps, crm.how()) == 0


def test_a_stamp_may_be_a_number_of_seconds(crm: Crm) -> None:
    stamp = "extract(epoch FROM updated_at AT TIME ZONE 'Asia/Shanghai')::bigint AS changed"
    epoch = MAP.replace(", updated_at FROM", f", updated_at, {stamp} FROM").replace(
        'changed_column = "updated_at"', 'changed_column = "changed"\nchanged_form = "epoch"'
    )
    crm.made = living(epoch)
    crm.add("T1")
    crm.compare()
    crm.do("UPDATE ticket SET updated_at = updated_at - interval '1 day', title = 'missed'")
    crm.add("T2")
    assert (crm.poll().read, crm.poll().new) == (1, 0)
    crm.made = living(MAP.replace('changed_column = "updated_at"', 'changed_column = "title"'))
    failed = crm.refused()
    assert failed.kind == "setup"
    assert "'title' is text, not instant" in str(failed)


def test_a_poll_is_due_one_interval_after_the_last_began(crm: Crm) -> None:
    crm.compare()
    crm.poll()
    state = crm.state()
    assert state.read_to is not None
    assert (state.next_poll_at - state.read_to).total_seconds() == 15


@pytest.mark.parametrize(
    ("now", "then"), [("2026-11-20 02:29", "2026-11-20 02:30"), ("2026-11-20 02:30", "2026-11-21 02:30")]
)
def test_the_next_comparison_is_by_the_clocks_of_the_map(now: str, then: str) -> None:
    assert next_night(living(), local(now)) == local(then)


def test_a_source_without_a_map_is_silent_no_more(crm: Crm) -> None:
    crm.add("T1")
    crm.compare()
    every = "SELECT expected_every FROM journal.feed"
    write_down(crm.board, Maps((), {}))
    assert crm.has(every) == [(15,)], "a command polls it"
    with crm.board.begin() as conn:
        conn.exec_driver_sql("UPDATE journal.sync SET compared_at = now() - interval '1 hour'")
    write_down(crm.board, Maps((), {}))
    with crm.board.begin() as conn:
        assert rows(conn, every) == [(None,)]
        assert rows(conn, "SELECT is_current FROM journal.sync") == [(False,)]


def test_values_are_texts_as_a_file_would_have_them() -> None:
    given = (None, True, 7, 2.0, 10.5, b"\x01\xff", {"a": [1]}, "x")
    assert [cell(one) for one in given] == ["", "true", "7", "2", "10.5", "01ff", '{"a": [1]}', "x"]
    assert digest(["a", "bc"]) != digest(["ab", "c"])
