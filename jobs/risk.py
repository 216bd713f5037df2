"""Say anew how likely each open deadline breaches."""

from typing import TYPE_CHECKING

from queries.db import raise_version
from queries.risk_now import renew, take_turn

if TYPE_CHECKING:
    from jobs.scheduler import Work


def run(work: "Work") -> int:
    with work.engine.begin() as conn:
        if not take_turn(conn):
            return 0
        moved = renew(conn, work.now)
        if moved:
            raise_version(conn, work.now)
    return moved
