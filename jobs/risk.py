"""Say anew how likely each open deadline breaches, write some of it down, and alert of those that soon do."""

from typing import TYPE_CHECKING

from jobs.tell import tell
from queries import likely_breach
from queries.db import raise_version
from queries.plans import policy_in_force
from queries.risk_now import renew, take_turn
from queries.risk_said import write_down
from queries.settled_alerts import settle
from queries.sweep import end_alerts

if TYPE_CHECKING:
    from jobs.scheduler import Work


def run(work: "Work") -> int:
    """In one transaction, so that every alert agrees with the numbers that are shown."""
    with work.engine.begin() as conn:
        if not take_turn(conn):
            return 0
        moved = renew(conn, work.now)
        policy = policy_in_force(conn)
        write_down(conn, work.now, policy.retention.risk_said_an_hour)
        limits = policy.risk
        while settle(conn, work.now):
            pass  # what is met or breached ends at its own instant, before the risk says that it is over
        ended = end_alerts(conn, work.now) + likely_breach.end(conn, limits, work.now)
        alerts = likely_breach.ring(conn, limits, work.now)
        tell(conn, alerts, work.settings, work.now)
        if moved or ended or alerts:
            raise_version(conn, work.now)
    return moved + ended + len(alerts)
