"""What has outlived its days goes, by night or when nights were missed; everything else stays."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from config.policy import DEFAULT
from config.retention import Retention
from config.settings import Settings
from jobs import purge as job
from jobs.commands.purge import run
from jobs.work import Work
from queries import db
from queries.intake.replay import start_clock
from queries.jobs import last_runs, write_run
from queries.policies.history import apply_policy
from queries.purge import horizons, outlived, purge
from queries.rollups import samples
from tests.build import complaint, derive, organisation, rows, take

NOW = datetime(2026, 10, 1, 19, 0, tzinfo=UTC)  # 03:00 in Shanghai
DAY = timedelta(days=1)
KEPT = Retention()


def fill(conn: Connection) -> None:
    """Of each kind an old row and a young one."""
    for age in (500, 70, 5, 0):
        at = NOW - age * DAY
        write_run(conn, "sweep", "a", at, 1, 1, None)
        conn.execute(
            text(
                "INSERT INTO journal.forecast "
                "VALUES (:at, :id, 'feedback', 0, 1, :at, :at, 0.5, 1, 30, 'all', 1, 1, 1, 1)"
            ),
            {"at": at, "id": age + 1},
        )
        conn.execute(
            text("INSERT INTO journal.process (process, started_at, beat_at) VALUES (:name, :at, :at)"),
            {"name": f"host:{age}", "at": at},
        )
        deliver(conn, at, "sent" if age else "waiting")
    deliver(conn, NOW - 900 * DAY, "waiting")
    for source in ("one", "two"):
        conn.execute(
            text(
                "INSERT INTO journal.import_run (source, file_name, file_sha256, started_at) "
                "VALUES (:source, 'f', '', :at), (:source, 'g', '', :at)"
            ),
            {"source": source, "at": NOW - 2000 * DAY},
        )


def deliver(conn: Connection, at: datetime, state: str) -> None:
    conn.execute(
        text(
            "WITH a AS (INSERT INTO journal.alert (rule, subject, level, decided_at, crossed_at, reason) "
            "VALUES ('breached', :at, 'critical', :at, :at, '{}') RETURNING alert_id) "
            "INSERT INTO journal.delivery "
            "(delivery_id, alert_id, outlet, recipient, message, state, next_at, created_at) "
            "SELECT gen_random_uuid(), alert_id, 'webhook', 'x', '{}', :state, :at, :at FROM a"
        ),
        {"at": at, "state": state},
    )


def work(engine: Engine, now: datetime) -> Work:
    return Work(engine, Settings(), "test", now, lambda: None, dict)


def ages(conn: Connection, table: str, column: str) -> list[int]:
    found = rows(conn, f"SELECT {column} FROM journal.{table} ORDER BY {column}")
    return [(NOW - at).days for (at,) in found if isinstance(at, datetime)]


def test_by_night_goes_what_has_outlived_its_days(engine: Engine, database_url: str) -> None:
    with engine.begin() as conn:
        fill(conn)
        found = {one.table: one.rows for one in outlived(conn, KEPT, NOW)}
    jobs = db.engine(database_url, role="board_jobs")
    assert job.run(work(jobs, NOW)) == sum(found.values()) == 7
    with engine.begin() as conn:
        assert ages(conn, "job_run", "started_at") == [70, 5, 0]
        assert ages(conn, "forecast", "hour") == [5, 0]
        assert ages(conn, "process", "beat_at") == [70, 5, 0]
        assert ages(conn, "delivery", "created_at") == [900, 70, 5, 0]  # the oldest is still to be sent
        assert len(ages(conn, "import_run", "started_at")) == 2  # the newest of each source
        assert rows(conn, "SELECT count(*) FROM journal.alert") == [(5,)]
    assert job.run(work(jobs, NOW)) == 0


def test_by_day_goes_only_what_nights_have_missed(engine: Engine) -> None:
    noon = NOW + timedelta(hours=9)
    with engine.begin() as conn:
        for days in (89, 90.5, 93, 94):
            write_run(conn, "sweep", "a", noon - days * DAY, 1, 1, None)
        write_run(conn, "sweep", "a", noon, 1, 1, None)
    assert job.run(work(engine, noon)) == 2
    with engine.begin() as conn:
        assert ages(conn, "job_run", "started_at") == [90, 88, -1]


def test_the_policy_tells_the_days(engine: Engine) -> None:
    with engine.begin() as conn:
        fill(conn)
        policy = DEFAULT.read_text("utf-8").replace("job_run = 90", "job_run = 7")
        apply_policy(conn, policy, NOW + 999 * DAY, "test", move_open=False)
    job.run(work(engine, NOW))
    with engine.begin() as conn:
        assert ages(conn, "job_run", "started_at") == [5, 0]


def test_the_last_run_of_a_job_stays_however_old(conn: Connection) -> None:
    for days in (900, 800):
        write_run(conn, "learn", "a", NOW - days * DAY, 1, 1, None)
    assert [purge(conn, one, 10) for one in horizons(KEPT, NOW) if one.table == "job_run"] == [1]
    assert [run.started_at for run in last_runs(conn)] == [NOW - 800 * DAY]


def test_what_was_shown_at_a_kept_minute_stays_though_its_rows_are_older(conn: Connection) -> None:
    """A row of the record holds until the next one, which may be written much later."""
    organisation(conn)
    old = NOW - 500 * DAY
    for minutes in (0, 1):
        if minutes:
            take(conn, complaint("A", old, tier=None), now=old)
            derive(conn)
        samples.sample(conn, old + timedelta(minutes=minutes), old + timedelta(minutes=minutes))
    samples.sample(conn, NOW - DAY, NOW - DAY)
    before = samples.recorded(conn, None, NOW - DAY)
    gone = [purge(conn, one, 100) for one in horizons(KEPT, NOW) if "sample" in one.table]
    assert gone == [2, 1]  # two minutes, and one row that a later one followed in time
    assert samples.recorded(conn, None, NOW - DAY) == before
    assert samples.recorded(conn, None, old) is None


@pytest.mark.parametrize("table", ["alert", "audit", "policy_version", "acknowledgement", "risk_curve"])
def test_what_is_kept_for_ever_cannot_be_purged(database_url: str, table: str) -> None:
    jobs = db.engine(database_url, role="board_jobs")
    with pytest.raises(ProgrammingError, match="never purged"), jobs.begin() as conn:
        conn.execute(text("SELECT journal.purge(:table, '2020-01-01', 1)"), {"table": table})


def test_nothing_younger_than_a_day_can_be_purged(engine: Engine, database_url: str) -> None:
    with db.engine(database_url, role="board_jobs").begin() as conn, pytest.raises(ProgrammingError):
        conn.execute(text("SELECT journal.purge('job_run', now() - interval '23 h', 1)"))


@pytest.mark.parametrize("role", ["board_app", "board_everywhere", "board_wall"])
def test_only_jobs_may_purge(database_url: str, role: str) -> None:
    with db.engine(database_url, role=role).begin() as conn, pytest.raises(ProgrammingError, match="denied"):
        conn.execute(text("SELECT journal.purge('job_run', '2020-01-01', 1)"))


def test_a_dry_run_says_what_would_go_and_changes_nothing(engine: Engine, database_url: str) -> None:
    with engine.begin() as conn:
        fill(conn)
        start_clock(conn, NOW, 1)
    said: list[str] = []
    given = Settings(database_url=database_url, database_role="board_jobs")
    run(given, True, said.append, False)
    assert said[0].startswith("journal.job_run: 1 rows from before 2026-07-03 19:00 UTC (90 days), about ")
    assert said[-1] == "7 rows would be deleted; nothing was changed."
    run(given, False, said.append, True)
    told = json.loads(said[-1])
    assert told["deleted"] == 7
    assert {one["table"]: one["rows"] for one in told["tables"]}["delivery"] == 1
    run(given, False, said.append, False)
    assert said[-1].startswith("0 rows deleted.")
