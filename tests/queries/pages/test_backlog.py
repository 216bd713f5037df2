"""The backlog by hand: now, by age and region, and day by day from roll-ups and from rows."""

from datetime import date

import pytest
from sqlalchemy import Connection

from queries.filters import Filters
from queries.pages import backlog
from queries.pages.backlog import Slice
from queries.rollups.daily import count_day, take_dirty_days
from tests.build import MONDAY, at, complaint, organisation, rows, settle

ALL = Filters(date(2026, 3, 2), date(2026, 3, 6))
NOW = at(days=4)


@pytest.fixture
def centre(conn: Connection) -> Connection:
    """Open at NOW: A (4 d old), C (2 h old, tier 1, Beijing). B was resolved on Tuesday, D then withdrawn."""
    organisation(conn)
    settle(
        conn,
        complaint("A", MONDAY),
        complaint("B", MONDAY, ("status", at(days=1), "resolved"), department="BILL"),
        complaint("C", at(days=3, hours=22), tier=1, region="BJ-01"),
        complaint("D", MONDAY, ("status", at(days=2), "withdrawn")),
    )
    return conn


def ids(conn: Connection, table: str, key: str) -> dict[str, int]:
    return {
        str(code): int(str(number)) for code, number in rows(conn, f"SELECT code, {key} FROM facts.{table}")
    }


def test_open_complaints_by_tier_and_department(centre: Connection) -> None:
    net = ids(centre, "department", "department_id")["NET"]
    found = [
        (one.tier, one.department_id, one.complaints)
        for one in backlog.by_tier_and_department(centre, ALL, NOW)
    ]
    assert found == [(1, net, 1), (2, net, 1)]


def test_ages_have_half_open_bands(centre: Connection) -> None:
    assert [(one.band, one.tier) for one in backlog.by_age(centre, ALL, NOW)] == [(0, 1), (3, 2)]
    at_the_edge = at(days=3, hours=26)  # C is exactly four hours old: no longer under 4 h
    assert [one.band for one in backlog.by_age(centre, ALL, at_the_edge)] == [1, 3]


def test_provinces_add_up_their_cities(centre: Connection) -> None:
    codes = ids(centre, "region", "region_id")
    provinces = {
        one.region_id: (one.complaints, one.tier_1) for one in backlog.by_region(centre, ALL, True, NOW)
    }
    assert provinces == {codes["GD"]: (1, 0), codes["BJ"]: (1, 1)}
    cities = {one.region_id for one in backlog.by_region(centre, ALL, False, NOW)}
    assert cities == {codes["GD-01"], codes["BJ-01"]}


@pytest.mark.parametrize("sealed", [False, True])
def test_each_day_ends_with_what_was_open_then(centre: Connection, sealed: bool) -> None:
    if sealed:
        for day in take_dirty_days(centre, at(days=30)):
            count_day(centre, day)
    found = [
        (one.day.day, one.complaints, one.received, one.resolved)
        for one in backlog.over_time(centre, ALL, NOW)
    ]
    # Monday: A, B, D. Tuesday: B resolved. Wednesday: D withdrawn. Friday 07:00: C.
    assert found == [(2, 3, 3, 0), (3, 2, 0, 1), (4, 1, 0, 0), (5, 1, 0, 0), (6, 2, 1, 0)]


@pytest.mark.parametrize(
    ("part", "numbers"),
    [
        (Slice(), ["A", "C"]),
        (Slice(tier=1), ["C"]),
        (Slice(band=3), ["A"]),
        (Slice(tier=3), []),
    ],
)
def test_a_number_leads_to_exactly_its_complaints(
    centre: Connection, part: Slice, numbers: list[str]
) -> None:
    found = backlog.open_complaints(centre, ALL, part, 10, NOW)
    assert [one.external_id for one in found] == numbers
    assert backlog.count_open(centre, ALL, part, NOW) == len(numbers)
