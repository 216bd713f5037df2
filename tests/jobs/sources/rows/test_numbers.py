from datetime import timedelta

import pytest

from jobs.sources.rows.numbers import SPOILED, is_sum, length, spoiled
from queries.intake.numbers import HIGHEST, stable
from queries.intake.phones import ROUNDED


@pytest.mark.parametrize(
    "text",
    [
        "2.02611E+17",
        "2E+17",
        "1E+05",
        "2,02611E+17",
        "2.02611e+17",
        "2.0261127083000123E17",
        "２.02611Ｅ+17",
        "-1.5E+20",
    ],
)
def test_a_number_that_was_kept_in_53_bits_is_known_by_its_form(text: str) -> None:
    assert spoiled(text) == ROUNDED


@pytest.mark.parametrize(
    "text",
    [
        "202611270830001234",
        "00017",
        "1E5",
        "12E3",
        "A-1.5",
        "20260001.0",
        "E",
        "EE12",
        "工单17",
        "1.2.3",
        "",
        "2E10",
    ],
)
def test_other_numbers_stay_as_they_are(text: str) -> None:
    assert spoiled(text) is None


@pytest.mark.parametrize("text", ["########", "#N/A", "#REF!", "#NAME?", "#DIV/0!"])
def test_what_a_spreadsheet_shows_for_an_error_is_no_number(text: str) -> None:
    assert spoiled(text) == SPOILED


@pytest.mark.parametrize(
    "text",
    [
        "合计",
        "合 计",
        "总计:",
        "小计：1,234",
        "合计4条",
        "Total",
        "GRAND TOTAL",
        "Sub total: 12",
        "ＴＯＴＡＬ",
    ],
)
def test_a_sum_row_is_known_by_its_word(text: str) -> None:
    assert is_sum(text)


@pytest.mark.parametrize("text", ["TOTAL-17", "总计科001", "Total loss of signal", "T1", "", "合计收费错误"])
def test_a_number_that_has_such_a_word_in_it_is_no_sum_row(text: str) -> None:
    assert not is_sum(text)


def test_a_stable_number_is_itself_or_62_bits_of_a_hash_and_never_0() -> None:
    assert stable("17") == 17
    assert stable(str(HIGHEST - 1)) == HIGHEST - 1
    others = ["017", "0", str(HIGHEST), "XT-1", "XT-2", "１７", "9" * 30]
    found = [stable(text) for text in others]
    assert len(set(found)) == len(others)
    assert all(0 < number < HIGHEST for number in found)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("48", 48.0),
        ("1.5", 1.5),
        ("４８", 48.0),
        ("48小时", 48.0),
        ("2天3小时30分钟", 51.5),
        ("90 min", 1.5),
        ("1d 2h", 26.0),
        ("48:00:00", 48.0),
        ("0:30", 0.5),
        ("36秒", 0.01),
    ],
)
def test_a_length_of_time_is_a_number_or_has_its_own_units(text: str, hours: float) -> None:
    assert length(text, timedelta(hours=1)) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["two days", "", "-1", "1:75", "9999999", "2 weeks", "小时"])
def test_what_is_no_length_of_time_is_none(text: str) -> None:
    assert length(text, timedelta(hours=1)) is None
