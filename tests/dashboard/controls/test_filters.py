from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.controls.filters import Choice, from_query, moved, resolve
from queries.filters import Filters
from queries.organisation import Department, Region

TREE = (
    Region(1, None, "GD", "Guangdong", "广东"),
    Region(2, 1, "GD-GZ", "Guangzhou", "广州"),
    Region(3, 1, "GD-SZ", "Shenzhen", "深圳"),
    Region(4, None, "ZJ", "Zhejiang", "浙江"),
)
DEPARTMENTS = (Department(7, "BILLING", "Billing", "计费"), Department(8, "IT", "IT", "信息"))
ZONE = ZoneInfo("Asia/Shanghai")
LATE = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)  # the 2nd of March in China


def test_a_choice_survives_the_way_through_the_url() -> None:
    choice = Choice(("GD", "ZJ"), ("IT",), (1, 3), "7d")
    assert from_query(choice.query(), TREE, DEPARTMENTS) == choice


def test_defaults_are_not_written_into_the_url() -> None:
    assert Choice().query() == {}


def test_what_is_unknown_or_outside_the_scope_is_left_out_of_a_link() -> None:
    query = {"region": "GD,XX", "department": "NONE", "tier": "1,9,x", "period": "ever"}
    assert from_query(query, TREE, DEPARTMENTS) == Choice(("GD",), (), (1,), "30d")


def test_a_province_stands_for_its_cities() -> None:
    assert resolve(Choice(region=("GD",)), TREE, DEPARTMENTS, LATE, ZONE).regions == (1, 2, 3)
    assert resolve(Choice(region=("GD-SZ",)), TREE, DEPARTMENTS, LATE, ZONE).regions == (3,)


def test_days_are_those_of_the_zone_and_both_ends_count() -> None:
    shown = resolve(Choice(period="7d"), TREE, DEPARTMENTS, LATE, ZONE)
    assert (shown.since, shown.until) == (date(2026, 2, 24), date(2026, 3, 2))


def test_a_period_of_ones_own_is_taken_from_the_url_and_nonsense_is_not() -> None:
    choice = from_query({"period": "2026-01-01..2026-01-31"}, TREE, DEPARTMENTS)
    shown = resolve(choice, TREE, DEPARTMENTS, LATE, ZONE)
    assert (shown.since, shown.until) == (date(2026, 1, 1), date(2026, 1, 31))
    for wrong in ("2026-02-31..2026-03-01", "2026-03-02..2026-03-01"):
        assert from_query({"period": wrong}, TREE, DEPARTMENTS).period == "30d"


def test_a_period_that_ends_today_moves_on_at_midnight() -> None:
    today = date(2026, 3, 2)
    ends_today, past = Filters(date(2026, 2, 24), today), Filters(date(2026, 1, 1), date(2026, 1, 31))
    assert moved(ends_today, today, timedelta(1)) == Filters(date(2026, 2, 25), date(2026, 3, 3))
    assert moved(past, today, timedelta(1)) is past
