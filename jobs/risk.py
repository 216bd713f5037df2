"""Refresh the breach risk of open deadlines, log a sample of the forecasts, alert of likely breaches."""

from jobs.alerts.notify import notify
from jobs.work import Job, Work
from queries.alerts import rules
from queries.alerts.rule import end, find
from queries.alerts.settled import settle
from queries.alerts.sweep import end_alerts
from queries.db import raise_version
from queries.policies.history import policy_in_force
from queries.risk.forecast_log import record
from queries.risk.refresh import refresh_risk, try_lock


def run(work: Work) -> int:
    """In one transaction, so that every alert agrees with the numbers that are shown."""
    with work.engine.begin() as conn:
        if not try_lock(conn):
            return 0
        moved = refresh_risk(conn, work.now)
        policy = policy_in_force(conn)
        record(conn, work.now, policy.retention.forecasts_an_hour)
        while settle(conn, work.now):
            pass  # alerts of met and breached deadlines end at their own instant, before their risk ends them
        own_rules = [one for one in rules.RULES if one.job == "risk"]
        ended = end_alerts(conn, work.now) + sum(end(conn, one, work.now) for one in own_rules)
        alerts = [alert for one in own_rules for alert in find(conn, one, work.now).alerts]
        notify(conn, alerts, work.settings, work.now)
        if moved or ended or alerts:
            raise_version(conn, work.now)
    return moved + ended + len(alerts)


JOB = Job("risk", "Renew breach risk", "超时风险计算", 60.0, run)
