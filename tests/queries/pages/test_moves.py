"""The next five moves, over complaints that were derived: what is read for them, and whose they are."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from sqlalchemy import Connection, Engine, text

from config.settings import Settings
from jobs import learn
from jobs.work import Work
from queries import db
from queries.db import Scope
from queries.filters import Filters
from queries.organisation import AgentRow, OrganisationRows, put_organisation, scope_of
from queries.pages.moves import Move, Moves, deadlines, next_moves
from queries.risk.skills import learn_skills
from tests.build import MONDAY, at, complaint, organisation, rows, settle

ALL = Filters(date(2026, 3, 1), date(2026, 3, 8))
NOW = at(1)  # 10:00 in Shanghai: the early shift ends at 16:00
UNTIL = at(7)
GRADES = {"busy": "agent", "idle": "senior", "junior": "agent", "other": "senior"}


@pytest.fixture
def floor(conn: Connection) -> Connection:
    """At NOW: X waits for its first contact until 10:09. A1 and A2 ask Billing, to respond by 10:30 and to
    give its opinion by 13:30. Of the four complaints of `busy`, B1 and B2 are to be verified by 11:00."""
    organisation(conn)
    people = [AgentRow(login, None, "NET", login, login, grade) for login, grade in GRADES.items()]
    put_organisation(conn, OrganisationRows([], [], [], people))
    called = ("first_contact", at(minutes=1), None)
    verified = ("verification_started", at(minutes=2), None)
    asked = ("1.requested", at(0.5), "BILL")
    owned, closed = ("owner", MONDAY, "busy"), ("status", at(days=-2), "closed")
    settle(
        conn,
        complaint("X", at(minutes=59), tier=3),
        complaint("A1", MONDAY, called, asked, tier=3, region="GD-01"),
        complaint("A2", MONDAY, called, asked, tier=3, region="BJ-01"),
        complaint("B1", MONDAY, called, owned),
        complaint("B2", MONDAY, called, owned),
        complaint("B3", MONDAY, called, verified, owned),
        complaint("B4", MONDAY, called, verified, owned),
        complaint("C1", at(days=-3), called, ("owner", at(days=-3), "idle"), closed),
        complaint("C2", at(days=-3), called, ("owner", at(days=-3), "junior"), closed),
    )
    learn_skills(conn, NOW)
    return conn


def risk(conn: Connection, target: str, p: float, afresh: float = 1.0, number: str | None = None) -> None:
    conn.execute(
        text(
            "INSERT INTO derived.risk SELECT complaint_id, target, party_id, episode, :p, 15, 30, 'target', "
            "1, :now, d.region_id, :afresh "
            "FROM derived.deadline d JOIN facts.complaint c USING (complaint_id) "
            "WHERE target = :target AND met_at IS NULL AND cancelled_at IS NULL "
            "AND (CAST(:number AS text) IS NULL OR external_id = :number)"
        ),
        {"target": target, "p": p, "afresh": afresh, "number": number, "now": NOW},
    )


def said(conn: Connection, found: Moves) -> list[tuple[str, int, float, datetime]]:
    return [(move.action, move.count, round(move.gain, 4), move.first_due) for move in found.moves]


def listed(conn: Connection, move: Move) -> list[tuple[str, str]]:
    keys = tuple(key for key, _left in move.deadlines)
    return [(one.external_id, one.target) for one in deadlines(conn, keys, 100)]


def test_every_move_says_whom_how_many_by_when_and_what_it_avoids(floor: Connection) -> None:
    """Chase: 2 × 0.5 × (1 − 0.4) + 2 × 0.4 × (1 − 0.5). Reassign: 2 × 0.3 × (1 − 0.5). Call: 0.2."""
    risk(floor, "first_contact", 0.2)
    risk(floor, "respond", 0.5, 0.4)
    risk(floor, "opinion", 0.4, 0.5)
    risk(floor, "verification", 0.3, 0.5)
    found = next_moves(floor, ALL, NOW)
    assert said(floor, found) == [
        ("chase", 2, 1.0, at(1.5)),
        ("reassign", 2, 0.3, at(2)),
        ("call", 1, 0.2, at(minutes=69)),
    ]
    assert found.until == UNTIL
    assert found.expected == pytest.approx(2 * 0.5 + 2 * 0.4 + 2 * 0.3 + 0.2)
    assert (found.known, found.unknown) == (7, 0)


def test_a_reassignment_names_the_least_loaded_senior_who_has_handled_the_category(floor: Connection) -> None:
    """Verification is a senior agent's (N4): `junior` is as idle as `idle`, `other` has handled nothing."""
    risk(floor, "verification", 0.9, 0.2)
    (move,) = next_moves(floor, ALL, NOW).moves
    assert move.giver is not None
    assert move.taker is not None
    assert (move.giver.name_en, move.giver.load, move.taker.name_en, move.taker.load) == (
        "busy",
        4,
        "idle",
        0,
    )
    assert listed(floor, move) == [("B1", "verification"), ("B2", "verification")]


