"""What a source's exports state, one after the other: the newest counts, the older stays."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text

from queries.as_of import OPEN_STINTS
from queries.intake import door
from queries.intake.facts import Batch, Cell, Observation, Snapshot
from queries.intake.snapshots import KEPT, MOST, StatementRepeated
from queries.intake.ties import settle
from tests.build import MONDAY, complaint, derive, id_of, rows, take
from tests.queries.intake.statements import (
    TABLE,
    export,
    life,
    met,
    reached,
    reached_at,
    state,
    stated,
    step,
    trail,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


def day(number: int, hour: int = 0, minute: int = 0) -> datetime:
    """Of November 2026 in Shanghai."""
    return datetime(2026, 11, number, hour, minute, tzinfo=SHANGHAI)


MORNING_26, MORNING_27 = day(26, 8), day(27, 8)


def row(
    number: str,
    at: datetime,
    received: datetime,
    words: str,
    closed: datetime | None = None,
    title: str | None = None,
) -> Snapshot:
    """As an operator's daily table has it: department, tier, category, region, status."""
    names = ("department", "tier", "category", "region", "status")
    cells = state(**dict(zip(names, words.split(), strict=True)))
    ends = (reached("closed", closed),) if closed else ()
    return Snapshot(number, at, 0, cells + ends, received, title)


FIRST = export(
    row("E1", MORNING_26, day(25, 9), "BILL 3 tariff A in_progress"),
    row("E2", MORNING_26, day(25, 9, 10), "BILL 2 tariff A closed", day(25, 17)),
    row("E3", MORNING_26, day(25, 9, 20), "NET 2 network A in_progress"),
    row("E4", MORNING_26, day(25, 9, 30), "NET 2 network A closed", day(25, 20)),
    row("E5", MORNING_26, day(25, 9, 40), "NET 2 network A in_progress"),
)
SECOND = export(
    row("E1", MORNING_27, day(25, 9), "NET 1 network B in_progress"),
    row("E2", MORNING_27, day(25, 9, 10), "BILL 2 tariff A in_progress"),
    row("E3", MORNING_27, day(25, 9, 20), "NET 2 network A closed", day(26, 10)),
    row("E4", MORNING_27, day(25, 9, 30), "NET 2 network A closed", day(25, 12)),
)


@pytest.fixture
def two_mornings(conn: Connection) -> Connection:
    complete = TABLE.__class__("table", TABLE.milestones, complete_at=MORNING_26)
    take(conn, FIRST, source=complete, now=MORNING_26)
    derive(conn)
    complete = TABLE.__class__("table", TABLE.milestones, complete_at=MORNING_27)
    take(conn, SECOND, source=complete, now=MORNING_27)
    derive(conn)
    return conn


def test_a_field_that_differs_changed_at_the_second_exports_instant(two_mornings: Connection) -> None:
    for field, values in (("tier", "31"), ("category", ("tariff", "network")), ("region", "AB")):
        before, after = list(values)
        assert trail(two_mornings, "E1", field) == [(day(25, 9), before), (MORNING_27, after)]
    assert trail(two_mornings, "E1", "department") == [(day(25, 9), "BILL"), (MORNING_27, "NET")]
    found = rows(
        two_mornings,
        "SELECT started_at, due_at FROM derived.deadline JOIN facts.complaint USING (complaint_id) "
        "WHERE external_id = 'E1' AND target = 'plan'",
    )
    assert found == [(MORNING_27, MORNING_27 + timedelta(minutes=30))]


def test_one_that_is_no_longer_closed_was_reopened(two_mornings: Connection) -> None:
    assert reached_at(two_mornings, "E2", "closed") == [day(25, 17)]
    assert reached_at(two_mornings, "E2", "reopened") == [MORNING_27]
    assert life(two_mornings, "E2")[-1] == (MORNING_27, None, "in_progress")


def test_an_end_has_the_instant_that_its_column_says(two_mornings: Connection) -> None:
    assert reached_at(two_mornings, "E3", "closed") == [day(26, 10)]
    assert life(two_mornings, "E3") == [(day(25, 9, 20), day(26, 10), "in_progress")]


