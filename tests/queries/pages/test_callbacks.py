"""The scheduler's list: what is due when, and saving that neither loses nor doubles a call."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import Connection, Engine

from queries import db
from queries.filters import Filters
from queries.intake.facts import Attempt
from queries.organisation import scope_of
from queries.pages import callbacks
from queries.pages import complaint as complaint_page
from queries.pages.callbacks import Outdated, When
from tests.build import MONDAY, at, complaint, derive, organisation, rows, settle

ALL = Filters(date(2026, 3, 1), date(2026, 3, 31))
RESOLVED = ("status", at(2), "resolved")  # Monday: due at the ends of Thursday and of next Monday
THURSDAY = at(days=3)


@pytest.fixture
def floor(conn: Connection) -> Connection:
    organisation(conn)
    settle(conn, complaint("A", MONDAY, RESOLVED), complaint("B", MONDAY, RESOLVED, region="BJ-01"))
    return conn


def listed(conn: Connection, when: When, now: datetime = THURSDAY) -> list[tuple[str, str]]:
    return [(one.external_id, one.kind) for one in callbacks.pending(conn, ALL, when, 50, now)]


def one(conn: Connection) -> callbacks.Callback:
    return next(row for row in callbacks.pending(conn, ALL, "today", 50, THURSDAY) if row.external_id == "A")


def test_what_ends_at_midnight_is_due_on_the_day_before(floor: Connection) -> None:
    assert listed(floor, "today") == [("A", "confirm_solved"), ("B", "confirm_solved")]
    assert listed(floor, "upcoming") == [("A", "experience"), ("B", "experience")]
    assert listed(floor, "overdue") == []
    assert listed(floor, "overdue", at(days=4)) == [("A", "confirm_solved"), ("B", "confirm_solved")]
    found = callbacks.counts(floor, ALL, THURSDAY)
    assert (found.overdue, found.today, found.upcoming, found.unassigned) == (0, 2, 2, 4)


def attempt(
    conn: Connection, row: callbacks.Callback, key: str, outcome: str, revision: int | None = None
) -> None:
    seen = row.revision if revision is None else revision
    callbacks.record_attempt(conn, row.key, seen, key, outcome, None, None, None, THURSDAY)


def test_a_recorded_call_ends_the_callback_and_counts_today(floor: Connection) -> None:
    attempt(floor, one(floor), "k1", "confirmed")
    derive(floor)
    assert listed(floor, "today") == [("B", "confirm_solved")]
    assert callbacks.counts(floor, ALL, THURSDAY).done_today == 1


def test_a_double_click_is_one_attempt(floor: Connection) -> None:
    row = one(floor)
    attempt(floor, row, "k1", "no_answer")
    attempt(floor, row, "k1", "no_answer")
    derive(floor)
    assert one(floor).attempts == 1


def test_a_save_under_an_old_revision_is_refused_and_writes_nothing(floor: Connection) -> None:
    row = one(floor)
    attempt(floor, row, "colleague", "no_answer")
    with pytest.raises(Outdated):
        attempt(floor, row, "mine", "confirmed")
    assert rows(floor, "SELECT attempt_key FROM facts.callback_attempt") == [("colleague",)]


def test_it_is_refused_even_before_the_colleagues_attempt_is_derived(floor: Connection) -> None:
    row = one(floor)
    callbacks.book(floor, row.key, row.revision, "b1", None, at(days=3, hours=2), None, THURSDAY)
    with pytest.raises(Outdated):
        attempt(floor, row, "mine", "confirmed")


def test_assigning_names_the_caller_and_keeps_the_due_time(floor: Connection) -> None:
    caller = callbacks.callers(floor)[0]
    row = one(floor)
    callbacks.book(floor, row.key, row.revision, "b1", caller.agent_id, None, None, THURSDAY)
    derive(floor)
    now_row = one(floor)
    assert (now_row.agent_id, now_row.due_at, now_row.revision) == (caller.agent_id, row.due_at, 1)


def test_not_solved_takes_the_seven_day_call_off_the_list(floor: Connection) -> None:
    attempt(floor, one(floor), "k1", "not_solved")
    derive(floor)
    assert listed(floor, "upcoming") == [("B", "experience")]


def test_a_scheduler_of_one_province_sees_and_saves_only_its_own(engine: Engine, database_url: str) -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, complaint("A", MONDAY, RESOLVED), complaint("B", MONDAY, RESOLVED, region="BJ-01"))
        other = next(
            row for row in callbacks.pending(conn, ALL, "today", 9, THURSDAY) if row.external_id == "B"
        )
        manager = scope_of(conn, "manager")
    assert manager is not None
    app = db.engine(database_url, role="board_app")
    with db.writing(app, manager) as conn:
        assert listed(conn, "today") == [("A", "confirm_solved")]
        attempt(conn, one(conn), "k1", "confirmed")
    refused = pytest.raises(Exception, match="row-level security")
    with refused, db.writing(app, manager) as conn:
        attempt(conn, other, "k2", "confirmed")


def test_who_has_saved_sees_it_before_it_is_derived(floor: Connection) -> None:
    caller, row = callbacks.callers(floor)[0], one(floor)
    callbacks.book(floor, row.key, row.revision, "b1", caller.agent_id, None, None, THURSDAY)
    assert (one(floor).agent_id, one(floor).revision) == (caller.agent_id, 1)
    attempt(floor, one(floor), "k1", "no_answer")
    assert (one(floor).attempts, one(floor).last_outcome, one(floor).revision) == (1, "no_answer", 2)
    attempt(floor, one(floor), "k2", "confirmed")
    assert listed(floor, "today") == [("B", "confirm_solved")]
    derive(floor)
    assert listed(floor, "today") == [("B", "confirm_solved")]


def test_a_time_that_was_agreed_is_shown_until_a_later_call_takes_it_back(floor: Connection) -> None:
    assert one(floor).agreed_at is None
    row, booked, again = one(floor), at(days=3, hours=2), at(days=3, hours=4)
    callbacks.book(floor, row.key, 0, "b1", None, booked, None, at(days=3, minutes=1))
    assert one(floor).agreed_at == booked
    callbacks.book(floor, row.key, 1, "b2", None, None, None, at(days=3, minutes=2))  # only another caller
    assert one(floor).agreed_at == booked
    record = callbacks.record_attempt
    record(floor, row.key, 2, "k1", "call_later", None, again, None, at(days=3, minutes=3))
    assert one(floor).agreed_at == again
    record(floor, row.key, 3, "k2", "no_answer", None, None, None, at(days=3, minutes=4))
    assert one(floor).agreed_at is None
    derive(floor)
    assert [found.agreed_at for found in complaint_page.callbacks(floor, row.complaint_id, THURSDAY)] == [
        None
    ] * 2
    then = callbacks.pending(floor, ALL, "today", 9, at(days=3, minutes=3), past=True)
    assert [found.agreed_at for found in then if found.external_id == "A"] == [again]


def test_of_several_those_that_somebody_worked_on_are_named_and_the_others_booked(floor: Connection) -> None:
    caller = callbacks.callers(floor)[0].agent_id
    first, second = callbacks.pending(floor, ALL, "today", 50, THURSDAY)
    attempt(floor, second, "colleague", "no_answer")
    found = callbacks.book_each(floor, [second, first], ["b2", "b1"], caller, None, None, at(days=3, hours=1))
    assert found == (second,)
    now = callbacks.pending(floor, ALL, "today", 50, THURSDAY)
    assert [(row.external_id, row.agent_id, row.attempts) for row in now] == [
        ("A", caller, 0),
        ("B", None, 1),
    ]


def test_a_call_of_a_source_without_an_episode_belongs_to_that_of_its_instant(floor: Connection) -> None:
    """A is re-opened and resolved again: the call before counts for the first resolution only."""
    again = [("status", at(5), "in_progress"), ("status", at(8), "resolved")]
    calls = [Attempt("A", "confirm_solved", 0, f"k{n}", at(n), "no_answer") for n in (3, 9)]
    settle(floor, replace(complaint("A", MONDAY, RESOLVED, *again), attempts=calls))
    assert rows(
        floor,
        "SELECT episode, attempts, outcome FROM derived.callback JOIN facts.complaint USING (complaint_id) "
        "WHERE external_id = 'A' AND kind = 'confirm_solved' ORDER BY 1",
    ) == [(1, 1, "cancelled"), (2, 1, None)]
    row = one(floor)
    assert (row.episode, row.attempts, row.revision) == (2, 1, 1)
    attempt(floor, row, "saved", "confirmed")
    derive(floor)
    assert ("A", "confirm_solved") not in listed(floor, "today")
