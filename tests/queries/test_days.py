"""A day belongs to the region's zone, else to the policy's; by hand, at the edges of days in four zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text

from config.policy import DEFAULT
from config.vocabulary import ALL_MILESTONES
from queries.days import page_zone
from queries.filters import Filters
from queries.intake.facts import Answer, Batch, Source, Survey
from queries.pages import alerts, backlog, callbacks, problems, satisfaction, wall
from queries.policies.history import apply_policy
from queries.policy_changes.zone import follow_policy_zone
from queries.rollups.daily import count_day, take_dirty_days
from tests.build import at, complaint, rows, settle
from tests.zones import AUCKLAND, CODES, KATHMANDU, NEW_YORK, SHANGHAI, ZONES, local, regions, solved

SECOND = timedelta(seconds=1)
MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31))


def due(conn: Connection, when: callbacks.When, now: datetime, past: bool = False) -> list[tuple[str, str]]:
    found = callbacks.pending(conn, MARCH, when, 50, now, past)
    return [(one.external_id, one.kind) for one in found]


def follow(conn: Connection, zone: str) -> bool:
    """As if an administrator had applied the policy with that zone."""
    body = DEFAULT.read_text("utf-8").replace(f'\nzone = "{SHANGHAI}"', f'\nzone = "{zone}"', 1)
    newest = rows(conn, "SELECT max(applied_at) FROM journal.policy_version")[0][0]
    assert isinstance(newest, datetime)
    apply_policy(conn, body, newest + timedelta(days=1), "test", move_open=False)
    return follow_policy_zone(conn)


def count_all(conn: Connection) -> list[date]:
    days = take_dirty_days(conn, at(days=60))
    for day in days:
        count_day(conn, day)
    return days


def test_four_callbacks_that_are_due_today_in_new_york_are_due_today(conn: Connection) -> None:
    """At 10:54 there it is nearly midnight in Shanghai, and at 12:00 there already tomorrow."""
    regions(conn, NEW_YORK)
    settle(
        conn,
        solved("K1", NEW_YORK, local(NEW_YORK, 26, 10, month=11)),
        solved("K2", NEW_YORK, local(NEW_YORK, 26, 22, 30, month=11)),
        solved("K3", NEW_YORK, local(NEW_YORK, 26, 12, month=11)),
        solved("K4", NEW_YORK, local(NEW_YORK, 22, 12, month=11)),
        solved("K5", NEW_YORK, local(NEW_YORK, 25, 12, month=11)),
    )
    for past in (False, True):
        for hour, minute in ((0, 1), (10, 54), (12, 0), (23, 59)):
            now = local(NEW_YORK, 29, hour, minute, month=11)
            found = callbacks.counts(conn, MARCH, now, past)
            assert (found.overdue, found.today, found.upcoming) == (2, 4, 4)
            assert wall.calls(conn, MARCH, now, past) == wall.Calls(2, 4, 0, 0)
    now = local(NEW_YORK, 29, 10, 54, month=11)
    assert due(conn, "today", now) == [
        ("K1", "confirm_solved"),
        ("K2", "confirm_solved"),
        ("K3", "confirm_solved"),
        ("K4", "experience"),
    ]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("past", [False, True], ids=["now", "as of"])
def test_a_callback_is_due_today_from_midnight_to_midnight_of_its_region(
    conn: Connection, zone: str, past: bool
) -> None:
    regions(conn, *ZONES)
    settle(conn, solved("A", zone, local(zone, 9, 15)))  # to be called until the end of the twelfth
    began, ended = local(zone, 12), local(zone, 13)
    call = ("A", "confirm_solved")
    assert call in due(conn, "upcoming", began - SECOND, past)
    assert call in due(conn, "today", began, past)
    assert call not in due(conn, "upcoming", began, past)
    assert call in due(conn, "today", ended - SECOND, past)
    assert due(conn, "overdue", ended, past) == []  # met exactly at the due time is in time
    assert due(conn, "overdue", ended + SECOND, past) == [call]
    assert due(conn, "today", ended + SECOND, past) == []


def test_each_callback_goes_by_the_day_of_its_own_region(conn: Connection) -> None:
    """At 20:00 UTC it is the fifth in Shanghai, Kathmandu and Auckland, and still the fourth in New York."""
    regions(conn, *ZONES)
    now = datetime(2026, 3, 4, 20, tzinfo=UTC)
    for zone in ZONES:
        on_4, on_5 = (solved(f"{CODES[zone]} {day}", zone, local(zone, day - 3, 12)) for day in (4, 5))
        settle(conn, on_4, on_5)
    today = [number for number, kind in due(conn, "today", now) if kind == "confirm_solved"]
    assert sorted(today) == ["AKL 5", "KTM 5", "NY 4", "SH 5"]
    assert ("NY 5", "confirm_solved") in due(conn, "upcoming", now)
    assert wall.calls(conn, MARCH, now) == wall.Calls(3, 4, 0, 0)


@pytest.mark.parametrize("zone", ZONES)
def test_a_call_counts_as_done_today_until_midnight_of_its_region(conn: Connection, zone: str) -> None:
    regions(conn, *ZONES)
    settle(conn, solved("A", zone, local(zone, 9, 15)))
    (row,) = callbacks.pending(conn, MARCH, "upcoming", 1, local(zone, 10))
    made = local(zone, 10, 0, 30)
    callbacks.record_attempt(conn, row.key, row.revision, "k1", "confirmed", None, None, None, made)
    settle(conn)
    for past in (False, True):
        assert callbacks.counts(conn, MARCH, local(zone, 11) - SECOND, past).done_today == 1
        assert callbacks.counts(conn, MARCH, local(zone, 11), past).done_today == 0


@pytest.fixture
def edges(conn: Connection) -> Connection:
    """In each region one complaint and answer in the last second of the second of March, one in the first
    of the third."""
    regions(conn, *ZONES)
    for zone in ZONES:
        midnight = local(zone, 3)
        for name, instant in (("last", midnight - SECOND), ("first", midnight)):
            number = f"{name} {CODES[zone]}"
            settle(conn, complaint(number, instant, region=CODES[zone], department=None))
            survey = Survey(number, 1, "sms", instant)
            settle(conn, Batch(surveys=[survey], answers=[Answer(number, 1, instant, (4,), 9)]))
    return conn


@pytest.fixture(params=[False, True], ids=["from rows", "from roll-ups"])
def either(edges: Connection, request: pytest.FixtureRequest) -> Connection:
    if request.param:
        count_all(edges)
    return edges


@pytest.mark.parametrize("past", [False, True], ids=["now", "as of"])
def test_every_page_counts_a_day_by_the_zones_of_its_regions(either: Connection, past: bool) -> None:
    days = Filters(date(2026, 3, 1), date(2026, 3, 4))
    now = local(SHANGHAI, 6)
    answers = satisfaction.by_day(either, days, now, past)
    assert [(one.day.day, one.sent, one.answers) for one in answers] == [(2, 4, 4), (3, 4, 4)]
    received = [one.received for one in backlog.over_time(either, days, now, past)]
    assert received == [0, 4, 4, 0]
    only_2 = Filters(date(2026, 3, 2), date(2026, 3, 2))
    assert satisfaction.total(either, only_2, now, past).answers == 4
    assert satisfaction.scores(either, only_2, now) == (satisfaction.ScoreCount(4, 4),)


@pytest.mark.parametrize("zone", ZONES)
def test_the_last_day_of_the_backlog_ends_with_the_backlog_of_now(conn: Connection, zone: str) -> None:
    """Wherever the page is read: also what happened in a region that has tomorrow already."""
    regions(conn, *ZONES)
    now = datetime(2026, 3, 4, 20, tzinfo=UTC)
    settle(conn, *(complaint(code, now - timedelta(hours=1), region=code) for code in CODES.values()))
    today = now.astimezone(ZoneInfo(zone)).date()
    page = Filters(today - timedelta(days=2), today, zone=zone)
    for past in (False, True):
        (*_, last) = backlog.over_time(conn, page, now, past)
        assert (last.day, last.complaints, last.is_over) == (today, 4, False)
    assert sum(one.received for one in backlog.over_time(conn, page, now)) == 4


def test_without_a_region_the_day_is_the_policys_and_follows_it(conn: Connection) -> None:
    """17:00 UTC of the second is one o'clock of the third in Shanghai, and noon of the second in New York."""
    regions(conn, KATHMANDU)
    received = datetime(2026, 3, 2, 17, tzinfo=UTC)
    settle(conn, complaint("A", received, region=None), complaint("B", received, region="KTM"))
    two_days = Filters(date(2026, 3, 2), date(2026, 3, 3))

    def counted() -> list[int]:
        return [one.received for one in backlog.over_time(conn, two_days, at(days=9))]

    assert counted() == [1, 1]  # in Kathmandu it was 22:45 of the second
    count_all(conn)
    assert counted() == [1, 1]
    assert follow(conn, NEW_YORK)
    assert {date(2026, 3, 2), date(2026, 3, 3)} <= set(count_all(conn))
    assert counted() == [2, 0]
    assert not follow_policy_zone(conn)
    assert count_all(conn) == []