def test_an_end_corrected_later_replaces_the_old_one(two_mornings: Connection) -> None:
    assert reached_at(two_mornings, "E4", "closed") == [day(25, 12)]
    assert life(two_mornings, "E4")[-1][1] == day(25, 12)


def test_what_is_missing_from_a_complete_export_has_vanished(two_mornings: Connection) -> None:
    assert life(two_mornings, "E5") == [(day(25, 9, 40), MORNING_27, "in_progress")]
    found = rows(
        two_mornings,
        "SELECT status, vanished_at, (SELECT count(*) FROM derived.deadline d WHERE d.complaint_id = "
        "c.complaint_id AND met_at IS NULL AND cancelled_at IS NULL), (SELECT count(*) FROM derived.timer t "
        "WHERE t.complaint_id = c.complaint_id) FROM facts.complaint c WHERE external_id = 'E5'",
    )
    assert found == [("vanished", MORNING_27, 0, 0)]


def test_one_that_comes_back_had_never_vanished(two_mornings: Connection) -> None:
    take(
        two_mornings,
        export(row("E5", day(28, 8), day(25, 9, 40), "NET 2 network A in_progress")),
        source=TABLE,
        now=day(28, 8),
    )
    derive(two_mornings)
    assert life(two_mornings, "E5") == [(day(25, 9, 40), None, "in_progress")]
    assert rows(two_mornings, "SELECT status, vanished_at FROM facts.complaint WHERE external_id = 'E5'") == [
        ("in_progress", None)
    ]
    retracted = rows(two_mornings, "SELECT retracted_at FROM facts.complaint_event WHERE field = 'vanished'")
    assert retracted == [(day(28, 8),)]


def test_one_that_had_ended_does_not_vanish(conn: Connection) -> None:
    take(conn, FIRST, source=TABLE, now=MORNING_26)
    empty = TABLE.__class__("table", TABLE.milestones, complete_at=MORNING_27)
    take(conn, Batch(), source=empty, now=MORNING_27)
    assert rows(conn, "SELECT external_id, status FROM facts.complaint ORDER BY 1") == [
        ("E1", "vanished"),
        ("E2", "closed"),
        ("E3", "vanished"),
        ("E4", "closed"),
        ("E5", "vanished"),
    ]


def test_title_and_receipt_are_as_the_newest_statement_says(conn: Connection) -> None:
    old = row("X1", MORNING_26, day(25, 9, 30), "NET 2 network A in_progress", title="宽带慢")
    new = row("X1", MORNING_27, day(25, 14, 30), "NET 2 network A in_progress", title="威胁投诉工信部")
    for one in (old, new):
        take(conn, export(one), source=TABLE, now=one.stated_at)
    assert rows(conn, "SELECT title, received_at FROM facts.complaint") == [
        ("威胁投诉工信部", day(25, 14, 30))
    ]
    assert rows(conn, "SELECT count(*) FROM derived.unread_text") == [(2,)]
    derive(conn)
    assert life(conn, "X1") == [(day(25, 14, 30), None, "in_progress")]
    take(conn, export(old._replace(stated_at=day(26, 7))), source=TABLE, now=day(28))
    assert rows(conn, "SELECT title FROM facts.complaint") == [("威胁投诉工信部",)]


def test_the_same_instant_with_other_content_is_refused_with_what_to_do(conn: Connection) -> None:
    take(conn, FIRST, source=TABLE, now=MORNING_26)
    again = row("E1", MORNING_26, day(25, 9), "NET 1 network B in_progress")
    with pytest.raises(StatementRepeated, match=r"'E1'.*2026-11-26 00:00:00 UTC.*--as-of"):
        take(conn, export(again), source=TABLE, now=MORNING_27)


