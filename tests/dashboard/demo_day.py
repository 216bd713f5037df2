"""A day of the simulated operator as its jobs live through it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text

from config.settings import Settings
from dashboard.parts import Page
from jobs import derive, heartbeat, learn, read_texts, risk, rollups, sample, surge, sweep
from jobs.sources.simulator import HASH_KEY, Feed, Simulation, batch, fill, source
from jobs.work import Work
from queries.intake import door
from queries.intake.replay import start_clock
from queries.jobs import write_run

NOON = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)  # Thursday, 12:00 in Shanghai
DAYS, OPERATOR = 4, Simulation(seed=3, per_hour=25)
SURGE = """
INSERT INTO journal.surge (category, region_id, from_at, found_at, seen_at, people, usual, chance, bars_from,
                           bars, usual_bars)
SELECT 'no_signal', min(region_id), :since, :since, :now, 46, 9.2, 0.0064, :since, '{2, 30, 14}',
       '{1.5, 1.6, 1.7}'
FROM facts.region WHERE level = 'province'
"""


def live_through(engine: Engine) -> None:
    before = NOON - timedelta(hours=2)
    _clock(engine, before)
    for _ in fill(engine, OPERATOR, DAYS):
        pass
    _work(engine, before, derive, rollups, read_texts, learn, surge, sample)
    feed = Feed.start(OPERATOR, before)
    for minutes in range(10, 121, 10):
        now = before + timedelta(minutes=minutes)
        _clock(engine, now)
        with engine.begin() as conn:
            door.take(conn, source(is_history=False), batch(feed.due(now)), now, HASH_KEY)
        _work(engine, now, derive, sweep)
    with engine.begin() as conn:
        conn.execute(text(SURGE), {"since": before, "now": NOON})
        write_run(conn, "derive", "demo:1", NOON - timedelta(minutes=1), 1.0, 7, None)
    _work(engine, NOON, rollups, read_texts, risk, surge, sample, heartbeat)


def _clock(engine: Engine, at: datetime) -> None:
    with engine.begin() as conn:
        start_clock(conn, at, 0.001)


def _work(engine: Engine, now: datetime, *jobs: object) -> None:
    for job in jobs:
        job.run(Work(engine, Settings(), "demo:1", now, lambda: None, dict))  # type: ignore[attr-defined]


def query_of(page: Page, engine: Engine) -> dict[str, str]:
    """Who may see it; the complaint page shows one, the last that breached."""
    query = {"person": page.roles[0]}
    if page.name == "complaint":
        with engine.connect() as conn:
            found = conn.execute(text("SELECT max(complaint_id) FROM journal.alert WHERE rule = 'breached'"))
            query["complaint"] = str(found.scalar_one())
    return query
