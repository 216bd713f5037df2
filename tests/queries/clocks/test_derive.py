"""Derived rows: by hand, in any order of arrival, bit by bit, under concurrency, and against a rebuild."""

import random
from threading import Thread

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from config.vocabulary import MILESTONE_FIELDS, STATUSES
from queries import db
from queries.clocks.derive import derive_dirty
from queries.clocks.rebuild import build_next, compare, drop_next, swap
from queries.intake.facts import Answer, Attempt, Batch, NewComplaint, Observation, Source, Survey
from tests.build import MONDAY, at, complaint, derive, organisation, rows, settle, take

STATES = (
    "stint",
    "milestone",
    "deadline",
    "deadline_span",
    "timer",
    "callback",
    "co_owner_request",
    "survey",
)


POLICIES = """
SELECT tablename, policyname, roles::text, qual FROM pg_policies WHERE schemaname = 'derived' ORDER BY 1, 2
"""


def everything(conn: Connection) -> dict[str, list[tuple[object, ...]]]:
    return {name: sorted(rows(conn, f"SELECT * FROM derived.{name}"), key=str) for name in STATES}


def test_a_tier_2_complaint_gets_its_deadlines_of_the_policy(conn: Connection) -> None:
    settle(conn, complaint("A", MONDAY, ("first_contact", at(minutes=8), None)))
    found = rows(
        conn,
        "SELECT target, started_at, due_at, met_at FROM derived.deadline ORDER BY due_at",
    )
    assert found == [
        ("first_contact", MONDAY, at(minutes=10), at(minutes=8)),
        ("verification", MONDAY, at(2), None),
        ("feedback", MONDAY, at(24), None),
    ]


def test_three_working_days_end_at_the_close_of_the_third_day_after_receipt(conn: Connection) -> None:
    settle(conn, complaint("A", MONDAY, tier=3))
    # received on Monday: Tuesday, Wednesday, Thursday 18:00 in Shanghai
    assert rows(conn, "SELECT due_at FROM derived.deadline WHERE target = 'answer'") == [
        (at(days=3, hours=9),)
    ]


def test_callbacks_are_due_at_the_end_of_the_third_and_seventh_natural_day(conn: Connection) -> None:
    settle(conn, complaint("A", MONDAY, ("status", at(2), "resolved")))
    # resolved on Monday 11:00 in Shanghai: the ends of Thursday and of next Monday
    assert rows(conn, "SELECT kind, due_at FROM derived.callback ORDER BY due_at") == [
        ("confirm_solved", at(days=3, hours=15)),
        ("experience", at(days=7, hours=15)),
    ]


def test_a_source_that_reports_no_milestones_gets_no_deadlines_but_its_promise(conn: Connection) -> None:
    quiet = Source("quiet", ("resolved",), is_history=True)
    settle(conn, complaint("A", MONDAY, ("promised", MONDAY, "2026-03-05T00:00:00+00:00")), source=quiet)
    assert rows(conn, "SELECT target, due_at FROM derived.deadline") == [("promised", at(days=2, hours=23))]
    assert rows(conn, "SELECT * FROM derived.callback") == []


def test_a_complaint_moved_to_another_region_takes_its_rows_along(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("A", MONDAY, region="GD-01"))
    settle(conn, Batch(observations=[Observation("A", "region", at(1), "BJ-01")]))
    found = rows(conn, "SELECT DISTINCT r.code FROM derived.stint JOIN facts.region r USING (region_id)")
    assert found == [("BJ-01",)]


def test_deriving_again_without_news_changes_no_row(conn: Connection) -> None:
    settle(conn, complaint("A", MONDAY, ("status", at(2), "resolved")))
    conn.exec_driver_sql("INSERT INTO derived.dirty SELECT complaint_id FROM facts.complaint")
    assert derive_dirty(conn).changed == 0


def test_a_late_fact_takes_rows_away(conn: Connection) -> None:
    settle(conn, complaint("A", MONDAY, ("status", at(9), "resolved")))
    assert len(rows(conn, "SELECT FROM derived.callback")) == 2
    settle(conn, Batch(observations=[Observation("A", "status", at(9), "withdrawn", 99)]))
    assert rows(conn, "SELECT * FROM derived.callback") == []


