"""An import that is taken back leaves what there would be without it."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from queries import db
from queries.intake import door, imports
from queries.intake.facts import Answer, Batch, NewComplaint, Observation, Source, Survey
from queries.intake.take_back import take_back
from tests.build import MONDAY, at, derive, id_of, organisation, rows
from tests.queries.intake.statements import TABLE, export, life, reached, state, stated, trail

BEFORE, LATER = at(days=1), at(days=2)


def imported(conn: Connection, batch: Batch, now: datetime, **given: object) -> int:
    number = imports.start_import(conn, "table", "file.csv", "0", now)
    source: Source = replace(TABLE, import_id=number, **given)  # type: ignore[arg-type]
    door.take(conn, source, batch, now)
    derive(conn)
    imports.let_go(conn, number)
    return number


def everything(conn: Connection) -> list[object]:
    tables = ("stint", "milestone", "deadline", "deadline_span", "timer", "callback", "survey")
    found: list[object] = [rows(conn, f"SELECT * FROM derived.{name} ORDER BY 1, 2, 3, 4") for name in tables]
    found.append(
        rows(
            conn,
            "SELECT complaint_id, status, tier, title, received_at, vanished_at FROM facts.complaint "
            "WHERE taken_back_at IS NULL ORDER BY 1",
        )
    )
    return found


def test_a_second_export_taken_back_leaves_what_the_first_said(conn: Connection) -> None:
    organisation(conn)
    first = export(
        stated("A", BEFORE, MONDAY, *state(status="in_progress", tier="2")),
        stated("B", BEFORE, MONDAY, *state(status="in_progress", tier="3")),
        stated("C", BEFORE, MONDAY, *state(status="closed"), reached("closed", at(3))),
    )
    imported(
        conn,
        replace(
            first,
            surveys=[Survey("C", 1, "sms", at(4), BEFORE)],
            answers=[Answer("C", 1, at(5), (2,), None, BEFORE)],
        ),
        BEFORE,
    )
    before = everything(conn)
    second = export(
        stated("A", LATER, at(1), *state(status="resolved", tier="1")),
        stated("C", LATER, MONDAY, *state(status="in_progress")),
        stated("D", LATER, MONDAY, *state(status="in_progress")),
    )
    number = imported(
        conn, replace(second, answers=[Answer("C", 1, at(5), (5,), None, LATER)]), LATER, complete_at=LATER
    )
    assert everything(conn) != before
    assert rows(conn, "SELECT status FROM facts.complaint WHERE external_id = 'B'") == [("vanished",)]
    assert take_back(conn, number, at(days=3)) == 4
    derive(conn)
    assert everything(conn) == before
    assert take_back(conn, number, at(days=3)) == 0


def test_a_log_taken_back_is_as_if_it_had_never_come_and_may_come_again(
    engine: Engine, database_url: str
) -> None:
    log = Batch(
        complaints=[NewComplaint("A", MONDAY, "Title")],
        observations=[Observation("A", "region", MONDAY, "GD-01"), Observation("A", "tier", MONDAY, "2")],
    )
    with engine.begin() as conn:
        organisation(conn)
        number = imported(conn, log, BEFORE)
        told = everything(conn)
        assert len(life(conn, "A")) == 1
        take_back(conn, number, LATER)
        derive(conn)
        assert life(conn, "A") == []
        assert rows(conn, "SELECT * FROM derived.deadline") == rows(conn, "SELECT * FROM derived.timer") == []
        supervisor = db.Scope("supervisor", "supervisor", None)
    with db.reading(db.engine(database_url, role="board_app"), supervisor) as conn:
        assert rows(conn, "SELECT * FROM facts.complaint") == []
    with engine.begin() as conn:
        imported(conn, log, at(days=4))
        assert everything(conn) == told
        assert trail(conn, "A", "tier") == [(MONDAY, "2")]
        assert id_of(conn, "A") == 1
