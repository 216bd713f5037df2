"""The door: any order, nothing twice, observations before state."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, Engine

from config.vocabulary import ALL_MILESTONES
from queries.intake import door, facts
from queries.intake.facts import Answer, Attempt, Batch, Customer, NewComplaint, Observation, Survey
from tests.build import MONDAY, SOURCE, at, complaint, id_of, organisation, rows, take


def test_the_same_batch_twice_changes_nothing(conn: Connection) -> None:
    batch = complaint("A", MONDAY, ("status", at(1), "in_progress"), ("1.requested", at(2), "BILL"))
    first = door.take(conn, SOURCE, batch, at(days=1))
    before = rows(conn, "SELECT * FROM facts.complaint_event ORDER BY 1, 2, 3, 4")
    again = door.take(conn, SOURCE, batch, at(days=2))
    assert (first.complaints, first.observations) == (1, 8)
    assert (again.complaints, again.observations, again.touched) == (0, 0, 0)
    assert rows(conn, "SELECT * FROM facts.complaint_event ORDER BY 1, 2, 3, 4") == before


def test_state_follows_what_happened_last_not_what_arrived_last(conn: Connection) -> None:
    take(conn, complaint("A", MONDAY, ("status", at(5), "resolved")))
    take(conn, Batch(observations=[Observation("A", "status", at(2), "in_progress")]))
    assert rows(conn, "SELECT status FROM facts.complaint") == [("resolved",)]


def test_an_observation_may_come_before_its_complaint(conn: Connection) -> None:
    take(conn, Batch(observations=[Observation("A", "status", at(3), "in_progress")]))
    assert rows(conn, "SELECT received_at FROM facts.complaint") == [(at(3),)]
    take(conn, Batch(complaints=[NewComplaint("A", MONDAY, "Late")]))
    assert rows(conn, "SELECT received_at, title FROM facts.complaint") == [(MONDAY, "Late")]


def test_unknown_codes_make_their_department_region_and_agent(conn: Connection) -> None:
    organisation(conn)
    take(conn, complaint("A", MONDAY, ("owner", at(1), "someone"), department="NEW", region="XX"))
    found = rows(
        conn,
        "SELECT d.code, r.code, a.login FROM facts.complaint c JOIN facts.department d USING (department_id) "
        "JOIN facts.region r USING (region_id) JOIN facts.agent a ON a.agent_id = c.owner_id",
    )
    assert found == [("NEW", "XX", "someone")]


def test_a_correction_by_a_person_survives_a_source_that_repeats_itself(conn: Connection) -> None:
    take(conn, complaint("A", MONDAY, tier=2))
    door.correct(conn, id_of(conn, "A"), "tier", "1", None, at(1))
    take(conn, Batch(observations=[Observation("A", "tier", at(2), "2")]))
    assert rows(conn, "SELECT tier FROM facts.complaint") == [(1,)]
    take(conn, Batch(observations=[Observation("A", "tier", at(3), "3")]))
    assert rows(conn, "SELECT tier FROM facts.complaint") == [(3,)]


def test_personal_data_is_kept_apart_masked_and_hashed(conn: Connection) -> None:
    batch = Batch(
        complaints=[NewComplaint("A", MONDAY, "Title", None, "C1")],
        customers=[Customer("C1", "王小明", "13800001234", "Some Street 1")],
    )
    door.take(conn, SOURCE, batch, at(1), b"key")
    found = rows(conn, "SELECT masked_name, masked_phone, length(phone_hash) FROM facts.customer")
    assert found == [("王**", "*******1234", 64)]
    assert rows(conn, "SELECT name, phone FROM facts.customer_pii") == [("王小明", "13800001234")]


def test_surveys_answers_and_attempts_come_once(conn: Connection) -> None:
    batch = Batch(
        complaints=[NewComplaint("A", MONDAY)],
        surveys=[Survey("A", 1, "sms", at(1))],
        answers=[Answer("A", 1, at(2), (5, 4), 9)],
        attempts=[Attempt("A", "experience", 1, "k", at(3), "no_answer", None)],
    )
    assert door.take(conn, SOURCE, batch, at(4)).others == 3
    assert door.take(conn, SOURCE, batch, at(5)).others == 0


def test_hostile_text_goes_through_unharmed(conn: Connection) -> None:
    text = "tab\t newline\n backslash\\ quote' \\N; DROP TABLE x; -- <script> ＝1+1 😀"
    half = "half of a pair \ud83d"
    take(conn, Batch(complaints=[NewComplaint("B", MONDAY, half, half * 20)]))
    assert rows(conn, "SELECT title FROM facts.complaint") == [("half of a pair �",)]
    conn.exec_driver_sql("DELETE FROM facts.complaint")
    take(conn, Batch(complaints=[NewComplaint("A\\\t1", MONDAY, text, text)]))
    assert rows(conn, "SELECT external_id, title, body FROM facts.complaint") == [("A\\\t1", text, text)]


def test_two_doors_at_once_agree_on_the_current_state(engine: Engine) -> None:
    with engine.begin() as conn:
        take(conn, complaint("A"))
    one, two = engine.connect(), engine.connect()
    first = one.begin()
    take(one, Batch(observations=[Observation("A", "status", at(1), "in_progress")]))
    # The second waits for the first's row lock, so it must be told to commit from another thread.
    from threading import Thread

    def write() -> None:
        with two.begin():
            take(two, Batch(observations=[Observation("A", "tier", at(1), "1")]))

    writer = Thread(target=write)
    writer.start()
    writer.join(0.3)
    assert writer.is_alive()
    first.commit()
    writer.join(10)
    with engine.begin() as conn:
        assert rows(conn, "SELECT status, tier FROM facts.complaint") == [("in_progress", 1)]
    one.close()
    two.close()


def test_a_history_import_is_marked_so_that_its_past_alerts_nobody(conn: Connection) -> None:
    history = facts.Source("old", ALL_MILESTONES, is_history=True)
    door.take(conn, history, complaint("A"), MONDAY + timedelta(days=400))
    assert rows(conn, "SELECT is_history FROM facts.complaint") == [(True,)]


BEFORE = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))  # before the year 1 in UTC
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        (complaint("A", BEFORE), "received is at 0001-12-31 10:00:00\\+00 BC"),
        (complaint("A", MONDAY, ("status", NEVER, "closed")), "status is at 9999-12-31"),
        (complaint("A", MONDAY, ("promised", at(1), NEVER.isoformat())), "promised is at 9999-12-31"),
        (complaint("A", MONDAY, ("promised", at(1), "infinity")), "promised is at infinity"),
        (Batch(surveys=[Survey("A", 1, "sms", NEVER)]), "survey is at 9999"),
        (Batch(answers=[Answer("A", 1, NEVER, (5,))]), "answer is at 9999"),
        (
            Batch(attempts=[Attempt("A", "experience", 1, "k", MONDAY, "call_later", None, NEVER)]),
            "attempt is",
        ),
    ],
)
def test_the_door_refuses_an_instant_that_nothing_could_draw(
    conn: Connection, batch: Batch, said: str
) -> None:
    with pytest.raises(door.FarInstant, match=f"Complaint 'A': {said}"):
        take(conn, batch)
