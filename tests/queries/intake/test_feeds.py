"""When a source counts as silent: the same for the badge of a page, the wall and the alert."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from config.vocabulary import ALL_MILESTONES
from queries.alerts.rule import end, find
from queries.alerts.rules import feed_silent
from queries.intake import door
from queries.intake.facts import Batch, Source
from queries.intake.feeds import Silence, silence
from queries.intake.replay import start_clock
from queries.pages import wall
from tests.build import at, complaint, rows

DAY = 86_400
HALF_HOUR = timedelta(minutes=30)


def heard(conn: Connection, source: str, when: datetime, every: int | None) -> None:
    conn.execute(
        text("INSERT INTO journal.feed VALUES (:source, :at, :at, :every)"),
        {"source": source, "at": when, "every": every},
    )


def is_stale(conn: Connection, now: datetime) -> bool:
    """By the badge; the wall and the alert have to agree."""
    found = silence(conn, now)
    assert found is not None
    stale = found.limit is not None and found.seconds >= found.limit
    told = bool(find(conn, feed_silent.RULE, now).alerts)
    assert stale == (wall.feeds(conn, now).silent is not None) == told
    return stale


@pytest.mark.parametrize(
    ("every", "seconds", "stale"),
    [
        (1, 29, False),
        (1, 30, True),
        (20, 59, False),
        (20, 60, True),
        (DAY, DAY // 2, False),  # what speaks once a day is not stale at noon
        (DAY, 3 * DAY, True),
        (None, 400 * DAY, False),  # of an import of the past no word is awaited
    ],
)
def test_silence_is_three_of_its_own_intervals_and_thirty_seconds_at_least(
    conn: Connection, every: int | None, seconds: int, stale: bool
) -> None:
    heard(conn, "A", at(), every)
    assert is_stale(conn, at(minutes=seconds / 60)) == stale


def test_among_several_the_one_counts_that_is_silent_or_would_be_next(conn: Connection) -> None:
    heard(conn, "daily", at(-9), DAY)
    heard(conn, "lively", at(), 1)
    heard(conn, "import", at(-100), None)
    assert silence(conn, at(minutes=0.25)) == Silence("lively", 15, 30)
    assert not is_stale(conn, at(minutes=0.25))
    assert is_stale(conn, at(minutes=1))
    assert wall.feeds(conn, at(minutes=1)).silent == "lively"


def test_a_replay_is_judged_in_real_seconds(conn: Connection) -> None:
    start_clock(conn, at(), 1000.0)
    heard(conn, "A", at(), 2000)  # two real ones
    assert not is_stale(conn, at(minutes=29_000 / 60))
    assert is_stale(conn, at(minutes=30_000 / 60))
    assert silence(conn, at(minutes=15_000 / 60)) == Silence("A", 15, 30)


def test_before_any_source_was_heard_nothing_is_said_of_silence(conn: Connection) -> None:
    assert silence(conn, at()) is None


def bring(conn: Connection, when: datetime, number: str) -> None:
    source = Source("lively", ALL_MILESTONES, expected_every=60)
    door.take(conn, source, complaint(number, when), when)


def test_a_source_that_speaks_and_brings_nothing_new_is_silent_by_its_own_week(conn: Connection) -> None:
    """Each minute something, at night nothing for an hour: at night that is usual, by day it is not."""
    learn = (
        "INSERT INTO journal.feed_gap SELECT 'lively', hour, :week % 8, bucket, :first + :week, gaps "
        "FROM generate_series(0, 167) hour, (VALUES (47, 200), (94, 2)) usual (bucket, gaps) "
        "WHERE bucket < 90 OR hour % 24 = 20"
    )
    first = int(at().timestamp() // (168 * 3600)) - 7
    for week in range(8):
        conn.execute(text(learn), {"week": week, "first": first})
    bring(conn, at(), "A")
    for minutes in (2, 4):
        door.take(conn, Source("lively", ALL_MILESTONES, expected_every=60), Batch(), at(minutes=minutes))
    found = silence(conn, at(minutes=1))
    assert found is not None
    assert (found.source, found.limit) == ("lively", pytest.approx(64))  # the upper edge of its bucket
    assert is_stale(conn, at(minutes=2))
    assert rows(conn, "SELECT reason ->> 'cause' FROM journal.alert") == [("news",)]
    bring(conn, at(minutes=5), "B")
    end(conn, feed_silent.RULE, at(minutes=5))
    assert rows(conn, "SELECT ended_at FROM journal.alert") == [(at(minutes=5),)]
    night = at(hours=20 - 1)  # Monday 20:00 UTC
    bring(conn, night, "C")
    door.take(conn, Source("lively", ALL_MILESTONES, expected_every=60), Batch(), night + HALF_HOUR)
    assert not is_stale(conn, night + HALF_HOUR)


def test_with_too_few_gaps_only_the_intervals_count(conn: Connection) -> None:
    for minute in range(20):
        bring(conn, at(minutes=minute), f"A{minute}")
    door.take(conn, Source("lively", ALL_MILESTONES, expected_every=60), Batch(), at(3))
    assert rows(conn, "SELECT sum(gaps) FROM journal.feed_gap") == [(19,)]
    assert not is_stale(conn, at(3))


def test_an_alert_that_a_source_is_silent_is_not_given_twice_for_both_reasons(conn: Connection) -> None:
    conn.execute(
        text(
            "INSERT INTO journal.feed_gap SELECT 'A', hour, :week % 8, 88, :week, 2000 "
            "FROM generate_series(0, 167) hour"
        ),
        {"week": int(at().timestamp() // (168 * 3600))},
    )
    heard(conn, "A", at(), 60)
    conn.execute(text("UPDATE journal.feed SET news_at = heard_at"))
    assert is_stale(conn, at(minutes=3))
    find(conn, feed_silent.RULE, at(1))
    assert rows(conn, "SELECT count(*) FROM journal.alert") == [(1,)]


def test_the_gaps_of_the_ninth_week_take_the_place_of_the_first(conn: Connection) -> None:
    for week in range(10):
        bring(conn, at(days=7 * week), f"A{week}")
        bring(conn, at(days=7 * week, minutes=1), f"B{week}")
    assert rows(conn, "SELECT count(*), max(gaps) FROM journal.feed_gap WHERE bucket < 60") == [(8, 1)]


def test_what_an_import_of_the_past_brings_is_no_news(conn: Connection) -> None:
    past = Source("lively", ALL_MILESTONES, is_history=True)
    for minute in range(3):
        door.take(conn, past, complaint(f"A{minute}", at(minutes=minute)), at(minutes=minute))
    assert rows(conn, "SELECT news_at FROM journal.feed") == [(None,)]
    assert rows(conn, "SELECT count(*) FROM journal.feed_gap") == [(0,)]
