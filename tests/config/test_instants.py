"""Any instant that Python can hold is judged and bounded without failing, in any zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from config.instants import EARLIEST, LATEST, bounded, from_text, is_believed
from tests.config.instants import ENDS, instants


@given(instants)
def test_what_is_bounded_can_be_told_in_every_zone(at: datetime) -> None:
    assert EARLIEST <= bounded(at) <= LATEST
    assert bounded(at).astimezone(ZoneInfo("Pacific/Kiritimati")).year in range(1969, 2201)
    assert (bounded(at) == at) == (is_believed(at) or at == LATEST)


@given(instants)
def test_text_of_an_instant_is_read_again_where_it_is_believed(at: datetime) -> None:
    found = from_text(at.isoformat())
    assert (found is not None) == is_believed(at)
    assert found is None or found - at == timedelta(0)


@pytest.mark.parametrize("text", [*ENDS, "", "soon", "2026-03-02T09:00"])
def test_what_is_no_instant_or_not_believed_is_none(text: str) -> None:
    assert from_text(text) is None


def test_without_an_offset_it_is_meant_in_the_zone() -> None:
    assert from_text("2026-03-02T09:00", ZoneInfo("Asia/Shanghai")) == datetime(2026, 3, 2, 1, tzinfo=UTC)
