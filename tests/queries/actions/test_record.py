"""What a person does with a complaint, through the database: as the page's own role, with its conflicts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from queries import db
from queries.actions import life, record
from queries.actions.record import Given, Refused
from queries.alerts import settled
from queries.db import Scope
from queries.intake import door
from queries.intake.facts import Batch, Observation
from tests.build import SOURCE, at, complaint, cross_timers, derive, id_of, organisation, rows, settle

SUPERVISOR = Scope("supervisor", "supervisor", None)
NOW = at(3)


@pytest.fixture
def number(conn: Connection) -> int:
    organisation(conn)
    conn.execute(text("UPDATE facts.agent SET signs_in = true WHERE login = 'li'"))
    settle(conn, complaint("A", at()), complaint("B", at(1)))
    return id_of(conn, "A")


def act(
    conn: Connection, number: int, given: Given, scope: Scope = SUPERVISOR, key: str = "", now: datetime = NOW
) -> None:
    seen = record.state(conn, number)
    assert seen is not None
    record.record(conn, number, seen, given, scope, key or f"{given.name}-{now}", now)


def current(conn: Connection, number: int, columns: str) -> tuple[object, ...]:
    (found,) = rows(conn, f"SELECT {columns} FROM facts.complaint WHERE complaint_id = :id", id=number)
    return found


def test_an_action_is_a_fact_of_the_person_with_its_instant(conn: Connection, number: int) -> None:
    act(conn, number, Given("first_contact", at=at(1)))
    assert current(conn, number, "status") == ("in_progress",)
    events = "SELECT field::text, value, happened_at, recorded_at FROM facts.complaint_event"
    assert rows(conn, f"{events} WHERE origin = 'person' ORDER BY 1") == [
        ("first_contact", None, at(1), NOW),
        ("status", "in_progress", at(1), NOW),
    ]
    derive(conn)
    met = "SELECT met_at FROM derived.deadline WHERE target = 'first_contact' AND complaint_id = :id"
    assert rows(conn, met, id=number) == [(at(1),)]


def test_the_same_press_twice_is_one_action(conn: Connection, number: int) -> None:
    seen = record.state(conn, number)
    assert seen is not None
    for _ in range(2):
        record.record(conn, number, seen, Given("note", note="called back"), SUPERVISOR, "one", NOW)
    assert rows(conn, "SELECT place, note FROM facts.action") == [(1, "called back")]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (Given("resolve"), "no_text"),
        (Given("tier", 1), "no_text"),  # the source said 2
        (Given("tier", note="x"), "no_value"),
        (Given("tier", 2, note="x"), "not_offered"),
        (Given("close"), "not_offered"),
        (Given("go_on"), "not_offered"),
        (Given("respond", 7), "not_offered"),
        (Given("merge", 99_999), "no_parent"),
        (Given("owner", 99_999), "no_owner"),
        (Given("ask", 99_999, note="x"), "no_department"),
        (Given("note", note="x" * 2_001), "long_text"),
        (Given("first_contact", at=at(-1)), "too_early"),
        (Given("first_contact", at=at(4)), "too_late"),
        (Given("tier", 1, at(-0.1), "x"), "too_early"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(
    conn: Connection, number: int, given: Given, why: str
) -> None:
    with pytest.raises(Refused) as refused:
        act(conn, number, given)
    assert refused.value.why == why
    assert rows(conn, "SELECT count(*) FROM facts.action") == [(0,)]


def test_a_conflict_tells_what_is_there_now(conn: Connection, number: int) -> None:
    seen = record.state(conn, number)
    assert seen is not None
    act(conn, number, Given("tier", 1, note="says that it burns"))
    with pytest.raises(Refused) as refused:
        record.record(conn, number, seen, Given("tier", 3, note="only a wish"), SUPERVISOR, "late", NOW)
    assert refused.value.why == "changed"
    assert refused.value.now is not None
    assert refused.value.now.tier == 1
    record.record(
        conn, number, seen, Given("note", note="a note conflicts with nothing"), SUPERVISOR, "n", NOW
    )


def test_only_a_supervisor_or_above_gives_the_plan_of_tier_1(conn: Connection, number: int) -> None:
    act(conn, number, Given("tier", 1, note="it burns"))
    with pytest.raises(Refused) as refused:
        act(conn, number, Given("plan"), Scope("li", "agent", None), now=NOW + timedelta(minutes=1))
    assert refused.value.why == "not_offered"
    act(conn, number, Given("plan"), now=NOW + timedelta(minutes=1))


def test_a_right_that_was_withdrawn_meanwhile_is_gone(conn: Connection, number: int) -> None:
    for scope in (
        Scope("nobody", "supervisor", None),
        Scope("wall", "wall", None),
        replace(SUPERVISOR, role="administrator"),
    ):
        with pytest.raises(Refused) as refused:
            act(conn, number, Given("note", note="x"), scope)
        assert refused.value.why == "not_allowed"


def test_a_request_goes_its_way_and_ends_with_the_resolution(conn: Connection, number: int) -> None:
    (billing,) = [
        one for (one,) in rows(conn, "SELECT department_id FROM facts.department WHERE code = 'BILL'")
    ]
    act(conn, number, Given("ask", int(str(billing)), note="is the bill right?"), now=at(1))
    assert current(conn, number, "status") == ("in_progress",)
    act(conn, number, Given("wait_co_owner"), now=at(1.1))
    act(conn, number, Given("opinion", -1, note="it is wrong by 20 yuan"), now=at(2))
    asked = (
        "SELECT request_id, department_id, requested_at, responded_at, opinion_at FROM facts.co_owner_request"
    )
    assert rows(conn, asked) == [(-1, billing, at(1), at(2), at(2))]
    act(conn, number, Given("ask", int(str(billing)), note="and last month?"), now=at(2.1))
    act(conn, number, Given("resolve", note="credited 20 yuan", cause="tariff"), now=at(2.2))
    state = record.state(conn, number)
    assert state is not None
    assert (state.status, state.requests) == ("resolved", ())
    derive(conn)
    ended = "SELECT target, met_at, cancelled_at FROM derived.deadline WHERE party_id = -4 ORDER BY 1"
    assert {row[1:] for row in rows(conn, ended)} == {(None, at(2.2))}


def test_merged_complaints_are_part_of_another_until_taken_out(conn: Connection, number: int) -> None:
    other = id_of(conn, "B")
    act(conn, number, Given("merge", other))
    assert current(conn, number, "status, parent_id") == ("merged", other)
    for parent, why in ((number, "merged_parent"), (other, "own_parent")):
        with pytest.raises(Refused) as refused:
            act(conn, other, Given("merge", parent))
        assert refused.value.why == why
    act(conn, number, Given("unmerge", note="another matter"), now=NOW + timedelta(minutes=2))
    assert current(conn, number, "status, parent_id") == ("received", None)


def test_undone_within_a_minute_it_is_as_if_it_had_never_been(conn: Connection, number: int) -> None:
    before = everything_derived(conn)
    act(conn, number, Given("resolve", note="done"))
    derive(conn)
    assert everything_derived(conn) != before
    last = record.undoable(conn, number, "supervisor", NOW + timedelta(seconds=59))
    assert last is not None
    assert record.undoable(conn, number, "administrator", NOW) is None
    for _ in range(2):
        record.undo(conn, number, last.place, SUPERVISOR, NOW + timedelta(seconds=59))
    derive(conn)
    assert everything_derived(conn) == before
    assert rows(conn, "SELECT action, undone_at IS NOT NULL FROM facts.action") == [("resolve", True)]
    act(conn, number, Given("resolve", note="done now"), now=NOW + timedelta(seconds=61))


def test_undo_ends_with_its_minute_and_with_what_comes_after(conn: Connection, number: int) -> None:
    act(conn, number, Given("take_over"))
    act(conn, number, Given("note", note="a note hides nothing"), Scope("li", "agent", None))
    for login, place, seconds, why in (
        ("supervisor", 1, 61, "undo_over"),
        ("administrator", 1, 1, "not_allowed"),
        ("supervisor", 0, 1, "not_allowed"),
        ("supervisor", 2, 1, "not_allowed"),
    ):
        with pytest.raises(Refused) as refused:
            record.undo(conn, number, place, Scope(login, login, None), NOW + timedelta(seconds=seconds))
        assert refused.value.why == why
    act(conn, number, Given("tier", 1, note="x"), Scope("administrator", "administrator", None), "later")
    with pytest.raises(Refused) as refused:
        record.undo(conn, number, 1, SUPERVISOR, NOW + timedelta(seconds=2))
    assert refused.value.why == "undo_followed"


def test_an_alert_of_what_was_undone_is_withdrawn(conn: Connection, number: int) -> None:
    (billing,) = rows(conn, "SELECT department_id FROM facts.department WHERE code = 'BILL'")[0]
    act(conn, number, Given("ask", int(str(billing)), at(1), "asked by phone two hours ago"))
    derive(conn)
    cross_timers(conn, NOW)
    of_request = (
        "SELECT count(*), count(withdrawn_at) FROM journal.alert WHERE rule = 'breached' AND party_id = -1"
    )
    assert rows(conn, of_request) == [(1, 0)]
    record.undo(conn, number, 1, SUPERVISOR, NOW + timedelta(seconds=5))
    derive(conn)
    settled.settle(conn, NOW + timedelta(seconds=6))
    assert rows(conn, of_request) == [(1, 1)]


@pytest.mark.parametrize(
    ("field", "given", "mine", "again", "other", "column", "theirs"),
    [
        ("tier", Given("tier", 1, note="x"), 1, "2", "3", "tier", 3),
        ("department", Given("department", 2, note="x"), 2, "NET", "CARE", "department_id", 3),
        ("owner", Given("owner", 3, note="x"), 3, "li", "he", "owner_id", None),
        ("status", Given("resolve", note="x"), "resolved", "received", "closed", "status", "closed"),
    ],
)
def test_a_correction_holds_until_the_source_itself_changes_the_field(
    conn: Connection,
    number: int,
    field: str,
    given: Given,
    mine: object,
    again: str,
    other: str,
    column: str,
    theirs: object,
) -> None:
    if field == "owner":
        say(conn, field, at(1), "li")
    act(conn, number, given)
    assert current(conn, number, column) == (mine,)
    say(conn, field, at(4), again)
    derive(conn)
    assert current(conn, number, column) == (mine,)
    assert derived_last(conn, number, column) in (mine, "–")
    say(conn, field, at(5), other)
    (there,) = current(conn, number, column)
    assert there == theirs if theirs is not None else there != mine


def say(conn: Connection, field: str, instant: datetime, value: str) -> None:
    seen = Observation("A", field, instant, value, 9)
    door.take(conn, SOURCE, Batch(observations=[seen]), at(6))


def derived_last(conn: Connection, number: int, column: str) -> object:
    found = rows(
        conn, f"SELECT {column} FROM derived.stint WHERE complaint_id = :id ORDER BY seq DESC", id=number
    )
    return found[0][0] if found else "–"


TABLES = (
    "stint",
    "milestone",
    "deadline",
    "deadline_span",
    "timer",
    "callback",
    "co_owner_request",
    "survey",
)


def everything_derived(conn: Connection) -> list[list[tuple[object, ...]]]:
    return [sorted(rows(conn, f"SELECT * FROM derived.{table}"), key=repr) for table in TABLES]


@pytest.fixture
def app(database_url: str, engine: Engine) -> Iterator[Engine]:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, complaint("A", at()), complaint("B", at(), region="BJ-01"))
    made = db.engine(database_url, role="board_app")
    yield made
    made.dispose()


def test_the_pages_role_may_act_in_its_regions_and_take_back_its_own_only(app: Engine) -> None:
    everywhere = SUPERVISOR
    with db.reading(app, everywhere) as conn:
        manager = Scope("manager", "manager", tuple(region for (region,) in rows(conn, _GUANGDONG)))
        numbers = {name: id_of(conn, name) for name in "AB"}
    with db.writing(app, manager) as conn:
        act(conn, numbers["A"], Given("tier", 1, note="x"), manager)
        act(conn, numbers["A"], Given("ask", 2, note="x"), manager)
    with db.writing(app, manager) as conn, pytest.raises(Refused) as refused:
        seen = life.State(0, "received", 2, 1, None, None, (), 0, frozenset(), ())
        record.record(conn, numbers["B"], seen, Given("tier", 1, note="x"), manager, "k", NOW)
    assert refused.value.why == "not_allowed"
    with db.writing(app, everywhere) as conn:
        take_all = "UPDATE facts.complaint_event SET retracted_at = now()"
        assert conn.execute(text(take_all)).rowcount == 0
    with db.writing(app, manager) as conn:
        record.undo(conn, numbers["A"], 2, manager, NOW)
    with db.reading(app, everywhere) as conn:
        assert rows(conn, "SELECT requested_at FROM facts.co_owner_request") == [(None,)]
        assert rows(conn, "SELECT count(*) FROM facts.action") == [(2,)]
    with db.reading(app, Scope("other", "manager", (3, 4))) as conn:
        assert rows(conn, "SELECT count(*) FROM facts.action") == [(0,)]


_GUANGDONG = "SELECT region_id FROM facts.region WHERE code LIKE 'GD%' ORDER BY 1"


def test_of_two_who_press_at_once_one_is_told(app: Engine) -> None:
    with db.reading(app, SUPERVISOR) as conn:
        number = id_of(conn, "A")
        seen = record.state(conn, number)
    assert seen is not None

    def press(login: str) -> str:
        scope = Scope(login, login, None)
        with db.writing(app, scope) as conn:
            try:
                record.record(conn, number, seen, Given("resolve", note=login), scope, login, NOW)
            except Refused as refused:
                return refused.why
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, ("supervisor", "administrator"))) == ["changed", "done"]


def test_the_wall_reads_no_action_and_writes_none(database_url: str) -> None:
    wall = db.engine(database_url, role="board_wall")
    for sql in ("SELECT FROM facts.action", "SELECT facts.enter_complaint('k', '{}', now())"):
        with pytest.raises(ProgrammingError), wall.begin() as conn:
            conn.execute(text(sql))
    wall.dispose()