def test_only_days_of_complaints_without_a_region_are_counted_again_for_a_new_zone(conn: Connection) -> None:
    regions(conn, KATHMANDU)
    settle(conn, complaint("A", region="KTM"))
    count_all(conn)
    assert follow(conn, AUCKLAND)
    assert count_all(conn) == []


def test_a_page_goes_by_the_one_zone_of_its_regions_else_by_the_policys(conn: Connection) -> None:
    assert page_zone(conn, None) == SHANGHAI  # the policy's; there is no region yet
    regions(conn, NEW_YORK)
    assert page_zone(conn, None) == NEW_YORK
    regions(conn, AUCKLAND)
    found = rows(conn, "SELECT code, region_id FROM facts.region")
    number = {str(code): int(str(key)) for code, key in found}
    assert page_zone(conn, (number["AKL"],)) == AUCKLAND
    assert page_zone(conn, (number["AKL"], number["NY"])) == SHANGHAI
    assert page_zone(conn, ()) == SHANGHAI
    follow(conn, KATHMANDU)
    assert page_zone(conn, None) == KATHMANDU


@pytest.mark.parametrize("zone", ZONES)
def test_the_hours_of_the_wall_are_those_of_its_page(conn: Connection, zone: str) -> None:
    regions(conn, *ZONES)
    settle(
        conn,
        complaint("yesterday", local(zone, 10) - SECOND, region=CODES[zone]),
        complaint("first", local(zone, 10), region=CODES[zone]),
        complaint("ninth", local(zone, 10, 9, 59), region=CODES[zone]),
        complaint("a week ago", local(zone, 3, 9, 59), region=CODES[zone]),
    )
    page = Filters(date(2026, 3, 10), date(2026, 3, 10), zone=zone)
    hours = wall.hours(conn, page, 12, local(zone, 10, 12))
    assert {one.hour: one.received for one in hours if one.received} == {0: 1, 9: 1}
    assert [one.hour for one in hours if one.usual_received] == [9]


