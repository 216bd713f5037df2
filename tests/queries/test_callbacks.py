"""The scheduler's list: what is due when, and saving that neither loses nor doubles a call."""

from datetime import date, datetime

import pytest
from sqlalchemy import Connection, Engine

from queries import callbacks, db
from queries.callbacks import Outdated, When
from queries.filters import Filters
from queries.organisation import scope_of
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
