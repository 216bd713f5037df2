"""Days that one region is closed: inherited downwards, the nearest wins, all readers of hours follow."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from config.policy import DEFAULT, Calendar, parse
from queries.attribution.scope import totals
from queries.clocks.explain import Explanation, of_complaint
from queries.hours.calendar_spans import due_times, write_spans
from queries.hours.working_time import lay_out
from queries.policies.history import apply_policy, load_policy_history
from queries.policies.resolved import Place
from queries.policy_changes import dry_run
from queries.policy_changes.versions import UnknownRegions
from tests.build import at, complaint, derive, id_of, organisation, rows, settle
from tests.queries.attribution.co_owner_lives import ALL, AMID, NOW, some_lives
from tests.queries.attribution.totals import assert_same, one_by_one
from tests.queries.hours.calendars import LUNCH
from tests.queries.hours.calendars import at as local
from tests.queries.hours.slow_counter import slow_close_of_working_day, slow_due

USUAL = DEFAULT.read_text("utf-8")
CN = "Asia/Shanghai"
ONE_HOUR = 'hours = ["10:00-11:00"]'
TREE = (("GD",), ("GD", "GD-01"), ("GD", "GD-02"), ("BJ",), ("BJ", "BJ-01"))


def closed(region: str, day: str, reason: str = "Typhoon", hours: str = "closed = true") -> str:
    return f'[[calendars.office.override]]\nregion = "{region}"\nday = {day}\n{hours}\nreason = "{reason}"\n'


def with_days(*blocks: str) -> str:
    return USUAL + "\n" + "\n".join(blocks)


def answer(conn: Connection, number: str, days: float = 30) -> Explanation:
    found = of_complaint(conn, id_of(conn, number), at(days=days))
    return next(one for one in found if one.target == "answer")


def shanghai(one: Explanation) -> str:
    assert one.due_at is not None
    return f"{datetime.fromtimestamp(one.due_at, UTC) + timedelta(hours=8):%m-%d %H:%M}"


def test_the_city_waits_a_working_day_longer_and_no_other(conn: Connection) -> None:
    """Received on a Tuesday and on a Thursday; the city is closed on Friday 6 March."""
    organisation(conn)
    body = with_days(closed("GD-01", "2026-03-06"))
    apply_policy(conn, body, at(days=-9), "test", move_open=False)
    settle(
        conn,
        complaint("H1", at(1, days=1), tier=3),
        complaint("H2", at(1, days=3), tier=3),
        complaint("H3", at(1, days=1), tier=3, region="BJ-01"),
        complaint("H4", at(1, days=1), tier=3, region="GD"),
    )
    found = {number: shanghai(answer(conn, number)) for number in ("H1", "H2", "H3", "H4")}
    assert found == {"H1": "03-09 18:00", "H2": "03-11 18:00", "H3": "03-06 18:00", "H4": "03-06 18:00"}
    (friday,) = [day for day in answer(conn, "H1").days if day.date == date(2026, 3, 6)]
    assert (friday.counted, friday.kind, friday.name) == (False, "override", "Typhoon")
    due = dict(rows(conn, "SELECT complaint_id, due_at FROM derived.deadline WHERE target = 'answer'"))
    assert len(set(due.values())) == 3


def test_a_province_closes_its_cities_and_a_city_may_open_again(conn: Connection) -> None:
    organisation(conn)
    body = with_days(
        closed("GD", "2026-03-06"),
        closed("GD-01", "2026-03-06", "Opened for the morning", 'hours = ["09:00-12:00"]'),
    )
    apply_policy(conn, body, at(days=-9), "test", move_open=False)
    settle(
        conn,
        complaint("city", at(1, days=1), tier=3),
        complaint("province", at(1, days=1), tier=3, region="GD"),
    )
    assert shanghai(answer(conn, "city")) == "03-06 12:00"
    assert shanghai(answer(conn, "province")) == "03-09 18:00"


@pytest.mark.parametrize(("move_open", "due"), [(True, "03-09 18:00"), (False, "03-06 18:00")])
def test_declared_afterwards_it_moves_open_deadlines_where_the_policy_says_so(
    conn: Connection, move_open: bool, due: str
) -> None:
    organisation(conn)
    apply_policy(conn, USUAL, at(days=-9), "test", move_open=False)
    settle(conn, complaint("A", at(1, days=1), tier=3))
    body = with_days(closed("GD-01", "2026-03-06"))
    (move,) = dry_run.moves_of(conn, dry_run.Trial(body), [id_of(conn, "A")], at(days=2))
    assert move.due_after is not None and move.due_before is not None
    assert move.due_after - move.due_before == timedelta(days=3)
    apply_policy(conn, body, at(days=2), "test", move_open)
    conn.execute(text("INSERT INTO derived.dirty (complaint_id) SELECT complaint_id FROM facts.complaint"))
    derive(conn)
    assert shanghai(answer(conn, "A")) == due


def test_a_misspelt_region_is_refused(conn: Connection) -> None:
    organisation(conn)
    body = with_days(closed("GD-1", "2026-03-06"))
    for refused in (
        lambda: list(dry_run.dry_run(conn, dry_run.Trial(body), at(days=2))),
        lambda: dry_run.apply(conn, body, True, "test"),
    ):
        with pytest.raises(UnknownRegions, match="No region has the code GD-1"):
            refused()


@pytest.mark.parametrize("seed", (2, 3))
def test_sums_over_a_scope_follow_the_closed_days(board: Connection, seed: int) -> None:
    """The statements of the attribution are those of single complaints, region by region."""
    body = with_days(closed("GD", "2026-03-03"), closed("BJ-01", "2026-03-04", hours=ONE_HOUR))
    body = body.replace('budget = "24h"\nhours = "always"', 'budget = "9h"\nhours = "office"')
    apply_policy(board, body, at(hours=0.5), "test", move_open=True)
    settle(board, some_lives(seed))
    assert len({place for place in map(load_policy_history(board).region_place, range(1, 9)) if place}) == 4
    for now, past in ((NOW, False), (AMID, True)):
        assert_same(totals(board, ALL, now, past), one_by_one(board, now))


@st.composite
def closings(draw: st.DrawFn) -> dict[tuple[str, date], tuple[tuple[int, int], ...]]:
    days = st.dates(date(2026, 9, 24), date(2026, 10, 12))
    places = st.tuples(st.sampled_from(["GD", "GD-01", "GD-02", "BJ-01"]), days)
    spans = st.sampled_from([(), ((36_000, 39_600),), ((0, 3600), (82_800, 86_400))])
    return draw(st.dictionaries(places, spans, max_size=12))


def _written(spans: tuple[tuple[int, int], ...]) -> list[str]:
    return [f"{a // 3600:02d}:00-{b // 3600:02d}:00" for a, b in spans]


@settings(max_examples=60, deadline=None)
@given(closings(), st.sampled_from(TREE), st.integers(0, 18 * 1440), st.integers(1, 40 * 60))
def test_hours_of_a_place_are_those_counted_minute_by_minute(
    days: dict[tuple[str, date], tuple[tuple[int, int], ...]],
    regions: tuple[str, ...],
    minutes: int,
    budget: int,
) -> None:
    week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), LUNCH)
    shown = [
        {"region": region, "day": day, "reason": "Typhoon"}
        | ({"hours": _written(spans)} if spans else {"closed": True})
        for (region, day), spans in days.items()
    ]
    calendar = Calendar.model_validate({"holidays": "cn", "hours": week, "override": shown})
    flat: dict[date, list[str]] = {}
    for code in regions:  # the lower region is written over the higher one
        flat |= {day: _written(spans) for (region, day), spans in days.items() if region == code}
    slow = Calendar.model_validate({"holidays": "cn", "hours": week, "overrides": flat})
    laid = lay_out(calendar.in_regions(regions), CN)
    start = local(CN, "2026-09-24") + minutes * 60
    assert laid.due(start, budget * 60).at == slow_due(slow, laid.zone, start, budget * 60)
    day, second = slow_close_of_working_day(slow, laid.zone, start, 2)
    assert laid.close_of_working_day(start, 2).at == local(CN, f"{day}") + second


def test_the_due_times_of_the_database_are_those_of_the_place(conn: Connection) -> None:
    body = with_days(closed("GD-01", "2026-10-09"), closed("GD", "2026-10-12", hours=ONE_HOUR))
    calendar = parse(body).calendars["office"]
    starts = [local(CN, "2026-09-28") + n * 3571 for n in range(400)]
    budgets = [1 + n * 977 % 90_000 for n in range(400)]
    for number, regions in enumerate(TREE):
        laid = lay_out(calendar.in_regions(regions), CN)
        write_spans(conn, f"office {number}", CN, laid)
        expected = [laid.due(start, budget).at for start, budget in zip(starts, budgets, strict=True)]
        assert due_times(conn, f"office {number}", CN, starts, budgets) == expected


def test_regions_without_days_of_their_own_share_what_is_laid_out(conn: Connection) -> None:
    organisation(conn)
    apply_policy(conn, with_days(closed("GD-01", "2026-03-06")), at(days=-9), "test", move_open=False)
    history = load_policy_history(conn)
    ids = dict(rows(conn, "SELECT code, region_id FROM facts.region"))
    places = {code: history.region_place(int(str(key))) for code, key in ids.items()}
    assert places["GD"] == places["BJ"] == places["BJ-01"] == Place(CN)
    assert places["GD-01"] == Place(CN, ("GD-01",))


@pytest.mark.parametrize("year", (1990, 2100))
def test_far_years_are_laid_out_on_demand_and_marked(year: int) -> None:
    laid = lay_out(parse(USUAL).calendars["office"], CN)
    start = int(datetime(year, 6, 1, 2, tzinfo=UTC).timestamp())
    due = laid.due(start, 40 * 3600)
    assert due.provisional
    assert timedelta(days=5) < timedelta(seconds=due.at - start) < timedelta(days=8)
