"""The board as of T on all the facts is what the live board showed at T, on the facts that had happened."""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from inspect import getmembers, isfunction, signature
from types import ModuleType
from typing import Any, get_args

import pytest
from sqlalchemy import Connection, Engine

from config.policy import DEFAULT
from config.risk import USUAL
from config.settings import Settings
from jobs import sweep
from jobs.work import Work
from queries import open_deadlines
from queries.alerts.rule import end, find
from queries.alerts.rules import feed_silent, likely_breach
from queries.alerts.sweep import end_alerts
from queries.filters import Filters
from queries.intake import door
from queries.intake.facts import Attempt, Batch
from queries.pages import (
    alert_precision,
    alert_recall,
    alerts,
    backlog,
    callbacks,
    risk,
    satisfaction,
    to_move,
    wall,
)
from queries.pages.backlog import Slice
from queries.policies import history
from queries.policies.history import apply_policy
from queries.rollups.daily import count_day, take_dirty_days
from tests.build import SOURCE, at, complaint, derive, organisation, rows, settle, take
from tests.queries.random_lives import PAUSING, Timed, lives

ALL = Filters(date(2026, 2, 25), date(2026, 3, 31))
LIMIT = 1_000
Ask = Callable[..., Any]

# Every query that answers for the past, with each of its lists.
QUESTIONS: dict[str, Ask] = {
    "risk.summary": risk.summary,
    "risk.due_by_hour": lambda conn, by, **then: risk.due_by_hour(conn, by, 24, **then),
    "backlog.by_tier_and_department": backlog.by_tier_and_department,
    "backlog.by_age": backlog.by_age,
    "backlog.by_region": lambda conn, by, **then: backlog.by_region(conn, by, True, **then),
    "backlog.cities": lambda conn, by, **then: backlog.by_region(conn, by, False, **then),
    "backlog.over_time": backlog.over_time,
    "backlog.count_open": lambda conn, by, **then: backlog.count_open(conn, by, Slice(tier=2), **then),
    "backlog.open_complaints": lambda conn, by, **then: backlog.open_complaints(
        conn, by, Slice(), LIMIT, **then
    ),
    "satisfaction.total": satisfaction.total,
    "satisfaction.by_day": satisfaction.by_day,
    "satisfaction.panels": satisfaction.panels,
    "satisfaction.scores": lambda conn, by, now, past: satisfaction.scores(conn, by, now),
    "satisfaction.mean": lambda conn, by, now, past: satisfaction.mean(conn, by, now),
    "callbacks.counts": callbacks.counts,
    "alerts.counts": alerts.counts,
    "alerts.deliveries": lambda conn, by, **then: alerts.deliveries(conn, LIMIT, **then),
    "alert_precision.figures": alert_precision.figures,
    "alert_recall.recall": alert_recall.recall,
    "plans.goals": lambda conn, by, **then: history.goals(conn, **then),
    "wall.figures": wall.figures,
    "wall.calls": wall.calls,
    "to_move.urgent": to_move.urgent,
    "to_move.co_owner_loads": to_move.co_owner_loads,
    "to_move.to_move": lambda conn, by, **then: to_move.to_move(conn, by, LIMIT, **then),
    "wall.past_due": lambda conn, by, **then: wall.past_due(conn, by, False, **then),
    "wall.places": lambda conn, by, **then: wall.places(conn, by, False, **then),
    "wall.hours": lambda conn, by, now, past: wall.hours(conn, by, (now.hour + 8) % 24, now),
}
for _which in set(get_args(open_deadlines.Which)) - {"due_in"}:
    QUESTIONS[f"risk.{_which}"] = lambda conn, by, which=_which, **then: risk.open_deadlines(
        conn, by, which, None, LIMIT, **then
    )
for _when in get_args(callbacks.When):
    QUESTIONS[f"callbacks.{_when}"] = lambda conn, by, when=_when, **then: callbacks.pending(
        conn, by, when, LIMIT, **then
    )
for _outcome in get_args(alert_precision.Outcome):
    QUESTIONS[f"alert_precision.{_outcome}"] = lambda conn, by, of=_outcome, **then: alert_precision.warnings(
        conn, by, alert_precision.Slice("likely_breach", of), LIMIT, **then
    )
