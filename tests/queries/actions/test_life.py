"""Laws of a complaint's life: what is offered leads where it says, whatever was done before."""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from config.vocabulary import MILESTONE_FIELDS, OPEN_STATUSES
from queries.actions import life, record
from queries.actions.life import Action, State
from queries.actions.record import Given
from queries.clocks.timeline import Observed, build_timeline
from queries.db import Scope
from tests.build import at, complaint, derive, id_of, organisation, rows, settle

ME, RECEIVED = 7, 1_000_000
ENDS_IN = {
    "wait_customer": "waiting_customer",
    "wait_co_owner": "waiting_co_owner",
    "go_on": "in_progress",
    "resolve": "resolved",
    "close": "closed",
    "reopen": "in_progress",
    "withdraw": "withdrawn",
    "merge": "merged",
}


@dataclass(slots=True)
class Life:
    """A complaint in memory, with what its source says of it meanwhile."""

    observed: list[Observed] = field(
        default_factory=lambda: [Observed(RECEIVED, 0, "status", "source", "received")]
    )
    now: int = RECEIVED
    place: int = 0

    def state(self) -> State:
        ordered = sorted(self.observed, key=lambda one: one.at)
        return life.state_of(build_timeline(RECEIVED, ordered))

    def does(self, action: Action, value: int | None, seconds: int) -> None:
        self.now += seconds
        self.place += 1
        for seen in life.observations(action.name, self.state(), value, ME, self.place):
            self.observed.append(Observed(self.now, seen.party_id, seen.field, "person", seen.value))


def value_of(action: Action, state: State, pick: int) -> int | None:
    if action.takes in ("tier", "request"):
        among = life.choices(action.name, state)
        return among[pick % len(among)]
    return None if not action.takes else 100 + pick


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(1, 9_000)), max_size=25))
def test_each_offered_action_leads_where_it_says_and_is_not_offered_again(
    steps: list[tuple[int, int, int]],
) -> None:
    one = Life()
    for which, pick, seconds in steps:
        before = one.state()
        offered = life.offered(before, "supervisor", ME)
        action = offered[which % len(offered)]
        value = value_of(action, before, pick)
        held = list(one.observed)
        one.does(action, value, seconds)
        after = one.state()
        if action.name in ENDS_IN:
            assert after.status == ENDS_IN[action.name]
            assert action not in life.offered(after, "supervisor", ME)
        if action.name in MILESTONE_FIELDS or action.name == "take_over":
            assert action not in life.offered(after, "supervisor", ME)
        if action.name == "tier":
            assert after.tier == value
        if action.name == "ask":
            assert (value, one.now) in [(r.department_id, r.requested_at) for r in after.requests]
        if action.name == "unmerge":
            assert (after.parent_id, after.status) == (None, _unmerged(held))
        assert life.earliest(action.name, after, value) <= one.now
        taken_back = Life(held, one.now, one.place)
        assert taken_back.state() == before


def _unmerged(held: list[Observed]) -> str:
    return next(one.value or "" for one in reversed(held) if one.field == "status")


def test_what_is_over_offers_nothing_of_an_open_complaint() -> None:
    one = Life()
    one.does(life.BY_NAME["resolve"], None, 10)
    names = [action.name for action in life.offered(one.state(), "supervisor", ME)]
    assert names == ["close", "reopen", "note"]
    one.does(life.BY_NAME["close"], None, 10)
    assert [action.name for action in life.offered(one.state(), "agent", ME)] == ["reopen", "note"]


def test_a_reopened_complaint_asks_for_its_plan_again_and_not_for_first_contact() -> None:
    one = Life()
    for name in ("first_contact", "plan", "resolve", "reopen"):
        one.does(life.BY_NAME[name], None, 10)
    names = {action.name for action in life.offered(one.state(), "supervisor", ME)}
    assert "plan" in names
    assert "first_contact" not in names


@pytest.mark.parametrize("seed", range(4))
def test_undone_at_any_step_of_any_life_the_rows_are_as_before(conn: Connection, seed: int) -> None:
    organisation(conn)
    settle(conn, complaint("A", at()), complaint("B", at(1)))
    random, number, now = Random(seed), id_of(conn, "A"), at(2)
    scope = Scope("supervisor", "supervisor", None)
    (me,) = rows(conn, "SELECT agent_id FROM facts.agent WHERE login = 'supervisor'")[0]
    for step in range(9):
        state = record.state(conn, number)
        assert state is not None
        action = random.choice(life.offered(state, scope.role, int(str(me))))
        chosen = Given(action.name, _value(conn, random, action, state), note="why")
        before = everything(conn, number)
        for is_undone in (True, False):
            now += timedelta(minutes=random.randrange(1, 90))
            record.record(conn, number, state, chosen, scope, f"{step} {is_undone}", now)
            derive(conn)
            there = record.state(conn, number)
            assert there is not None
            assert _current(conn, number) == (there.status, there.tier, there.owner_id, there.parent_id)
            assert (there.status in OPEN_STATUSES) == bool(
                rows(
                    conn,
                    "SELECT FROM derived.stint WHERE complaint_id = :id AND until_at IS NULL "
                    "AND status <> 'resolved'",
                    id=number,
                )
            )
            if is_undone:
                last = record.undoable(conn, number, scope.person_login, now)
                assert last is not None
                record.undo(conn, number, last.place, scope, now + timedelta(seconds=30))
                derive(conn)
                assert everything(conn, number) == before


def _value(conn: Connection, random: Random, action: Action, state: State) -> int | None:
    if action.takes == "parent":
        return id_of(conn, "B")
    if action.takes in ("tier", "request"):
        return random.choice(life.choices(action.name, state))
    table = {"department": "department", "owner": "agent"}.get(action.takes)
    found = rows(conn, f"SELECT {table}_id FROM facts.{table} ORDER BY 1") if table else []
    return int(str(random.choice(found)[0])) if found else None


def _current(conn: Connection, number: int) -> tuple[object, ...]:
    (found,) = rows(
        conn,
        "SELECT status, tier, owner_id, parent_id FROM facts.complaint WHERE complaint_id = :id",
        id=number,
    )
    return found


TABLES = (
    "stint",
    "milestone",
    "deadline",
    "deadline_span",
    "timer",
    "callback",
    "co_owner_request",
    "time_held",
)


def everything(conn: Connection, number: int) -> list[object]:
    """What is derived, the current state, and what stands of requests."""
    derived = [sorted(map(repr, rows(conn, f"SELECT * FROM derived.{one}"))) for one in TABLES]
    asked = "SELECT * FROM facts.co_owner_request WHERE requested_at IS NOT NULL ORDER BY request_id"
    stands = rows(conn, "SELECT * FROM facts.complaint WHERE complaint_id = :id", id=number)
    return [derived, stands, rows(conn, asked)]
