"""The job of the roll-ups follows the zone of the policy, with the rights that it has."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from config.policy import DEFAULT
from config.settings import Settings
from jobs import rollups
from jobs.scheduler import Work
from queries import db
from queries.days import page_zone
from queries.db import Scope
from queries.filters import Filters
from queries.pages import backlog, callbacks, satisfaction, wall
from queries.policies.history import apply_policy
from queries.schema import migrate
from tests.build import at, complaint, rows, settle
from tests.zones import NEW_YORK, regions

RECEIVED = datetime(2026, 3, 2, 17, tzinfo=UTC)  # one o'clock of the third in Shanghai, noon in New York
BODY = DEFAULT.read_text("utf-8").replace('\nzone = "Asia/Shanghai"', f'\nzone = "{NEW_YORK}"', 1)


def received(conn: Connection) -> list[tuple[object, ...]]:
    return rows(conn, "SELECT day, received FROM derived.daily WHERE received > 0 ORDER BY day")


def test_a_policy_with_another_zone_moves_the_days_of_complaints_without_a_region(
    engine: Engine, database_url: str
) -> None:
    jobs = db.engine(database_url, role="board_jobs")
    work = Work(jobs, Settings(), "t", at(days=60), lambda: None, dict)
    with engine.begin() as conn:
        settle(conn, complaint("A", RECEIVED, region=None))
    rollups.run(work)
    with engine.begin() as conn:
        assert received(conn) == [(date(2026, 3, 3), 1)]
        newest = conn.execute(text("SELECT max(applied_at) FROM journal.policy_version")).scalar_one()
        apply_policy(conn, BODY, newest + timedelta(days=1), "test", move_open=False)
    rollups.run(work)
    with engine.begin() as conn:
        assert received(conn) == [(date(2026, 3, 2), 1)]
    assert rollups.run(work) == 0
    jobs.dispose()


@pytest.mark.parametrize("role", ["board_app", "board_wall"])
def test_who_reads_pages_may_read_whose_day_it_is(engine: Engine, database_url: str, role: str) -> None:
    with engine.begin() as conn:
        regions(conn, NEW_YORK)
        settle(conn, complaint("A", RECEIVED, region="NY"))
        seen = conn.execute(text("SELECT array_agg(region_id) FROM facts.region")).scalar_one()
    reader = db.engine(database_url, role=role)
    page = Filters(date(2026, 3, 1), date(2026, 3, 4), zone=NEW_YORK)
    with db.reading(reader, Scope("x", "manager", tuple(seen))) as conn:
        assert page_zone(conn, tuple(seen)) == NEW_YORK
        assert [one.received for one in backlog.over_time(conn, page, at(days=2))] == [0, 1, 0]
        assert satisfaction.total(conn, page, at(days=2)).sent == 0
        assert wall.calls(conn, page, at(days=2)) == wall.Calls(0, 0, 0, 0)
        if role == "board_app":
            assert callbacks.counts(conn, page, at(days=2)).today == 0
    reader.dispose()


def test_a_new_database_begins_with_the_zone_of_its_policy(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(BODY, "utf-8")
    engine = create_engine(database_url)
    with engine.begin() as conn:
        conn.exec_driver_sql("TRUNCATE journal.policy_version CASCADE")
    migrate(database_url, file)
    with engine.begin() as conn:
        assert rows(conn, "SELECT zone FROM derived.policy_zone") == [(NEW_YORK,)]
    engine.dispose()
