"""Learn the breach risk, and who handles what, anew each night; `board learn` does so now."""

from jobs.work import Job, Work
from queries.clocks.derive import count_dirty
from queries.risk.learning import is_time, learn_again, try_lock
from queries.risk.skills import learn_skills

BUSY_FROM = 300  # dirty complaints: the board is still being filled


def run(work: Work) -> int:
    """How many deadlines were learned from."""
    with work.engine.begin() as conn:
        if not try_lock(conn) or not is_time(conn, work.now) or count_dirty(conn) > BUSY_FROM:
            return 0
        learn_skills(conn, work.now)
        return learn_again(conn, work.now).learned_from


JOB = Job("learn", "Learn breach risk", "超时风险学习", 60.0, run)
