"""Delete by night what the journal has kept longer than the policy says; by day only what nights missed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from config.policy import Policy
from jobs.work import Job, Work
from queries.intake import uploads
from queries.policies.history import policy_in_force
from queries.purge import Horizon, horizons, purge

NIGHT = range(2, 5)  # hours of the policy's zone
MISSED = timedelta(days=2)  # rows so much older than the policy says are deleted by day too
BATCH = 5_000
MAX_BATCHES = 100  # of one table in one run


def run(work: Work) -> int:
    with work.engine.begin() as conn:
        policy = policy_in_force(conn)
    with work.engine.begin() as conn:
        chunks = uploads.clear(conn, work.now - timedelta(days=work.settings.upload_days))
    return chunks + purge_all(work.engine, policy, horizon_of(policy, work.now), work.progress)


def horizon_of(policy: Policy, now: datetime) -> datetime:
    """The instant from which the days are counted back."""
    return now if now.astimezone(ZoneInfo(policy.zone)).hour in NIGHT else now - MISSED


def purge_all(engine: Engine, policy: Policy, now: datetime, progress: Callable[[], None]) -> int:
    return sum(_purge(engine, one, progress) for one in horizons(policy.retention, now))


def _purge(engine: Engine, one: Horizon, progress: Callable[[], None]) -> int:
    """Each batch in a transaction of its own, so that nothing waits for it for long."""
    gone = 0
    for _ in range(MAX_BATCHES):
        with engine.begin() as conn:
            rows = purge(conn, one, BATCH)
        progress()
        gone += rows
        if rows < BATCH:
            break
    return gone


JOB = Job("purge", "Delete expired records", "过期记录清理", 600.0, run, records_idle=True)