def test_of_rows_with_instants_of_their_own_the_one_that_came_later_counts(conn: Connection) -> None:
    by_row = TABLE.__class__("table", TABLE.milestones, instants_are_rows=True)
    first = row("E1", MORNING_26, day(25, 9), "BILL 3 tariff A in_progress")
    second = row("E1", MORNING_26, day(25, 9), "NET 1 tariff A in_progress")
    for batch in (export(first), export(second), export(first), export(second)):
        take(conn, batch, source=by_row, now=MORNING_27)
    assert trail(conn, "E1", "tier") == [(day(25, 9), "1")]
    third = row("E1", MORNING_26, day(25, 9), "OPS 2 tariff A in_progress")
    take(conn, export(second, third), source=by_row, now=MORNING_27)
    assert trail(conn, "E1", "department") == [(day(25, 9), "OPS")]


def test_the_same_export_again_changes_nothing(conn: Connection) -> None:
    take(conn, FIRST, SECOND, source=TABLE, now=MORNING_27)
    derive(conn)
    before = rows(
        conn, "SELECT c, e FROM facts.complaint c JOIN facts.complaint_event e USING (complaint_id)"
    )
    for batch in (FIRST, SECOND, FIRST):
        taken = door.take(conn, TABLE, batch, day(29))
        assert (taken.complaints, taken.observations, taken.touched) == (0, 0, 0)
        assert (taken.new, taken.changed, taken.older) == (0, 0, 0)
    assert taken.same == 5
    assert rows(conn, "SELECT count(*) FROM derived.dirty") == [(0,)]
    after = rows(conn, "SELECT c, e FROM facts.complaint c JOIN facts.complaint_event e USING (complaint_id)")
    assert after == before


def test_statements_are_counted_by_what_they_tell(conn: Connection) -> None:
    taken = door.take(conn, TABLE, FIRST, MORNING_26)
    assert (taken.new, taken.same, taken.changed, taken.older) == (5, 0, 0, 0)
    taken = door.take(conn, TABLE, SECOND, MORNING_27)
    assert (taken.new, taken.same, taken.changed, taken.older) == (0, 0, 4, 0)
    later = export(*(one._replace(stated_at=day(28, 8)) for one in SECOND.snapshots))
    taken = door.take(conn, TABLE, later, day(28, 8))
    assert (taken.new, taken.same, taken.changed, taken.older) == (0, 4, 0, 0)
    assert taken.touched == 0
    older = export(row("E1", day(25, 20), day(25, 9), "OPS 3 tariff A in_progress"))
    taken = door.take(conn, TABLE, older, day(28, 9))
    assert (taken.new, taken.same, taken.changed, taken.older) == (0, 0, 0, 1)
    assert trail(conn, "E1", "department") == [(day(25, 9), "OPS"), (MORNING_26, "BILL"), (MORNING_27, "NET")]


def test_duplicates_end_as_merged_into_their_parent(conn: Connection) -> None:
    seen = day(29, 22)
    for_all = state(tier="2", region="A")
    take(
        conn,
        export(
            stated("P2", seen, day(29, 20, 30), *for_all, *state(status="in_progress", parent="P1")),
            stated("P3", seen, day(29, 20, 40), *for_all, *state(status="closed", parent="P1")),
            stated("P1", seen, day(29, 20), *for_all, *state(status="in_progress", parent=None)),
        ),
        source=TABLE,
        now=seen,
    )
    derive(conn)
    found = rows(conn, "SELECT external_id, status FROM facts.complaint ORDER BY 1")
    assert found == [("P1", "in_progress"), ("P2", "merged"), ("P3", "merged")]
    assert life(conn, "P2") == []
    running = "FROM derived.deadline JOIN facts.complaint USING (complaint_id) WHERE met_at IS NULL"
    assert rows(conn, f"SELECT DISTINCT external_id {running} AND cancelled_at IS NULL") == [("P1",)]
    assert rows(conn, "SELECT count(*) FROM derived.callback") == [(0,)]
    merged = rows(
        conn, "SELECT external_id FROM facts.complaint WHERE parent_id = :id ORDER BY 1", id=id_of(conn, "P1")
    )
    assert merged == [("P2",), ("P3",)]


