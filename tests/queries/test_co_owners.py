"""How fast co-owners answer, by hand: shares, Kaplan-Meier percentiles, who is overdue."""

from datetime import date

import pytest
from sqlalchemy import Connection

from queries import co_owners
from queries.co_owners import Run, percentile, within
from queries.filters import Filters
from tests.build import MONDAY, at, complaint, organisation, rows, settle

ALL = Filters(date(2026, 3, 1), date(2026, 3, 8))


def runs(*seconds: float, waiting: tuple[float, ...] = ()) -> list[Run]:
    return [Run(one, True) for one in seconds] + [Run(one, False) for one in waiting]


def test_without_waiting_ones_the_median_is_the_median() -> None:
    assert percentile(runs(10, 20, 30, 40), 0.5) == 20
    assert percentile(runs(10, 20, 30, 40), 0.9) == 40


def test_who_still_waits_pushes_the_median_up() -> None:
    # At 10: 4/5. At 20: 4/5 * 2/3 = 8/15, one having left at 15. At 30: 8/15 * 1/2 = 4/15 <= 1/2.
    assert percentile(runs(10, 20, 30, waiting=(15, 99)), 0.5) == 30


def test_a_percentile_that_too_few_have_reached_is_not_made_up() -> None:
    assert percentile(runs(10, waiting=(50, 60, 70)), 0.5) is None
    assert percentile([], 0.5) is None


def test_an_answer_and_a_waiting_one_at_the_same_second_leave_the_waiting_one_at_risk() -> None:
    # At 10 two are at risk and one answers: 1/2 are left.
    assert percentile(runs(10, waiting=(10,)), 0.5) == 10


def test_shares_leave_out_those_whose_limit_is_not_over() -> None:
    assert within(runs(1000, 3600, 3601, waiting=(100, 5000)), 3600) == 0.5
    assert within(runs(waiting=(100,)), 3600) is None


@pytest.fixture
def asked(conn: Connection) -> Connection:
    organisation(conn)
    settle(
        conn,
        complaint(
            "A",
            MONDAY,
            ("1.requested", at(1), "BILL"),
            ("1.responded", at(1.5), None),
            ("1.opinion", at(3), None),
            ("2.requested", at(1), "NET"),
            ("3.requested", at(1), "BILL"),
            ("3.responded", at(3), None),
        ),
        complaint(
            "B", MONDAY, ("1.requested", at(1), "BILL"), ("status", at(1.25), "resolved"), region="BJ-01"
        ),
    )
    return conn


def test_paces_of_all_and_of_each_department(asked: Connection) -> None:
    found = {one.department_id: one for one in co_owners.paces(asked, ALL, at(6))}
    codes = dict(rows(asked, "SELECT code, department_id FROM facts.department"))
    everyone, billing = found[0], found[codes["BILL"]]
    assert (everyone.requests, everyone.open) == (4, 2)
    # A1 responded in time, A3 and A2 did not; B1 ended after a quarter of an hour, undecided.
    assert everyone.within_respond == pytest.approx(1 / 3)
    # Opinion: A1 within 2 h; A2 and A3 run for 5 h.
    assert everyone.within_opinion == pytest.approx(1 / 3)
    assert (billing.requests, billing.open, billing.within_respond) == (3, 1, 0.5)
    assert billing.respond_median == 1800


def test_the_overdue_are_named_with_the_step_that_is_missing(asked: Connection) -> None:
    found = co_owners.overdue(asked, ALL, 10, at(6))
    assert [(one.external_id, one.request_id, one.step, one.overdue_seconds) for one in found] == [
        ("A", 2, "responded", 4 * 3600),
        ("A", 3, "opinion", 3600),
    ]


def test_a_region_and_a_period_narrow_it_down(asked: Connection) -> None:
    ids = dict(rows(asked, "SELECT code, region_id FROM facts.region"))
    beijing = Filters(ALL.since, ALL.until, (ids["BJ"], ids["BJ-01"]))
    assert co_owners.paces(asked, beijing, at(6))[0].requests == 1
    assert co_owners.paces(asked, Filters(date(2026, 3, 3), ALL.until), at(6)) == ()


def test_days_are_those_of_the_request(asked: Connection) -> None:
    assert [(one.day, one.within_respond) for one in co_owners.by_day(asked, ALL, at(6))] == [
        (date(2026, 3, 2), pytest.approx(1 / 3))
    ]
