"""Count the days that are over and changed; wait while much is still to be derived."""

from jobs.work import Job, Work
from queries.clocks.derive import count_dirty
from queries.db import raise_version
from queries.policy_changes.zone import follow_policy_zone
from queries.rollups.daily import count_day, take_dirty_days

BUSY_FROM = 300  # dirty complaints


def run(work: Work) -> int:
    with work.engine.begin() as conn:
        follow_policy_zone(conn)
    with work.engine.begin() as conn:
        if count_dirty(conn) > BUSY_FROM:
            return 0  # an import is under way: every day would be counted many times over
        days = take_dirty_days(conn, work.now)
        for day in days:
            count_day(conn, day)
            work.progress()
        if days:
            raise_version(conn, work.now)
    return len(days)


JOB = Job("rollups", "Count finished days", "每日汇总", 10.0, run)
