"""Roll-ups equal counting by hand, and are counted again when the past changes."""

from datetime import date

from sqlalchemy import Connection

from queries.intake.facts import Answer, Batch, Observation, Survey
from queries.rollups.daily import count_day, take_dirty_days
from tests.build import MONDAY, at, complaint, organisation, rows, settle

DAY = date(2026, 3, 2)


def counted(conn: Connection, day: date = DAY) -> list[tuple[object, ...]]:
    for dirty in take_dirty_days(conn, at(days=30)):
        count_day(conn, dirty)
    return rows(
        conn,
        "SELECT * FROM (SELECT sum(received), sum(resolved), sum(entered) - sum(departed), sum(due), "
        "sum(breached) FROM derived.daily WHERE day = :day) d CROSS JOIN (SELECT sum(sent), sum(answers), "
        "sum(score_sum), sum(promoters), sum(detractors) FROM derived.daily_survey WHERE day = :day) s",
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


def test_a_day_that_is_counted_again_writes_only_what_changed(conn: Connection) -> None:
    """Most of a day stays as it is, however often one of its complaints changes."""
    organisation(conn)
    late = [complaint(f"N{number}", at(number), department="NET", tier=number % 3 + 1) for number in range(6)]
    settle(conn, *late, complaint("B", MONDAY, department="BILL"))
    counted(conn)
    before = rows(conn, "SELECT ctid::text, tier FROM derived.daily WHERE department_id = 1 ORDER BY 1")
    settle(conn, Batch(observations=[Observation("B", "status", at(6), "resolved", 5)]))
    assert counted(conn)[0][1] == 1
    again = rows(conn, "SELECT ctid::text, tier FROM derived.daily WHERE department_id = 1 ORDER BY 1")
    assert again == before
    assert len(before) >= 3


def test_what_a_day_has_no_more_goes_from_its_roll_up(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("A", MONDAY, department="NET"))
    counted(conn)
    settle(conn, Batch(observations=[Observation("A", "department", MONDAY, "BILL", 9)]))
    assert counted(conn)[0][0] == 1
    assert rows(
        conn, "SELECT DISTINCT code FROM derived.daily JOIN facts.department USING (department_id)"
    ) == [("BILL",)]


def test_the_view_of_flows_and_the_one_over_a_batch_are_the_same(conn: Connection) -> None:
    from queries.rollups import flows

    view = rows(conn, "SELECT pg_get_viewdef('derived.flow'::regclass)")[0][0]
    conn.exec_driver_sql("CREATE TEMP VIEW again AS " + flows._FLOWS.format("derived."))
    assert rows(conn, "SELECT pg_get_viewdef('again'::regclass)")[0][0] == view
