"""Say that this process lives, and when it runs what next."""

from typing import TYPE_CHECKING

from queries.jobs import beat

if TYPE_CHECKING:
    from jobs.scheduler import Work


def run(work: "Work") -> int:
    with work.engine.begin() as conn:
        beat(conn, work.process, work.now, work.next_runs())
    return 0