@pytest.mark.parametrize("zone", ZONES)
def test_the_period_of_the_problems_begins_at_midnight_of_the_page(conn: Connection, zone: str) -> None:
    regions(conn, *ZONES)
    settle(
        conn,
        complaint("before", local(zone, 10) - SECOND, region=CODES[zone]),
        complaint("in", local(zone, 10), region=CODES[zone]),
    )
    page = Filters(date(2026, 3, 10), date(2026, 3, 10), zone=zone)
    assert problems.overview(conn, page, local(zone, 10, 12)).complaints == 1


@pytest.mark.parametrize("zone", ZONES)
def test_messages_of_today_were_sent_since_midnight_of_the_page(conn: Connection, zone: str) -> None:
    midnight = local(zone, 10)
    for number, sent in enumerate((midnight - SECOND, midnight)):
        conn.execute(
            text(
                "WITH a AS (INSERT INTO journal.alert (rule, subject, level, occurrence, crossed_at, "
                "decided_at, reason) VALUES ('breached', :subject, 'warning', 1, :sent, :sent, '{}') "
                "RETURNING alert_id) INSERT INTO journal.delivery (delivery_id, alert_id, outlet, recipient, "
                "message, state, next_at, created_at, sent_at) SELECT gen_random_uuid(), alert_id, "
                "'webhook', 'x', '{}', 'sent', :sent, :sent, :sent FROM a"
            ),
            {"subject": f"test:{number}", "sent": sent},
        )
    page = Filters(date(2026, 3, 10), date(2026, 3, 10), zone=zone)
    for past in (False, True):
        assert alerts.counts(conn, page, local(zone, 10, 12), past).sent_today == 1


def test_a_source_without_a_region_still_reads_its_own_clock(conn: Connection) -> None:
    """What a source's file says is of the source's zone; only whose day it is goes by the policy."""
    source = Source("abroad", ALL_MILESTONES, NEW_YORK)
    settle(conn, complaint("A", local(NEW_YORK, 2, 23), region=None), source=source)
    assert rows(conn, "SELECT time_zone FROM facts.source") == [(NEW_YORK,)]
