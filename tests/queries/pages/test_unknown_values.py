"""Unknown values: who may read and say what."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from config.vocabulary import ALL_MILESTONES
from queries import db
from queries.db import Scope
from queries.intake import door
from queries.intake.facts import Source
from queries.pages import unknown_values
from tests.build import at, complaint, organisation

EVERYWHERE = Scope("administrator", "administrator", None)
LIMITED = Scope("manager", "manager", (1, 2))


@pytest.fixture
def known(engine: Engine) -> Engine:
    with engine.begin() as conn:
        organisation(conn)
        source = Source("crm", ALL_MILESTONES)
        door.take(conn, source, complaint("A", department="网络三部"), at(1))
    return engine


def test_numbers_of_complaints_are_for_those_who_see_all_regions(known: Engine) -> None:
    with db.reading(known, EVERYWHERE) as conn:
        (one,) = unknown_values.listed(conn, 10)
        assert (one.key, one.complaints, one.examples) == (("crm", "department", "网络三部"), 1, "A")
    with db.reading(known, LIMITED) as conn:
        assert unknown_values.count(conn) == 1
    with pytest.raises(ProgrammingError), db.reading(known, LIMITED) as conn:
        unknown_values.listed(conn, 10)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO facts.value_meaning (source, field, value, means) VALUES ('crm', 'tier', 'x', '1')",
        "UPDATE facts.department SET name_zh = 'x'",
        "INSERT INTO facts.agent (login, name_en, name_zh, grade) VALUES ('x', 'x', 'x', 'administrator')",
    ],
)
def test_whoever_sees_some_regions_only_arranges_nothing(known: Engine, statement: str) -> None:
    with pytest.raises(ProgrammingError), db.writing(known, LIMITED) as conn:
        conn.execute(text(statement))


def test_nobody_puts_a_meaning_in_force_but_the_jobs(known: Engine) -> None:
    statement = (
        "INSERT INTO facts.value_meaning (source, field, value, means, in_force) "
        "VALUES ('crm', 'tier', 'x', '1', true)"
    )
    with pytest.raises(ProgrammingError), db.writing(known, EVERYWHERE) as conn:
        conn.execute(text(statement))
