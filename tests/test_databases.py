"""A database that is lent again is as new."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, text

from tests.build import MONDAY, at, complaint, organisation, rows, settle
from tests.databases import Pool, RolledBack


@pytest.fixture
def own_pool(server_url: str, template: str, worker: str) -> Iterator[Pool]:
    made = Pool(server_url, template, f"board_pool_{worker}")
    yield made
    made.close()


def _use(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Commits a life and the statements. The state before: rows of each table, the next numbers."""
    engine = create_engine(url)
    with engine.begin() as conn:
        before = _state(conn)
        organisation(conn)
        settle(conn, complaint("A", MONDAY, ("status", at(2), "closed")))
        for statement in statements:
            conn.execute(text(statement))
    engine.dispose()
    return before


def _state(conn: Connection) -> list[tuple[object, ...]]:
    tables = rows(
        conn,
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
        "WHERE relkind = 'r' AND nspname IN ('facts', 'derived', 'journal') ORDER BY 1",
    )
    found = [(name, *rows(conn, f"SELECT t::text FROM {name} t ORDER BY 1")) for (name,) in tables]
    return [*found, *rows(conn, "SELECT sequencename::text, last_value FROM pg_sequences ORDER BY 1")]


def test_a_filled_database_is_emptied_and_lent_again(own_pool: Pool) -> None:
    urls, states = [], []
    for _ in range(3):
        with own_pool.lend() as url:
            urls.append(url)
            states.append(_use(url, "DELETE FROM journal.policy_version"))
    assert urls[0] == urls[1] == urls[2]
    assert states[0] == states[1] == states[2]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE facts.mine (a int)",
        "ALTER TABLE facts.complaint ADD mine int",
        "ALTER TABLE facts.complaint DISABLE ROW LEVEL SECURITY",
        "DROP TABLE journal.delivery",
        "GRANT SELECT ON facts.customer_pii TO board_app",
        "CREATE INDEX ON facts.complaint (title)",
        "ANALYZE facts.complaint",
    ],
)
def test_a_database_that_was_changed_is_not(own_pool: Pool, statement: str) -> None:
    with own_pool.lend() as first:
        _use(first, statement)
    with own_pool.lend() as second:
        assert second != first


def test_what_is_rolled_back_leaves_rows_and_numbers_as_they_were(own_pool: Pool) -> None:
    made, states = RolledBack(own_pool.lend), []
    for _ in range(2):
        for conn in made.transaction():
            states.append(_state(conn))
            organisation(conn)
            settle(conn, complaint("A"))
    made.close()
    assert states[0] == states[1]