for _list in get_args(alerts.Which):
    QUESTIONS[f"alerts.{_list}"] = lambda conn, by, which=_list, **then: alerts.alerts(
        conn, by, which, LIMIT, **then
    )


def ask_all(conn: Connection, filters: Filters, now: datetime, past: bool) -> dict[str, Any]:
    """Where a list leaves its order open, what it holds counts."""
    found = {name: ask(conn, filters, now=now, past=past) for name, ask in QUESTIONS.items()}
    return {
        name: sorted(got, key=repr) if isinstance(got, tuple) and name in UNORDERED else got
        for name, got in found.items()
    }


UNORDERED = {"alerts.deliveries", "alerts.open", "alerts.acknowledged", "alerts.all", "wall.past_due"}


@dataclass(slots=True)
class Board:
    """A board that lives: facts come in as they happen, and at each stop everything is asked of it."""

    engine: Engine
    shown: dict[tuple[datetime, str], dict[str, Any]]
    filters: dict[str, Filters]


@pytest.fixture(params=[1, 2, 3])
def lived(engine: Engine, request: pytest.FixtureRequest) -> Board:
    with engine.begin() as conn:
        organisation(conn)
        apply_policy(conn, PAUSING, at(days=-30), "test", move_open=False)
        ids = dict(rows(conn, "SELECT code, region_id FROM facts.region"))
        net = dict(rows(conn, "SELECT code, department_id FROM facts.department"))["NET"]
    every, numbers = ALL, (ids["GD"], ids["GD-01"])
    board = Board(
        engine,
        {},
        {
            "all": every,
            "urgent": Filters(ALL.since, ALL.until, tiers=(1, 2)),
            "guangdong": Filters(ALL.since, ALL.until, regions=numbers),  # type: ignore[arg-type]
            "network": Filters(ALL.since, ALL.until, departments=(net,)),  # type: ignore[arg-type]
        },
    )
    coming = sorted(lives(request.param, 60), key=lambda timed: timed.at)
    for stop in (at(hours=5), at(days=1.5), at(days=3, hours=16), at(days=6), at(days=11), at(days=25)):
        happened = [timed for timed in coming if timed.at <= stop]
        coming = coming[len(happened) :]
        _live_until(board, happened, stop)
    return board


def _together(happened: list[Timed]) -> list[Batch]:
    """In one batch, which the door takes in the same way."""
    batches = [timed.batch for timed in happened]
    return [
        Batch(
            complaints=[one for batch in batches for one in batch.complaints],
            observations=[one for batch in batches for one in batch.observations],
            surveys=[one for batch in batches for one in batch.surveys],
            answers=[one for batch in batches for one in batch.answers],
            attempts=[one for batch in batches for one in batch.attempts],
        )
    ]


def _live_until(board: Board, happened: list[Timed], now: datetime) -> None:
    with board.engine.begin() as conn:
        take(conn, *_together(happened), now=now)
        derive(conn)
    sweep.run(Work(board.engine, Settings(webhook_url="http://127.0.0.1:9/"), "t", now, lambda: None, dict))
    with board.engine.begin() as conn:
        _warn_of_all(conn, now)
        _people_act(conn, now)
        derive(conn)
        for day in take_dirty_days(conn, now):
            count_day(conn, day)
    sweep.run(Work(board.engine, Settings(webhook_url="http://127.0.0.1:9/"), "t", now, lambda: None, dict))
    with board.engine.begin() as conn:
        # Made by the database's own clock, which is not the one of this board.
        conn.exec_driver_sql("UPDATE journal.delivery SET created_at = next_at WHERE created_at > next_at")
        for name, filters in board.filters.items():
            board.shown[now, name] = ask_all(conn, filters, now, past=False)


def _warn_of_all(conn: Connection, now: datetime) -> None:
    """Each deadline and callback that is due in the next days likely breaches, for a moment."""
    limits = USUAL.model_copy(update={"alert_within": 5 * 86_400})
    conn.exec_driver_sql(
        "INSERT INTO derived.risk SELECT complaint_id, target, party_id, episode, 0.9, 633, 700, 'tier', 1, "
        "%(now)s, region_id FROM derived.deadline WHERE met_at IS NULL AND cancelled_at IS NULL UNION ALL "
        "SELECT complaint_id, kind, 0, episode, 0.9, 633, 700, 'tier', 1, %(now)s, region_id "
        "FROM derived.callback WHERE ended_at IS NULL",
        {"now": now},
    )
    end(conn, likely_breach.RULE, now, **likely_breach.limits(limits))
    find(conn, likely_breach.RULE, now, **likely_breach.limits(limits))
    conn.exec_driver_sql("DELETE FROM derived.risk")


