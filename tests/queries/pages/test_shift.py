"""What changed since the shift began, by hand; and that it adds up."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine

from config.policy import DEFAULT
from queries.filters import Filters
from queries.intake.facts import Attempt, Batch
from queries.pages import shift, wall
from queries.pages.shift import What
from queries.policies import shifts
from queries.policies.history import apply_policy
from tests.build import MONDAY, at, complaint, derive, organisation, rows, settle, take
from tests.queries.random_lives import lives

ALL = Filters(date(2026, 3, 1), date(2026, 3, 8))
BEGAN = at(hours=7)  # 16:00 in Shanghai
NOW = at(hours=11)


@pytest.fixture
def centre(conn: Connection) -> Connection:
    """Since 16:00: B received and its first contact breached, while its verification falls due NOW; A's
    verification, breached before, was met; C was resolved; D, resolved days ago, was called."""
    organisation(conn)
    contact = ("first_contact", at(minutes=5), None)
    settle(
        conn,
        complaint("A", MONDAY, contact, ("verification_started", at(8), None)),
        complaint("B", at(9), department="BILL"),
        complaint("C", at(6), ("first_contact", at(6.1), None), ("status", at(7.5), "resolved"), tier=3),
        complaint("D", at(days=-3), ("status", at(days=-3, minutes=5), "resolved"), region="BJ-01"),
        Batch(attempts=[Attempt("D", "confirm_solved", 1, "k", at(10), "confirmed")]),
    )
    return conn


def listed(conn: Connection, what: What, filters: Filters = ALL) -> list[tuple[str, str | None]]:
    return [(one.external_id, one.target) for one in shift.happened(conn, filters, what, BEGAN, 99, NOW)]


def test_each_number_leads_to_exactly_what_it_counts(centre: Connection) -> None:
    found = shift.changes(centre, ALL, BEGAN, NOW)
    expected: dict[What, list[tuple[str, str | None]]] = {
        "received": [("B", None)],
        "resolved": [("C", None)],
        "breached": [("B", "first_contact")],
        "recovered": [("A", "verification")],
        "called": [("D", "confirm_solved")],
    }
    assert {what: listed(centre, what) for what in shift.WHATS} == expected
    assert found == shift.Changes(**{what: len(some) for what, some in expected.items()}, excused=0)


def test_a_breach_that_ended_says_how_late_it_was(centre: Connection) -> None:
    (one,) = shift.happened(centre, ALL, "recovered", BEGAN, 9, NOW)
    assert one.late_seconds == 6 * 3600


def test_filters_narrow_numbers_and_lists(centre: Connection) -> None:
    codes = dict(rows(centre, "SELECT code, department_id FROM facts.department"))
    billing = Filters(ALL.since, ALL.until, departments=(int(str(codes["BILL"])),))
    assert shift.changes(centre, billing, BEGAN, NOW) == shift.Changes(1, 0, 1, 0, 0, 0)
    assert listed(centre, "recovered", billing) == []


def test_a_breach_counts_for_the_department_that_had_it_when_it_fell_due(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("A", at(7), ("department", at(8), "BILL")))
    codes = dict(rows(conn, "SELECT code, department_id FROM facts.department"))
    (one,) = shift.happened(conn, ALL, "breached", BEGAN, 9, at(8.5))
    assert (one.target, one.department_id) == ("first_contact", codes["NET"])


def test_nothing_that_came_after_the_moment_counts(centre: Connection) -> None:
    assert shift.changes(centre, ALL, BEGAN, at(7.4)) == shift.Changes(0, 0, 0, 0, 0, 0)
    assert shift.changes(centre, ALL, BEGAN, at(9.1)) == shift.Changes(1, 1, 0, 1, 0, 0)


def test_what_stood_then_and_what_changed_make_what_stands_now(engine: Engine) -> None:
    """Over a random centre, shift by shift."""
    with engine.begin() as conn:
        organisation(conn)
        for timed in lives(5, 60):
            take(conn, timed.batch)
        # A clock that a tier change brought back past its due time is breached only from then on.
        conn.exec_driver_sql("DELETE FROM facts.complaint_event WHERE field = 'tier' AND source_seq > 0")
        derive(conn)
        moments = [MONDAY + timedelta(hours=8 * number) for number in range(30)]
        stood = [wall.figures(conn, ALL, moment, past=True) for moment in moments]
        for since, now, before, after in zip(moments, moments[1:], stood, stood[1:], strict=False):
            found = shift.changes(conn, ALL, since, now)
            assert before.breached + found.breached - found.recovered == after.breached
        assert sum(one.breached for one in stood) > 100


def test_the_shift_is_that_of_the_policy_of_then(conn: Connection) -> None:
    first = rows(conn, "SELECT min(applied_at) FROM journal.policy_version")[0][0]
    assert isinstance(first, datetime)
    later = DEFAULT.read_text("utf-8").replace('begins = "16:00"', 'begins = "15:00"')
    apply_policy(conn, later, first + timedelta(days=1), "test", move_open=False)
    zone = ZoneInfo("Asia/Shanghai")

    def began(day: datetime, past: bool) -> int:
        moment = day.astimezone(zone).replace(hour=17, minute=0)
        return shifts.running_shift(conn, moment, past=past).began_at.astimezone(zone).hour

    assert began(first + timedelta(days=5), past=False) == 15
    assert began(first + timedelta(days=5), past=True) == 15
    assert began(first - timedelta(days=5), past=True) == 16
