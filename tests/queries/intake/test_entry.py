"""Complaints that people enter on the board: their numbers, their customers, and who may enter what."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import ProgrammingError

from queries import db
from queries.db import Scope
from queries.intake import entry
from queries.intake.entry import Entered, Entry, NewCustomer
from queries.intake.phones import phone_hash
from tests.build import at, derive, organisation, rows

KEY = b"a key of tests"
SUPERVISOR = Scope("supervisor", "supervisor", None)
NOW = at(2)
BURNS = Entry(
    received_at=at(1),
    title="The router burns",
    body=None,
    details=(("where", "at home"), ("demand", "a new one")),
    channel="phone",
    category="no_signal",
    product="fibre",
    region_id=2,
    department_id=1,
    owner_id=None,
    tier=1,
    customer=NewCustomer(name="王小明", phone="13800138000"),
)


@pytest.fixture
def app(database_url: str, engine: Engine) -> Iterator[Engine]:
    with engine.begin() as conn:
        organisation(conn)
    made = db.engine(database_url, role="board_app")
    yield made
    made.dispose()


def enter(
    app: Engine, one: Entry = BURNS, scope: Scope = SUPERVISOR, key: str = "k", now: datetime = NOW
) -> Entered:
    with db.writing(app, scope) as conn:
        return entry.enter(conn, one, scope.person_login, key, KEY, now)


def test_a_complaint_has_its_number_its_facts_and_its_due_times(app: Engine, engine: Engine) -> None:
    entered = enter(app)
    assert (entered.external_id, entered.is_new) == ("20260302-000001", True)
    with engine.begin() as conn:
        derive(conn)
        assert rows(
            conn,
            "SELECT source, external_id, received_at, title, region_id, department_id, tier, category, "
            "channel, product, status, details ->> 'demand' FROM facts.complaint",
        ) == [("board", "20260302-000001", at(1), "The router burns", 2, 1, 1, "no_signal", "phone", "fibre",
               "received", "a new one")]  # fmt: skip
        targets = "SELECT target FROM derived.deadline ORDER BY 1"
        assert {"first_contact", "plan"} <= {str(one) for (one,) in rows(conn, targets)}
        by = "SELECT DISTINCT origin::text, agent_id IS NOT NULL FROM facts.complaint_event"
        assert rows(conn, by) == [("person", True)]
        assert rows(conn, "SELECT source, milestones @> '{callback}' FROM facts.source") == [("board", True)]
        assert rows(conn, "SELECT count(*) FROM derived.unread_text") == [(1,)]
        assert rows(conn, "SELECT heard_at, expected_every FROM journal.feed") == [(NOW, None)]


def test_the_same_press_twice_is_one_complaint(app: Engine) -> None:
    first, second = enter(app), enter(app)
    assert second == replace(first, is_new=False)


def test_numbers_are_unique_whoever_enters_at_once_and_begin_anew_each_day(app: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda n: enter(app, key=str(n)).external_id, range(12)))
    assert sorted(made) == [f"20260302-{n:06d}" for n in range(1, 13)]
    assert (
        enter(app, key="next", now=datetime(2026, 3, 2, 16, 0, tzinfo=UTC)).external_id == "20260303-000001"
    )


def test_the_same_phone_is_the_same_customer_however_it_is_written(app: Engine, engine: Engine) -> None:
    enter(app, key="1")
    enter(app, replace(BURNS, customer=NewCustomer(name="Wang", phone="+86 138-0013-8000")), key="2")
    enter(app, replace(BURNS, customer=None), key="3")
    with engine.begin() as conn:
        kept = "SELECT source, masked_name, masked_phone, name, phone FROM facts.customer u "
        kept += "JOIN facts.customer_pii USING (customer_id)"
        assert rows(conn, kept) == [("board", "王**", "*******8000", "王小明", "13800138000")]
        assert rows(conn, "SELECT count(customer_id), count(*) FROM facts.complaint") == [(2, 3)]


def test_a_known_customer_is_found_with_what_is_open_and_can_be_chosen(app: Engine) -> None:
    enter(app, replace(BURNS, customer=NewCustomer(number="C-7", phone="13800138000")), key="1")
    with db.reading(app, SUPERVISOR) as conn:
        (by_phone,) = entry.customers(conn, "", phone_hash("138 0013 8000", KEY))
        assert entry.customers(conn, "C-7", None) == (by_phone,)
        assert entry.customers(conn, "", None) == ()
        (one,) = entry.open_complaints(conn, [by_phone.customer_id])
        assert (one.external_id, one.title) == ("20260302-000001", "The router burns")
    enter(app, replace(BURNS, customer=by_phone.customer_id), key="2")
    with db.reading(app, SUPERVISOR) as conn:
        assert len(entry.open_complaints(conn, [by_phone.customer_id])) == 2


def test_a_region_and_a_customer_outside_the_scope_are_refused(app: Engine) -> None:
    enter(app, key="1")
    beijing = Scope("manager", "manager", (3, 4))
    with db.reading(app, beijing) as conn:
        assert entry.customers(conn, "", phone_hash("13800138000", KEY)) == ()
    with pytest.raises(ProgrammingError):
        enter(app, scope=beijing, key="2")
    with pytest.raises(ProgrammingError):
        enter(app, replace(BURNS, region_id=4, customer=1), beijing, "3")
    assert enter(app, replace(BURNS, region_id=4), beijing, "4").external_id == "20260302-000002"


def test_nobody_enters_without_a_name(app: Engine) -> None:
    with pytest.raises(ProgrammingError):
        enter(app, scope=Scope("", "supervisor", None))


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("13800138000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("0086 13800138000", "13800138000"),
        ("020-8888 6666", "02088886666"),
        ("１３８００１３８０００", "13800138000"),
        ("+44 20 7946 0958", "+442079460958"),
        ("13800138000/13900139000", "13800138000/13900139000"),
        ("1234", None),
        ("no phone", None),
        ("", None),
        ("١٢٣٤٥٦٧", None),
    ],
)
def test_a_phone_number_is_kept_in_one_way_of_writing(given: str, plain: str | None) -> None:
    assert entry.plain_phone(given) == plain


def test_personal_data_reaches_no_page_except_masked(app: Engine) -> None:
    enter(app)
    with pytest.raises(ProgrammingError), db.reading(app, SUPERVISOR) as conn:
        _all_of(conn, "facts.customer_pii")
    with db.reading(app, SUPERVISOR) as conn:
        assert "王小明" not in repr(_all_of(conn, "facts.customer"))


def _all_of(conn: Connection, table: str) -> list[tuple[object, ...]]:
    return rows(conn, f"SELECT * FROM {table}")
