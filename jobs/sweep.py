"""Decide each second what has crossed, tell whom it concerns, and end what is over."""

from collections import defaultdict
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from config import lexicon
from config.categories import CATEGORIES
from config.settings import Settings
from jobs import templates
from jobs.alert_rules import RULES
from jobs.outlets import OUTLETS
from queries.db import raise_version, replay_speed
from queries.plans import policy_in_force
from queries.sweep import Alert, Delivery, cross_timers, end_alerts, put_deliveries

if TYPE_CHECKING:
    from jobs.scheduler import Work

NAMESPACE = UUID("6f1d3a52-0d0b-4c39-9f0c-8f0f6f9f1c55")
STORM = 5  # more alerts of one rule and level at once become a digest


def run(work: "Work") -> int:
    total = 0
    while True:
        with work.engine.begin() as conn:
            crossed, alerts = cross_timers(conn, work.now)
            for rule in RULES:
                alerts += rule.find(conn, work.now) if rule.find else []
            ended = end_alerts(conn, work.now)
            if alerts and replay_speed(conn) is None:
                labels = policy_in_force(conn).labels | lexicon.load().trigger_labels | CATEGORIES
                put_deliveries(conn, deliveries(alerts, labels, work.settings), work.now)
            if crossed or alerts or ended:
                raise_version(conn, work.now)
        work.progress()
        total += crossed + len(alerts) + ended
        if not crossed:
            return total


def deliveries(alerts: list[Alert], labels: dict[str, tuple[str, str]], settings: Settings) -> list[Delivery]:
    """One message an alert and recipient; a storm, and all that was found late, one digest."""
    told = {rule.name: rule.told for rule in RULES}
    groups: dict[tuple[str, str, bool], list[Alert]] = defaultdict(list)
    for alert in alerts:
        if alert.level in told[alert.rule]:
            groups[alert.rule, alert.level, alert.found_late].append(alert)
    made = []
    for outlet in OUTLETS.values():
        for recipient in outlet.recipients(settings):
            for (_, _, late), group in groups.items():
                whole = late or len(group) > STORM
                for part in [group] if whole else [[alert] for alert in group]:
                    message = templates.digest(part, labels) if whole else templates.message(part[0], labels)
                    made.append(_delivery(part, whole, outlet.name, recipient, message))
    return made


def _delivery(
    part: list[Alert], whole: bool, outlet: str, recipient: str, message: dict[str, object]
) -> Delivery:
    first = part[0]
    key = f"{first.rule}|{first.subject}|{first.level}|{first.occurrence}|{outlet}|{recipient}"
    return Delivery(
        uuid5(NAMESPACE, key), first.alert_id, len(part) if whole else 0, outlet, recipient, message
    )
