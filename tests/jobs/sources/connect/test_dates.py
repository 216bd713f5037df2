"""Formats of dates are found from the texts, whatever a program wrote."""

import pytest

from jobs.sources.connect.dates import clock_form, dated


@pytest.mark.parametrize(
    ("texts", "forms"),
    [
        (["2026-11-20 09:05", "2026-11-21"], ["iso"]),
        (["2026/11/20 09:05", "2026/1/5 9:05"], ["%Y/%m/%d %H:%M"]),
        (["2026/11/20 09:05:01", "2026/11/20"], ["%Y/%m/%d", "%Y/%m/%d %H:%M:%S"]),
        (["20261127083000"], ["%Y%m%d%H%M%S"]),
        (["2026年11月20日 9时05分"], ["%Y年%m月%d日 %H时%M分"]),
        (["2026/11/20 下午 3:05"], ["%Y/%m/%d %p %I:%M"]),
        (["11/20/2026 9:05:00 AM", "11/2/2026 9:05:00 AM"], ["%m/%d/%Y %I:%M:%S %p"]),
        (["29/2/2016 01:16", "5/3/2016 12:00"], ["%d/%m/%Y %H:%M"]),
        (["22-Apr-15"], ["%d-%b-%y"]),
        (["Nov 20, 2026 3:04 PM"], ["%b %d, %Y %I:%M %p"]),
        (["20.11.2026 09:05"], ["%d.%m.%Y %H:%M"]),
        (["２０２６/11/20 09：05"], ["%Y/%m/%d %H:%M"]),
    ],
)
def test_the_format_is_found(texts: list[str], forms: list[str]) -> None:
    assert sorted(dated(texts, False).forms) == forms


def test_a_column_can_have_several_formats() -> None:
    texts = ["2026-11-20 09:05:00", "2026/11/20 09:05", "46346.3784722222", "20261120090500"]
    assert set(dated(texts, True).forms) == {"iso", "%Y/%m/%d %H:%M", "excel", "%Y%m%d%H%M%S"}


@pytest.mark.parametrize("texts", [["46346"], ["1795165500"], ["20261120"]])
def test_plain_numbers_are_dates_only_where_the_name_of_the_column_says_so(texts: list[str]) -> None:
    assert dated(texts, True).forms and not dated(texts, False).forms


@pytest.mark.parametrize("texts", [["13800000000"], ["网络"], ["INC0000045"], ["12.5"], ["1900-01-00"], []])
def test_what_is_no_date_is_none(texts: list[str]) -> None:
    assert dated(texts, True).forms == ()


def test_day_and_month_are_told_apart_by_how_close_the_dates_lie() -> None:
    found = dated([f"{month}/3/2026" for month in range(1, 13)], False)
    assert found.forms == ("%d/%m/%Y",)  # twelve days of March, and not the third of each month
    assert found.others == ()


def test_where_nothing_tells_day_and_month_apart_both_are_given() -> None:
    found = dated(["5/6/2026"], False)
    assert (found.forms, found.others, found.sample) == (("%d/%m/%Y",), ("%m/%d/%Y",), "5/6/2026")


def test_day_and_month_that_a_program_has_swapped_are_put_right() -> None:
    """Of April 2015, month first as far as the day can be a month."""
    days = [f"{day:02}-04-15" if day > 12 else f"04-{day:02}-15" for day in range(1, 31)]
    found = dated(days, False)
    assert found.forms == ("%m-%d-%y", "%d-%m-%y")
    assert found.others == ("%d-%m-%y",)


def test_offsets_are_noticed() -> None:
    assert dated(["2026-11-20T09:05:00+08:00"], False).has_zone
    assert not dated(["2026-11-20T09:05:00"], False).has_zone


def test_times_of_a_day_are_no_instants() -> None:
    assert clock_form(["3:53:50 PM", "10:22:56 AM"]) == "%I:%M:%S %p"
    assert clock_form(["09:05"]) == "%H:%M"
    assert clock_form(["09:05", "soon"]) is None
