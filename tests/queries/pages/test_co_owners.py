"""How fast co-owners answer, by hand: shares, Kaplan-Meier percentiles, and what the policy's limits say."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from config.policy import DEFAULT
from queries.filters import Filters
from queries.pages import co_owners
from queries.pages.co_owners import Pace, percentiles
from queries.policies.history import apply_policy
from tests.build import at, complaint, organisation, rows, settle

ALL = Filters(date(2026, 3, 1), date(2026, 3, 8))


def runs(*seconds: int, waiting: tuple[int, ...] = ()) -> list[int]:
    return sorted([2 * one for one in seconds] + [2 * one + 1 for one in waiting])


def textbook(seconds: list[tuple[int, bool]], share: Fraction) -> int | None:
    """Kaplan and Meier's product over the distinct times of answers, in exact fractions."""
    survival = Fraction(1)
    for time in sorted({run for run, answered in seconds if answered}):
        at_risk = sum(run >= time for run, _ in seconds)
        answers = sum(run == time and answered for run, answered in seconds)
        survival *= Fraction(at_risk - answers, at_risk)
        if survival <= 1 - share:
            return time
    return None


def test_without_waiting_ones_the_median_is_the_median() -> None:
    assert percentiles(runs(10, 20, 30, 40), (0.5, 0.9)) == (20, 40)


def test_who_still_waits_pushes_the_median_up() -> None:
    # At 10: 4/5. At 20: 4/5 * 2/3 = 8/15, one having left at 15. At 30: 8/15 * 1/2 = 4/15 <= 1/2.
    assert percentiles(runs(10, 20, 30, waiting=(15, 99)), (0.5,)) == (30,)


def test_a_percentile_that_too_few_have_reached_is_not_made_up() -> None:
    assert percentiles(runs(10, waiting=(50, 60, 70)), (0.2, 0.5)) == (10, None)
    assert percentiles([], (0.5, 0.9)) == (None, None)


def test_an_answer_and_a_waiting_one_at_the_same_second_leave_the_waiting_one_at_risk() -> None:
    assert percentiles(runs(10, waiting=(10,)), (0.5,)) == (10,)


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=60))
def test_percentiles_are_those_of_the_textbook(seconds: list[tuple[int, bool]]) -> None:
    coded = sorted(2 * run + (not answered) for run, answered in seconds)
    wanted = tuple(textbook(seconds, Fraction(share)) for share in ("1/10", "1/2", "9/10"))
    assert percentiles(coded, (0.1, 0.5, 0.9)) == wanted


def departments(conn: Connection) -> dict[object, object]:
    return dict(rows(conn, "SELECT code, department_id FROM facts.department"))


def pace_of(conn: Connection, code: str, filters: Filters = ALL, hours: float = 6) -> Pace:
    found = co_owners.answers(conn, filters, at(hours))
    assert found is not None
    return next(one for one in found.departments if one.department_id == departments(conn)[code])


def test_paces_of_all_and_of_each_department(asked: Connection) -> None:
    found = co_owners.answers(asked, ALL, at(6))
    assert found is not None
    billing = pace_of(asked, "BILL")
    assert (found.all.requests, found.all.open) == (4, 2)
    # A1 responded in time, A3 and A2 did not; B1 ended after a quarter of an hour, undecided.
    assert (found.all.respond_decided, found.all.respond_late) == (3, 2)
    assert found.all.within_respond == pytest.approx(1 / 3)
    # Opinion: A1 within 2 h; A2 and A3 run for 5 h.
    assert (found.all.opinion_decided, found.all.opinion_late) == (3, 2)
    assert (billing.requests, billing.open, billing.within_respond) == (3, 1, 0.5)
    assert billing.respond_median == 1800


def test_whose_limit_is_not_over_is_undecided(asked: Connection) -> None:
    assert pace_of(asked, "NET", hours=1.9).within_respond is None
    assert pace_of(asked, "NET", hours=2).within_respond is None  # exactly at its due time
    assert pace_of(asked, "NET", hours=2.1).within_respond == 0


def test_who_was_quick_counts_when_the_limit_is_over_as_who_was_not(asked: Connection) -> None:
    """After 1.6 h, A1 has responded within half an hour; the others may still do."""
    assert pace_of(asked, "BILL", hours=1.6).within_respond is None
    assert pace_of(asked, "BILL", hours=2.1).within_respond == 0.5


def test_the_limit_is_the_policys_and_each_request_has_its_own(conn: Connection) -> None:
    organisation(conn)
    strict = DEFAULT.read_text("utf-8").replace('budget = "1h"', 'budget = "20m"')
    apply_policy(conn, DEFAULT.read_text("utf-8"), at(days=-2), "test", move_open=False)
    apply_policy(conn, strict, at(2), "test", move_open=False)
    early = complaint("E", at(1), ("1.requested", at(1), "BILL"), ("1.responded", at(1.5), None))
    late = complaint("L", at(3), ("1.requested", at(3), "BILL"), ("1.responded", at(3.5), None))
    settle(conn, early, late)
    billing = pace_of(conn, "BILL", hours=6)
    assert (billing.respond_decided, billing.respond_late) == (2, 1)
    assert [one.budget.seconds for one in co_owners.limits(conn, at(1)).respond] == [3600]
    assert [one.budget.seconds for one in co_owners.limits(conn, at(6)).respond] == [1200]


def test_a_region_and_a_period_narrow_it_down(asked: Connection) -> None:
    ids = dict(rows(asked, "SELECT code, region_id FROM facts.region"))
    both = co_owners.answers(asked, ALL, at(6))
    beijing = co_owners.answers(asked, replace(ALL, regions=(ids["BJ"], ids["BJ-01"])), at(6))  # type: ignore[arg-type]
    assert both is not None and beijing is not None
    assert {one.region_id: one.requests for one in both.regions} == {ids["GD"]: 3, ids["BJ"]: 1}
    assert {one.region_id: one.requests for one in beijing.regions} == {ids["BJ-01"]: 1}
    assert co_owners.answers(asked, replace(ALL, since=date(2026, 3, 3)), at(6)) is None


def test_days_are_those_of_the_request(asked: Connection) -> None:
    (day,) = co_owners.by_day(asked, ALL, at(6))
    assert (day.day, day.within_respond) == (date(2026, 3, 2), pytest.approx(1 / 3))


def test_the_wall_may_read_the_days(asked: Connection) -> None:
    asked.exec_driver_sql("SET LOCAL ROLE board_wall")
    assert len(co_owners.by_day(asked, ALL, at(6))) == 1
    assert len(co_owners.limits(asked, at(6)).respond) == 1
    asked.exec_driver_sql("RESET ROLE")
