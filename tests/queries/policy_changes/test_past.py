"""A policy given for the past judges what came before the board's own policies, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from config.policy import DEFAULT
from queries import db
from queries.clocks import rebuild
from queries.intake.replay import start_clock
from queries.policies.history import policy_at, policy_in_force
from queries.policy_changes.dry_run import Move, Trial, apply, dry_run, effect
from queries.policy_changes.versions import NotAllowed, versions
from queries.policy_changes.withdraw import withdraw
from tests.build import at, complaint, derive, organisation, rows, take, together
from tests.queries.policy_changes.changes import NOW, TEXT, changed, story

OWN = at(days=1, hours=12)  # the board's first policy
SINCE = at(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def conn(conn: Connection) -> Connection:
    conn.execute(text("UPDATE journal.policy_version SET applied_at = :then"), {"then": OWN})
    start_clock(conn, NOW, 1.0)
    organisation(conn)
    return conn


def due(conn: Connection) -> dict[str, tuple[object, ...]]:
    """Complaint → version, due of its feedback."""
    found = rows(
        conn,
        "SELECT external_id, policy_version, due_at FROM derived.deadline JOIN facts.complaint "
        "USING (complaint_id) WHERE target = 'feedback'",
    )
    return {str(row[0]): row[1:] for row in found}


def everything(conn: Connection) -> dict[tuple[object, ...], tuple[object, ...]]:
    found = rows(
        conn,
        "SELECT complaint_id, target, party_id, episode, due_at, warn_at, left_seconds, "
        "coalesce(met_at, cancelled_at) FROM derived.deadline UNION ALL "
        "SELECT complaint_id, kind, 0, episode, due_at, NULL, NULL, ended_at FROM derived.callback",
    )
    return {row[:4]: row[4:] for row in found}


def test_what_started_before_the_boards_first_policy_follows_it_and_the_rest_does_not(
    conn: Connection,
) -> None:
    take(
        conn,
        *(complaint(name, when) for name, when in (("A", SINCE - HOUR), ("B", SINCE), ("C", OWN - HOUR))),
    )
    take(conn, complaint("D", OWN), complaint("E", OWN + HOUR))
    derive(conn)
    before = due(conn)
    assert {version for version, _ in before.values()} == {1}
    apply(conn, changed("shorter"), False, "somebody", SINCE)
    derive(conn)
    after = due(conn)
    assert {name: version for name, (version, _) in after.items()} == {"A": 2, "B": 2, "C": 2, "D": 1, "E": 1}
    assert after["B"][1] == SINCE + 3 * HOUR
    assert {name: after[name] for name in "DE"} == {name: before[name] for name in "DE"}


def test_the_journal_tells_who_gave_it_when_and_from_which_instant(conn: Connection) -> None:
    apply(conn, changed("shorter"), False, "somebody", SINCE)
    own, past = versions(conn)
    assert (past.version, past.applied_by, past.in_force_from, past.is_past) == (2, "somebody", SINCE, True)
    assert NOW <= past.applied_at < NOW + HOUR
    assert (own.version, own.in_force_from, own.is_past) == (1, OWN, False)
    targets = [
        next(target.budget.seconds for target in policy.targets if target.name == "feedback")
        for policy in (policy_in_force(conn), policy_at(conn, SINCE), policy_at(conn, OWN))
    ]
    assert targets == [86400, 3 * 3600, 86400]


def test_several_follow_each_other_in_whatever_order_they_are_given(conn: Connection) -> None:
    take(conn, *(complaint(f"{n}", SINCE + n * HOUR) for n in (-3, 1, 3)))
    apply(conn, changed("shorter"), False, "test", SINCE + 2 * HOUR)
    apply(conn, changed("longer"), False, "test", SINCE - 9 * HOUR)
    apply(conn, changed("other days"), False, "test", SINCE)
    derive(conn)
    assert {name: version for name, (version, _) in due(conn).items()} == {"-3": 3, "1": 4, "3": 2}


CHANGES = ["shorter", "longer", "without", "pausing", "in hours", "other days", "warning later"]


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("move_open", [False, True])
def test_what_the_dry_run_says_is_what_applying_does(conn: Connection, name: str, move_open: bool) -> None:
    take(conn, together(story(number) for number in range(120)))
    if move_open:  # or the past version is the first, which nothing precedes
        apply(conn, TEXT.replace('budget = "24h"', 'budget = "5h"'), False, "test", SINCE - 20 * HOUR)
    derive(conn)
    before = everything(conn)
    trial = Trial(changed(name), SINCE, move_open)
    moves: list[Move] = [move for *_, found in dry_run(conn, trial, NOW) for move in found]
    said = {(one.complaint_id, one.target, one.party_id, one.episode): one for one in moves}
    assert said
    apply(conn, changed(name), move_open, "test", SINCE)
    derive(conn)
    after = everything(conn)
    assert {key for key in {*before, *after} if before.get(key) != after.get(key)} == set(said)
    for key, move in said.items():
        assert move.due_before == (before[key][0] if key in before else None)
        assert move.due_after == (after[key][0] if key in after else None)
    whole = effect(moves)
    assert (whole.begun, whole.ended) == (len(set(after) - set(before)), len(set(before) - set(after)))

    def breached(table: dict[tuple[object, ...], tuple[object, ...]]) -> set[tuple[object, ...]]:
        ends = {key: row[3] if isinstance(row[3], datetime) else NOW for key, row in table.items()}
        return {key for key, row in table.items() if isinstance(row[0], datetime) and row[0] < ends[key]}

    assert whole.become_breached == len(breached(after) - breached(before))
    assert whole.no_longer_breached == len(breached(before) - breached(after))


def test_a_rebuild_derives_the_same(engine: Engine, conn: Connection) -> None:
    take(conn, together(story(number) for number in range(60)))
    derive(conn)
    apply(conn, changed("shorter"), False, "test", SINCE)
    apply(conn, changed("pausing"), True, "test")
    apply(conn, changed("longer"), True, "test", SINCE - 9 * HOUR)
    withdraw(conn, 3, "test")
    derive(conn)
    conn.commit()
    for _done in rebuild.build_next(engine):
        pass
    with engine.begin() as other:
        assert rebuild.compare(other) == []


def test_withdrawn_it_judges_nothing_any_more(conn: Connection) -> None:
    take(conn, together(story(number) for number in range(60)))
    derive(conn)
    before = everything(conn)
    apply(conn, changed("shorter"), False, "test", SINCE)
    derive(conn)
    assert everything(conn) != before
    withdraw(conn, 2, "test")
    derive(conn)
    assert everything(conn) == before


@pytest.mark.parametrize(
    ("since", "sentence"),
    [
        (
            OWN,
            r"2026-03-03 13:00 UTC is not before 2026-03-03 13:00 UTC, when the board's own policies begin",
        ),
        (OWN + HOUR, "Without --from it holds from now on"),
        (NOW + 50 * HOUR, "is still to come: apply it then, without --from"),
        (SINCE, "Version 2 is in force from that very instant: give another one"),
        (datetime(1025, 1, 1, tzinfo=UTC), "is too long ago; the earliest is 1990-01-01 00:00 UTC"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(
    conn: Connection, since: datetime, sentence: str
) -> None:
    apply(conn, TEXT, False, "test", SINCE)
    with pytest.raises(NotAllowed, match=sentence):
        apply(conn, TEXT, False, "test", since)
    with pytest.raises(NotAllowed, match=sentence):
        list(dry_run(conn, Trial(TEXT, since), NOW))
    assert rows(conn, "SELECT count(*) FROM journal.policy_version") == [(2,)]


def test_the_jobs_role_may_give_one(engine: Engine, database_url: str) -> None:
    jobs = db.engine(database_url, role="board_jobs")
    with jobs.begin() as conn:
        assert apply(conn, DEFAULT.read_text("utf-8"), False, "test", at(days=-900)) == 2
