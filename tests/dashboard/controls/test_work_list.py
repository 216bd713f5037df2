"""Work lists say how much of them is here."""

import pytest

from dashboard.controls.work_list import extent
from dashboard.locale import use


@pytest.mark.parametrize(
    ("shown", "total", "words"),
    [
        (108, 108, "108"),
        (108, 111, "108"),  # three came since it was loaded
        (500, 500, "500"),
        (500, 11_097, "first 500 of 11,097"),
        (500, None, "first 500"),
    ],
)
def test_a_list_that_was_cut_says_how_many_there_are(shown: int, total: int | None, words: str) -> None:
    use("en")
    assert extent(shown, total, limit=500) == words


def test_in_chinese_too() -> None:
    use("zh")
    assert extent(500, 11_097, limit=500) == "前 500 条（共 11,097 条）"
    use("en")
