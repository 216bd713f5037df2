"""Write down once a minute what the board shows."""

from datetime import timedelta
from typing import TYPE_CHECKING

from queries.samples import DUE_SOON_SECONDS, is_sampled, sample

if TYPE_CHECKING:
    from jobs.scheduler import Work


def run(work: "Work") -> int:
    minute = work.now.replace(second=0, microsecond=0)
    with work.engine.begin() as conn:
        if is_sampled(conn, minute):
            return 0
        return sample(conn, minute, work.now, work.now + timedelta(seconds=DUE_SOON_SECONDS))
