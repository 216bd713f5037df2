"""No job, live page or wall reads a table of history from end to end, whatever it holds by now."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import dashboard
from benchmarks import copies, journal, scratch
from config.settings import settings
from dashboard import reads
from dashboard.pages import PAGES
from dashboard.parts import Page
from jobs.scheduler import JOBS
from jobs.sources import simulator
from jobs.up.postgresql import OPTIONS
from jobs.work import Work
from queries import db
from queries.clocks.derive import derive_these
from queries.db import board_now
from queries.intake import door
from queries.intake.facts import Batch, Cell, NewComplaint, Observation, Snapshot
from queries.intake.replay import start_clock
from queries.risk.skills import learn_skills
from tests.build import MONDAY, at, rows
from tests.plans import Watch, Whole

SCRIPTS = Path(dashboard.__file__).parent
PEOPLE = ("administrator", "manager")
PER_HOUR, COPIES = 0.5, 60
COSTS = ("random_page_cost", "effective_cache_size", "work_mem")  # any server plans as the embedded one does
NIGHTLY = {"learn"}  # asks once for all that it learns from
GROWING = frozenset(
    {
        *copies.FACTS,
        *copies.DERIVED,
        *copies.BY_KEY,
        "facts.customer",
        "facts.customer_pii",
        "facts.statement",
        "derived.text_signal",
        "derived.daily",
        "derived.daily_survey",
        "journal.alert",
        "journal.acknowledgement",
        "journal.delivery",
        "journal.job_run",
        "journal.board_sample",
        "journal.forecast",
        "journal.audit",
    }
)
# By words of the statement.
ALLOWED = {
    "INSERT INTO derived.unread_text": "with a new lexicon all texts are read again; else none is looked at",
    "WHEN d.state = 'cancelled' AND a.ended_at <= ": "when a delivery was cancelled, only its alert knows",
}
# Days of a manager's regions: version 15 does not take the bounds of the period into the arms of the view.
SINCE_16 = {
    "derived.survey": ("WHERE day BETWEEN",),
    "derived.stint": (
        "GROUPING SETS ((), (day), (region), (department), (tier), (channel))",
        "sum(breached)::int AS late FROM counted c",
    ),
}

# Rows enough that reading all of them is the dearer way.
_MORE = """
DELETE FROM derived.unread_text;
INSERT INTO facts.customer (source, external_id) SELECT 'more', n::text FROM generate_series(1, 30000) n;
INSERT INTO facts.callback_booking (complaint_id, kind, episode, booking_key, booked_at)
SELECT complaint_id, kind, episode, 'more', resolved_at FROM derived.callback;
INSERT INTO facts.statement (complaint_id, digest, last_at, stated, turns, imports, cells)
SELECT complaint_id, CAST(md5(external_id) AS uuid), received_at, ARRAY[received_at], ARRAY[1], ARRAY[0], '{}'
FROM facts.complaint;
INSERT INTO derived.text_signal (complaint_id, sentiment, lexicon, characters, is_decided)
SELECT complaint_id, 0, 'test', 20, true FROM facts.complaint;
INSERT INTO journal.board_sample (sampled_at, region_id, open_complaints, follow_up, due_soon, breached,
                                  requests_open, requests_overdue, callbacks_due)
SELECT at, region_id, 10, 1, 1, 1, 1, 1, 1
FROM generate_series(CAST(:now AS timestamptz) - interval '20 d', :now, '1 min') at,
     generate_series(0, 1) region_id;
INSERT INTO journal.forecast (hour, complaint_id, target, party_id, episode, predicted_at, due_at, p, k, n,
                               level, region_id, curve_version)
SELECT date_trunc('hour', at), n, 'feedback', 0, 1, at, at + interval '4 h', 0.5, 22, 44, 'tier',
       n % 300 + 1, 1
FROM (SELECT n, CAST(:now AS timestamptz) - n * interval '30 min' AS at
      FROM generate_series(1, 40000) n) said;
INSERT INTO journal.audit (happened_at, person, action, subject)
SELECT CAST(:now AS timestamptz) - n * interval '10 min', 'li', 'tier', concat_ws(chr(58), 'complaint', n)
FROM generate_series(1, 30000) n
"""
# Of these comparisons the planner may not look at the statistics where row-level security hides rows.
_MIXED = """
SELECT DISTINCT format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', oprcode::oid::regprocedure)
FROM pg_operator WHERE oprresult = 'boolean'::regtype
  AND 'timestamptz'::regtype IN (oprleft, oprright) AND oprleft <> oprright
  AND ('timestamp'::regtype IN (oprleft, oprright) OR 'date'::regtype IN (oprleft, oprright))
