"""Roll-ups equal counting by hand, and are counted again when the past changes."""

from datetime import date

from sqlalchemy import Connection

from queries.intake import Answer, Batch, Observation, Survey
from queries.rollups import bucket_edges, count_day, take_dirty_days
from tests.build import MONDAY, at, complaint, organisation, rows, settle

DAY = date(2026, 3, 2)


def counted(conn: Connection, day: date = DAY) -> list[tuple[object, ...]]:
    for dirty in take_dirty_days(conn, at(days=30)):
        count_day(conn, dirty)
    return rows(
        conn,
        "SELECT sum(received), sum(resolved), sum(entered) - sum(departed), sum(due), sum(breached), "
        "sum(surveys_sent), sum(answers), sum(score_sum), sum(promoters), sum(detractors) "
        "FROM derived.daily WHERE day = :day",
        day=day,
    )


def test_a_day_counts_what_happened_in_it(conn: Connection) -> None:
    organisation(conn)
    steps = [("first_contact", at(minutes=5), None), ("status", at(3), "resolved")]
    settle(conn, complaint("A", MONDAY, *steps), complaint("B", at(1)))
    settle(
        conn,
        Batch(
            surveys=[Survey("A", 1, "sms", at(4)), Survey("B", 1, "sms", at(4))],
            answers=[Answer("A", 1, at(5), (4, 5), 9)],
        ),
    )
    # Due that day: first contact of A (met) and B (not), verification of A (cancelled when over) and B.
    assert counted(conn) == [(2, 1, 1, 4, 3, 2, 1, 4.5, 1, 0)]


def test_the_day_belongs_to_the_zone_of_the_region(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("late", at(hours=14.5)), complaint("next", at(hours=15.5)))
    counted(conn)
    assert rows(
        conn, "SELECT day, sum(received) FROM derived.daily WHERE received > 0 GROUP BY 1 ORDER BY 1"
    ) == [
        (DAY, 1),
        (date(2026, 3, 3), 1),
    ]


def test_a_late_fact_makes_its_sealed_day_be_counted_again(conn: Connection) -> None:
    settle(conn, complaint("A", MONDAY))
    assert counted(conn)[0][1] == 0
    settle(conn, Batch(observations=[Observation("A", "status", at(6), "resolved", 5)]))
    assert take_dirty_days(conn, MONDAY) == []  # before that day is over nothing is sealed
    assert counted(conn)[0][1] == 1


def test_a_complaint_that_changes_today_leaves_yesterdays_count_alone(conn: Connection) -> None:
    settle(conn, complaint("A", MONDAY))
    counted(conn)
    settle(conn, Batch(observations=[Observation("A", "owner", at(days=2), "li", 5)]))
    assert DAY not in take_dirty_days(conn, at(days=30))


def test_response_times_fall_into_buckets_that_split_exactly_at_one_and_four_hours(conn: Connection) -> None:
    organisation(conn)
    requests = [(1, 3599), (2, 3600), (3, 14400)]
    steps = []
    for party, seconds in requests:
        steps += [(f"{party}.requested", at(1), "BILL"), (f"{party}.responded", at(1 + seconds / 3600), None)]
    settle(conn, complaint("A", MONDAY, *steps))
    counted(conn)
    found = rows(
        conn, "SELECT bucket, requests FROM derived.daily_response WHERE step = 'responded' ORDER BY 1"
    )
    assert found == [(-1, 1), (0, 1), (8, 1)]
    assert bucket_edges(0)[0] == 3600
    assert bucket_edges(8)[0] == 14400


def test_the_view_of_flows_and_the_one_over_a_batch_are_the_same(conn: Connection) -> None:
    from queries import flows

    view = rows(conn, "SELECT pg_get_viewdef('derived.flow'::regclass)")[0][0]
    conn.exec_driver_sql("CREATE TEMP VIEW again AS " + flows._FLOWS.format("derived."))
    assert rows(conn, "SELECT pg_get_viewdef('again'::regclass)")[0][0] == view
