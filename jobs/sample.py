"""Record once a minute what the board shows."""

from typing import TYPE_CHECKING

from queries.rollups.samples import is_sampled, sample

if TYPE_CHECKING:
    from jobs.scheduler import Work


def run(work: "Work") -> int:
    minute = work.now.replace(second=0, microsecond=0)
    with work.engine.begin() as conn:
        return 0 if is_sampled(conn, minute) else sample(conn, minute, work.now)
