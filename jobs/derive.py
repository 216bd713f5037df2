"""Derive what is dirty, batch by batch, until nothing is left."""

from jobs.work import Job, Work
from queries.clocks.derive import derive_dirty
from queries.db import board_now, raise_version


def run(work: Work) -> int:
    total = 0
    while True:
        with work.engine.begin() as conn:
            derived = derive_dirty(conn)
            if derived.changed:
                raise_version(conn, board_now(conn))
        work.progress()
        total += derived.taken
        if not derived.taken or work.stop.is_set():
            return total


JOB = Job("derive", "Derive deadlines and callbacks", "推导", 1.0, run)
