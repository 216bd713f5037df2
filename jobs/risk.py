"""Say anew how likely each open deadline breaches, and write some of it down each hour."""

from typing import TYPE_CHECKING

from queries.db import raise_version
from queries.risk_now import renew, take_turn
from queries.risk_said import write_down

if TYPE_CHECKING:
    from jobs.scheduler import Work


def run(work: "Work") -> int:
    with work.engine.begin() as conn:
        if not take_turn(conn):
            return 0
        moved = renew(conn, work.now)
        write_down(conn, work.now)
        if moved:
            raise_version(conn, work.now)
    return moved
