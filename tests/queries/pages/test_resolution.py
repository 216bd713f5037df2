"""Resolution rate and repeat complaints, counted by hand."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from queries.db import Scope, reading
from queries.filters import Filters
from queries.intake.facts import Batch, Customer, NewComplaint
from queries.pages import resolution
from queries.pages.resolution import Which
from tests.build import MONDAY, at, complaint, organisation, rows, settle

MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31))


def solved(number: str, resolved: datetime, *later: tuple[str, datetime, str], **more: object) -> Batch:
    return complaint(number, MONDAY, ("status", resolved, "resolved"), *later, **more)  # type: ignore[arg-type]


def of_customer(customer: str, number: str, received: datetime, **more: object) -> Batch:
    made = complaint(number, received, **more)  # type: ignore[arg-type]
    told = [NewComplaint(number, received, None, None, customer)]
    return replace(made, complaints=told, customers=[Customer(customer)])


@pytest.fixture
def resolved(conn: Connection) -> Connection:
    """Of five resolved in March, C was re-opened at once, D after 31 days, E within 30 days but in April."""
    organisation(conn)
    settle(
        conn,
        solved("A", at(1)),
        solved("B", at(2), tier=1, region="BJ-01"),
        solved("C", at(3), ("status", at(4), "in_progress"), ("status", at(5), "resolved")),
        solved("D", at(6), ("status", at(days=31, hours=7), "in_progress")),
        solved("E", at(days=20), ("status", at(days=45), "in_progress")),
        solved("F", at(days=40)),
        complaint("G", MONDAY),
        complaint("H", MONDAY, ("status", at(1), "withdrawn")),
    )
    return conn


def numbers(conn: Connection, which: Which, filters: Filters = MARCH, days: int = 90) -> set[str]:
    found = resolution.complaints(conn, filters, which, 100, at(days=days))
    return {one.external_id for one in found}


def test_the_rate_is_what_was_not_reopened_within_30_days(resolved: Connection) -> None:
    found = resolution.lasting(resolved, MARCH, at(days=90))
    assert (found.resolved, found.reopened, found.rate) == (5, 2, 0.6)


def test_the_lists_are_what_is_counted(resolved: Connection) -> None:
    assert numbers(resolved, "resolved") == {"A", "B", "C", "D", "E"}
    assert numbers(resolved, "reopened") == {"C", "E"}


def test_at_an_instant_only_what_happened_by_then_counts(resolved: Connection) -> None:
    then = resolution.lasting(resolved, MARCH, at(days=40))
    assert (then.resolved, then.reopened) == (5, 1)
    assert numbers(resolved, "reopened", days=40) == {"C"}
    assert resolution.lasting(resolved, MARCH, at(2)).resolved == 2


def test_it_is_final_when_the_last_of_the_period_can_no_longer_fail(resolved: Connection) -> None:
    assert resolution.lasting(resolved, MARCH, at(days=30)).final_after == date(2026, 4, 30)


def test_nothing_resolved_has_no_rate(resolved: Connection) -> None:
    found = resolution.lasting(resolved, Filters(date(2025, 3, 1), date(2025, 3, 31)), at(days=90))
    assert (found.resolved, found.rate) == (0, None)


def test_filters_go_by_what_the_complaint_was_when_it_was_resolved(resolved: Connection) -> None:
    assert numbers(resolved, "resolved", replace(MARCH, tiers=(1,))) == {"B"}


def test_the_day_belongs_to_the_zone_of_the_region(conn: Connection) -> None:
    organisation(conn)
    conn.execute(text("UPDATE facts.region SET time_zone = 'America/New_York' WHERE code = 'BJ-01'"))
    midnight = datetime.fromisoformat("2026-04-01T00:30:00+08:00")  # in New York it is still March
    settle(conn, solved("GD", midnight), solved("NY", midnight, region="BJ-01"))
    assert numbers(conn, "resolved") == {"NY"}


@pytest.fixture
def customers(conn: Connection) -> Connection:
    """X complains of billing on days 0, 10 and 50; Y of billing and of the network; one is of nobody."""
    organisation(conn)
    settle(
        conn,
        of_customer("X", "X0", at(days=0)),
        of_customer("X", "X10", at(days=10), tier=1, region="BJ-01"),
        of_customer("X", "X50", at(days=50)),
        of_customer("Y", "Y1", at(days=1)),
        of_customer("Y", "Y2", at(days=2), category="no_signal"),
        of_customer("Z", "Z1", at(days=3)),
        of_customer("Z", "Z33", at(days=33)),
        complaint("N", at(days=4)),
    )
    return conn


ALL = Filters(date(2026, 3, 1), date(2026, 5, 31))


def test_a_repeat_is_the_same_customer_and_category_within_30_days(customers: Connection) -> None:
    found = resolution.repeated(customers, ALL, at(days=90))
    assert (found.received, found.repeated) == (7, 2)
    assert found.rate == pytest.approx(2 / 7)
    assert numbers(customers, "repeated", ALL) == {"X10", "Z33"}
    assert numbers(customers, "received", ALL) == {"X0", "X10", "X50", "Y1", "Y2", "Z1", "Z33"}


def test_the_complaint_before_may_lie_before_the_period(customers: Connection) -> None:
    april = Filters(date(2026, 4, 1), date(2026, 4, 30))
    (one,) = resolution.complaints(customers, april, "repeated", 9, at(days=90))
    assert (one.external_id, one.other_external_id, one.other_at) == ("Z33", "Z1", at(days=3))


def test_filters_narrow_what_is_counted_and_not_what_it_repeats(customers: Connection) -> None:
    assert numbers(customers, "repeated", replace(ALL, tiers=(1,))) == {"X10"}


def test_two_at_the_same_instant_are_one_repeat(conn: Connection) -> None:
    organisation(conn)
    settle(conn, of_customer("X", "A", at(1)), of_customer("X", "B", at(1)))
    assert resolution.repeated(conn, ALL, at(days=1)).repeated == 1


def test_a_manager_sees_the_repeats_among_what_the_manager_may_see(
    customers: Connection, engine: Engine
) -> None:
    beijing = [n for (n,) in rows(customers, "SELECT region_id FROM facts.region WHERE code LIKE 'BJ%'")]
    customers.commit()
    with reading(engine, Scope("manager", "manager", tuple(int(str(n)) for n in beijing))) as own:
        found = resolution.repeated(own, ALL, at(days=90))
    assert (found.received, found.repeated) == (1, 0)


def test_who_complains_a_thousand_times_is_looked_up_by_index(customers: Connection) -> None:
    customers.execute(text("SET LOCAL enable_seqscan = off"))
    plan = rows(
        customers,
        "EXPLAIN SELECT complaint_id FROM facts.complaint WHERE customer_id = 1 "
        "AND category = 'billing_dispute' AND received_at >= :low ORDER BY received_at DESC LIMIT 1",
        low=at() - timedelta(days=30),
    )
    assert "complaint_repeats" in str(plan)
