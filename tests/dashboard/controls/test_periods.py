from datetime import date

import pytest

from dashboard.controls.periods import day, days, is_known, shown
from dashboard.locale import use


@pytest.mark.parametrize("written", ["2026-10-01", "2026/10/1", "2026.10.01", "2026年10月1日", " 2026-10-1 "])
def test_a_day_may_be_written_in_several_ways(written: str) -> None:
    assert day(written) == date(2026, 10, 1)


@pytest.mark.parametrize(
    "written", ["", "10-01", "2026-13-01", "2026-02-30", "9999-12-31", "0001-01-01", "soon"]
)
def test_what_is_no_day_is_none(written: str) -> None:
    assert day(written) is None


def test_a_period_counts_both_its_ends() -> None:
    today = date(2026, 11, 25)
    assert days("today", today) == (today, today)
    assert days("7d", today) == (date(2026, 11, 19), today)
    assert days("2026-10-01..2026-10-15", today) == (date(2026, 10, 1), date(2026, 10, 15))


@pytest.mark.parametrize(
    "period", ["0001-01-01..2026-01-01", "2026-01-01..9999-12-31", "2026-02-30..2026-03-01"]
)
def test_a_period_that_no_page_could_show_is_not_known(period: str) -> None:
    assert not is_known(period)


def test_a_period_of_ones_own_says_its_year_once() -> None:
    use("en")
    assert shown("2026-10-01..2026-10-15") == "2026-10-01 – 10-15"
    assert shown("2025-12-20..2026-01-10") == "2025-12-20 – 2026-01-10"
    assert shown("7d") == "7 days"
