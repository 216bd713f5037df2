"""Decide each second what has crossed, tell whom it concerns, and end what is over."""

from typing import TYPE_CHECKING

from jobs.alert_rules import RULES
from jobs.tell import tell
from queries.db import raise_version
from queries.sweep import cross_timers, end_alerts

if TYPE_CHECKING:
    from jobs.scheduler import Work


def run(work: "Work") -> int:
    total = 0
    while True:
        with work.engine.begin() as conn:
            crossed, alerts = cross_timers(conn, work.now)
            for rule in RULES:
                alerts += rule.find(conn, work.now) if rule.find else []
            ended = end_alerts(conn, work.now)
            tell(conn, alerts, work.settings, work.now)
            if crossed or alerts or ended:
                raise_version(conn, work.now)
        work.progress()
        total += crossed + len(alerts) + ended
        if not crossed or work.stop.is_set():
            return total
