"""Which shift runs, in the zone of the policy."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from config.policy import DEFAULT, PolicyError, load, parse
from config.shifts import WHOLE_DAY, Shift, running

SHANGHAI = ZoneInfo("Asia/Shanghai")
TEXT = DEFAULT.read_text("utf-8")
SHIFTS = TEXT[TEXT.index("[[shifts]]") : TEXT.index("# ----", TEXT.index("[[shifts]]"))]


@pytest.mark.parametrize(
    ("now", "name", "began", "ends"),
    [
        ((2026, 11, 25, 8, 0, 0), "early", (25, 8), (25, 16)),  # it runs from its first instant on
        ((2026, 11, 25, 7, 59, 59), "night", (25, 0), (25, 8)),
        ((2026, 11, 25, 23, 59, 59), "late", (25, 16), (26, 0)),
        ((2026, 11, 25, 0, 0, 0), "night", (25, 0), (25, 8)),
    ],
)
def test_the_last_one_that_began_runs_until_the_next_begins(
    now: tuple[int, ...], name: str, began: tuple[int, int], ends: tuple[int, int]
) -> None:
    found = running(load().shifts, "Asia/Shanghai", datetime(*now, tzinfo=SHANGHAI))  # type: ignore[misc]
    local, end = found.began_at.astimezone(SHANGHAI), found.ends_at.astimezone(SHANGHAI)
    assert (found.shift.name, (local.day, local.hour), (end.day, end.hour)) == (name, began, ends)


def test_before_the_first_of_the_day_the_last_of_yesterday_runs() -> None:
    two = [shift for shift in load().shifts if shift.name != "night"]
    found = running(two, "Asia/Shanghai", datetime(2026, 3, 1, 3, tzinfo=SHANGHAI))
    assert found.shift.name == "late"
    assert found.began_at == datetime(2026, 2, 28, 16, tzinfo=SHANGHAI)


def test_the_zone_is_the_policys_and_its_clock_may_be_set_back() -> None:
    found = running(load().shifts, "America/New_York", datetime(2026, 11, 1, 13, tzinfo=UTC))
    assert found.began_at == datetime(2026, 11, 1, 13, tzinfo=UTC)  # 08:00, now five hours behind
    assert running(load().shifts, "America/New_York", datetime(2026, 11, 1, 12, 59, tzinfo=UTC)).began_at == (
        datetime(2026, 11, 1, 4, tzinfo=UTC)  # midnight was four hours behind
    )


@pytest.mark.parametrize(("hour", "ends"), [(9, (25, 16)), (17, (26, 0)), (3, (25, 8))])
def test_a_shift_ends_as_the_next_begins(hour: int, ends: tuple[int, int]) -> None:
    found = running(load().shifts, "Asia/Shanghai", datetime(2026, 11, 25, hour, tzinfo=SHANGHAI))
    local = found.ends_at.astimezone(SHANGHAI)
    assert (local.day, local.hour) == ends


def test_the_only_shift_ends_as_it_begins_again() -> None:
    found = running(WHOLE_DAY, "Asia/Shanghai", datetime(2026, 11, 25, 15, tzinfo=SHANGHAI))
    assert found.ends_at == datetime(2026, 11, 26, tzinfo=SHANGHAI)


def test_a_policy_from_before_there_were_shifts_has_whole_days() -> None:
    policy = parse(TEXT.replace(SHIFTS, ""))
    assert policy.shifts == WHOLE_DAY
    now = datetime(2026, 11, 25, 15, tzinfo=SHANGHAI)
    assert running(policy.shifts, policy.zone, now).began_at == datetime(2026, 11, 25, tzinfo=SHANGHAI)


def test_fewer_than_one_shift_is_a_mistake() -> None:
    with pytest.raises(PolicyError, match="no shift is named; write at least one"):
        parse("shifts = []\n" + TEXT.replace(SHIFTS, ""))


def test_the_default_shifts_are_marked_as_ours_and_have_both_labels() -> None:
    assert all(shift.assumption and shift.label and shift.label_zh for shift in load().shifts)
    assert Shift.model_validate(
        {"name": "day", "label": "Day", "label_zh": "白班", "begins": "23:59"}
    ).begins == (86_340)
