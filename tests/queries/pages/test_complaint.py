"""Finding a complaint."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine

from queries import db
from queries.intake import door, facts
from queries.intake.facts import Customer
from queries.intake.phones import phone_hash
from queries.organisation import scope_of
from queries.pages import complaint
from tests import build
from tests.build import SOURCE, at, derive, id_of, organisation
from tests.queries.intake.statements import TABLE, export, met, state, stated

KEY = b"a key"
PHONE = "+86 138-0013-8000"


@pytest.fixture
def four(engine: Engine) -> Engine:
    """Two of one customer in Guangdong and Beijing, one of another, and one that bears a number of ours."""
    with engine.begin() as conn:
        organisation(conn)
        _take(conn, build.complaint("GD-1", at(-3)), "wang")
        _take(conn, build.complaint("BJ-1", at(-2), region="BJ-01"), "wang")
        _take(conn, build.complaint("GD-2", at(-1)), "li")
        _take(conn, build.complaint(str(id_of(conn, "GD-1")), at()), "li")
    return engine


def _take(conn: Connection, batch: facts.Batch, customer: str) -> None:
    told = [one._replace(customer=customer) for one in batch.complaints]
    phones = {"wang": PHONE, "li": "010-12345678转801"}
    known = [Customer(customer, customer, phones[customer])]
    door.take(conn, SOURCE, replace(batch, complaints=told, customers=known), at(1), KEY)


def found(conn: Connection, wanted: str, phone: str | None = None) -> list[str]:
    return [one.external_id for one in complaint.find(conn, wanted, phone_hash(phone, KEY), 10)]


def test_a_complaint_is_found_by_the_sources_number_and_by_ours(four: Engine) -> None:
    with four.begin() as conn:
        ours = str(id_of(conn, "GD-2"))
        assert found(conn, "GD-2") == found(conn, ours) == ["GD-2"]
        assert found(conn, "GD-9") == []


def test_a_number_that_is_ours_and_a_sources_finds_both_the_newest_first(four: Engine) -> None:
    with four.begin() as conn:
        both = str(id_of(conn, "GD-1"))
        assert found(conn, both) == [both, "GD-1"]


@pytest.mark.parametrize("written", ["13800138000", "138 0013 8000", "008613800138000", PHONE])
def test_a_phone_number_is_found_however_it_is_written(four: Engine, written: str) -> None:
    with four.begin() as conn:
        assert found(conn, "-", written) == ["BJ-1", "GD-1"]


@pytest.mark.parametrize("written", ["+86 10 1234 5678", "(010) 1234-5678", "010-12345678-801"])
def test_a_landline_is_found_with_its_extension_and_without(four: Engine, written: str) -> None:
    with four.begin() as conn:
        assert "GD-2" in found(conn, "-", written)
        assert found(conn, "-", "010-12345678转802") == []


def test_a_part_of_a_phone_number_finds_nothing(four: Engine) -> None:
    with four.begin() as conn:
        assert found(conn, "-", "1380013800") == []


def test_without_a_key_no_number_is_hashed() -> None:
    assert phone_hash(PHONE, b"") is None
    assert phone_hash("", KEY) is None


def test_a_manager_finds_only_what_is_theirs(four: Engine, database_url: str) -> None:
    with four.begin() as conn:
        manager = scope_of(conn, "manager")
    assert manager is not None
    app = db.engine(database_url, role="board_app")
    with db.reading(app, manager) as conn:
        assert found(conn, "-", PHONE) == ["GD-1"]
        assert found(conn, "BJ-1") == []
    app.dispose()


def test_what_runs_has_its_breach_risk_and_what_is_over_or_past_due_none(conn: Connection) -> None:
    organisation(conn)
    build.settle(conn, build.complaint("A", at(), ("first_contact", at(minutes=5), None)))
    for target in ("first_contact", "verification", "feedback"):
        build.say_risk(conn, "A", target, 0.7, at(1))
    for now, told in ((at(1), {"verification", "feedback"}), (at(3), {"feedback"})):
        rows = complaint.deadlines(conn, id_of(conn, "A"), now)
        assert {one.target for one in rows if (one.k, one.n, one.level) == (31, 44, "tier")} == told
        assert {one.target for one in rows if one.p is None} == {one.target for one in rows} - told


def test_a_pending_callback_has_its_breach_risk(conn: Connection) -> None:
    organisation(conn)
    build.settle(conn, build.complaint("A", at(), ("status", at(1), "resolved")))
    build.say_risk(conn, "A", "experience", 0.25, at(2))
    found = complaint.callbacks(conn, id_of(conn, "A"), at(2))
    assert [(one.kind, one.p) for one in found] == [("confirm_solved", None), ("experience", 0.25)]


def test_a_page_tells_of_its_parent_of_what_was_merged_into_it_and_of_what_vanished(engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)
        cells = {"P1": state(region="GD-01"), "P2": state(region="GD-01", parent="P1")}
        for number, told in cells.items():
            one = stated(number, at(2), at(1), *told)._replace(details=(("demand", "a refund"),))
            door.take(conn, TABLE, export(one), at(2))
        door.take(conn, replace(TABLE, complete_at=at(5)), export(stated("P3", at(5), at(1))), at(5))
        derive(conn)
        parent, child = id_of(conn, "P1"), id_of(conn, "P2")
        (of_child,), (of_parent,) = complaint.headline(conn, child), complaint.headline(conn, parent)
        assert (of_child.parent_id, of_child.parent_number, of_child.status) == (parent, "P1", "merged")
        assert (of_parent.parent_id, of_parent.vanished_at, of_parent.status) == (None, at(5), "vanished")
        assert of_parent.details == {"demand": "a refund"}
        assert [one.external_id for one in complaint.merged(conn, parent)] == ["P2"]
        assert [one.parent for one in complaint.trail(conn, child) if one.field == "parent"] == ["P1"]


def test_what_was_corrected_is_left_out_of_the_trail(conn: Connection) -> None:
    for hours, feedback in ((5, 3), (6, 2)):
        one = stated("A", at(hours), at(1), met("feedback", at(feedback)))
        door.take(conn, TABLE, export(one), at(hours))
    trail = complaint.trail(conn, id_of(conn, "A"))
    assert [(one.field, one.happened_at) for one in trail] == [("feedback", at(2)), ("received", at(1))]
