"""Scan for surges every five minutes; learn the usual counts a few times a day, then backfill once."""

from jobs.work import Job, Work
from queries.db import raise_version
from queries.surges import backfill, learning
from queries.surges.clusters import Surge
from queries.surges.live import run_scan


def run(work: Work) -> int:
    with work.engine.begin() as conn:
        if learning.try_lock(conn) and learning.is_time(conn, work.now):
            learning.learn_again(conn, work.now)
        past = backfill.read(conn, work.now)
    work.progress()
    moved = _backfill(work, past) if past else 0
    if work.stop.is_set():
        return moved  # a scan of the present would mark the backfill as done
    with work.engine.begin() as conn:
        moved += run_scan(conn, work.now)
        if moved:
            raise_version(conn, work.now)
    return moved


def _backfill(work: Work, past: backfill.Past) -> int:
    """Outside any transaction: it takes some seconds."""
    surges: dict[int, Surge] = {}
    for known in backfill.scans(past):
        surges = known
        work.progress()
        if work.stop.is_set():
            return 0
    with work.engine.begin() as conn:
        return backfill.write(conn, past, surges)


JOB = Job("surge", "Look for surges", "集中投诉监测", 30.0, run)
