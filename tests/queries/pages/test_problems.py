"""Frequent problems: counts, the period before, concentration, and lists of exactly what was counted."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from sqlalchemy import Connection, Engine

from config.settings import Settings
from jobs import read_texts
from jobs.work import Work
from queries.filters import Filters
from queries.pages import problems
from queries.pages.problems import Cell, Part, Share
from tests.build import at, organisation, rows, settle
from tests.queries.texts.told import CHARGES, SPEED, THREAT, said

DAY = Filters(date(2026, 3, 2), date(2026, 3, 2))
NOW = at(10)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """Today: three of speed by two customers, one charge, one threat; yesterday one of speed, one later."""
    with engine.begin() as conn:
        organisation(conn)
        settle(
            conn,
            said("A", SPEED, at(1), "C1"),
            said("B", SPEED, at(2), "C1", channel="app"),
            said("C", SPEED, at(3), "C2", region="BJ-01"),
            said("D", CHARGES, at(4), "C3", department="BILL"),
            said("E", THREAT, at(5), tier="3"),
            said("F", SPEED, at(2, days=-1), "C1"),
            said("G", SPEED, at(12, days=-1), "C1"),
            said("H", CHARGES, at(0, days=-9), "C1"),
        )
    read_texts.run(Work(engine, Settings(), "t", NOW, lambda: None, dict))
    return engine


def listed(conn: Connection, part: Part) -> list[str]:
    found = problems.complaints(conn, DAY, part, 50, NOW)
    assert problems.count_complaints(conn, DAY, part, NOW) == len(found)
    return [one.external_id for one in found]


def test_each_number_leads_to_exactly_its_complaints(filled: Engine) -> None:
    with filled.begin() as conn:
        for row in problems.by_issue(conn, DAY, NOW):
            assert len(listed(conn, Part(issue=row.issue))) == row.complaints
            assert len(listed(conn, Part(issue=row.issue, is_before=True))) == row.before
            assert len(listed(conn, Part(issue=row.issue, is_negative=True))) == row.negative
        for cell in problems.by_department(conn, DAY, NOW):
            assert len(listed(conn, Part(cell.issue, department_id=cell.place))) == cell.complaints
        for cell in problems.by_region(conn, DAY, False, NOW):
            assert len(listed(conn, Part(cell.issue, (cell.place,)))) == cell.complaints
        for one in problems.by_channel(conn, DAY, NOW):
            assert len(listed(conn, Part(channel=one.channel))) == one.complaints
            assert len(listed(conn, Part(channel=one.channel, proposes=True))) == one.proposing
        total = problems.overview(conn, DAY, NOW)
        assert len(listed(conn, Part())) == total.complaints == 5
        assert listed(conn, Part(waits=True)) == listed(conn, Part(proposes=True)) == ["E"]


def test_a_problem_counts_its_complaints_and_the_customers_behind_them(filled: Engine) -> None:
    with filled.begin() as conn:
        first = problems.by_issue(conn, DAY, NOW)[0]
        assert (first.issue, first.complaints, first.customers) == ("speed", 3, 2)


def test_half_a_day_is_compared_with_half_a_day(filled: Engine) -> None:
    """G came after this hour of the day before."""
    with filled.begin() as conn:
        assert [row.before for row in problems.by_issue(conn, DAY, NOW) if row.issue == "speed"] == [1]
        assert listed(conn, Part(issue="speed", is_before=True)) == ["F"]


def test_the_filters_narrow_every_number(filled: Engine) -> None:
    with filled.begin() as conn:
        beijing = rows(conn, "SELECT region_id FROM facts.region WHERE code = 'BJ-01'")[0][0]
        assert isinstance(beijing, int)
        there = replace(DAY, regions=(beijing,))
        assert problems.overview(conn, there, NOW).complaints == 1
        assert [row.complaints for row in problems.by_issue(conn, there, NOW)] == [1]
        assert problems.overview(conn, replace(DAY, tiers=(3,)), NOW).proposing == 1


def test_whether_the_time_before_is_known_is_said(filled: Engine) -> None:
    with filled.begin() as conn:
        assert problems.overview(conn, DAY, NOW).has_before
        long = Filters(date(2026, 2, 1), date(2026, 3, 2))
        assert not problems.overview(conn, long, NOW).has_before


def test_texts_that_wait_are_counted_and_not_taken_for_silent(engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, said("A", SPEED))
        found = problems.overview(conn, DAY, NOW)
    assert (found.complaints, found.read, found.unread) == (1, 0, 1)


def flagged(*cells: Cell) -> set[tuple[str, int]]:
    return {(one.issue, one.place) for one in problems.shares(cells) if one.flagged}


def test_a_region_with_far_more_than_its_share_is_flagged_and_a_tiny_one_is_not() -> None:
    usual = [Cell(issue, place, 100) for issue in ("speed", "charges") for place in range(1, 11)]
    tiny = (Cell("speed", 99, 3), Cell("charges", 99, 0))
    assert flagged(*usual, *tiny) == set()
    assert flagged(*usual[1:], Cell("speed", 1, 200)) == {("speed", 1)}
    assert flagged(*usual, Cell("rare", 1, 9)) == set()
    assert flagged(*usual, Cell("rare", 1, 10)) == {("rare", 1)}


def test_the_share_stands_beside_that_of_all() -> None:
    found = problems.shares((Cell("speed", 1, 30), Cell("charges", 1, 10), Cell("charges", 2, 60)))
    assert found[0] == Share("speed", 1, 30, 40, 0.75, 0.3, True)
    assert found[0].times == 2.5


def test_what_is_of_no_known_region_or_problem_is_in_the_totals_only() -> None:
    found = problems.shares((Cell("speed", 1, 30), Cell("", 1, 70), Cell("speed", 0, 20)))
    assert [(one.issue, one.place, one.of_place) for one in found] == [("speed", 1, 100)]


def test_chance_is_rarely_taken_for_a_pattern() -> None:
    """In 200 tables of 620 cells drawn without any pattern, few flag a cell: the promise is one in 20."""
    random = np.random.default_rng(1)
    shares_, sizes = random.dirichlet([1] * 20), random.dirichlet([1] * 31) * 5_000
    alarms = 0
    for _ in range(200):
        counts = random.poisson(np.outer(shares_, sizes))
        cells = [Cell(f"i{i}", p + 1, int(counts[i, p])) for i in range(20) for p in range(31)]
        alarms += any(one.flagged for one in problems.shares([one for one in cells if one.complaints]))
    assert alarms <= 15
