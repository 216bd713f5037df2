"""Every due time adds up: the segments of a deadline to its budget, its days to the days promised (X8)."""

from datetime import timedelta

from sqlalchemy import Connection, Engine, text

from config.policy import DEFAULT
from jobs.sources.simulator import Simulation, fill
from queries import db
from queries.clocks.explain import Explanation, of_complaint, of_complaints
from queries.intake.replay import start_clock
from queries.policies.history import apply_policy
from tests.build import MONDAY, at, complaint, derive, id_of, organisation, rows, settle

# 15:00 in Shanghai. What is open, and under which policy, depends on the hour and the weekday.
THURSDAY = at(days=3, hours=6)
TEXT = DEFAULT.read_text("utf-8")
PAUSES = 'pauses_on = ["waiting_customer"]\n'
OPEN = (
    "SELECT complaint_id, target, party_id, episode, due_at, left_seconds, policy_version, started_at FROM "
)


def adds_up(one: Explanation) -> bool:
    if one.budget.working_days:
        enough = sum(day.counted for day in one.days) == one.budget.working_days
        return enough or one.due_at is None or one.carried is not None
    whole = one.counted + (one.left_seconds or 0) + one.brought_forward
    return whole == one.budget.seconds and (one.brought_forward == 0 or one.carried is not None)


def explained(conn: Connection, number: str, target: str) -> Explanation:
    found = of_complaint(conn, id_of(conn, number), at(days=30))
    return next(one for one in found if one.target == target)


def policy(conn: Connection, *changes: tuple[str, str], hours: float, move_open: bool = True) -> None:
    made = TEXT
    for old, new in changes:
        assert old in made
        made = made.replace(old, new, 1)
    conn.execute(
        text("UPDATE journal.policy_version SET applied_at = :then WHERE version = 1"), {"then": at(-9)}
    )
    apply_policy(conn, made, at(hours), "test", move_open)


def test_every_open_deadline_of_the_simulated_operator_adds_up(engine: Engine) -> None:
    with engine.begin() as conn:
        start_clock(conn, THURSDAY, speed=1)
    for _ in fill(engine, Simulation(seed=3, per_hour=16), 5):
        pass
    in_hours = TEXT.replace('budget = "24h"\nhours = "always"', f'budget = "16h"\nhours = "office"\n{PAUSES}')
    changes = {
        90: TEXT.replace('budget = "24h"\n', f'budget = "48h"\n{PAUSES}'),
        40: in_hours,
        2: TEXT.replace('budget = "3 working days"\n', f'budget = "2 working days"\n{PAUSES}'),
    }
    with engine.begin() as conn:
        now = db.board_now(conn)
        first = now - timedelta(days=30)
        conn.execute(text("UPDATE journal.policy_version SET applied_at = :then"), {"then": first})
        for hours, made in changes.items():
            apply_policy(conn, made, now - timedelta(hours=hours), "test", move_open=hours != 40)
        derive(conn)
        wanted = {
            row[:4]: row[4:]
            for row in rows(conn, OPEN + "derived.deadline WHERE met_at IS NULL AND cancelled_at IS NULL")
        }
        ids = sorted({int(str(key[0])) for key in wanted})
        found = {
            (one.complaint_id, one.target, one.party_id, one.episode): one
            for one in of_complaints(conn, ids, int(now.timestamp()))
            if one.ended_at is None
        }
    assert len(wanted) > 200
    assert {version for _, _, version, _ in wanted.values()} >= {2, 3, 4}
    for key, (due_at, left, version, started_at) in wanted.items():
        one = found[key]
        told = (one.due_at, one.left_seconds, one.policy_version, one.started_at)
        stored = (due_at and int(due_at.timestamp()), left, version, int(started_at.timestamp()))
        assert told == stored
    assert [one for one in found.values() if not adds_up(one)] == []


def test_pauses_lunch_and_nights_are_named_and_the_rest_is_the_budget(conn: Connection) -> None:
    policy(
        conn, ('budget = "24h"\nhours = "always"', f'budget = "12h"\nhours = "office"\n{PAUSES}'), hours=-1
    )
    wait = [("status", at(1), "waiting_customer"), ("status", at(2), "in_progress")]
    settle(conn, complaint("A", MONDAY, *wait))
    one = explained(conn, "A", "feedback")
    said = [(part.counted, part.open, part.paused_by) for part in one.segments]
    assert said == [
        (3600, True, None),  # 09:00
        (0, True, "waiting_customer"),
        (3600, True, None),  # 11:00
        (0, False, None),  # lunch
        (5 * 3600, True, None),
        (0, False, None),  # night
        (3 * 3600, True, None),
        (0, False, None),
        (2 * 3600, True, None),  # 13:00 to 15:00 on Tuesday
    ]
    assert one.counted == one.budget.seconds == 12 * 3600
    assert one.due_at == int(at(days=1, hours=6).timestamp())


def test_what_took_over_from_a_cancelled_deadline_says_what_it_lacks(conn: Connection) -> None:
    settle(conn, complaint("A", MONDAY, ("tier", at(23.75), "1")))
    one = explained(conn, "A", "plan")
    assert one.carried is not None
    assert one.carried.of == "feedback"
    assert (one.counted, one.brought_forward) == (15 * 60, 15 * 60)


def test_two_clocks_run_side_by_side(conn: Connection) -> None:
    policy(conn, ('budget = "24h"\nhours = "always"', 'budget = "12h"\nhours = "office"'), hours=-1)
    settle(conn, complaint("A", MONDAY, ("feedback", at(days=1, hours=1), None)))
    one = explained(conn, "A", "feedback")
    assert (one.waited, one.used) == (25 * 3600, 9 * 3600)


def test_callbacks_are_explained_too(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("A", MONDAY, ("status", at(2), "resolved")))
    one = explained(conn, "A", "confirm_solved")
    assert adds_up(one)
    assert one.due_at == int(at(days=3, hours=15).timestamp())
