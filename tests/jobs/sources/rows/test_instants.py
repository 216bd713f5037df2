from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import to_excel

from config.source_maps.dates import NAMED
from jobs.sources.rows.instants import NoInstant, Read, reader

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
    assert reader((form,), "UTC")(text).at == datetime.fromisoformat(instant).replace(tzinfo=UTC)


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
    assert read("04-08-15 3:53:50 PM").at == datetime(2015, 4, 8, 15, 53, 50, tzinfo=UTC)
    assert read("22-04-15 12:53:50 AM").at == datetime(2015, 4, 22, 0, 53, 50, tzinfo=UTC)


def test_an_hour_that_the_clocks_skip_is_the_instant_they_changed() -> None:
    read = reader(("iso",), "America/New_York")
    skipped, after = read("2012-03-11 02:30:00"), read("2012-03-11 03:00:00")
    assert skipped == after == Read(datetime(2012, 3, 11, 7, tzinfo=UTC))


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
    assert read(local.isoformat()).at <= read((local + more).isoformat(timespec="seconds")).at


@given(
    st.datetimes(),
    st.sampled_from(["", "Z", "+14:00", "-12:00", "+00:00"]),
    st.sampled_from(["America/Los_Angeles", "Asia/Shanghai", "UTC", "Pacific/Kiritimati"]),
)
def test_every_date_of_python_is_read_and_the_far_ones_stay_far(at: datetime, offset: str, zone: str) -> None:
    found = reader(("iso",), zone)(at.isoformat() + offset).at
    assert abs(found - at.replace(tzinfo=UTC)) < timedelta(hours=15)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_none(text: str) -> None:
    with suppress(NoInstant):
        reader((*NAMED, *COMCAST, "%Y年%m月%d日 %p%I:%M", "%a %Y-%m-%dT%H:%M:%S%z %Z"), "Asia/Shanghai")(text)


MIXED = (  # of b06_mixed_dates.xlsx
    "iso",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %p %I:%M",
    "%Y年%m月%d日 %H时%M分",
    "%Y%m%d%H%M%S",
    "excel",
)


@pytest.mark.parametrize(
    ("text", "local", "day_only"),
    [
        ("2026-11-20 09:05:00", "2026-11-20T09:05", False),
        ("2026/11/20 09:05", "2026-11-20T09:05", False),
        ("46346.3784722222", "2026-11-20T09:05", False),
        ("46346.37847", "2026-11-20T09:05", False),
        ("2026/11/20 下午 3:05", "2026-11-20T15:05", False),
        ("2026/11/20 上午 12:05", "2026-11-20T00:05", False),
        ("2026年11月20日 9时5分", "2026-11-20T09:05", False),
        ("2026-11-20 09:05:00.0", "2026-11-20T09:05", False),
        ("20261120090500", "2026-11-20T09:05", False),
        ("2026/11/20 24:00", "2026-11-21T00:00", False),
        ("2026-12-31 24:00:00", "2027-01-01T00:00", False),
        ("46346", "2026-11-20T00:00", True),
        ("2026-11-20", "2026-11-20T00:00", True),
        ("２０２６/１１/２０ ０９：０５", "2026-11-20T09:05", False),
    ],
)
def test_a_column_of_many_forms_is_read(text: str, local: str, day_only: bool) -> None:
    at = datetime.fromisoformat(f"{local}+08:00")
    assert reader(MIXED, "Asia/Shanghai")(text) == Read(at.astimezone(UTC), day_only)


@pytest.mark.parametrize("text", ["#N/A", "2026/11/20 24:01", "2026/11/20 25:00", "9999-12-31 24:00", "60"])
def test_what_is_none_of_many_forms_is_no_date(text: str) -> None:
    with pytest.raises(NoInstant):
        reader(MIXED, "Asia/Shanghai")(text)