def _people_act(conn: Connection, now: datetime) -> None:
    """Each stop: a callback is assigned, one is called, an alert is taken up, a delivery goes out."""
    waiting = callbacks.pending(conn, ALL, "upcoming", 5, now)
    me = dict(rows(conn, "SELECT login, agent_id FROM facts.agent"))["scheduler"]
    for place, row in enumerate(waiting):
        own = f"{now:%d%H}-{place}"
        if place % 2:
            callbacks.book(conn, row.key, row.revision, own, int(str(me)), None, None, now)
        else:
            callbacks.record_attempt(conn, row.key, row.revision, own, "no_answer", None, None, None, now)
    some = [one.alert_id for one in alerts.alerts(conn, ALL, "open", 3, now)]
    alerts.acknowledge(conn, some, "supervisor", None, now)
    conn.exec_driver_sql(
        "UPDATE journal.delivery SET state = 'sent', attempts = 1, sent_at = %s WHERE delivery_id IN "
        "(SELECT delivery_id FROM journal.delivery WHERE state = 'waiting' ORDER BY delivery_id LIMIT 3)",
        (now,),
    )


def _summed(answer: Any) -> Any:
    """The order in which rows are summed is the server's own: the last digits of a sum may differ."""
    if isinstance(answer, tuple | list):
        return [_summed(one) for one in answer]
    if isinstance(answer, dict):
        return {key: _summed(one) for key, one in answer.items()}
    if is_dataclass(answer):
        return [_summed(getattr(answer, one.name)) for one in fields(answer)]
    return round(answer, 9) if isinstance(answer, float) else answer


SELDOM = {"risk.paused", "risk.excused", "callbacks.today", "callbacks.overdue"}
SELDOM |= {"alert_precision.acted", "alert_precision.untouched"}  # between two stops; see their own test


def test_as_of_a_moment_on_all_facts_is_what_was_live_then(lived: Board) -> None:
    """The last moment is now: as of now is live. Each question has something to compare at some moment."""
    asked = set()
    with lived.engine.begin() as conn:
        for (moment, name), live in lived.shown.items():
            then = ask_all(conn, lived.filters[name], moment, past=True)
            wrong = {ask: (got, live[ask]) for ask, got in then.items() if _summed(got) != _summed(live[ask])}
            assert wrong == {}
            asked |= {ask for ask, got in then.items() if got}
    assert set(QUESTIONS) - asked <= SELDOM


SUBJECTS: tuple[ModuleType, ...] = (risk, backlog, satisfaction, callbacks, alerts, wall, to_move)
SUBJECTS += (alert_precision, alert_recall)
BY_NOW_ALONE = {"satisfaction.scores", "satisfaction.mean", "satisfaction.means", "wall.growth", "wall.hours"}
WRITES = {"callbacks.record_attempt", "callbacks.book", "callbacks.book_each"}
WRITES |= {"alerts.acknowledge", "alerts.send_again"}


def test_whatever_is_asked_for_now_can_be_asked_for_the_past() -> None:
    without = {
        f"{module.__name__.removeprefix('queries.pages.')}.{name}"
        for module in SUBJECTS
        for name, query in getmembers(module, isfunction)
        if query.__module__ == module.__name__
        and not name.startswith("_")
        and "now" in signature(query).parameters
        and "past" not in signature(query).parameters
    }
    assert without == BY_NOW_ALONE | WRITES


def test_before_an_owner_was_named_there_was_none(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("A", at(), ("owner", at(1), "li")))
    for now, owner in ((at(minutes=30), None), (at(1), "Li Wei")):
        listed = backlog.open_complaints(conn, ALL, Slice(), 9, now, past=True)
        assert [one.owner_en for one in listed] == [owner]
        due = risk.open_deadlines(conn, ALL, "open", None, 9, now, past=True)
        assert {one.owner_en for one in due} == {owner}


