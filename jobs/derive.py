"""Derive what is dirty, batch by batch, until nothing is left; take changes whose instant has come."""

from jobs.work import Job, Work
from queries.clocks.derive import derive_dirty
from queries.db import board_now, raise_version
from queries.intake import door


def run(work: Work) -> int:
    total = _take_upcoming(work)
    while True:
        with work.engine.begin() as conn:
            derived = derive_dirty(conn)
            if derived.changed:
                raise_version(conn, board_now(conn))
        work.progress()
        total += derived.taken
        if not derived.taken or work.stop.is_set():
            return total


def _take_upcoming(work: Work) -> int:
    total = 0
    while True:
        with work.engine.begin() as conn:
            reached = door.take_upcoming(conn, work.now)
            if reached:
                raise_version(conn, board_now(conn))
        work.progress()
        total += reached
        if not reached or work.stop.is_set():
            return total


JOB = Job("derive", "Derive deadlines and callbacks", "推导", 1.0, run)
