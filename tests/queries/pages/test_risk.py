"""Open deadlines by time left, by hand: every number leads to exactly its deadlines."""

from datetime import date

import pytest
from sqlalchemy import Connection

from queries.filters import Filters
from queries.open_deadlines import Which
from queries.pages import risk
from tests.build import MONDAY, at, complaint, organisation, rows, settle

ALL = Filters(date(2026, 3, 1), date(2026, 3, 8))
NOW = at(1)  # an hour after A and B were received, at the minute C was


@pytest.fixture
def centre(conn: Connection) -> Connection:
    """At NOW: A has its first contact breached, verification due in 1 h, feedback in 23 h; B only feedback;
    C (tier 1, Beijing) first contact in 10 min, plan in 30 min."""
    organisation(conn)
    done = [("first_contact", at(minutes=5), None), ("verification_started", at(minutes=30), None)]
    settle(
        conn,
        complaint("A", MONDAY),
        complaint("B", MONDAY, *done, department="BILL"),
        complaint("C", NOW, tier=1, region="BJ-01"),
    )
    return conn


def listed(conn: Connection, which: Which, filters: Filters = ALL) -> list[tuple[str, str]]:
    found = risk.open_deadlines(conn, filters, which, None, 100, NOW)
    return [(one.external_id, one.target) for one in found]


def test_the_summary_counts_what_the_lists_show(centre: Connection) -> None:
    found = risk.summary(centre, ALL, NOW)
    assert (found.open, found.breached, found.within_hour, found.within_four_hours) == (6, 1, 3, 3)
    assert listed(centre, "breached") == [("A", "first_contact")]
    assert listed(centre, "hour") == [
        ("C", "first_contact"),
        ("C", "plan"),
        ("A", "verification"),
    ]
    assert listed(centre, "four_hours") == [("C", "first_contact"), ("C", "plan"), ("A", "verification")]


def test_next_to_breach_come_by_time_left(centre: Connection) -> None:
    assert listed(centre, "coming") == [
        ("C", "first_contact"),
        ("C", "plan"),
        ("A", "verification"),
        ("A", "feedback"),
        ("B", "feedback"),
    ]


def test_at_risk_is_what_has_used_four_fifths(centre: Connection) -> None:
    later = at(
        minutes=60 + 24
    )  # C's plan, due at 30 min, is at risk from 24 min on; its first contact is over
    found = risk.open_deadlines(centre, ALL, "at_risk", None, 100, later)
    assert [(one.external_id, one.target) for one in found] == [("C", "plan")]
    assert risk.summary(centre, ALL, later).at_risk == 1


def test_filters_narrow_every_number(centre: Connection) -> None:
    ids = dict(rows(centre, "SELECT code, region_id FROM facts.region"))
    beijing = Filters(ALL.since, ALL.until, regions=(ids["BJ"], ids["BJ-01"]))
    assert risk.summary(centre, beijing, NOW).open == 2
    assert listed(centre, "coming", beijing) == [("C", "first_contact"), ("C", "plan")]
    assert risk.summary(centre, Filters(ALL.since, ALL.until, tiers=(2,)), NOW).open == 4


def test_hours_hold_what_falls_due_in_them(centre: Connection) -> None:
    found = [(one.hour, one.tier, one.deadlines) for one in risk.due_by_hour(centre, ALL, 24, NOW)]
    assert found == [(at(1), 1, 2), (at(2), 2, 1), (at(24), 2, 2)]
    there = risk.open_deadlines(centre, ALL, "due_in", at(24), 100, NOW)
    assert {one.external_id for one in there} == {"A", "B"}


def test_exactly_at_its_due_time_a_deadline_is_on_time(centre: Connection) -> None:
    assert risk.summary(centre, ALL, at(2)).breached == 3  # not yet the verification of A, due this second


def test_a_co_owners_deadline_names_the_co_owner(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("A", MONDAY, ("1.requested", at(0.5), "BILL")))
    codes = dict(rows(conn, "SELECT code, department_id FROM facts.department"))
    asked = [one for one in risk.open_deadlines(conn, ALL, "coming", None, 100, NOW) if one.party_id]
    assert [(one.target, one.department_id, one.lead_department_id) for one in asked] == [
        ("respond", codes["BILL"], codes["NET"]),
        ("opinion", codes["BILL"], codes["NET"]),
    ]
