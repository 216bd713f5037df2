"""Tell whom alerts concern: a message each, or a digest, laid down in the transaction that decides."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import Connection

from config import lexicon
from config.categories import CATEGORIES
from config.settings import Settings
from jobs.alerts import templates
from jobs.outlets import OUTLETS
from queries.alerts import rules
from queries.alerts.deliveries import Delivery, put_deliveries
from queries.alerts.rule import Alert
from queries.db import replay_speed
from queries.policies.history import policy_in_force

NAMESPACE = UUID("6f1d3a52-0d0b-4c39-9f0c-8f0f6f9f1c55")
STORM = 5  # more alerts of one rule and level at once become a digest


def tell(conn: Connection, alerts: list[Alert], settings: Settings, now: datetime) -> None:
    """In a replay nothing leaves the board."""
    if alerts and replay_speed(conn) is None:
        labels = policy_in_force(conn).labels | lexicon.load().trigger_labels | CATEGORIES
        put_deliveries(conn, deliveries(alerts, labels, settings), now)


def deliveries(alerts: list[Alert], labels: dict[str, tuple[str, str]], settings: Settings) -> list[Delivery]:
    """One message an alert and recipient; a storm, and all that was found late, one digest a recipient."""
    groups: dict[tuple[str, str, str, str, bool], list[Alert]] = defaultdict(list)
    for alert in alerts:
        if alert.level in rules.named(alert.rule).notify_levels:
            for outlet in OUTLETS.values():
                for recipient in outlet.recipients(alert, settings):
                    key = outlet.name, recipient, alert.rule, alert.level, alert.found_late
                    groups[key].append(alert)
    made = []
    for (outlet_name, recipient, _, _, late), group in groups.items():
        whole = late or len(group) > STORM
        for part in [group] if whole else [[alert] for alert in group]:
            made.append(_delivery(part, whole, outlet_name, recipient, labels, settings.public_url))
    return made


def _delivery(
    part: list[Alert],
    whole: bool,
    outlet: str,
    recipient: str,
    labels: dict[str, tuple[str, str]],
    board: str | None,
) -> Delivery:
    first = part[0]
    key = f"{first.rule}|{first.subject}|{first.level}|{first.occurrence}|{outlet}|{recipient}"
    message = templates.digest(part, labels, board) if whole else templates.message(first, labels, board)
    return Delivery(
        uuid5(NAMESPACE, key), first.alert_id, len(part) if whole else 0, outlet, recipient, message
    )