@pytest.mark.parametrize(
    ("form", "text", "instant"),
    [
        ("excel", "25569", "1970-01-01T00:00"),
        ("excel", "1", "1900-01-01T00:00"),
        ("excel", "61", "1900-03-01T00:00"),
        ("excel1904", "44884.5", "2026-11-20T12:00"),
        ("epoch", "1795165500", "2026-11-20T09:05"),
        ("epoch", "1795165500.25", "2026-11-20T09:05:00.250"),
        ("epoch_ms", "1795165500250", "2026-11-20T09:05:00.250"),
        ("%Y-%m-%d %H:%M %z", "2026-11-20 17:05 +08", "2026-11-20T09:05"),
        ("%Y-%m-%d %H:%M %Z", "2026-11-20 17:05 Asia/Shanghai", "2026-11-20T09:05"),
        ("%Y-%m-%d %H:%M %Z", "2026-11-20 17:05 GMT+08:00", "2026-11-20T09:05"),
        ("%Y-%m-%d %H:%M %Z", "2026-11-20 09:05 UTC", "2026-11-20T09:05"),
        ("%a %b %d %H:%M:%S CST %Y", "Fri Nov 20 09:05:00 CST 2026", "2026-11-20T09:05"),
        ("%Y年%m月%d日 %a %H:%M", "2026年11月20日 星期五 9:05", "2026-11-20T09:05"),
        ("%Y/%m/%d %p%H:%M", "2026/11/20 下午15:05", "2026-11-20T15:05"),
        ("%Y/%m/%d %p%H:%M", "2026/11/20 下午3:05", "2026-11-20T15:05"),
        ("%Y/%m/%d %p%I:%M", "2026/11/20 下午0:05", "2026-11-20T12:05"),
        ("%Y%m%d%H%M", "202611200905", "2026-11-20T09:05"),
    ],
)
def test_numbers_zones_and_halves_of_the_day_are_read(form: str, text: str, instant: str) -> None:
    assert reader((form,), "UTC")(text).at == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize("zone", ["CST", "IST", "EST", "Asia/Atlantis", "../passwd", "GMT+99"])
def test_a_zone_whose_name_means_several_or_none_is_no_date(zone: str) -> None:
    with pytest.raises(NoInstant):
        reader(("%Y-%m-%d %H:%M %Z",), "Asia/Shanghai")(f"2026-11-20 09:05 {zone}")


@pytest.mark.parametrize("formats", [("excel", "epoch", "epoch_ms"), ("epoch_ms", "epoch", "excel")])
def test_a_number_is_one_kind_of_instant_only(formats: tuple[str, ...]) -> None:
    read = reader(formats, "UTC")
    assert read("1795165500").at == read("1795165500000").at == datetime(2026, 11, 20, 9, 5, tzinfo=UTC)
    assert read("46346.3784722222").at == datetime(2026, 11, 20, 9, 5, tzinfo=UTC)


def test_numbers_that_touch_have_two_digits_each() -> None:
    with pytest.raises(NoInstant):
        reader(("%Y%m%d%H%M",), "UTC")("2026112095")


def test_an_hour_that_comes_twice_gives_both_instants() -> None:
    read = reader(("iso",), "America/New_York")
    first, second = datetime(2012, 11, 4, 5, 30, tzinfo=UTC), datetime(2012, 11, 4, 6, 30, tzinfo=UTC)
    assert read("2012-11-04 01:30:00") == Read(first, other=second)
    assert read("2012-11-04 01:30:00-05:00") == Read(second)
    assert read("2012-11-04 02:30:00").other is None
    assert read("2012-11-04").other is None
    named = reader(("%Y-%m-%d %H:%M %Z",), "UTC")
    assert named("2012-11-04 01:30 America/New_York") == Read(first, other=second)


@given(st.datetimes(datetime.fromisoformat("1970-01-01"), datetime.fromisoformat("2199-12-31")))
def test_a_serial_number_is_the_date_that_a_spreadsheet_wrote(at: datetime) -> None:
    """With six decimals or fewer it says no more than the second."""
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    text = repr(to_excel(at))
    short = len(text.partition(".")[2]) <= 6
    read = reader(("excel",), "UTC")(text)
    assert abs(read.at - at.replace(tzinfo=UTC)) <= timedelta(milliseconds=500 if short else 1)