def test_a_load_is_whole_even_where_the_page_is_narrowed(floor: Connection) -> None:
    risk(floor, "verification", 0.9, 0.2, "B1")
    narrowed = Filters(ALL.since, ALL.until, tiers=(2,))
    (move,) = next_moves(floor, narrowed, NOW).moves
    assert move.giver is not None
    assert move.giver.load == 4
    assert next_moves(floor, Filters(ALL.since, ALL.until, tiers=(1,)), NOW).moves == ()


def test_without_numbers_there_is_no_move_and_it_is_said_how_many_have_none(floor: Connection) -> None:
    found = next_moves(floor, ALL, NOW)
    assert (found.moves, found.expected, found.known, found.unknown) == ((), 0.0, 0, 7)
    risk(floor, "respond", 0.5, 0.4, "A1")
    found = next_moves(floor, ALL, NOW)
    assert (found.known, found.unknown) == (1, 6)
    assert said(floor, found) == [("chase", 1, 0.3, at(1.5))]


def test_what_falls_due_after_the_shift_or_has_breached_is_left_out(floor: Connection) -> None:
    risk(floor, "feedback", 0.9, 0.0)  # due at 09:00 tomorrow
    risk(floor, "answer", 0.9, 0.0)
    risk(floor, "respond", 0.9, 0.0)
    found = next_moves(floor, ALL, at(1.6))  # the responses are late
    assert (found.moves, found.known) == ((), 0)


def test_near_the_end_of_a_shift_it_looks_two_hours_ahead(floor: Connection) -> None:
    assert next_moves(floor, ALL, at(5.5)).until == at(7.5)


def test_a_list_leaves_out_what_has_been_done_since(floor: Connection) -> None:
    risk(floor, "respond", 0.5, 0.4)
    (move,) = next_moves(floor, ALL, NOW).moves
    assert listed(floor, move) == [("A1", "respond"), ("A2", "respond")]
    settle(floor, complaint("A1", MONDAY, ("1.responded", at(1.1), None), tier=3))
    assert listed(floor, move) == [("A2", "respond")]
    assert deadlines(floor, (), 10) == ()


def test_callbacks_that_can_be_made_now_are_called_back_and_no_others(conn: Connection) -> None:
    """Two are due at midnight; at 17:00 the late shift runs until then. One may be called from 20:00 on."""
    organisation(conn)
    solved = ("status", at(days=-3), "resolved")
    settle(conn, *(complaint(name, at(days=-3.2), solved) for name in ("P", "Q")))
    conn.execute(
        text("UPDATE derived.callback SET next_at = :later WHERE complaint_id = (SELECT max(complaint_id) "
             "FROM derived.callback)"), {"later": at(11)}
    )  # fmt: skip
    conn.execute(
        text(
            "INSERT INTO derived.risk SELECT complaint_id, kind, 0, episode, 0.5, 15, 30, 'target', 1, :now, "
            "region_id, 0.1 FROM derived.callback"
        ),
        {"now": NOW},
    )
    found = next_moves(conn, ALL, at(8))
    assert found.expected == pytest.approx(1.0)
    assert said(conn, found) == [("call_back", 1, 0.5, at(15))]
    (move,) = found.moves
    assert listed(conn, move) == [("P", "confirm_solved")]


@pytest.fixture
def manager(engine: Engine, floor: Connection) -> Iterator[Scope]:
    risk(floor, "respond", 0.5, 0.4)
    floor.commit()
    with engine.begin() as conn:
        found = scope_of(conn, "manager")
    assert found is not None
    yield found


def test_a_manager_moves_only_what_lies_in_their_province(engine: Engine, manager: Scope) -> None:
    with db.reading(engine, manager) as conn:
        (move,) = next_moves(conn, ALL, NOW).moves
        assert (move.count, listed(conn, move)) == (1, [("A1", "respond")])


def test_the_nightly_job_learns_who_handles_what(engine: Engine, floor: Connection) -> None:
    floor.execute(text("DELETE FROM derived.skill"))
    floor.commit()
    learn.run(Work(engine, Settings(), "t", NOW, lambda: None, dict))
    with engine.begin() as conn:
        assert rows(conn, "SELECT count(*) FROM derived.skill") == [(3,)]


def test_who_handled_a_category_long_ago_has_lost_the_skill(floor: Connection) -> None:
    def skilled() -> list[tuple[object, ...]]:
        return rows(
            floor, "SELECT login FROM derived.skill s JOIN facts.agent a ON agent_id = owner_id ORDER BY 1"
        )

    assert skilled() == [("busy",), ("idle",), ("junior",)]
    assert learn_skills(floor, at(days=100)) == 1
    assert skilled() == [("busy",)]  # who has it still