def test_merged_later_it_lived_until_then(conn: Connection) -> None:
    one = stated("P2", day(29, 20), day(29, 10), *state(status="in_progress", parent=None))
    two = stated("P2", day(30, 20), day(29, 10), *state(status="in_progress", parent="P1"))
    three = stated("P2", day(30, 22), day(29, 10), *state(status="in_progress", parent=None))
    take(conn, export(one), export(two), source=TABLE, now=day(30, 20))
    derive(conn)
    assert life(conn, "P2") == [(day(29, 10), day(30, 20), "in_progress")]
    assert reached_at(conn, "P2", "merged") == [day(30, 20)]
    take(conn, export(three), source=TABLE, now=day(30, 22))
    derive(conn)
    assert life(conn, "P2")[-1] == (day(30, 22), None, "in_progress")


def test_one_that_is_its_own_parent_has_none(conn: Connection) -> None:
    take(conn, export(stated("P1", day(29), day(28), *state(parent="P1"))), source=TABLE)
    assert rows(conn, "SELECT parent_id, status FROM facts.complaint") == [(None, "received")]


@pytest.mark.parametrize("is_log", [False, True])
def test_a_wait_begins_when_it_began_and_not_at_receipt(conn: Connection, is_log: bool) -> None:
    opened, waits, goes_on = day(29, 8), day(29, 20), day(29, 22)
    cells = {"W1": [("waiting_customer", waits)], "W3": []}
    cells["W2"] = [("waiting_customer", waits), ("in_progress", goes_on)]
    for number, ends in cells.items():
        whole = stated(number, day(30), opened, *state(tier="2"), *(reached(*one) for one in ends))
        if is_log:
            take(conn, export(whole._replace(cells=whole.cells[:1])), source=TABLE)
            take(
                conn,
                Batch(observations=[Observation(number, "status", at, to) for to, at in ends]),
                source=TABLE,
            )
        else:
            take(conn, export(whole), source=TABLE)
    derive(conn)
    assert life(conn, "W1") == [(opened, waits, "received"), (waits, None, "waiting_customer")]
    assert life(conn, "W2")[1:] == [(waits, goes_on, "waiting_customer"), (goes_on, None, "in_progress")]
    assert life(conn, "W3") == [(opened, None, "received")]


def test_since_when_a_state_holds_corrects_what_older_statements_say(conn: Connection) -> None:
    one = stated("A", day(26, 10), day(26, 8), *state(status="in_progress"))
    two = stated("A", day(26, 12), day(26, 8), *state(status="waiting_customer"))
    since = stated("A", day(26, 14), day(26, 8), Cell("status", "waiting_customer", day(26, 9)))
    take(conn, export(one), export(two), source=TABLE)
    assert trail(conn, "A", "status") == [(day(26, 8), "in_progress"), (day(26, 12), "waiting_customer")]
    take(conn, export(since), source=TABLE)
    assert trail(conn, "A", "status") == [(day(26, 8), "in_progress"), (day(26, 9), "waiting_customer")]


def test_a_later_instant_of_a_milestone_is_a_new_event_and_an_earlier_one_a_correction(
    conn: Connection,
) -> None:
    def said(at: datetime, feedback: datetime | None) -> Batch:
        return export(stated("A", at, day(25, 8), met("feedback", feedback)))

    take(conn, said(day(26), day(25, 10)), source=TABLE)
    take(conn, said(day(27), day(25, 9)), source=TABLE)
    assert trail(conn, "A", "feedback") == [(day(25, 9), None)]
    take(conn, said(day(28), day(27, 9)), source=TABLE)
    assert trail(conn, "A", "feedback") == [(day(25, 9), None), (day(27, 9), None)]
    take(conn, said(day(29), None), source=TABLE)
    assert trail(conn, "A", "feedback") == [(day(25, 9), None)]
    assert rows(conn, "SELECT count(*) FROM facts.complaint_event WHERE field = 'feedback'") == [(3,)]


