"""Runs that succeed share a row; what failed stands alone and keeps its place."""

from datetime import timedelta

from sqlalchemy import Connection

from queries.intake.replay import start_clock
from queries.jobs import TOGETHER_SECONDS, last_runs, write_run
from tests.build import MONDAY, rows


def ran(conn: Connection, second: float, error: str | None = None, process: str = "a", done: int = 3) -> None:
    write_run(conn, "derive", process, MONDAY + timedelta(seconds=second), 0.5, done, error)


def test_runs_that_succeed_one_after_another_are_one_row(conn: Connection) -> None:
    for second in range(0, 60, 2):
        ran(conn, second)
    write_run(conn, "derive", "a", MONDAY + timedelta(seconds=60), 2.25, 5, None)
    ran(conn, 61)
    run = last_runs(conn)[0]
    assert (run.runs, run.done, run.longest) == (32, 98, 2.25)
    assert (run.started_at, run.last_at) == (MONDAY, MONDAY + timedelta(seconds=61))
    assert run.finished_at == MONDAY + timedelta(seconds=61.5)
    assert rows(conn, "SELECT count(*) FROM journal.job_run") == [(1,)]


def test_each_process_and_each_stretch_has_a_row_of_its_own(conn: Connection) -> None:
    for second in (0, 10, TOGETHER_SECONDS - 1, TOGETHER_SECONDS, TOGETHER_SECONDS + 5):
        ran(conn, second)
    ran(conn, 11, process="b")
    found = rows(conn, "SELECT process, runs FROM journal.job_run ORDER BY process, started_at")
    assert found == [("a", 3), ("a", 2), ("b", 1)]


def test_what_succeeds_after_a_failure_comes_after_it(conn: Connection) -> None:
    """Also where another process failed: the newest runs of a job tell whether it is failing."""
    ran(conn, 0)
    ran(conn, 1, "OperationalError 57P01", "b", 0)
    ran(conn, 2, "OperationalError 57P01", "b", 0)
    ran(conn, 3)
    ran(conn, 4)
    assert rows(conn, "SELECT outcome, runs FROM journal.job_run ORDER BY started_at") == [
        ("done", 1),
        ("failed", 1),
        ("failed", 1),
        ("done", 2),
    ]


def test_a_stretch_is_as_long_in_a_fast_replay(conn: Connection) -> None:
    start_clock(conn, MONDAY, 3600)
    ran(conn, 0)
    ran(conn, 3600 * (TOGETHER_SECONDS - 1))
    assert rows(conn, "SELECT runs FROM journal.job_run") == [(2,)]
