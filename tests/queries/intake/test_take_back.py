"""An import that is taken back leaves what there would be without it."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Connection, Engine

from queries import db
from queries.intake import door, imports
from queries.intake.facts import Answer, Batch, NewComplaint, Observation, Source, Survey
from queries.intake.imports import Finished
from queries.intake.take_back import NothingToTakeBack, take_back
from tests.build import MONDAY, at, derive, id_of, organisation, rows
from tests.queries.intake.statements import TABLE, export, life, reached, state, stated, trail

BEFORE, LATER = at(days=1), at(days=2)


def imported(conn: Connection, batch: Batch, now: datetime, **given: object) -> int:
    number = imports.start_import(conn, "table", "file.csv", "0", now)
    source: Source = replace(TABLE, import_id=number, **given)  # type: ignore[arg-type]
    door.take(conn, source, batch, now)
    derive(conn)
    imports.finish_import(conn, number, now, Finished(1, 0, 0, 1, 1, None, [], None))
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
    back = take_back(conn, number, "li", "wrong file", at(days=3))
    assert (back.touched, back.gone, back.changed) == (4, 1, 3)
    derive(conn)
    assert everything(conn) == before
    with pytest.raises(NothingToTakeBack, match="was taken back at 2026-03-05 01:00 UTC by li"):
        take_back(conn, number, "li", "again", at(days=3))


def test_the_title_goes_with_the_only_import_that_gave_one(conn: Connection) -> None:
    organisation(conn)
    cells = state(status="in_progress")
    imported(conn, export(stated("A", BEFORE, MONDAY, *cells)), BEFORE)
    second = imported(conn, export(stated("A", LATER, MONDAY, *cells)._replace(title="Line cut")), LATER)
    third = imported(conn, Batch([NewComplaint("A", MONDAY, "Line cut", "Since noon")]), at(days=3))
    title = "SELECT title, body FROM facts.complaint"
    take_back(conn, second, "li", "test", at(days=4))
    assert rows(conn, title) == [("Line cut", "Since noon")]
    take_back(conn, third, "li", "test", at(days=5))
    assert rows(conn, title) == [(None, None)]
    assert rows(conn, "SELECT count(*) > 0 FROM derived.unread_text") == [(True,)]


def test_what_two_logs_tell_stands_until_both_are_taken_back(conn: Connection) -> None:
    organisation(conn)
    told = [Observation("A", "tier", MONDAY, "2"), Observation("A", "department", MONDAY, "NET")]
    first = imported(conn, Batch([NewComplaint("A", MONDAY)], told), BEFORE)
    more = [*told, Observation("A", "tier", at(1), "1")]
    second = imported(conn, Batch([NewComplaint("A", MONDAY)], more), LATER)
    back = take_back(conn, first, "li", "test", at(days=3))
    assert (back.gone, back.changed) == (0, 1)
    assert trail(conn, "A", "tier") == [(MONDAY, "2"), (at(1), "1")]
    assert trail(conn, "A", "department") == [(MONDAY, "NET")]
    assert take_back(conn, second, "li", "test", at(days=4)).gone == 1
    assert trail(conn, "A", "tier") == []


def test_what_is_not_done_or_changed_nothing_is_refused_with_the_reason(conn: Connection) -> None:
    organisation(conn)
    with pytest.raises(NothingToTakeBack, match="There is no import 7"):
        take_back(conn, 7, "li", "test", LATER)
    under_way = imports.start_import(conn, "table", "file.csv", "0", BEFORE)
    with pytest.raises(NothingToTakeBack, match="it is not done"):
        take_back(conn, under_way, "li", "test", LATER)
    imports.let_go(conn, under_way)
    nothing = imported(conn, Batch(), BEFORE)
    with pytest.raises(NothingToTakeBack, match="changed nothing of any complaint"):
        take_back(conn, nothing, "li", "test", LATER)


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
        assert take_back(conn, number, "li", "test", LATER).gone == 1
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
