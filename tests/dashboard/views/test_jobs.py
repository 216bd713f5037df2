"""The page of jobs: each job by its name in the reader's language, also one that has not run yet."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine

from dashboard.app import PAGES
from dashboard.locale import Language, use
from jobs.scheduler import JOBS
from queries import jobs
from queries.intake.replay import start_clock
from queries.jobs import NamedJob, beat, write_jobs, write_run
from tests.build import at
from tests.dashboard.page_runs import run

PAGE = next(page for page in PAGES if page.name == "jobs")
NOT_RUN = JOBS[-1].name  # heartbeats leave no run
IDLE = JOBS[-2].name


@pytest.fixture
def board(opened: None, engine: Engine) -> Engine:
    """Each job ran but two: one left no run two seconds ago, of the other no process says that it comes."""
    with engine.begin() as conn:
        start_clock(conn, at(1), 0.0001)
        write_jobs(conn, [NamedJob(one.name, one.title_en, one.title_zh, one.every) for one in JOBS])
        beat(conn, "host:1:1", at(0.5), {IDLE: at(0.6).isoformat()})
        every = next(one.every for one in JOBS if one.name == IDLE)
        coming = (at(1) + timedelta(seconds=(every - 2) * 0.0001)).isoformat()
        beat(conn, "host:1:1", at(1), {IDLE: coming})
        for one in JOBS[:-2]:
            write_run(conn, one.name, "host:1:1", at(0.9), 0.5, 3, None)
        write_run(conn, JOBS[0].name, "host:1:1", at(0.95), 0.5, 0, "KeyError in jobs.derive:9")
        conn.exec_driver_sql(
            "INSERT INTO facts.source (source, time_zone, milestones) VALUES ('simulator', 'UTC', '{}'); "
            "INSERT INTO journal.feed (source, heard_at, expected_every) VALUES ('simulator', now(), 60)"
        )
    return engine


def _page(language: Language) -> str:
    app = run(PAGE, lang=language)
    use("en")
    assert not app.exception
    return " ".join(one.proto.body for one in app.get("html"))


def _cells(html: str) -> list[str]:
    return [cell.split("<")[0].split(">")[-1] for cell in html.split("<td")[1:]]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_job_stands_there_by_its_name_and_no_code_does(board: Engine, language: Language) -> None:
    cells = _cells(_page(language))
    for job in JOBS:
        assert (job.title_zh if language == "zh" else job.title_en) in cells
        assert job.name not in cells
    assert "simulator" not in cells
    assert ("模拟数据源" if language == "zh" else "Simulator") in cells


def test_a_job_that_left_no_run_says_when_it_ticked_or_that_it_never_ran(board: Engine) -> None:
    cells = _cells(_page("en"))
    after = {job.name: cells[cells.index(job.title_en) + 1] for job in JOBS[-2:]}
    assert after == {IDLE: "last tick 2 s ago", NOT_RUN: "never"}


def test_a_job_that_is_no_longer_run_is_not_listed_as_one_that_never_ran(conn: Connection) -> None:
    write_jobs(conn, [NamedJob("old", "Old", "旧任务", 5.0)])
    write_jobs(conn, [NamedJob("new", "New", "新任务", 5.0)])
    assert {one.name: current for one, current in jobs.named_jobs(conn)} == {"old": False, "new": True}
