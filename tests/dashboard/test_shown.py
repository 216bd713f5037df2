"""Numbers as they are shown: a probability is never certain, and its evidence gives it or says so."""

import re

import pytest

from dashboard.locale import use
from dashboard.locale.shown import duration, evidence, exact, odds, short_evidence
from tests.source_files import found, modules


@pytest.mark.parametrize(
    ("p", "k", "n", "shown"),
    [
        (0.7045, 31, 44, "70 % · 31 of 44"),
        (0.87, 499, 599, "87 % · adjusted from 499 of 599"),
        (0.9999, 96, 97, "> 99 % · adjusted from 96 of 97"),
        (0.9999, 1000, 1000, "> 99 % · 1,000 of 1,000"),
        (0.001, 0, 80, "< 1 % · 0 of 80"),
        (None, None, None, "–"),
    ],
)
def test_a_probability_stands_with_what_gives_it_or_says_that_it_was_adjusted(
    p: float | None, k: int | None, n: int | None, shown: str
) -> None:
    use("en")
    assert odds(p, k, n) == shown
    short = shown.partition(" · ")[2].replace("adjusted from", "≈")
    assert short_evidence(p, k, n) == (short or "–")


def test_the_evidence_is_in_chinese_too() -> None:
    use("zh")
    assert evidence(0.87, 499, 599) == "由 499/599 修正"
    use("en")


def test_no_page_shows_a_probability_as_a_plain_share() -> None:
    """A share of 1 is 100 %, a breach risk of 0.999 is not."""
    pages = [path for path in modules() if "dashboard" in path.parts]
    assert found(re.compile(r"percent\(\s*\w+\.p\b"), pages, set()) == []


@pytest.mark.parametrize(
    ("seconds", "words", "exactly"),
    [
        (7_200, "2 h", "2 h"),
        (7_500, "2 h 05 min", "2 h 05 min"),
        (7_233, "2 h", "2 h 00 min 33 s"),
        (86_400, "1 d", "24 h"),
        (93_600, "1 d 2 h", "26 h"),
    ],
)
def test_a_duration_names_no_unit_of_which_there_is_nothing(seconds: int, words: str, exactly: str) -> None:
    use("en")
    assert (duration(seconds), exact(seconds)) == (words, exactly)
