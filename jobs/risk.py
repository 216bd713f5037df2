"""Refresh the breach risk of open deadlines, log a sample of the forecasts, alert of likely breaches."""

from typing import TYPE_CHECKING

from jobs.alerts.notify import notify
from queries.alerts import likely_breach
from queries.alerts.settled import settle
from queries.alerts.sweep import end_alerts
from queries.db import raise_version
from queries.policies.history import policy_in_force
from queries.risk.forecast_log import write_down
from queries.risk.refresh import renew, try_lock

if TYPE_CHECKING:
    from jobs.scheduler import Work


def run(work: "Work") -> int:
    """In one transaction, so that every alert agrees with the numbers that are shown."""
    with work.engine.begin() as conn:
        if not try_lock(conn):
            return 0
        moved = renew(conn, work.now)
        policy = policy_in_force(conn)
        write_down(conn, work.now, policy.retention.risk_said_an_hour)
        limits = policy.risk
        while settle(conn, work.now):
            pass  # alerts of met and breached deadlines end at their own instant, before their risk ends them
        ended = end_alerts(conn, work.now) + likely_breach.end(conn, limits, work.now)
        alerts = likely_breach.ring(conn, limits, work.now)
        notify(conn, alerts, work.settings, work.now)
        if moved or ended or alerts:
            raise_version(conn, work.now)
    return moved + ended + len(alerts)
