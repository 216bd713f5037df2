"""What the wall asks of the board."""

from datetime import date

from sqlalchemy import Connection, text

from queries.filters import Filters
from queries.intake.facts import Attempt, Batch
from queries.organisation import regions
from queries.pages import risk, riskiest, wall
from tests.build import at, complaint, derive, organisation, say_risk, settle

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


def test_an_hour_is_as_long_on_the_wall_as_on_the_page(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("A", at(), ("first_contact", at(0.1), None)))
    say_risk(conn, "A", "verification", 0.5, at(1))
    for minutes in (59, 60, 61):  # verification is due two hours after receipt
        now = at(minutes=minutes)
        soon = wall.figures(conn, ALL, now).within_hour
        assert soon == risk.summary(conn, ALL, now).within_hour == (minutes >= 60)
        expected = riskiest.expected(conn, ALL, now)[0].deadlines
        assert (expected.count, expected.breaches) == (soon, 0.5 if soon else 0)


def test_callbacks_that_done_today_are_counted_with_those_who_were_reached(conn: Connection) -> None:
    organisation(conn)
    settle(
        conn,
        *(complaint(number, at(), ("status", at(1), "resolved")) for number in ("A", "B", "C")),
        Batch(
            attempts=[
                Attempt("A", "confirm_solved", 1, "k1", at(days=1), "confirmed"),
                Attempt("B", "confirm_solved", 1, "k2", at(days=1), "not_solved"),
            ]
        ),
    )
    found = wall.calls(conn, ALL, at(days=1, hours=1))
    assert (found.done_today, found.reached) == (2, 2)
    assert wall.calls(conn, ALL, at(days=2, hours=1)).done_today == 0
