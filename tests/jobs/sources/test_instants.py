from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.sources.instants import NoInstant, reader

COMCAST = ("%m-%d-%y %I:%M:%S %p", "%d-%m-%y %I:%M:%S %p")


@pytest.mark.parametrize(
    ("form", "text", "instant"),
    [
        ("%d/%m/%Y %H:%M", "9/2/2016 01:16", "2016-02-09T01:16:00"),
        ("%Y-%m-%d %H:%M:%S", "2011-07-01 23:59:59", "2011-07-01T23:59:59"),
        ("%d %b %Y", "3 Sept. 2020", "2020-09-03T00:00:00"),
        ("%m/%d/%y %I:%M %p", "12/31/99 12:05 a.m.", "1999-12-31T00:05:00"),
        ("%m/%d/%y %I:%M %p", "12/31/68 12:05 PM", "2068-12-31T12:05:00"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2020-01-02T03:04:05.25+0130", "2020-01-02T01:34:05.250000"),
        ("%Y-%m-%dT%H:%M:%S%z", "2020-01-02T03:04:05Z", "2020-01-02T03:04:05"),
        ("%Y年%m月%d日 %H:%M", "2026年3月2日 9:00", "2026-03-02T09:00:00"),
        ("iso", "2010-03-31T16:59:42+02:00", "2010-03-31T14:59:42"),
        ("iso", "2015-07-01", "2015-07-01T00:00:00"),
    ],
)
def test_a_date_is_read_as_its_format_says(form: str, text: str, instant: str) -> None:
    assert reader((form,), "UTC")(text) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%d/%m/%Y", "31/2/2016"),
        ("%d/%m/%Y", "1/13/2016"),
        ("%d/%m/%Y", " 1/1/2016"),
        ("%d/%m/%Y", "1/1/2016 10:00"),
        ("%I:%M %p %d/%m/%Y", "13:00 PM 1/1/2016"),
        ("%d %b %Y", "1 Foo 2016"),
        ("iso", "yesterday"),
    ],
)
def test_what_does_not_fit_or_does_not_exist_is_no_date(form: str, text: str) -> None:
    with pytest.raises(NoInstant):
        reader((form,), "UTC")(text)


def test_formats_are_tried_in_order() -> None:
    """So Comcast's swapped days and months are put right."""
    read = reader(COMCAST, "UTC")
    assert read("04-08-15 3:53:50 PM") == datetime(2015, 4, 8, 15, 53, 50, tzinfo=UTC)
    assert read("22-04-15 12:53:50 AM") == datetime(2015, 4, 22, 0, 53, 50, tzinfo=UTC)


def test_an_hour_that_the_clocks_skip_is_the_instant_they_changed() -> None:
    read = reader(("iso",), "America/New_York")
    assert read("2012-03-11 02:30:00") == read("2012-03-11 03:00:00") == datetime(2012, 3, 11, 7, tzinfo=UTC)


@given(
    st.datetimes(datetime.fromisoformat("2011-01-01"), datetime.fromisoformat("2012-12-31")),
    st.timedeltas(timedelta(0), timedelta(hours=4)),
    st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Shanghai"]),
)
def test_what_was_earlier_on_the_local_clock_is_never_later(
    local: datetime, more: timedelta, zone: str
) -> None:
    local = local.replace(microsecond=0)
    read = reader(("iso",), zone)
    assert read(local.isoformat()) <= read((local + more).isoformat(timespec="seconds"))


@given(
    st.datetimes(),
    st.sampled_from(["", "Z", "+14:00", "-12:00", "+00:00"]),
    st.sampled_from(["America/Los_Angeles", "Asia/Shanghai", "UTC", "Pacific/Kiritimati"]),
)
def test_every_date_of_python_is_read_and_the_far_ones_stay_far(at: datetime, offset: str, zone: str) -> None:
    found = reader(("iso",), zone)(at.isoformat() + offset)
    assert abs(found - at.replace(tzinfo=UTC)) < timedelta(hours=15)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_none(text: str) -> None:
    with suppress(NoInstant):
        reader(("iso", *COMCAST, "%Y年%m月%d日 %H:%M", "%Y-%m-%dT%H:%M:%S%z"), "Asia/Shanghai")(text)