FIELDS = st.one_of(
    st.tuples(st.just("status"), st.sampled_from(STATUSES), st.just(0)),
    st.tuples(st.just("tier"), st.sampled_from(["1", "2", "3"]), st.just(0)),
    st.tuples(st.just("department"), st.sampled_from(["NET", "BILL"]), st.just(0)),
    st.tuples(st.just("owner"), st.sampled_from(["li", "wang"]), st.just(0)),
    st.tuples(st.sampled_from(MILESTONE_FIELDS), st.none(), st.just(0)),
    st.tuples(st.just("requested"), st.sampled_from(["NET", "BILL"]), st.integers(1, 2)),
    st.tuples(st.sampled_from(["responded", "opinion", "cancelled"]), st.none(), st.integers(1, 2)),
)
STORY = st.lists(
    st.tuples(FIELDS, st.integers(0, 12 * 24 * 60)), min_size=1, max_size=14, unique_by=lambda one: one[1]
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=STORY, seed=st.integers(0, 1_000_000))
def test_facts_in_any_order_and_bit_by_bit_derive_the_same(engine: Engine, story: list, seed: int) -> None:
    facts = [
        Observation("A", name, at(minutes=minute), value, place, party)
        for place, ((name, value, party), minute) in enumerate(story)
    ]
    first = NewComplaint("A", MONDAY, "Story")
    others = Batch(
        surveys=[Survey("A", 1, "sms", at(days=2))],
        answers=[Answer("A", 1, at(days=3), (1, 2), 3)],
        attempts=[Attempt("A", "confirm_solved", 1, "k", at(days=4), "no_answer")],
    )
    shuffled = facts.copy()
    random.Random(seed).shuffle(shuffled)
    whole = Batch(
        complaints=[first],
        observations=facts,
        surveys=others.surveys,
        answers=others.answers,
        attempts=others.attempts,
    )
    bits = [Batch(observations=[fact]) for fact in shuffled]
    bits.insert(seed % (len(bits) + 1), Batch(complaints=[first]))
    bits.insert(seed // 7 % (len(bits) + 1), others)
    assert _derived(engine, [whole], False) == _derived(engine, bits, True)


def _derived(engine: Engine, batches: list[Batch], each: bool) -> object:
    """Derived rows of a history taken in these batches; rolled back, so that ids and all begin anew."""
    with engine.connect() as conn, conn.begin() as transaction:
        for name in (
            "complaint_ref_complaint_id",
            "department_department_id",
            "region_region_id",
            "agent_agent_id",
        ):
            conn.exec_driver_sql(f"ALTER SEQUENCE facts.{name}_seq RESTART")
        organisation(conn)
        conn.exec_driver_sql("INSERT INTO facts.agent (login, name_en, name_zh) VALUES ('wang', 'W', 'W')")
        for batch in batches:
            take(conn, batch)
            if each:
                derive(conn)
        derive(conn)
        found = everything(conn)
        transaction.rollback()
        return found


def some_lives(count: int, seed: int) -> list[Batch]:
    chance = random.Random(seed)
    lives = []
    for number in range(count):
        steps = [("status", at(chance.uniform(1, 40)), chance.choice(STATUSES[1:])) for _ in range(4)]
        steps += [(name, at(chance.uniform(0, 30)), None) for name in MILESTONE_FIELDS]
        steps += [("tier", at(chance.uniform(0, 30)), chance.choice("123"))]
        steps += [("1.requested", at(1), "BILL"), ("1.responded", at(chance.uniform(1, 3)), None)]
        lives.append(complaint(f"{seed}-{number}", at(chance.uniform(-3, 0)), *steps))
    return lives


def test_four_derivers_under_concurrent_writers_end_equal_to_a_rebuild(engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)
        for batch in some_lives(30, 1):
            take(conn, batch)
    stop: list[bool] = []
    failures: list[Exception] = []

    def deriving() -> None:
        while not stop:
            with engine.begin() as conn:
                derive_dirty(conn, limit=7)

    def writing(seed: int) -> None:
        chance = random.Random(seed)
        for step in range(40):
            name = f"1-{chance.randrange(30)}"
            status = chance.choice(STATUSES)
            batch = Batch(observations=[Observation(name, "status", at(chance.uniform(0, 90)), status, step)])
            with engine.begin() as conn:
                take(conn, batch)

    def guarded(work, *args) -> Thread:
        def run() -> None:
            try:
                work(*args)
            except Exception as error:  # noqa: BLE001 - handed to the main thread
                failures.append(error)

        thread = Thread(target=run)
        thread.start()
        return thread

    derivers = [guarded(deriving) for _ in range(4)]
    for writer in [guarded(writing, seed) for seed in (11, 12, 13)]:
        writer.join()
    stop.append(True)
    for deriver in derivers:
        deriver.join()
    assert failures == []
    with engine.begin() as conn:
        derive(conn)
    list(build_next(engine))
    with engine.begin() as conn:
        assert compare(conn) == []


def test_a_rebuild_that_is_swapped_in_has_identical_rows_and_the_same_access(
    engine: Engine, database_url: str
) -> None:
    jobs = db.engine(database_url, role="board_jobs")
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, *some_lives(20, 2))
        before = everything(conn)
        access = rows(conn, POLICIES)
        grants = _grants(conn)
    list(build_next(jobs))
    with jobs.begin() as conn:
        swap(conn, at(days=30))
    with engine.begin() as conn:
        derive(conn)
        assert everything(conn) == before
        assert rows(conn, POLICIES) == access
        assert _grants(conn) == grants


def _grants(conn: Connection) -> list[tuple[object, ...]]:
    return rows(
        conn,
        "SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants "
        "WHERE table_schema = 'derived' AND grantee LIKE 'board%' ORDER BY 1, 2, 3",
    )


def test_a_row_that_is_wrong_is_found_by_comparing(engine: Engine) -> None:
    with engine.begin() as conn:
        settle(conn, complaint("A"))
        conn.exec_driver_sql(
            "UPDATE derived.deadline SET due_at = due_at + interval '1 second' WHERE target = 'feedback'"
        )
    list(build_next(engine))
    with engine.begin() as conn:
        assert [(one.table, one.only_old, one.only_new) for one in compare(conn)] == [("deadline", 1, 1)]
        drop_next(conn)
