"""Say anew how likely each open deadline breaches, write some of it down, and alert of those that soon do."""

from typing import TYPE_CHECKING

from jobs.alerts.notify import tell
from queries.alerts import likely_breach
from queries.alerts.settled import settle
from queries.alerts.sweep import end_alerts
from queries.db import raise_version
from queries.policies.history import policy_in_force
from queries.risk.forecast_log import record
from queries.risk.refresh import refresh_risk, try_lock

if TYPE_CHECKING:
    from jobs.scheduler import Work


def run(work: "Work") -> int:
    """In one transaction, so that every alert agrees with the numbers that are shown."""
    with work.engine.begin() as conn:
        if not try_lock(conn):
            return 0
        moved = refresh_risk(conn, work.now)
        policy = policy_in_force(conn)
        record(conn, work.now, policy.retention.forecasts_an_hour)
        limits = policy.risk
        while settle(conn, work.now):
            pass  # what is met or breached ends at its own instant, before the risk says that it is over
        ended = end_alerts(conn, work.now) + likely_breach.end(conn, limits, work.now)
        alerts = likely_breach.ring(conn, limits, work.now)
        tell(conn, alerts, work.settings, work.now)
        if moved or ended or alerts:
            raise_version(conn, work.now)
    return moved + ended + len(alerts)
