"""Have what came in before follow what a value of its source was said to mean."""

from jobs.work import Job, Work
from queries.db import board_now, raise_version
from queries.intake.meaning_changes import open_changes, step


def run(work: Work) -> int:
    """→ complaints that are derived again."""
    total = 0
    with work.engine.begin() as conn:
        changes = open_changes(conn)
    for meaning_id in changes:
        while not work.stop.is_set():
            with work.engine.begin() as conn:
                now = board_now(conn)
                followed = step(conn, meaning_id, now)
                if followed is not None:
                    raise_version(conn, now)
            work.progress()
            if followed is None:
                break
            total += followed
    return total


JOB = Job("meanings", "Follow the meanings of values", "按取值对应更新", 2.0, run)