"""


@pytest.fixture(scope="module")
def long_history(shared_database_url: str) -> str:
    """URL. Nine weeks of the simulated operator until MONDAY, after five years of ended lives."""
    owner = db.engine(shared_database_url)
    with owner.begin() as conn:
        start_clock(conn, MONDAY, 1)
        for cost in COSTS:
            conn.exec_driver_sql(f"ALTER DATABASE \"{owner.url.database}\" SET {cost} = '{OPTIONS[cost]}'")
    copies.live(owner, owner, copies.STEP, PER_HOUR)
    with owner.begin() as conn:
        now = board_now(conn)
        copies.lengthen(conn, COPIES, (*copies.FACTS, *copies.BY_KEY, *copies.DERIVED, *copies.DAYS))
        journal.fill(conn, now, (40_000, 20_000, 60_000), still_open=20)
        for statement in _MORE.split(";\n"):
            conn.execute(text(statement), {"now": now})
    for name in ("learn", "surge"):
        _job(owner, name)
    with owner.begin() as conn:
        for (statement,) in rows(conn, _MIXED):
            conn.execute(text(str(statement)))
    scratch.vacuum(owner)
    owner.dispose()
    return shared_database_url


def _job(engine: Engine, name: str) -> None:
    with engine.begin() as conn:
        now = board_now(conn)
    (job,) = (one for one in JOBS if one.name == name)
    job.run(Work(engine, settings(), "test", now, lambda: None, dict))


@pytest.fixture
def watch() -> Watch:
    return Watch()


def watched(watch: Watch, url: str, role: str) -> Iterator[Engine]:
    engine = watch.over(db.engine(url, role=role))
    yield engine
    engine.dispose()


@pytest.fixture
def jobs(watch: Watch, long_history: str) -> Iterator[Engine]:
    yield from watched(watch, long_history, "board_jobs")


@pytest.fixture
def pages(watch: Watch, long_history: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("BOARD_DEMO", "true")
    settings.cache_clear()
    yield from watched(watch, long_history, "board_app")
    settings.cache_clear()


@pytest.fixture
def wall(watch: Watch, long_history: str) -> Iterator[Engine]:
    yield from watched(watch, long_history, "board_wall")


def tell(engine: Engine) -> list[int]:
    """A new complaint and a fact of one that is known; returns the known one."""
    with engine.begin() as conn:
        now = board_now(conn)
        ((number, known),) = rows(
            conn,
            "SELECT complaint_id, external_id FROM facts.complaint WHERE status = 'in_progress' "
            "ORDER BY received_at DESC LIMIT 1",
        )
        facts = [Observation(str(known), "category", now, "other", 1)]
        new = [NewComplaint("new", now, "Title")]
        door.take(conn, simulator.source(is_history=False), Batch(new, facts), now)
    return [int(str(number))]


def test_no_job_reads_all_of_history(jobs: Engine, watch: Watch) -> None:
    tell(jobs)
    for job in JOBS:
        if job.name not in NIGHTLY:
            _job(jobs, job.name)
    assert len(watch.seen) > 60
    assert told(watch) == []
    assert watch.mixed == set()


def test_an_export_of_known_complaints_does_not_read_all_of_history(jobs: Engine, watch: Watch) -> None:
    """New contents, the same again, and others."""
    with jobs.begin() as conn:
        now = board_now(conn)
        found = rows(conn, "SELECT external_id FROM facts.complaint ORDER BY received_at DESC LIMIT 200")
        for hours, tier in ((3, "2"), (2, "2"), (1, "1")):
            stated = now - timedelta(hours=hours)
            cells = (Cell("tier", tier), Cell("feedback", None, stated, is_milestone=True))
            given = [Snapshot(str(number), stated, place, cells) for place, (number,) in enumerate(found)]
            assert (
                door.take(conn, simulator.source(is_history=False), Batch(snapshots=given), now).complaints
                == 0
            )
    assert told(watch) == []


def test_learning_who_handles_what_reads_the_last_months_only(jobs: Engine, watch: Watch) -> None:
    with jobs.begin() as conn:
        assert learn_skills(conn, board_now(conn))
    assert told(watch) == []


def test_joining_what_is_derived_with_a_batch_would_be_noticed(jobs: Engine, watch: Watch) -> None:
    with jobs.begin() as conn:
        derive_these(conn, tell(jobs))
        assert told(watch) == []
        conn.execute(text("SELECT f.* FROM derived.flow f JOIN pg_temp.batch_id b USING (complaint_id)"))
    assert told(watch)


def look(engine: Engine, script: str, page: str = "", **query: str) -> None:
    reads.connect(engine)
    app = AppTest.from_file(str(SCRIPTS / script), default_timeout=60)
    app.query_params |= query
    app._page_hash = calc_hash(page)
    assert not app.run().exception


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_no_live_page_reads_all_of_history(pages: Engine, watch: Watch, page: Page, person: str) -> None:
    with pages.begin() as conn:
        ((known,),) = rows(conn, "SELECT max(complaint_id) FROM derived.stint WHERE until_at IS NULL")
    look(pages, "app.py", page.name, person=person, complaint=str(known))
    assert told(watch) == []
    assert watch.mixed == set()


@pytest.mark.parametrize("page", [page for page in PAGES if page.past], ids=lambda page: str(page.name))
def test_no_page_of_this_morning_reads_all_of_history(pages: Engine, watch: Watch, page: Page) -> None:
    look(pages, "app.py", page.name, person="manager", as_of=at(-2).isoformat())
    assert told(watch) == []
    assert watch.mixed == set()


@pytest.mark.parametrize("which", ["acknowledged", "all"])
def test_no_list_of_alerts_reads_all_of_them(pages: Engine, watch: Watch, which: str) -> None:
    look(pages, "app.py", "alerts", person="manager", which=which)
    assert told(watch) == []


@pytest.mark.parametrize("moment", [{}, {"as_of": at(-2).isoformat()}], ids=["now", "this morning"])
def test_the_wall_does_not_read_all_of_history(wall: Engine, watch: Watch, moment: dict[str, str]) -> None:
    look(wall, "wall.py", **moment)
    assert len(watch.seen) > 10
    assert told(watch) == []
    assert watch.mixed == set()


def told(watch: Watch) -> list[str]:
    return sorted(
        f"{one.who} reads all of {one.table}: {' '.join(one.statement.split())}"
        for one in watch.found
        if one.table in GROWING and not any(words in one.statement for words in ALLOWED) and not is_older(one)
    )


def is_older(one: Whole) -> bool:
    statement = " ".join(one.statement.split())
    return one.server < 16 and any(part in statement for part in SINCE_16.get(one.table, ()))
