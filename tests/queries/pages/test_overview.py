"""The regions beside each other: their sums are those of the other pages."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection

from queries.filters import Filters
from queries.organisation import regions
from queries.pages import overview, riskiest, satisfaction
from queries.pages.overview import Met
from queries.rollups.daily import count_day, take_dirty_days
from tests.build import at, complaint, organisation, say_risk, settle

MARCH = Filters(date(2026, 3, 1), date(2026, 3, 8))


def test_deadlines_in_time_by_province_and_by_city_from_sealed_days_and_live_ones(conn: Connection) -> None:
    organisation(conn)
    settle(
        conn,
        complaint("kept", at(), ("first_contact", at(0.1), None), ("status", at(0.5), "resolved")),
        complaint("late", at(), region="BJ-01"),
    )
    names = {one.region_id: one for one in regions(conn)}
    now = at(days=3)
    for _sealed in (False, True):
        found = {one.region_id: one for one in overview.met(conn, MARCH, False, now)}
        codes = {names[one].code: found[one] for one in found}
        assert codes["GD"].late == 0 < codes["GD"].due
        assert codes["BJ"].late == codes["BJ"].due > 0
        cities = overview.met(conn, MARCH, True, now)
        assert {names[one.region_id].code for one in cities} == {"GD-01", "BJ-01"}
        assert overview.met(conn, MARCH, False, now, past=True) == tuple(found.values())
        for day in take_dirty_days(conn, now):
            count_day(conn, day)
    assert overview.met(conn, overview.before(MARCH), False, now) == ()


def test_expected_late_of_all_regions_is_the_number_of_the_shift(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("A", at()), complaint("B", at(), region="BJ-01"))
    say_risk(conn, "A", "first_contact", 0.5, at(0.1))
    say_risk(conn, "B", "verification", 0.25, at(0.1))
    found = overview.expected_late(conn, MARCH, False, at(0.1))
    shift = riskiest.expected(conn, MARCH, at(0.1))[-1].deadlines
    assert sum(one.breaches for one in found) == shift.breaches == 0.75
    assert sum(one.deadlines for one in found) == shift.count
    assert sum(one.unknown for one in found) == shift.unknown


def test_what_held_and_what_was_re_opened_by_region(conn: Connection) -> None:
    organisation(conn)
    again = (("status", at(1), "resolved"), ("status", at(5), "in_progress"))
    settle(conn, complaint("A", at(), *again), complaint("B", at(), ("status", at(1), "resolved")))
    (found,) = overview.held(conn, MARCH, False, at(days=2))
    assert (found.resolved, found.reopened, found.rate) == (2, 1, 0.5)
    assert overview.satisfaction_means(conn, MARCH, False, at(days=2)) == ()
    assert satisfaction.scores(conn, MARCH, at(days=2)) == ()


@pytest.mark.parametrize(
    ("now", "then", "errors"),
    [
        (Met(1, 29, 0), Met(1, 100, 10), None),  # too few to judge
        (Met(1, 100, 10), Met(1, 100, 10), 0.0),
        (Met(1, 100, 0), Met(1, 100, 0), 0.0),
        (Met(1, 1000, 200), Met(1, 1000, 100), -6.26),
        (Met(1, 100, 12), Met(1, 100, 10), -0.45),
    ],
)
def test_a_share_has_moved_by_so_many_standard_errors(now: Met, then: Met, errors: float | None) -> None:
    found = overview.moved(now, then)
    assert found == (None if errors is None else pytest.approx(errors, abs=0.01))


def test_the_period_before_is_as_long_and_ends_the_day_before() -> None:
    before = overview.before(MARCH)
    assert (before.since, before.until) == (date(2026, 2, 21), date(2026, 2, 28))
    assert before.until - before.since == MARCH.until - MARCH.since
    assert before.until + timedelta(1) == MARCH.since
