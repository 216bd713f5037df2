"""A tick: whatever a job raises is written down, told, and stops nothing else."""

import logging
import time
from collections.abc import Callable

import pytest
from apscheduler.schedulers.blocking import BlockingScheduler
from sqlalchemy import Engine, text

from config.settings import Settings
from jobs import sweep
from jobs.alerts.rules import RULES, Rule
from jobs.scheduler import Job, Watch, Work, _tick
from queries import jobs
from queries.db import board_now
from tests.build import rows

PHONE = "13800001234"


def missing_key(_: Work) -> int:
    return {"a": 1}[PHONE]


def too_far(work: Work) -> int:
    raise OverflowError(PHONE) from ValueError(PHONE)


def bad_statement(work: Work) -> int:
    with work.engine.begin() as conn:
        conn.execute(text("SELECT CAST(:phone AS int), nowhere"), {"phone": PHONE})
    return 1


def nothing_to_do(_: Work) -> int:
    return 0


@pytest.fixture
def ticks(engine: Engine) -> Callable[..., None]:
    """Runs a job once as the scheduler would, in the same process each time."""
    watch, scheduler = Watch(time.monotonic()), BlockingScheduler()

    def tick(run: Callable[[Work], int], name: str = "learn") -> None:
        _tick(Job(name, 60.0, run), engine, Settings(), "host:1:1", watch, scheduler)

    return tick


def runs(engine: Engine) -> list[tuple[object, ...]]:
    with engine.begin() as conn:
        return rows(conn, "SELECT job, outcome, done, error FROM journal.job_run ORDER BY run_id")


def failing(engine: Engine) -> list[tuple[object, ...]]:
    """After a sweep."""
    with engine.begin() as conn:
        now = board_now(conn)
    sweep.run(Work(engine, Settings(), "t", now, lambda: None, dict))
    with engine.begin() as conn:
        return rows(
            conn,
            "SELECT subject, level, occurrence, ended_at IS NOT NULL FROM journal.alert "
            "WHERE rule = 'job_failing' ORDER BY alert_id",
        )


@pytest.mark.parametrize(
    ("run", "said"),
    [(missing_key, "KeyError"), (too_far, "OverflowError"), (bad_statement, "NumericValueOutOfRange 22003")],
)
def test_any_failure_is_a_failed_run_and_says_no_value(
    engine: Engine,
    ticks: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
    run: Callable[[Work], int],
    said: str,
) -> None:
    with caplog.at_level(logging.DEBUG):
        ticks(run)
    ((job, outcome, done, error),) = runs(engine)
    assert (job, outcome, done) == ("learn", "failed", 0)
    assert str(error).startswith(said)
    assert said.split()[0] in caplog.text
    assert PHONE not in str(error) + caplog.text
    with engine.begin() as conn:
        shown = jobs.recent_failures(conn, 60.0, board_now(conn))
    assert [one.error for one in shown] == [error]


def test_the_log_says_where_it_failed_and_what_led_to_it(
    ticks: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    ticks(too_far)
    assert "in too_far" in caplog.text
    assert "ValueError\nwhich led to\n" in caplog.text


def test_three_failures_of_any_kind_raise_one_alert_that_ends_when_the_job_runs_well_again(
    engine: Engine, ticks: Callable[..., None]
) -> None:
    for run in (missing_key, too_far):
        ticks(run)
    assert failing(engine) == []
    ticks(bad_statement)
    assert failing(engine) == [("job:learn", "critical", 1, False)]
    ticks(missing_key)
    assert failing(engine) == [("job:learn", "critical", 1, False)]
    ticks(nothing_to_do)
    assert runs(engine)[-1] == ("learn", "done", 0, None)
    assert failing(engine) == [("job:learn", "critical", 1, True)]


def test_a_job_that_fails_again_raises_the_next_alert(engine: Engine, ticks: Callable[..., None]) -> None:
    for run in (*[missing_key] * 3, nothing_to_do):
        ticks(run)
        failing(engine)
    for _ in range(3):
        ticks(too_far)
    assert failing(engine) == [("job:learn", "critical", 1, True), ("job:learn", "critical", 2, False)]


def test_the_next_process_ends_what_a_dead_one_left_failing(
    engine: Engine, ticks: Callable[..., None]
) -> None:
    for _ in range(3):
        ticks(missing_key)
    assert failing(engine) == [("job:learn", "critical", 1, False)]
    job = Job("learn", 60.0, nothing_to_do)
    _tick(job, engine, Settings(), "host:2:2", Watch(time.monotonic()), BlockingScheduler())
    assert failing(engine) == [("job:learn", "critical", 1, True)]


def test_the_alert_of_a_job_that_no_longer_runs_ends_after_a_quarter_of_an_hour(
    engine: Engine, ticks: Callable[..., None]
) -> None:
    for _ in range(3):
        ticks(missing_key)
    failing(engine)
    with engine.begin() as conn:
        conn.exec_driver_sql("UPDATE journal.job_run SET started_at = started_at - interval '16 min'")
    assert failing(engine) == [("job:learn", "critical", 1, True)]


def test_the_other_jobs_live_on(engine: Engine, ticks: Callable[..., None]) -> None:
    ticks(missing_key)
    ticks(lambda _: 3, "derive")
    assert runs(engine)[1:] == [("derive", "done", 3, None)]


def test_runs_that_do_nothing_leave_no_trace(engine: Engine, ticks: Callable[..., None]) -> None:
    for _ in range(3):
        ticks(nothing_to_do)
    assert runs(engine) == []


def test_a_database_that_is_away_ends_no_tick(engine: Engine, ticks: Callable[..., None]) -> None:
    with engine.begin() as conn:
        conn.exec_driver_sql("ALTER TABLE journal.job_run RENAME TO away")
    ticks(missing_key)
    with engine.begin() as conn:
        conn.exec_driver_sql("ALTER TABLE journal.away RENAME TO job_run")
    ticks(missing_key)
    assert len(runs(engine)) == 1


@pytest.mark.parametrize("broken", [rule.name for rule in RULES if rule.find] + ["new"])
def test_a_rule_that_fails_takes_only_itself_down_and_is_seen(
    engine: Engine, ticks: Callable[..., None], monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fails(conn: object, _now: object) -> list[object]:
        conn.execute(text("SELECT nowhere"))  # type: ignore[attr-defined]
        return []

    def one(rule: Rule) -> Rule:
        return Rule(rule.name, fails, rule.notify_levels) if rule.name == broken else rule  # type: ignore[arg-type]

    rules = (Rule("new", fails, ()), *RULES) if broken == "new" else tuple(map(one, RULES))  # type: ignore[arg-type]
    monkeypatch.setattr(sweep, "RULES", rules)
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "INSERT INTO facts.source (source, time_zone, milestones) VALUES ('s', 'UTC', '{}');"
            "INSERT INTO journal.feed (source, heard_at, expected_every) "
            "VALUES ('s', now() - interval '5 min', 60)"
        )
    for _ in range(4):
        ticks(sweep.run, "sweep")
    with engine.begin() as conn:
        rung = {str(rule) for (rule,) in rows(conn, "SELECT rule FROM journal.alert")}
    assert rung == {"feed_silent", "job_failing"} - {broken}
    failed = [error for _, outcome, _, error in runs(engine) if outcome == "failed"]
    assert len(failed) == 4
    assert all(str(error).startswith(f"{broken}: UndefinedColumn 42703 in ") for error in failed)
