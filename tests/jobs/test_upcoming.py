"""A change that was stated for an instant to come is shown when the job finds that it has come."""

from threading import Event

from sqlalchemy import Engine, text

from config.settings import Settings
from jobs import derive
from jobs.work import Work
from queries.db import board_version
from tests.build import MONDAY, at, complaint, rows, take


def test_the_job_takes_what_has_come_and_tells_the_pages(engine: Engine, database_url: str) -> None:
    steps = (("status", at(1), "waiting_customer"), ("status", at(9), "in_progress"))
    with engine.begin() as conn:
        take(conn, complaint("A", MONDAY, *steps), now=at(2))
    versions = []
    for hours, status in ((3, "waiting_customer"), (9, "in_progress"), (10, "in_progress")):
        settings = Settings(database_url=database_url)
        work = Work(engine, settings, "test", at(hours), lambda: None, dict, Event())
        derive.run(work)
        with engine.connect() as conn:
            assert rows(conn, "SELECT status FROM facts.complaint") == [(status,)]
            versions.append(board_version(conn).version)
    assert versions[0] < versions[1] == versions[2]
    with engine.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM derived.upcoming")).scalar_one() == 0
