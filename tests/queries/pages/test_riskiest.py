"""What may still breach, by hand: the order by p × weight, and the sums that lead to exactly their lists."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection

from queries.filters import Filters
from queries.intake.facts import Batch, Customer, NewComplaint
from queries.pages import riskiest
from queries.pages.riskiest import Part
from tests.build import at, complaint, organisation, rows, say_risk, settle, take

ALL = Filters(date(2026, 3, 1), date(2026, 3, 8))
NOW = at(1)  # 10:00 in Shanghai; the early shift ends at 16:00


@pytest.fixture
def centre(conn: Connection) -> Connection:
    """At NOW: A of tier 1 and B of tier 2 just received; C in Beijing resolved, with its two callbacks."""
    organisation(conn)
    settle(
        conn,
        complaint("A", NOW, tier=1),
        complaint("B", NOW),
        complaint(
            "C", at(), ("first_contact", at(0.1), None), ("status", at(0.5), "resolved"), region="BJ-01"
        ),
    )
    return conn


def say(conn: Connection, number: str, target: str, p: float) -> None:
    say_risk(conn, number, target, p, NOW)


def listed(conn: Connection, filters: Filters = ALL, before: datetime | None = None) -> list[tuple[str, str]]:
    found = riskiest.riskiest(conn, filters, before, 100, NOW)
    assert riskiest.count(conn, filters, before, NOW) == len(found)
    return [(one.external_id, one.target) for one in found]


def test_risk_times_weight_comes_first_and_what_has_no_number_last_by_its_time_left(
    centre: Connection,
) -> None:
    say(centre, "A", "first_contact", 0.4)  # × 3 = 1.2
    say(centre, "B", "feedback", 0.7)  # × 2 = 1.4
    say(centre, "B", "first_contact", 0.5)  # × 2 = 1.0
    say(centre, "C", "confirm_solved", 0.55)  # × 2 = 1.1
    assert listed(centre) == [
        ("B", "feedback"),
        ("A", "first_contact"),
        ("C", "confirm_solved"),
        ("B", "first_contact"),
        ("A", "plan"),
        ("B", "verification"),
        ("C", "experience"),
    ]


def test_a_valuable_customer_adds_to_the_weight(centre: Connection) -> None:
    say(centre, "A", "first_contact", 0.5)  # × 3 = 1.5
    say(centre, "B", "feedback", 0.7)  # × 2 = 1.4, of a gold customer × 3 = 2.1
    assert listed(centre)[:2] == [("A", "first_contact"), ("B", "feedback")]
    owned = [NewComplaint("B", NOW, "Title B", "", "K1")]
    take(centre, Batch(complaints=owned, customers=[Customer("K1", "name", "1", None, "gold")]))
    first = riskiest.riskiest(centre, ALL, None, 1, NOW)  # also where only one is asked for
    assert [(one.external_id, one.weight, one.is_valuable) for one in first] == [("B", 3.0, True)]


def test_the_expected_breaches_are_the_sum_over_the_list_that_they_lead_to(centre: Connection) -> None:
    say(centre, "A", "first_contact", 0.4)
    say(centre, "A", "plan", 0.3)
    say(centre, "B", "verification", 0.2)
    say(centre, "C", "confirm_solved", 0.9)
    hour, four, shift = riskiest.expected(centre, ALL, NOW)
    assert (hour.until, four.until, shift.until) == (at(2), at(5), at(7))
    assert [round(one.breaches, 6) for one in (hour, four, shift)] == [0.7, 0.9, 0.9]
    for one in (hour, four, shift):
        found = riskiest.riskiest(centre, ALL, one.until, 100, NOW)
        assert sum(row.p or 0 for row in found) == pytest.approx(one.breaches)
        assert (len(found), sum(row.p is None for row in found)) == (one.count, one.unknown)


def test_deadlines_and_callbacks_are_expected_apart(centre: Connection) -> None:
    say(centre, "A", "first_contact", 0.4)
    say(centre, "C", "confirm_solved", 0.9)
    end = at(days=3, hours=15)  # Thursday 24:00 in Shanghai, when the three-day callback of C is due
    (hour, *_rest) = riskiest.expected(centre, ALL, end - timedelta(minutes=11))
    assert (hour.callbacks, hour.deadlines.count) == (Part(pytest.approx(0.9), 1, 0), 0)


def test_what_is_due_as_the_shift_ends_is_expected_until_its_end(centre: Connection) -> None:
    """Within an hour that ends later nothing else may be expected."""
    say(centre, "C", "confirm_solved", 0.9)
    hour, _four, shift = riskiest.expected(centre, ALL, at(days=3, hours=14, minutes=49))
    assert (hour.callbacks, shift.callbacks) == (shift.callbacks, Part(pytest.approx(0.9), 1, 0))
    assert shift.until == at(days=3, hours=15)
    assert [row.target for row in riskiest.riskiest(centre, ALL, shift.until, 9, at(days=3, hours=14.9))] == [
        "confirm_solved"
    ]


def test_what_is_past_due_is_a_breach_and_no_risk(centre: Connection) -> None:
    say(centre, "A", "first_contact", 0.9)
    late = riskiest.riskiest(centre, ALL, None, 100, at(1, minutes=11))
    assert "first_contact" not in {one.target for one in late}


def test_filters_narrow_callbacks_as_they_do_deadlines(centre: Connection) -> None:
    ids = dict(rows(centre, "SELECT code, region_id FROM facts.region"))
    beijing = Filters(ALL.since, ALL.until, regions=(ids["BJ"], ids["BJ-01"]))
    assert listed(centre, beijing) == [("C", "confirm_solved"), ("C", "experience")]
    assert listed(centre, Filters(ALL.since, ALL.until, tiers=(1,)))[0] == ("A", "first_contact")


def test_nothing_open_is_nothing_expected(conn: Connection) -> None:
    organisation(conn)
    assert [(one.breaches, one.count, one.unknown) for one in riskiest.expected(conn, ALL, NOW)] == [
        (0, 0, 0)
    ] * 3
