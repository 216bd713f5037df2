"""Record that this process is alive, and when each of its jobs runs next."""

from datetime import timedelta

from jobs.work import Job, Work
from queries.db import replay_speed
from queries.jobs import beat


def run(work: Work) -> int:
    with work.engine.begin() as conn:
        speed = replay_speed(conn) or 1.0
        coming = {
            job: (work.now + timedelta(seconds=seconds * speed)).isoformat()
            for job, seconds in work.next_runs().items()
        }
        beat(conn, work.process, work.now, coming)
    return 0


JOB = Job("heartbeat", "Signal that the process is alive", "心跳", 3.0, run)
