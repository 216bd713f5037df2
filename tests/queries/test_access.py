"""Roles and row-level security: who may read, and which rows."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from queries import db
from queries.db import Scope
from queries.filters import Filters
from queries.intake.facts import (
    Answer,
    Attempt,
    Batch,
    Cell,
    Customer,
    NewComplaint,
    Observation,
    Snapshot,
    Survey,
)
from queries.organisation import scope_of
from queries.pages import wall
from tests.build import MONDAY, at, complaint, derive, organisation, rows, settle, take

RESTRICTED = {
    "facts.complaint": 1,
    "facts.complaint_event": 1,
    "facts.statement": 1,
    "facts.co_owner_request": 1,
    "facts.survey": 1,
    "facts.survey_answer": 1,
    "facts.callback_attempt": 1,
    "facts.customer": 1,
    "derived.stint": 1,
    "derived.milestone": 1,
    "derived.deadline": 1,
    "derived.deadline_span": 1,
    "derived.callback": 1,
    "derived.co_owner_request": 1,
    "derived.survey": 1,
    "derived.time_held": 1,
    "derived.flow": 1,
    "derived.risk": 1,
    "journal.forecast": 1,
}


@pytest.fixture
def filled(engine: Engine) -> None:
    """The same life in Guangdong and in Beijing."""
    with engine.begin() as conn:
        organisation(conn)
        for name, region in (("GD", "GD-01"), ("BJ", "BJ-01")):
            steps = [("1.requested", at(1), "BILL"), ("status", at(2), "resolved")]
            steps.append(("status", at(6), "closed"))
            take(conn, complaint(name, MONDAY, *steps, region=region))
            take(
                conn,
                Batch(
                    complaints=[NewComplaint(name, MONDAY, None, None, f"C-{name}")],
                    customers=[Customer(f"C-{name}", "王小明", "13800001234")],
                    surveys=[Survey(name, 1, "sms", at(3))],
                    answers=[Answer(name, 1, at(4), (5,), 9)],
                    attempts=[Attempt(name, "experience", 1, "k", at(5), "no_answer")],
                    snapshots=[Snapshot(name, at(1), 1, (Cell("product", "line"),))],
                ),
            )
        derive(conn)
        conn.execute(
            text(
                "INSERT INTO derived.risk SELECT complaint_id, target, party_id, episode, 0.5, 15, 30, "
                "'target', 1, started_at, region_id FROM derived.deadline"
            )
        )
        conn.execute(
            text(
                "INSERT INTO journal.forecast SELECT started_at, complaint_id, target, party_id, episode, "
                "started_at, due_at, 0.5, 15, 30, 'target', tier, department_id, region_id, 1 "
                "FROM derived.deadline"
            )
        )


def scope(engine: Engine, login: str) -> Scope:
    with engine.begin() as conn:
        found = scope_of(conn, login)
        assert found is not None
        return found


def count(engine: Engine, who: Scope, table: str) -> int:
    with db.reading(engine, who) as conn:
        found: int = conn.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
        return found


@pytest.mark.usefixtures("filled")
def test_a_manager_sees_of_every_table_only_the_rows_of_their_provinces(
    engine: Engine, database_url: str
) -> None:
    app = db.engine(database_url, role="board_app")
    manager, supervisor = scope(engine, "manager"), scope(engine, "supervisor")
    for table in RESTRICTED:
        everything = count(app, supervisor, table)
        theirs = count(app, manager, table)
        assert everything >= 2, table
        assert theirs * 2 == everything, table
    with db.reading(app, manager) as conn:
        assert rows(conn, "SELECT external_id FROM facts.complaint") == [("GD",)]


@pytest.mark.usefixtures("filled")
def test_nobody_sees_anything_without_a_scope(database_url: str) -> None:
    app = db.engine(database_url, role="board_app")
    with app.begin() as conn:
        assert rows(conn, "SELECT * FROM facts.complaint") == []
    with db.reading(app, Scope("x", "manager", ())) as conn:
        assert rows(conn, "SELECT * FROM facts.complaint") == []


@pytest.mark.usefixtures("filled")
def test_a_scope_does_not_leak_to_the_next_user_of_a_connection(engine: Engine, database_url: str) -> None:
    app = db.engine(database_url, role="board_app", pool_size=1)
    count(app, scope(engine, "supervisor"), "facts.complaint")
    with app.begin() as conn:
        assert rows(conn, "SELECT * FROM facts.complaint") == []


@pytest.mark.parametrize("role", ["board_app", "board_wall", "board_everywhere", "board_intake"])
def test_personal_data_is_not_readable(database_url: str, role: str) -> None:
    app = db.engine(database_url, role=role)
    with pytest.raises(ProgrammingError, match="permission denied"), app.begin() as conn:
        conn.execute(text("SELECT * FROM facts.customer_pii"))


@pytest.mark.parametrize("column", ["title", "body", "customer_id"])
def test_the_wall_reads_neither_texts_nor_customers(database_url: str, column: str) -> None:
    wall = db.engine(database_url, role="board_wall")
    with pytest.raises(ProgrammingError, match="permission denied"), wall.begin() as conn:
        conn.execute(text(f"SELECT {column} FROM facts.complaint"))


@pytest.mark.usefixtures("filled")
def test_a_manager_cannot_write_into_another_province(engine: Engine, database_url: str) -> None:
    app = db.engine(database_url, role="board_app")
    with engine.begin() as conn:
        other = rows(conn, "SELECT complaint_id FROM facts.complaint WHERE external_id = 'BJ'")[0][0]
    insert = (
        "INSERT INTO facts.complaint_event (complaint_id, field, happened_at, origin, value) "
        "VALUES (:id, 'tier', now(), 'person', '1')"
    )
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        db.writing(app, scope(engine, "manager")) as conn,
    ):
        conn.execute(text(insert), {"id": other})


@pytest.mark.usefixtures("filled")
def test_a_phone_number_is_revealed_inside_the_scope_and_written_down(
    engine: Engine, database_url: str
) -> None:
    app = db.engine(database_url, role="board_app")
    with engine.begin() as conn:
        ids = dict(rows(conn, "SELECT external_id, complaint_id FROM facts.complaint"))
    with db.writing(app, scope(engine, "manager")) as conn:
        assert rows(conn, "SELECT facts.reveal_phone(:id)", id=ids["GD"]) == [("13800001234",)]
        assert rows(conn, "SELECT facts.reveal_phone(:id)", id=ids["BJ"]) == [(None,)]
    with engine.begin() as conn:
        assert rows(conn, "SELECT person, action, subject FROM journal.audit") == [
            ("manager", "reveal_phone", f"complaint:{ids['GD']}")
        ]


def test_no_view_and_no_function_goes_round_row_level_security(engine: Engine) -> None:
    with engine.begin() as conn:
        views = rows(
            conn,
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname IN ('facts', 'derived', 'journal') AND (c.relkind = 'm' OR (c.relkind = 'v' "
            "AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)))",
        )
        definers = rows(
            conn,
            "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
            "WHERE n.nspname IN ('facts', 'derived', 'journal') AND p.prosecdef",
        )
    assert views == []
    assert sorted(str(name) for (name,) in definers) == [
        "apply_policy",
        "enter_complaint",
        "keep_personal",
        "purge",
        "reveal_phone",
        "withdraw_policy",
    ]


def test_every_table_of_complaints_has_row_level_security(engine: Engine) -> None:
    with engine.begin() as conn:
        open_tables = rows(
            conn,
            "SELECT DISTINCT c.oid::regclass::text FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE n.nspname IN ('facts', 'derived', 'journal') AND c.relkind = 'r' AND NOT c.relrowsecurity "
            "AND a.attname IN ('complaint_id', 'region_id', 'customer_id') ORDER BY 1",
        )
    # No people's data, no region of a complaint: numbers, work lists of jobs, the tree of regions.
    assert open_tables == [
        ("derived.dirty",),
        ("derived.timer",),
        ("derived.unread_text",),
        ("derived.unsettled",),
        ("facts.complaint_ref",),
        ("facts.customer_pii",),  # readable by jobs only
        ("facts.region",),
    ]


def test_facts_that_come_in_keep_out_of_the_other_scope_at_once(engine: Engine, database_url: str) -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, complaint("A", MONDAY, region="GD-01"))
        settle(conn, Batch(observations=[Observation("A", "region", at(1), "BJ-01")]))
    app = db.engine(database_url, role="board_app")
    assert count(app, scope(engine, "manager"), "derived.deadline") == 0


def test_the_regions_of_a_scope_are_read_once_for_a_statement(engine: Engine) -> None:
    """Else every row that is looked at costs a microsecond more."""
    with engine.begin() as conn:
        quals = rows(conn, "SELECT tablename, qual FROM pg_policies WHERE qual LIKE '%app.regions%'")
    assert len(quals) > 8
    assert [table for table, qual in quals if "( SELECT " not in str(qual)] == []


@pytest.mark.usefixtures("filled")
def test_a_wall_bound_to_regions_reads_no_row_of_another_whatever_it_asks_for(
    engine: Engine, database_url: str
) -> None:
    with engine.begin() as conn:
        ids = dict(rows(conn, "SELECT code, region_id FROM facts.region"))
    south = (int(str(ids["GD"])), int(str(ids["GD-01"])))
    screen = db.engine(database_url, role="board_wall")
    bound, all_of_it = Scope("wall south", "wall", south), Scope("wall", "wall", None)
    for table in (
        "facts.complaint",
        "derived.stint",
        "derived.deadline",
        "derived.callback",
        "derived.survey",
    ):
        one = "count(complaint_id)"
        with db.reading(screen, bound) as conn:
            mine = rows(conn, f"SELECT {one} FROM {table}")
            far = rows(conn, f"SELECT {one} FROM {table} WHERE region_id = :far", far=ids["BJ-01"])
        with db.reading(screen, all_of_it) as conn:
            ((everything,),) = rows(conn, f"SELECT {one} FROM {table}")
        assert far == [(0,)], table
        assert int(str(everything)) == 2 * int(str(mine[0][0])) > 0, table
    far_filter = Filters(MONDAY.date(), MONDAY.date(), regions=(int(str(ids["BJ-01"])),))
    with db.reading(screen, bound) as conn:
        assert wall.figures(conn, far_filter, at(2)).open_complaints == 0
        assert wall.places(conn, far_filter, True, at(1), past=True) == ()
        assert wall.past_due(conn, far_filter, True, at(1), past=True) == ()
    screen.dispose()


def test_a_wall_of_regions_may_read_what_the_wall_may_and_has_the_policies_of_people(engine: Engine) -> None:
    readable = """
        SELECT c.oid::regclass::text, '' FROM pg_class c, aclexplode(relacl) a
        WHERE a.grantee = '{0}'::regrole AND a.privilege_type = 'SELECT' AND c.relkind IN ('r', 'p', 'v')
        UNION SELECT attrelid::regclass::text, attname FROM pg_attribute, aclexplode(attacl) a
        WHERE a.grantee = '{0}'::regrole AND a.privilege_type = 'SELECT' ORDER BY 1, 2"""
    unlike = """
        SELECT tablename FROM pg_policies WHERE policyname = 'by_region'
        AND NOT (roles @> ARRAY['board_app', 'board_wall_regions']::name[])"""
    with engine.begin() as conn:
        assert rows(conn, readable.format("board_wall_regions")) == rows(conn, readable.format("board_wall"))
        assert rows(conn, unlike) == []
