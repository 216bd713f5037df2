"""A dry run of a policy says exactly what applying it does (X4)."""

from dataclasses import astuple, replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from config.policy import PolicyError, parse
from queries import db
from queries.clocks.derive import derive_dirty
from queries.organisation import scope_of
from queries.policies.history import apply_policy
from queries.policy_changes.dry_run import Move, Trial, apply, apply_as, dry_run, effect, newly_promised
from tests.build import (
    SOURCE,
    at,
    complaint,
    cross_timers,
    derive,
    organisation,
    rows,
    say_risk,
    settle,
    take,
    together,
)
from tests.queries.policy_changes.changes import CHANGES, NOW, TEXT, changed, story


def running(conn: Connection) -> dict[tuple[object, ...], tuple[object, ...]]:
    """(complaint, target, party, episode) → (due, warn, left, tier, department, region)."""
    found = rows(
        conn,
        "SELECT complaint_id, target, party_id, episode, due_at, warn_at, left_seconds, tier, department_id, "
        "region_id FROM derived.deadline WHERE met_at IS NULL AND cancelled_at IS NULL UNION ALL "
        "SELECT complaint_id, kind, 0, episode, due_at, NULL, NULL, NULL, NULL, region_id "
        "FROM derived.callback WHERE ended_at IS NULL",
    )
    return {row[:4]: row[4:] for row in found}


def moves(conn: Connection, policy_text: str) -> list[Move]:
    return [move for *_, found in dry_run(conn, Trial(policy_text), NOW) for move in found]


@pytest.fixture
def conn(conn: Connection) -> Connection:
    """The first policy was applied before all that these tests tell of."""
    conn.execute(text("UPDATE journal.policy_version SET applied_at = :then"), {"then": at(days=-30)})
    return conn


@pytest.mark.parametrize("name", CHANGES)
def test_what_the_dry_run_says_is_what_applying_does(conn: Connection, name: str) -> None:
    organisation(conn)
    take(conn, together(story(number) for number in range(120)))
    derive(conn)
    before = running(conn)
    said = {(m.complaint_id, m.target, m.party_id, m.episode): m for m in moves(conn, changed(name))}
    assert said
    apply_policy(conn, changed(name), NOW, "test", move_open=True)
    conn.exec_driver_sql("INSERT INTO derived.dirty SELECT complaint_id FROM facts.complaint")
    derive(conn)
    after = running(conn)
    did = {key for key, row in before.items() if key not in after or after[key][:3] != row[:3]}
    assert did == set(said)
    assert set(after) <= set(before)
    for key, move in said.items():
        assert move.due_before == before[key][0]
        assert move.due_after == (after[key][0] if key in after else None)
        if key[1] not in ("confirm_solved", "experience"):
            assert (move.tier, move.department_id, move.region_id) == before[key][3:]
    told = effect(said.values())
    late = {key for key, row in after.items() if row[0] is not None and row[0] < NOW}
    was_late = {key for key, row in before.items() if row[0] is not None and row[0] < NOW}
    assert told.become_breached == len(late - was_late)
    assert told.ended == len(set(before) - set(after))


@pytest.mark.parametrize("name", CHANGES)
def test_the_alerts_of_the_dry_run_are_those_that_the_sweep_raises(conn: Connection, name: str) -> None:
    organisation(conn)
    settle(conn, together(story(number) for number in range(120)))
    take(
        conn, *(story(number) for number in range(120, 150)), source=replace(SOURCE, is_history=True), now=NOW
    )
    derive(conn)
    for number in range(0, 120, 5):
        say_risk(conn, f"C{number}", "feedback", 0.9, NOW)
    cross_timers(conn, NOW)
    said = {
        (m.complaint_id, m.target, m.party_id, m.episode): (*astuple(m.alerting), m.department_id)
        for m in moves(conn, changed(name))
        if m.alerting is not None
    }
    apply_policy(conn, changed(name), NOW, "test", move_open=True)
    conn.exec_driver_sql("INSERT INTO derived.dirty SELECT complaint_id FROM facts.complaint")
    derive(conn)
    first = rows(conn, "SELECT coalesce(max(alert_id), 0) FROM journal.alert")[0][0]
    cross_timers(conn, NOW)
    found = rows(
        conn,
        "SELECT complaint_id, target, party_id, episode, rule, level, found_late, department_id "
        "FROM journal.alert WHERE alert_id > :first",
        first=first,
    )
    assert {row[:4]: row[4:] for row in found} == said
    assert bool(said) == (name in ("shorter", "other days"))


