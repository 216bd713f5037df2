"""What fills the disk: bytes a complaint after a lived month, and what the journal grows by in a day."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, create_engine, text

from benchmarks.scratch import board
from jobs.sources.simulated.life import ZONE
from jobs.sources.simulated.organisation import operator
from jobs.sources.simulator import HASH_KEY, Feed, Simulation, batch, source
from queries.clocks.derive import derive_dirty
from queries.intake import door
from queries.jobs import write_run
from queries.organisation import put_organisation
from queries.risk.forecast_log import record
from queries.rollups.daily import count_day, take_dirty_days
from queries.rollups.samples import sample

DAYS = 24
STEP = timedelta(hours=6)
TICK = timedelta(seconds=5)
SEEDED = datetime(2026, 10, 1, 16, tzinfo=UTC)  # midnight in Shanghai
# The same run before all this.
BEFORE = (
    "Before keys and roll-ups were narrower and repetitions were left out: facts.complaint_event 2,896 bytes "
    "a complaint, derived.daily 491, all 10,938; job_run 13,680 rows and 3.54 MB a day, board_sample 46,080 "
    "and 6.88, forecast 9,864 and 3.34, kept for ever."
)
JOURNAL = ("job_run", "board_sample", "sampled_minute", "forecast")

_COUNTS = "SELECT (SELECT count(*) FROM facts.complaint), (SELECT count(*) FROM derived.daily)"
_SIZES = """
SELECT n.nspname || '.' || c.relname, pg_table_size(c.oid), pg_indexes_size(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname IN ('facts', 'derived')
"""
_GROWN = "SELECT count(*), pg_relation_size('journal.{0}') + pg_indexes_size('journal.{0}') FROM journal.{0}"
# Numbers as the minute's job says them; which number it is takes no place of its own.
_RISK = """
INSERT INTO derived.risk (complaint_id, target, party_id, episode, p, k, n, level, curve_version, computed_at,
                          region_id)
SELECT complaint_id, target, party_id, episode, 0.5, 31, 62, 'tier', 1, started_at, region_id
FROM derived.deadline WHERE met_at IS NULL AND cancelled_at IS NULL
UNION ALL
SELECT complaint_id, kind, 0, episode, 0.5, 31, 62, 'tier', 1, resolved_at, region_id
FROM derived.callback WHERE ended_at IS NULL
"""


def run() -> list[str]:
    with board() as engine:
        feed, now = _exposure(engine)
        with engine.begin() as conn:
            complaints, daily = conn.execute(text(_COUNTS)).one()
            sizes = sorted(conn.execute(text(_SIZES)), key=lambda row: -row[1] - row[2])
        grown = _hour(engine, feed, now + timedelta(hours=10))
    total = sum(table + index for _, table, index in sizes)
    return [
        "## What fills the disk",
        "",
        f"{complaints:,} simulated complaints that came in {DAYS} days, in steps of six hours; {daily:,} "
        "rows of daily roll-ups.",
        "",
        "| bytes a complaint | rows | indexes | both |",
        "|---|---:|---:|---:|",
        *(
            f"| {name} | {table / complaints:.0f} | {index / complaints:.0f} | "
            f"{(table + index) / complaints:.0f} |"
            for name, table, index in sizes[:14]
        ),
        f"| all | | | {total / complaints:.0f} |",
        "",
        "One hour from ten in the morning, in ticks of five seconds, times 24. Whole pages of 8 kB are "
        "counted, so few rows seem to take more than they do.",
        "",
        "| journal, a day | rows | MB |",
        "|---|---:|---:|",
        *(f"| {name} | {24 * rows:,} | {24 * size / 1e6:.2f} |" for name, (rows, size) in grown.items()),
        "",
        BEFORE,
    ]


def _exposure(engine: Engine) -> tuple[Feed, datetime]:
    """The days one after the other, as a live board takes them, each rolled up when it is over."""
    of = operator()
    with engine.begin() as conn:
        put_organisation(conn, of.rows)
    feed, now = Feed(Simulation(), of, SEEDED.astimezone(ZONE).date() - timedelta(days=1), []), SEEDED
    for _ in range(DAYS * 24 // 6):
        now += STEP
        with engine.begin() as conn:
            door.take(conn, source(is_history=False), batch(feed.due(now)), now, HASH_KEY)
        _derive(engine)
        with engine.begin() as conn:
            for day in take_dirty_days(conn, now):
                count_day(conn, day)
    return feed, now


def _derive(engine: Engine) -> int:
    done = 0
    while True:
        with engine.begin() as conn:
            taken = derive_dirty(conn).taken
        done += taken
        if not taken:
            return done


def _hour(engine: Engine, feed: Feed, start: datetime) -> dict[str, tuple[int, int]]:
    """Rows and bytes by which the tables of the journal grow."""
    _take(engine, feed, start)
    with engine.begin() as conn:
        conn.execute(text(_RISK))
    before = _journal(engine)
    for now in _ticks(start):
        _take(engine, feed, now)
        done = _derive(engine)
        with engine.begin() as conn:
            if done:
                write_run(conn, "derive", "host:1:1", now, 0.1, done, None)
            minute = now.replace(second=0, microsecond=0)
            if now == minute:
                sample(conn, minute, now)
            record(conn, now)
    after = _journal(engine)
    return {name: (after[name][0] - before[name][0], after[name][1] - before[name][1]) for name in JOURNAL}


def _ticks(start: datetime) -> Iterator[datetime]:
    for tick in range(int(timedelta(hours=1) / TICK)):
        yield start + tick * TICK


def _take(engine: Engine, feed: Feed, now: datetime) -> None:
    with engine.begin() as conn:
        door.take(conn, source(is_history=False), batch(feed.due(now)), now, HASH_KEY)


def _journal(engine: Engine) -> dict[str, tuple[int, int]]:
    """A run that is counted together with the one before leaves a dead row until the next vacuum."""
    owner = create_engine(engine.url.set(username="postgres"), isolation_level="AUTOCOMMIT")
    with owner.connect() as conn:
        conn.execute(text("VACUUM FULL journal.job_run"))
        found = {name: conn.execute(text(_GROWN.format(name))).one()._tuple() for name in JOURNAL}
    owner.dispose()
    return found
