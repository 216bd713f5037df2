"""The minute that a person asks for, typed or by URL; what is none of the past gets a sentence."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.controls.moment import NoMoment, from_url, read_minute
from dashboard.locale import use

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 25, 15, 0, 30, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-24 14:00", (2026, 11, 24, 14, 0)),
        ("  2026-11-24T9:05 ", (2026, 11, 24, 9, 5)),
        ("2026-1-2 03:04", (2026, 1, 2, 3, 4)),
        ("14:00", (2026, 11, 25, 14, 0)),
        ("2026－11－24　14：00", (2026, 11, 24, 14, 0)),  # as a Chinese keyboard writes it
        ("15:00", (2026, 11, 25, 15, 0)),  # the minute that runs has begun
    ],
)
def test_a_minute_is_one_of_the_boards_zone(written: str, moment: tuple[int, ...]) -> None:
    assert read_minute(written, NOW, ZONE) == datetime(*moment, tzinfo=ZONE)  # type: ignore[misc]


@pytest.mark.parametrize(
    "written", ["yesterday", "2026-02-30 10:00", "24:00", "2026-11-24", "14:60", "1e3:00"]
)
def test_what_is_no_minute_is_answered_with_how_to_write_one(written: str) -> None:
    with pytest.raises(NoMoment, match=r"is not a valid time. Use for example 2026-11-25 14:00"):
        read_minute(written, NOW, ZONE)


def test_the_future_is_refused_by_both_times() -> None:
    with pytest.raises(NoMoment, match=r"2026-11-25 15:01 is in the future; it is 2026-11-25 15:00 now"):
        read_minute("15:01", NOW, ZONE)
    with pytest.raises(NoMoment, match="in the future"):
        from_url("2027-01-01T00:00:00+08:00", NOW, ZONE)


def test_the_sentence_is_in_the_persons_language() -> None:
    use("zh")
    with pytest.raises(NoMoment, match="尚未到来"):
        read_minute("23:00", NOW, ZONE)
    use("en")


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-24T14:00:00+08:00",
        "2026-11-24T14:00:00 08:00",  # a plus sign typed into an address is a space
        "2026-11-24T06:00:00Z",
        "2026-11-24T14:00",
    ],
)
def test_an_address_names_an_instant(value: str) -> None:
    assert from_url(value, NOW, ZONE) == datetime(2026, 11, 24, 14, tzinfo=ZONE)
    assert from_url(value, NOW, ZONE).utcoffset() == NOW.utcoffset()


def test_an_address_that_names_none_says_so() -> None:
    with pytest.raises(NoMoment, match="has no valid date and time"):
        from_url("lunch", NOW, ZONE)
