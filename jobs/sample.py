"""Record once a minute what the board shows."""

from jobs.work import Job, Work
from queries.rollups.samples import is_sampled, sample


def run(work: Work) -> int:
    minute = work.now.replace(second=0, microsecond=0)
    with work.engine.begin() as conn:
        return 0 if is_sampled(conn, minute) else sample(conn, minute, work.now)


JOB = Job("sample", "Record what the board shows", "当时记录留存", 5.0, run)
