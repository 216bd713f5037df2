"""Look for surges every five minutes; learn what is usual a few times a day."""

from typing import TYPE_CHECKING

from queries import surge_learning
from queries.db import raise_version
from queries.surge_now import look_again

if TYPE_CHECKING:
    from jobs.scheduler import Work


def run(work: "Work") -> int:
    with work.engine.begin() as conn:
        if surge_learning.take_turn(conn) and surge_learning.is_time(conn, work.now):
            surge_learning.learn_again(conn, work.now)
    work.progress()
    with work.engine.begin() as conn:
        moved = look_again(conn, work.now)
        if moved:
            raise_version(conn, work.now)
    return moved