def test_an_emptied_cell_says_nobody_and_one_that_says_nothing_is_left_out(conn: Connection) -> None:
    take(conn, export(stated("A", day(26), day(25), *state(owner="li", tier="2"))), source=TABLE)
    take(conn, export(stated("A", day(27), day(25), *state(owner=None))), source=TABLE)
    assert trail(conn, "A", "owner") == [(day(25), "li"), (day(27), None)]
    assert rows(conn, "SELECT owner_id, tier FROM facts.complaint") == [(None, 2)]


def test_an_operators_daily_row_carries_requests_a_pause_and_its_end(conn: Connection) -> None:
    seen, received = day(28, 8), day(26, 8, 30)
    cells = (
        met("first_contact", day(26, 8, 35)),
        step("requested", 1, day(26, 9), "fen2"),
        step("responded", 1, day(26, 11, 30)),
        step("opinion", 1, day(26, 14)),
        reached("resolved", day(26, 15)),
    )
    take(conn, export(stated("Y2", seen, received, *cells)), source=TABLE)
    derive(conn)
    assert rows(
        conn,
        "SELECT requested_at, responded_at, opinion_at, d.code FROM derived.co_owner_request "
        "JOIN facts.department d USING (department_id)",
    ) == [(day(26, 9), day(26, 11, 30), day(26, 14), "fen2")]
    assert reached_at(conn, "Y2", "resolved") == [day(26, 15)]
    take(conn, export(stated("Y2", day(29), received, step("opinion", 1, None))), source=TABLE)
    derive(conn)
    assert rows(conn, "SELECT opinion_at FROM derived.co_owner_request") == [(None,)]
    assert rows(conn, "SELECT responded_at, opinion_at FROM facts.co_owner_request") == [
        (day(26, 11, 30), None)
    ]


def test_a_complaint_that_is_still_open_by_a_row_with_an_old_end_was_reopened(conn: Connection) -> None:
    closed = reached("closed", day(25, 17))
    take(conn, export(stated("A", day(26), day(25), *state(status="closed"), closed)), source=TABLE)
    take(conn, export(stated("A", day(27), day(25), *state(status="in_progress"), closed)), source=TABLE)
    derive(conn)
    assert life(conn, "A")[-1] == (day(27), None, "in_progress")
    take(conn, export(stated("B", day(26), day(25), *state(status="in_progress"), closed)), source=TABLE)
    derive(conn)
    assert [one[2] for one in life(conn, "B")] == ["in_progress", "closed", "in_progress"]


def test_a_persons_word_holds_until_the_source_says_something_else(conn: Connection) -> None:
    take(conn, export(stated("A", day(26), day(25), *state(tier="2"))), source=TABLE)
    door.correct(conn, id_of(conn, "A"), "tier", "1", None, day(26, 12))
    for at in (day(27), day(28)):
        take(conn, export(stated("A", at, day(25), *state(tier="2"))), source=TABLE, now=at)
        assert rows(conn, "SELECT tier FROM facts.complaint") == [(1,)]
    take(conn, export(stated("A", day(29), day(25), *state(tier="3"))), source=TABLE, now=day(29))
    assert rows(conn, "SELECT tier FROM facts.complaint") == [(3,)]


def test_a_log_may_say_that_a_complaint_was_reopened(conn: Connection) -> None:
    seen = [("status", day(26), "closed"), ("reopened", day(27), None)]
    batch = Batch(observations=[Observation("A", field, at, value) for field, at, value in seen])
    take(conn, batch, source=TABLE)
    derive(conn)
    assert reached_at(conn, "A", "reopened") == [day(27)]


def test_an_instant_that_nothing_could_draw_is_refused(conn: Connection) -> None:
    far = datetime(9999, 1, 1, tzinfo=SHANGHAI)
    for one in (
        stated("A", far, day(25)),
        stated("A", day(25), far),
        stated("A", day(25), day(25), met("feedback", far)),
        stated("A", day(25), day(25), Cell("promised", far.isoformat())),
    ):
        with pytest.raises(door.FarInstant, match="Complaint 'A'"):
            take(conn, export(one), source=TABLE)


