"""Look for surges every five minutes; learn what is usual a few times a day, and then look back once."""

from typing import TYPE_CHECKING

from queries import surge_learning, surge_past
from queries.db import raise_version
from queries.surge_clusters import Surge
from queries.surge_now import look_again

if TYPE_CHECKING:
    from jobs.scheduler import Work


def run(work: "Work") -> int:
    with work.engine.begin() as conn:
        if surge_learning.take_turn(conn) and surge_learning.is_time(conn, work.now):
            surge_learning.learn_again(conn, work.now)
        past = surge_past.read(conn, work.now)
    work.progress()
    moved = _look_back(work, past) if past else 0
    if work.stop.is_set():
        return moved  # a look of now would count as having looked back
    with work.engine.begin() as conn:
        moved += look_again(conn, work.now)
        if moved:
            raise_version(conn, work.now)
    return moved


def _look_back(work: "Work", past: surge_past.Past) -> int:
    """Outside any transaction: it takes some seconds."""
    surges: dict[int, Surge] = {}
    for known in surge_past.looked(past):
        surges = known
        work.progress()
        if work.stop.is_set():
            return 0
    with work.engine.begin() as conn:
        return surge_past.write(conn, past, surges)