def test_a_deadline_that_a_tier_change_had_cancelled_was_not_open(conn: Connection) -> None:
    """Back in its tier it runs again: the derived row alone would say that it always did."""
    organisation(conn)
    settle(conn, complaint("A", at(), ("tier", at(0.5), "1"), ("tier", at(0.8), "2")))
    seen = []
    for minutes in (20, 40, 50):
        found = risk.open_deadlines(conn, ALL, "open", None, 9, at(minutes=minutes), past=True)
        seen.append({one.target for one in found})
    assert seen == [
        {"first_contact", "verification", "feedback"},
        {"first_contact", "plan"},
        {"first_contact", "verification", "feedback"},
    ]


def test_a_source_was_silent_while_an_alert_said_so(conn: Connection) -> None:
    organisation(conn)
    door.take(conn, replace(SOURCE, expected_every=60), complaint("A"), at())
    find(conn, feed_silent.RULE, at(1))
    door.take(conn, replace(SOURCE, expected_every=60), complaint("B"), at(2))
    end_alerts(conn, at(2))
    asked = (at(minutes=0.5), at(1), at(3))
    assert [wall.feeds(conn, now, past=True).silent for now in asked] == [None, "test", None]
    assert wall.feeds(conn, at(1), past=True).silent_seconds == 3600


def test_the_goals_are_those_of_the_policy_of_then(conn: Connection) -> None:
    later = DEFAULT.read_text("utf-8").replace("satisfaction = 4.2", "satisfaction = 4.6")
    first = rows(conn, "SELECT min(applied_at) FROM journal.policy_version")[0][0]
    assert isinstance(first, datetime)
    apply_policy(conn, later, first + timedelta(days=1), "test", move_open=False)
    asked = [first + timedelta(days=days) for days in (-400, 0.5, 2)]
    assert [history.goals(conn, now, past=True).satisfaction for now in asked] == [4.2, 4.2, 4.6]


def test_days_that_were_not_over_everywhere_are_counted_from_their_rows(conn: Connection) -> None:
    """At 10:00 of Tuesday in Shanghai, Monday in New York still had an evening to come."""
    organisation(conn)
    conn.exec_driver_sql(
        "INSERT INTO facts.region (code, level, name_en, name_zh, time_zone) "
        "VALUES ('NY', 'province', 'New York', '纽约', 'America/New_York')"
    )
    tuesday = at(days=1, hours=1)
    settle(conn, complaint("A", tuesday - timedelta(hours=2), region="NY"))
    settle(conn, complaint("B", tuesday + timedelta(hours=2), region="NY"))
    for day in take_dirty_days(conn, at(days=30)):
        count_day(conn, day)
    monday, today = backlog.over_time(conn, Filters(date(2026, 3, 2), date(2026, 3, 3)), tuesday, past=True)
    assert (monday.received, today.received, today.complaints) == (1, 0, 1)


def test_a_paused_deadline_had_the_budget_left_that_it_had(conn: Connection) -> None:
    organisation(conn)
    apply_policy(conn, PAUSING, at(days=-30), "test", move_open=False)
    waits = [("status", at(4), "waiting_customer"), ("status", at(30), "in_progress")]
    settle(conn, complaint("A", at(), *waits), complaint("B", at(), *waits, tier=3))
    found = risk.open_deadlines(conn, ALL, "paused", None, 9, at(20), past=True)
    # A: 20 of 24 hours. B: the office closes at 18:00 after 8 h on each of the three days that follow, and at
    # 13:00 of the first one 5 h were left, all of them open: 5 h + 3 * 8 h.
    assert {one.external_id: one.left_seconds for one in found} == {"A": 20 * 3600, "B": 29 * 3600}


def test_a_seven_day_call_was_off_the_list_once_the_three_day_call_was_not_solved(conn: Connection) -> None:
    """Whatever somebody records of it later."""
    organisation(conn)
    settle(
        conn,
        complaint("A", at(), ("status", at(1), "resolved")),
        Batch(
            attempts=[
                Attempt("A", "confirm_solved", 1, "k1", at(2), "not_solved"),
                Attempt("A", "experience", 1, "k2", at(4), "confirmed"),
            ]
        ),
    )
    assert callbacks.counts(conn, ALL, at(3), past=True).upcoming == 0