def test_one_row_may_tell_of_two_waits_and_a_reopening(conn: Connection) -> None:
    ends = [("waiting_customer", 10), ("in_progress", 11), ("waiting_customer", 14), ("in_progress", 15)]
    cells = [reached(status, day(25, hour)) for status, hour in ends]
    cells += [reached("closed", day(25, 17)), met("reopened", day(26, 9))]
    take(conn, export(stated("A", day(27), day(25, 8), *cells)), source=TABLE)
    derive(conn)
    assert [(begins, status) for begins, _, status in life(conn, "A")] == [
        (day(25, 8), "received"),
        *((day(25, hour), status) for status, hour in ends),
        (day(25, 17), "closed"),
        (day(26, 9), "in_progress"),
    ]


def test_what_is_stated_very_often_keeps_its_first_and_its_last_instants(conn: Connection) -> None:
    one = stated("A", day(1), day(1), *state(tier="2"))
    times = [day(1) + timedelta(hours=hours) for hours in range(MOST + 60)]
    for some in (times[:1], times[1:MOST], times[MOST:]):
        door.take(conn, TABLE, export(*(one._replace(stated_at=at) for at in some)), day(30))
    told = list(conn.execute(text("SELECT unnest(stated) FROM facts.statement")).scalars())
    assert told[0] == times[0]
    assert told[1:] == times[1 - len(told) :]
    assert len(told) == KEPT + 1
    assert trail(conn, "A", "tier") == [(day(1), "2")]


def test_one_complaint_in_very_many_rows_of_one_instant_is_the_last_of_them(conn: Connection) -> None:
    many = [stated("A", day(26), day(25), *state(product=f"P{n}")) for n in range(33_000)]
    taken = door.take(conn, TABLE, export(*many), day(26))
    assert taken.new == 33_000
    assert trail(conn, "A", "product") == [(day(25), "P32999")]


def test_hostile_texts_of_a_row_go_through_unharmed(conn: Connection) -> None:
    hostile = "tab\t newline\n \\u0000 \\N quote' \"{[ \\ 😀 ＝1+1"
    half = "half of a pair \ud83d"
    take(conn, export(stated("B", day(26), day(25), *state(category=half))), source=TABLE)
    conn.exec_driver_sql("DELETE FROM facts.complaint")
    one = stated("A\\\t1", day(26), day(25), *state(category=hostile, product="NUL\0"))
    details = (("who", hostile), ("demand", "退费\0"))
    take(conn, export(one._replace(title=hostile, body=hostile + "\0", details=details)), source=TABLE)
    assert rows(conn, "SELECT external_id, title, body, category, product, details FROM facts.complaint") == [
        ("A\\\t1", hostile, hostile, hostile, "NUL", {"who": hostile, "demand": "退费"})
    ]


def test_two_rows_of_a_file_that_each_tell_a_part_are_the_same_again_the_next_day(conn: Connection) -> None:
    def both(at: datetime) -> Batch:
        return export(
            stated("A", at, day(25), *state(tier="2")), stated("A", at, None, met("feedback", day(25, 9)))
        )

    take(conn, both(day(26)), source=TABLE)
    taken = door.take(conn, TABLE, both(day(27)), day(27))
    assert (taken.same, taken.changed, taken.touched) == (2, 0, 0)
    take(conn, export(stated("A", day(28), day(25), *state(tier="1"))), source=TABLE)
    assert trail(conn, "A", "tier") == [(day(25), "2"), (day(28), "1")]
    assert trail(conn, "A", "feedback") == [(day(25, 9), None)]