def test_what_it_calls_for_good_stays_when_the_old_policy_is_applied_again(conn: Connection) -> None:
    organisation(conn)
    settle(conn, together(story(number) for number in range(120)))
    harsher = changed("shorter").replace('met_by = "answered"', 'met_by = "answered"\non = false')
    told = moves(conn, harsher)
    whole = effect(told)
    assert whole.become_breached
    assert whole.ended
    for body, instant in ((harsher, NOW), (TEXT, NOW + timedelta(minutes=1))):
        apply_policy(conn, body, instant, "test", move_open=True)
    conn.exec_driver_sql("INSERT INTO derived.dirty SELECT complaint_id FROM facts.complaint")
    derive(conn)
    after = running(conn)
    keys = {(m.complaint_id, m.target, m.party_id, m.episode): m for m in told}
    breached = [
        key for key, move in keys.items() if move.after == "breached" and after[key][0] == move.due_after
    ]
    assert len(breached) == whole.become_breached
    assert (
        len([key for key, move in keys.items() if move.after == "ended" and key not in after]) == whole.ended
    )


def test_a_target_that_is_switched_on_or_covers_more_starts_only_for_what_comes(conn: Connection) -> None:
    without = TEXT.replace('met_by = "plan"', 'met_by = "plan"\non = false')
    wider = TEXT.replace("tiers = [1]", "tiers = [1, 2]", 1)
    assert without != TEXT != wider
    assert [one.name for one in newly_promised(parse(without), parse(TEXT))] == ["plan"]
    (widened,) = newly_promised(parse(TEXT), parse(wider))
    assert widened.tiers == (1, 2)
    assert newly_promised(parse(TEXT), parse(without)) == newly_promised(parse(TEXT), parse(TEXT)) == []
    conn.execute(text("DELETE FROM journal.policy_version"))
    apply_policy(conn, without, at(days=-30), "test", move_open=False)
    settle(conn, complaint("old", NOW - timedelta(hours=1), tier=1))
    assert moves(conn, TEXT) == []
    apply_policy(conn, TEXT, NOW, "test", move_open=True)
    settle(conn, complaint("new", NOW + timedelta(hours=1), tier=1))
    conn.exec_driver_sql("INSERT INTO derived.dirty SELECT complaint_id FROM facts.complaint")
    derive(conn)
    begun = rows(
        conn,
        "SELECT external_id FROM derived.deadline JOIN facts.complaint USING (complaint_id) "
        "WHERE target = 'plan'",
    )
    assert begun == [("new",)]


def test_the_same_policy_moves_nothing(conn: Connection) -> None:
    organisation(conn)
    take(conn, together(story(number) for number in range(30)))
    derive(conn)
    assert moves(conn, TEXT) == []


def test_what_is_past_due_is_not_touched(conn: Connection) -> None:
    settle(conn, complaint("A", NOW - timedelta(hours=30)))
    assert [move.target for move in moves(conn, changed("longer"))] == []


def test_applying_moves_what_runs_only_when_told_to(conn: Connection) -> None:
    settle(conn, complaint("A", db.board_now(conn) - timedelta(hours=1)))
    assert apply(conn, changed("longer"), False, "test") == 2
    assert derive_dirty(conn).taken == 0
    assert apply(conn, changed("longer"), True, "test") == 3
    derive(conn)
    found = rows(conn, "SELECT policy_version FROM derived.deadline WHERE target = 'feedback'")
    assert found == [(3,)]


def test_a_wrong_policy_leaves_the_running_one_in_force(conn: Connection) -> None:
    with pytest.raises(PolicyError, match="budget"):
        apply(conn, TEXT.replace('budget = "10m"', 'budget = "-1m"'), True, "test")
    assert rows(conn, "SELECT count(*) FROM journal.policy_version") == [(1,)]


def test_only_an_administrator_applies_a_policy_from_the_page(engine: Engine, database_url: str) -> None:
    with engine.begin() as conn:
        organisation(conn)
    app = db.engine(database_url, role="board_app")
    for login, allowed in (("supervisor", False), ("manager", False), ("administrator", True)):
        with engine.begin() as conn:
            scope = scope_of(conn, login)
        assert scope is not None
        if allowed:
            assert apply_as(app, scope, changed("longer"), True, '{"moved": 3}') == 2
        else:
            with pytest.raises(ProgrammingError, match=r"administrator|permission denied"):
                apply_as(app, scope, changed("longer"), True, "{}")
    with engine.begin() as conn:
        assert rows(conn, "SELECT person, action, subject, detail FROM journal.audit") == [
            ("administrator", "apply_policy", "policy_version:2", {"moved": 3})
        ]
        assert rows(conn, "SELECT applied_by, move_open FROM journal.policy_version WHERE version = 2") == [
            ("administrator", True)
        ]
