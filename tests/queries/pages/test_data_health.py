"""What the page of data health counts, each number with its list."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from config.vocabulary import ALL_MILESTONES
from queries.intake import door
from queries.intake.facts import Batch, Cell, Observation, Snapshot, Source
from queries.pages import data_health
from queries.pages.data_health import WHICH, Counts, Which
from tests.build import at, complaint, derive, organisation, settle, take

LIVE = Source("crm", ALL_MILESTONES, expected_every=60)
NOW = at(2)


def none() -> dict[str, int]:
    return dict.fromkeys(Counts.__dataclass_fields__, 0)


@pytest.fixture
def centre(conn: Connection) -> Connection:
    organisation(conn)
    return conn


def test_an_empty_board_has_nothing_to_look_at(conn: Connection) -> None:
    assert data_health.sources(conn, NOW) == ()
    assert data_health.counts(conn, NOW) == Counts(**none())
    assert [data_health.members(conn, which, 10, NOW) for which in WHICH] == [()] * len(WHICH)


def test_each_number_is_the_length_of_its_list(centre: Connection) -> None:
    full = complaint("FULL", at(1.9))
    bare = Batch(observations=[Observation("BARE", "status", at(1), "received")])
    take(centre, full, bare, now=NOW)
    ahead = complaint("AHEAD", at(1.5), ("first_contact", at(9), None))
    take(centre, ahead, source=LIVE, now=NOW)
    derive(centre)
    export = [Snapshot(name, at(1), 1, (Cell("tier", "3"),), at(1)) for name in ("GONE", "KEPT")]
    for instant, held in ((at(1), export), (at(1.5), export[1:])):
        whole = Source("daily", ALL_MILESTONES, complete_at=instant)
        given = [one._replace(stated_at=instant) for one in held]
        door.take(centre, whole, Batch(snapshots=given), NOW)
    derive(centre)
    centre.execute(text("UPDATE derived.deadline SET provisional = true WHERE target = 'feedback'"))
    found = data_health.counts(centre, NOW)
    lists = {which: data_health.members(centre, which, 100, NOW) for which in WHICH}
    assert {which: len(rows) for which, rows in lists.items()} == {
        which: getattr(found, which) for which in WHICH
    }
    named = {which: {row.external_id for row in rows} for which, rows in lists.items()}
    assert named["no_tier"] == {"BARE"}
    assert named["no_department"] == named["no_region"] == {"BARE", "KEPT"}
    assert named["vanished"] == {"GONE"}
    assert named["future"] == {"AHEAD"}
    assert "AHEAD" in named["provisional"]
    assert lists["future"][0].at == at(9)


@pytest.mark.parametrize(("minutes", "late"), [(30, 0), (61, 1)])
def test_what_is_recorded_more_than_an_hour_after_it_happened_is_late(
    centre: Connection, minutes: int, late: int
) -> None:
    received = NOW - timedelta(minutes=minutes)
    door.take(centre, LIVE, complaint("A", received), NOW)
    past = Source("old", ALL_MILESTONES, is_history=True)
    door.take(centre, past, complaint("B", NOW - timedelta(hours=9)), NOW)
    derive(centre)
    assert data_health.counts(centre, NOW).late == late
    (live, old) = data_health.sources(centre, NOW)
    assert (live.lag_half, live.lag_most) == (minutes * 60, minutes * 60)
    assert (old.source, old.lag_half, old.silent) == ("old", None, None)


def test_a_day_is_compared_with_the_same_weekday_of_four_weeks(centre: Connection) -> None:
    for days, many in ((0, 1), (-1, 3), (-8, 2), (-15, 4), (-2, 9)):
        for place in range(many):
            when = at(1, place, days=days)
            door.take(centre, LIVE, complaint(f"A{days}-{place}", when), when)
    (found,) = data_health.sources(centre, NOW)
    assert (found.today, found.yesterday, found.usual) == (1, 3, 3.0)


def test_a_silent_source_comes_first_with_its_reason(centre: Connection) -> None:
    door.take(centre, LIVE, Batch(), at(0))
    door.take(centre, Source("another", ALL_MILESTONES, expected_every=600), Batch(), at(1.9))
    found = data_health.sources(centre, NOW)
    assert [(one.source, one.silent, one.silent_since) for one in found] == [
        ("crm", "heartbeat", at(0)),
        ("another", None, None),
    ]


def test_alerts_that_late_facts_withdrew_are_counted(centre: Connection) -> None:
    put = (
        "INSERT INTO journal.alert (rule, subject, level, decided_at, crossed_at, reason, withdrawn_at) "
        "VALUES ('breached', :subject, 'critical', :at, :at, '{}', :at)"
    )
    for days in (-1, -8):
        centre.execute(text(put), {"subject": f"deadline:{days}", "at": at(days=days)})
    assert data_health.counts(centre, NOW).withdrawn == 1


def test_a_list_shows_as_many_as_were_asked_for(centre: Connection) -> None:
    settle(centre, *(complaint(f"A{n}", department=None) for n in range(3)))
    which: Which = "no_department"
    assert len(data_health.members(centre, which, 2, NOW)) == 2
