"""A complaint that was merged into another is counted by one definition on every page."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection

from queries.filters import Filters
from queries.intake import door
from queries.intake.facts import Answer, Batch, Customer, NewComplaint, Observation, Survey
from queries.pages import backlog, problems, resolution, satisfaction, shift
from queries.rollups.daily import count_day, take_dirty_days
from queries.surges.live import read_complaints
from tests.build import MONDAY, SOURCE, at, complaint, derive, organisation

MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31))
NOW = at(days=8)
WHOSE = {"P": "C1", "SAME": "C1", "OTHER": "C2", "ENDED": "C3", "AGAIN": "C2"}


def _take(conn: Connection, number: str, hours: float, *steps: tuple[str, float, str | None]) -> None:
    received = at(hours)
    batch = complaint(number, received, *[(name, at(hour), value) for name, hour, value in steps])
    told = [NewComplaint(number, received, f"Title {number}", None, WHOSE[number])]
    known = [Customer(WHOSE[number], WHOSE[number])]
    door.take(conn, SOURCE, Batch(told, batch.observations, known), NOW)


@pytest.fixture
def merged(conn: Connection) -> Connection:
    """Into P: one of the same customer, one of another, one that had been resolved before. AGAIN is none."""
    organisation(conn)
    _take(conn, "P", 0)
    _take(conn, "SAME", 1, ("parent", 4, "P"))
    _take(conn, "OTHER", 2, ("parent", 4, "P"))
    _take(conn, "ENDED", 2, ("status", 3, "resolved"), ("parent", 4, "P"))
    _take(conn, "AGAIN", 100, ("status", 101, "resolved"))
    surveys = [Survey("P", 1, "sms", at(5)), Survey("OTHER", 1, "sms", at(5))]
    answers = [Answer("P", 1, at(6), (5,)), Answer("OTHER", 1, at(6), (1,))]
    door.take(conn, SOURCE, Batch(surveys=surveys, answers=answers), NOW)
    derive(conn)
    return conn


def test_its_parent_stands_for_it_in_the_backlog(merged: Connection) -> None:
    assert backlog.count_open(merged, MARCH, backlog.Slice(), NOW) == 1
    before = backlog.count_open(merged, MARCH, backlog.Slice(), at(3.5), past=True)
    assert before == 3  # P, SAME and OTHER: none was merged yet


@pytest.mark.parametrize("sealed", [False, True])
def test_it_is_not_received_nor_resolved_by_itself(merged: Connection, sealed: bool) -> None:
    for day in take_dirty_days(merged, NOW) if sealed else ():
        count_day(merged, day)
    days = {one.day: (one.received, one.resolved) for one in backlog.over_time(merged, MARCH, NOW)}
    assert days[date(2026, 3, 2)] == (1, 0)
    assert days[date(2026, 3, 6)] == (1, 1)


def test_a_day_that_was_sealed_is_counted_again_when_one_of_its_complaints_is_merged(
    conn: Connection,
) -> None:
    organisation(conn)
    _take(conn, "P", 0)
    _take(conn, "SAME", 1)
    derive(conn)
    for day in take_dirty_days(conn, NOW):
        count_day(conn, day)
    assert backlog.over_time(conn, MARCH, NOW)[1].received == 2
    door.take(conn, SOURCE, Batch(observations=[Observation("SAME", "parent", at(4), "P")]), NOW)
    derive(conn)
    days = take_dirty_days(conn, NOW)
    assert date(2026, 3, 2) in days
    for day in days:
        count_day(conn, day)
    assert backlog.over_time(conn, MARCH, NOW)[1].received == 1


def test_the_rates_count_only_complaints_of_their_own(merged: Connection) -> None:
    assert resolution.lasting(merged, MARCH, NOW).resolved == 1  # AGAIN
    found = resolution.repeated(merged, MARCH, NOW)
    assert (found.received, found.repeated) == (2, 1)  # C2 complained before, in OTHER
    listed = resolution.complaints(merged, MARCH, "repeated", 10, NOW)
    assert [(one.external_id, one.other_external_id) for one in listed] == [("AGAIN", "OTHER")]


def test_a_parent_does_not_repeat_what_was_merged_into_it(conn: Connection) -> None:
    organisation(conn)
    _take(conn, "SAME", 0, ("parent", 4, "P"))
    _take(conn, "P", 1)
    derive(conn)
    found = resolution.repeated(conn, MARCH, NOW)
    assert (found.received, found.repeated) == (1, 0)


def test_problems_count_matters_and_the_people_who_complained(merged: Connection) -> None:
    assert problems.overview(merged, MARCH, NOW).complaints == 2
    issues = problems.by_issue(merged, MARCH, NOW)
    assert [(one.complaints, one.customers) for one in issues] == [(2, 3)]
    of_all, of_people = problems.Part(), problems.Part(has_customer=True)
    assert problems.count_complaints(merged, MARCH, of_all, NOW) == 2
    assert problems.count_complaints(merged, MARCH, of_people, NOW) == 5
    assert {one.external_id for one in problems.complaints(merged, MARCH, of_all, 10, NOW)} == {"P", "AGAIN"}


def test_a_surge_counts_people(merged: Connection) -> None:
    seen = read_complaints(merged, at(0).timestamp(), at(3), [])
    assert len(set(seen.whom.tolist())) == 3


def test_an_answer_about_it_is_an_answer(merged: Connection) -> None:
    found = satisfaction.panels(merged, MARCH, NOW)
    assert found.total.answers == 2


def test_the_shift_has_new_complaints_of_their_own(merged: Connection) -> None:
    assert shift.changes(merged, MARCH, MONDAY - timedelta(hours=1), NOW).received == 2
