"""Rows are built by name: every read of the board tells that its columns are the fields it makes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from sqlalchemy import Connection, CursorResult, text

from config.policy import DEFAULT
from queries import db, jobs, organisation
from queries.alerts import deliveries, rules
from queries.alerts.rule import find
from queries.attribution import blocking, lists, rows
from queries.attribution.scope import totals
from queries.clocks.derive import read_facts
from queries.filters import Filters
from queries.intake import feeds, imports
from queries.pages import (
    alert_precision,
    alert_recall,
    alerts,
    backlog,
    callbacks,
    co_owner_requests,
    co_owners,
    complaint,
    moves,
    problems,
    risk,
    riskiest,
    satisfaction,
    shift,
    surges,
    to_move,
    wall,
)
from queries.policies.history import apply_policy
from queries.policy_changes import versions
from queries.risk import forecast_log, runs
from queries.rollups import samples
from queries.texts import proposals, reading
from tests.build import MONDAY, at

NOW = at(hours=11)
ALL = Filters(date(2026, 3, 1), date(2026, 3, 8))


@dataclass(frozen=True, slots=True)
class Tally:
    tier: int
    complaints: int


class Moment(NamedTuple):
    at: int
    value: str


def asked(conn: Connection, sql: str) -> CursorResult[Any]:
    return conn.execute(text(sql))


def test_each_row_becomes_one_of_its_kind(conn: Connection) -> None:
    two = asked(conn, "SELECT n AS tier, n * 10 AS complaints FROM generate_series(1, 2) n ORDER BY n")
    assert db.rows_of(Tally, two) == (Tally(1, 10), Tally(2, 20))
    assert db.row_of(Moment, asked(conn, "SELECT 5 AS at, 'x' AS value")) == Moment(5, "x")
    assert db.row_or_none(Moment, asked(conn, "SELECT 5 AS at, 'x' AS value WHERE false")) is None


def test_rows_come_by_their_first_column(conn: Connection) -> None:
    sql = "SELECT n / 2 AS complaint_id, n AS at, 'x' AS value FROM generate_series(0, 2) n ORDER BY n"
    assert db.rows_by_first(Moment, asked(conn, sql)) == {0: [Moment(0, "x"), Moment(1, "x")], 1: [(2, "x")]}


def test_a_moved_column_is_refused_by_a_sentence_that_names_both(conn: Connection) -> None:
    with pytest.raises(db.MisplacedColumn, match="column complaints where Tally has the field tier"):
        db.rows_of(Tally, asked(conn, "SELECT 10 AS complaints, 1 AS tier"))


def test_a_column_too_many_or_too_few_is_refused_although_there_is_no_row(conn: Connection) -> None:
    with pytest.raises(db.MisplacedColumn, match="column late where Tally has the field None"):
        db.rows_of(Tally, asked(conn, "SELECT 1 AS tier, 10 AS complaints, 0 AS late WHERE false"))
    with pytest.raises(db.MisplacedColumn, match="column None where Tally has the field complaints"):
        db.rows_of(Tally, asked(conn, "SELECT 1 AS tier WHERE false"))


def test_a_column_without_a_name_is_refused(conn: Connection) -> None:
    with pytest.raises(db.MisplacedColumn, match="column count where Tally has the field complaints"):
        db.row_of(Tally, asked(conn, "SELECT 1 AS tier, count(*)"))


Read = Callable[[Connection], object]
# Names are looked at before the rows, so an empty board is enough.
OF_NOW: dict[str, Read] = (
    {
        "versions": versions.versions,
        "last runs": jobs.last_runs,
        "failures": lambda conn: jobs.recent_failures(conn, 60.0, NOW),
        "processes": lambda conn: jobs.processes(conn, 60.0, NOW),
        "feeds": jobs.feeds,
        "came": lambda conn: forecast_log.actual_by_day(conn, "UTC", NOW),
        "waiting": lambda conn: forecast_log.waiting(conn, NOW),
        "runs": runs.runs,
        "in force": runs.in_force,
        "sampled": lambda conn: samples.recorded(conn, None, NOW),
        "facts": lambda conn: read_facts(conn, [1]),
        "reading": lambda conn: reading.reading_of(conn, 1),
        "unread": lambda conn: reading.take_unread(conn, 1),
        "proposal": lambda conn: proposals.proposal(conn, 1),
        "claimed": lambda conn: deliveries.claim(conn, "log", uuid4(), NOW, 1.0),
        "version": db.board_version,
        "silence": lambda conn: feeds.silence(conn, NOW),
        "imports": imports.last_imports,
        "regions": organisation.regions,
        "departments": organisation.departments,
        "people": organisation.people,
        "whose time": lambda conn: rows.attribution(conn, 1, NOW),
        "changes": lambda conn: shift.changes(conn, ALL, MONDAY, NOW),
        "moves": lambda conn: moves.next_moves(conn, ALL, NOW),
        "moved deadlines": lambda conn: moves.deadlines(conn, (), 9),
        "surges": lambda conn: surges.surges(conn, NOW),
        "surge": lambda conn: surges.surge(conn, 1),
        "bars": lambda conn: surges.bars(conn, 1),
        "members": lambda conn: surges.members(conn, 1, 9),
        "surge state": surges.state,
        "belonging": lambda conn: surges.of_complaint(conn, 1),
        "recall": lambda conn: alert_recall.recall(conn, ALL, NOW),
        "recalled": lambda conn: alert_recall.breaches(
            conn, ALL, alert_precision.Slice("at_risk"), None, 9, NOW
        ),
        "problems": lambda conn: problems.overview(conn, ALL, NOW),
        "issues": lambda conn: problems.by_issue(conn, ALL, NOW),
        "problem regions": lambda conn: problems.by_region(conn, ALL, True, NOW),
        "problem departments": lambda conn: problems.by_department(conn, ALL, NOW),
        "problem channels": lambda conn: problems.by_channel(conn, ALL, NOW),
        "problem list": lambda conn: problems.complaints(conn, ALL, problems.Part(), 9, NOW),
        "callers": callbacks.callers,
        "answers": lambda conn: co_owners.answers(conn, ALL, NOW),
        "days of co-owners": lambda conn: co_owners.by_day(conn, ALL, NOW),
        "scores": lambda conn: satisfaction.scores(conn, ALL, NOW),
        "hours": lambda conn: wall.hours(conn, ALL, 9, NOW),
        "expected": lambda conn: riskiest.expected(conn, ALL, NOW),
        "found": lambda conn: complaint.find(conn, "1", None, 9),
        "headline": lambda conn: complaint.headline(conn, 1),
        "trail": lambda conn: complaint.trail(conn, 1),
        "stints": lambda conn: complaint.stints(conn, 1, NOW),
        "deadlines": lambda conn: complaint.deadlines(conn, 1, NOW),
        "callbacks": lambda conn: complaint.callbacks(conn, 1, NOW),
        "survey answers": lambda conn: complaint.answers(conn, 1),
    }
    | {
        f"shift {what}": lambda conn, what=what: shift.happened(conn, ALL, what, MONDAY, 9, NOW)  # type: ignore[misc]
        for what in shift.WHATS
    }
    | {
        f"rule {rule.name}": lambda conn, rule=rule: find(conn, rule, NOW)  # type: ignore[misc]
        for rule in rules.RULES
    }
)
Either = Callable[[Connection, bool], object]
OF_ANY_MOMENT: dict[str, Either] = {
    "held": lambda conn, past: lists.held_by(conn, ALL, "lead", None, 9, NOW, past),
    "late requests": lambda conn, past: lists.late_requests(conn, ALL, None, 9, NOW, past),
    "breaches": lambda conn, past: lists.breaches(conn, ALL, "own", None, 9, NOW, past),
    "totals": lambda conn, past: totals(conn, ALL, NOW, past),
    "blocked": lambda conn, past: blocking.blocked(conn, ALL, None, 9, NOW, past),
    "blockers": lambda conn, past: blocking.blockers(conn, ALL, NOW, past),
    "counted": lambda conn, past: samples.counted(conn, None, NOW, past),
    "cells": lambda conn, past: backlog.by_tier_and_department(conn, ALL, NOW, past),
    "ages": lambda conn, past: backlog.by_age(conn, ALL, NOW, past),
    "backlog regions": lambda conn, past: backlog.by_region(conn, ALL, True, NOW, past),
    "backlog days": lambda conn, past: backlog.over_time(conn, ALL, NOW, past),
    "open complaints": lambda conn, past: backlog.open_complaints(conn, ALL, backlog.Slice(), 9, NOW, past),
    "requests": lambda conn, past: co_owner_requests.requests(
        conn, ALL, "overdue", co_owner_requests.Slice(), 9, NOW, past
    ),
    "standing": lambda conn, past: co_owner_requests.standing(conn, ALL, NOW, past),
    "callback counts": lambda conn, past: callbacks.counts(conn, ALL, NOW, past),
    "pending": lambda conn, past: callbacks.pending(conn, ALL, "today", 9, NOW, past),
    "satisfaction": lambda conn, past: satisfaction.total(conn, ALL, NOW, past),
    "satisfaction days": lambda conn, past: satisfaction.by_day(conn, ALL, NOW, past),
    "satisfaction panels": lambda conn, past: satisfaction.panels(conn, ALL, NOW, past),
    "precision": lambda conn, past: alert_precision.figures(conn, ALL, NOW, past),
    "warnings": lambda conn, past: alert_precision.warnings(
        conn, ALL, alert_precision.Slice("at_risk"), 9, NOW, past
    ),
    "wall": lambda conn, past: wall.figures(conn, ALL, NOW, past),
    "wall feeds": lambda conn, past: wall.feeds(conn, NOW, past),
    "wall calls": lambda conn, past: wall.calls(conn, ALL, NOW, past),
    "to move": lambda conn, past: to_move.to_move(conn, ALL, 9, NOW, past),
    "urgent": lambda conn, past: to_move.urgent(conn, ALL, NOW, past),
    "co-owner loads": lambda conn, past: to_move.co_owner_loads(conn, ALL, NOW, past),
    "past due": lambda conn, past: wall.past_due(conn, ALL, True, NOW, past),
    "places": lambda conn, past: wall.places(conn, ALL, True, NOW, past),
    "summary": lambda conn, past: risk.summary(conn, ALL, NOW, past),
    "open deadlines": lambda conn, past: risk.open_deadlines(conn, ALL, "open", None, 9, NOW, past),
    "due by hour": lambda conn, past: risk.due_by_hour(conn, ALL, 4, NOW, past),
    "riskiest": lambda conn, past: riskiest.riskiest(conn, ALL, NOW, 9, NOW, past),
    "alert counts": lambda conn, past: alerts.counts(conn, ALL, NOW, past),
    "alerts": lambda conn, past: alerts.alerts(conn, ALL, "open", 9, NOW, past),
    "deliveries": lambda conn, past: alerts.deliveries(conn, 9, NOW, past),
}


@pytest.fixture(scope="module")
def empty_board(shared_database_url: str) -> Any:
    engine = db.engine(shared_database_url)
    with engine.begin() as conn:
        apply_policy(conn, DEFAULT.read_text("utf-8"), MONDAY, "test", move_open=False)
    with engine.connect() as conn:
        yield conn
    engine.dispose()


@pytest.mark.parametrize("read", OF_NOW.values(), ids=OF_NOW)
def test_the_columns_of_a_read_are_the_fields_that_it_makes(empty_board: Connection, read: Read) -> None:
    with empty_board.begin_nested():
        read(empty_board)


@pytest.mark.parametrize("past", [False, True], ids=["now", "past"])
@pytest.mark.parametrize("read", OF_ANY_MOMENT.values(), ids=OF_ANY_MOMENT)
def test_so_they_are_of_the_present_and_of_the_past(
    empty_board: Connection, read: Either, past: bool
) -> None:
    with empty_board.begin_nested():
        read(empty_board, past)
