"""What the wall asks of the board."""

from datetime import date, timedelta

from sqlalchemy import Connection, Engine, text

from queries.filters import Filters
from queries.organisation import regions
from queries.pages import risk, riskiest, wall
from tests.build import at, complaint, derive, organisation, say_risk, settle
from tests.jobs.alerting import floor, judged, say

ALL = Filters(date(2026, 3, 1), date(2026, 3, 8))


def test_growth_is_what_came_less_what_ended_in_the_past_hour(conn: Connection) -> None:
    organisation(conn)
    settle(
        conn,
        complaint("old", at(-5)),
        complaint("new", at(-0.5)),
        complaint("moved", at(-5), ("status", at(-0.2), "in_progress")),
        complaint("ended", at(-5), ("status", at(-0.3), "resolved")),
        complaint("ended before", at(-5), ("status", at(-1.5), "resolved")),
        complaint("newest", at(-0.1), region="BJ-01"),
    )
    assert wall.growth(conn, ALL, at()) == 1
    beijing = tuple(one.region_id for one in regions(conn) if one.code.startswith("BJ"))
    assert wall.growth(conn, Filters(ALL.since, ALL.until, regions=beijing), at()) == 1
    assert wall.growth(conn, ALL, at(-1)) == -1  # an hour earlier, when one had just ended


def test_the_source_that_is_silent_for_the_longest_is_named_with_real_seconds(conn: Connection) -> None:
    conn.execute(
        text(
            "INSERT INTO journal.feed VALUES ('lively', :now, :now, 60), ('quiet', :then, :then, 60), "
            "('imported', :long_ago, :long_ago, NULL)"
        ),
        {"now": at(), "then": at(minutes=-10), "long_ago": at(days=-10)},
    )
    derive(conn)
    assert wall.feeds(conn, at()) == wall.Feeds(3, "quiet", 600.0)
    conn.execute(text("INSERT INTO journal.clock VALUES (true, :now, :now, 10)"), {"now": at()})
    assert wall.feeds(conn, at()) == wall.Feeds(3, "quiet", 60.0)


def test_what_breaches_next_has_its_odds_and_the_hour_their_sum(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("A", at(), tier=1), complaint("B", at(0.1)))
    assert wall.expected_within_hour(conn, ALL, at(0.1)) is None
    for number, target, p in (("A", "plan", 0.75), ("A", "first_contact", 0.5), ("B", "feedback", 0.25)):
        say_risk(conn, number, target, p, at(0.1))
    found = wall.next_deadlines(conn, ALL, 3, at(0.1))
    assert [(one.external_id, one.target, one.p, one.k, one.n) for one in found] == [
        ("A", "first_contact", 0.5, 31, 44),
        ("B", "first_contact", None, None, None),
        ("A", "plan", 0.75, 31, 44),
    ]
    assert wall.expected_within_hour(conn, ALL, at(0.1)) == 1.25
    then = wall.next_deadlines(conn, ALL, 3, at(0.1), past=True)
    assert {one.p for one in then} == {None}  # of the past no risk is kept


def test_the_wall_counts_what_is_alerted_to_likely_breach_now_and_as_it_was(engine: Engine) -> None:
    floor(engine, complaint("A"), complaint("B"), complaint("C", region="BJ-01"))
    judged(engine, at(23), A=0.9, B=0.5, C=0.8)
    judged(engine, at(23, 1), A=0.4)
    with engine.begin() as conn:
        beijing = tuple(one.region_id for one in regions(conn) if one.code.startswith("BJ"))
        assert wall.likely(conn, ALL, at(23, 2)) == wall.Likely(1, 0, 7200)
        assert wall.likely(conn, Filters(ALL.since, ALL.until, regions=beijing), at(23, 2)).deadlines == 1
        asked = (at(22.9), at(23, 0.5), at(23, 2))
        assert [wall.likely(conn, ALL, now, past=True).deadlines for now in asked] == [0, 2, 1]


def test_callbacks_that_are_likely_to_breach_are_counted_apart_from_deadlines(engine: Engine) -> None:
    floor(engine, complaint("A", at(), ("status", at(1), "resolved")))
    end = at(days=3, hours=15)  # Thursday 24:00 in Shanghai
    with engine.begin() as conn:
        say(conn, "A", "confirm_solved", 0.9, end)
    judged(engine, end - timedelta(hours=1))
    with engine.begin() as conn:
        assert wall.likely(conn, ALL, end - timedelta(hours=1)) == wall.Likely(0, 1, 7200)


def test_an_hour_is_as_long_on_the_wall_as_on_the_page(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("A", at(), ("first_contact", at(0.1), None)))
    say_risk(conn, "A", "verification", 0.5, at(1))
    for minutes in (59, 60, 61):  # verification is due two hours after receipt
        now = at(minutes=minutes)
        soon = wall.figures(conn, ALL, now).within_hour
        assert soon == risk.summary(conn, ALL, now).within_hour == (minutes >= 60)
        assert wall.expected_within_hour(conn, ALL, now) == (0.5 if soon else None)
        assert riskiest.expected(conn, ALL, now)[0].deadlines.count == soon
