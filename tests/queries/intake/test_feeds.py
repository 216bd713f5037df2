"""When a source counts as silent: the same for the badge of a page, the wall and the alert."""

from datetime import datetime

import pytest
from sqlalchemy import Connection, text

from queries.alerts.rule import find
from queries.alerts.rules import feed_silent
from queries.intake.feeds import Silence, silence
from queries.intake.replay import start_clock
from queries.pages import wall
from tests.build import at

DAY = 86_400


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
    assert silence(conn, at(minutes=0.25)) == Silence(15, 30)
    assert not is_stale(conn, at(minutes=0.25))
    assert is_stale(conn, at(minutes=1))
    assert wall.feeds(conn, at(minutes=1)).silent == "lively"


def test_a_replay_is_judged_in_real_seconds(conn: Connection) -> None:
    start_clock(conn, at(), 1000.0)
    heard(conn, "A", at(), 2000)  # two real ones
    assert not is_stale(conn, at(minutes=29_000 / 60))
    assert is_stale(conn, at(minutes=30_000 / 60))
    assert silence(conn, at(minutes=15_000 / 60)) == Silence(15, 30)


def test_before_any_source_was_heard_nothing_is_said_of_silence(conn: Connection) -> None:
    assert silence(conn, at()) is None