def test_a_log_may_tell_of_a_parent_and_again_changes_nothing(conn: Connection) -> None:
    given = [Observation("B", "parent", day(26), "A"), Observation("B", "reopened", day(25))]
    for place in range(2):
        door.clear_staging(conn)
        door.stage(conn, Batch(observations=given))
        assert settle(conn, "table") == 0
        taken = door.merge(conn, TABLE, day(27))
        assert taken.observations == (2 if place == 0 else 0)
    assert trail(conn, "B", "parent") == [(day(26), "A")]
    assert rows(conn, "SELECT status FROM facts.complaint") == [("merged",)]


def waits_until(end: datetime | None) -> Batch:
    cells = [Cell("status", "waiting_customer", day(26, 9), 1, True), *state(department="NET")]
    if end is not None:
        cells.append(Cell("status", "in_progress", end, 1, True))
    return export(stated("A", day(26, 10), day(25), *cells))


def shown(conn: Connection) -> list[tuple[object, ...]]:
    """Status of the complaint; status and beginning of its open stint on pages."""
    return rows(
        conn,
        f"SELECT c.status, s.status, s.from_at FROM facts.complaint c JOIN {OPEN_STINTS[False]} s "
        "USING (complaint_id)",
    )


def test_the_planned_end_of_a_wait_is_shown_when_its_instant_has_come_and_not_before(
    conn: Connection,
) -> None:
    take(conn, waits_until(day(27, 9)), source=TABLE, now=day(26, 11))
    derive(conn)
    waiting = [("waiting_customer", "waiting_customer", day(26, 9))]
    assert shown(conn) == waiting
    assert door.take_upcoming(conn, day(27, 8)) == 0
    assert shown(conn) == waiting
    assert door.take_upcoming(conn, day(27, 9)) == 1
    assert shown(conn) == [("in_progress", "in_progress", day(27, 9))]
    assert door.take_upcoming(conn, day(27, 9)) == 0


def test_a_planned_end_that_is_moved_holds_the_wait_until_then(conn: Connection) -> None:
    take(conn, waits_until(day(27, 9)), source=TABLE, now=day(26, 11))
    moved = waits_until(day(28, 9)).snapshots
    later = export(*(one._replace(stated_at=day(26, 20)) for one in moved))
    take(conn, later, source=TABLE, now=day(26, 21))
    derive(conn)
    assert door.take_upcoming(conn, day(27, 12)) == 1
    assert shown(conn) == [("waiting_customer", "waiting_customer", day(26, 9))]
    assert door.take_upcoming(conn, day(28, 9)) == 1
    assert shown(conn)[0][0] == "in_progress"


def test_a_planned_change_of_a_log_waits_for_its_instant_too(conn: Connection) -> None:
    steps = (
        ("status", MONDAY + timedelta(hours=1), "waiting_customer"),
        ("status", MONDAY + timedelta(hours=9), "in_progress"),
    )
    take(conn, complaint("L", MONDAY, *steps), now=MONDAY + timedelta(hours=2))
    derive(conn)
    assert [one[:2] for one in shown(conn)] == [("waiting_customer",) * 2]
    assert door.take_upcoming(conn, MONDAY + timedelta(hours=9)) == 1
    assert [one[:2] for one in shown(conn)] == [("in_progress",) * 2]


def test_two_rows_that_tell_of_a_request_at_two_instants_are_two_requests(conn: Connection) -> None:
    """An instant at or before the older statement corrects it, a later one is new."""
    asked = (
        (day(26, 10), step("requested", 1, day(26, 9), "NET"), step("responded", 1, day(26, 9, 30))),
        (day(27, 10), step("requested", 1, day(26, 14), "NET"), step("responded", 1, day(26, 14, 20))),
        (day(28, 10), step("requested", 1, day(26, 13, 50), "NET"), step("responded", 1, day(26, 14, 20))),
    )
    for instant, *cells in asked:
        take(conn, export(stated("A", instant, day(25), *cells)), source=TABLE)
    derive(conn)
    assert rows(
        conn, "SELECT requested_at, responded_at FROM derived.co_owner_request ORDER BY requested_at"
    ) == [(day(26, 9), day(26, 9, 30)), (day(26, 13, 50), day(26, 14, 20))]
