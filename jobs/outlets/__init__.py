"""Where alerts go. An outlet says who gets an alert, and has one verb, `send`, and one error."""

from collections.abc import Callable
from dataclasses import dataclass

from config.settings import Settings
from jobs.outlets import webhook
from queries.alerts.deliveries import Claimed
from queries.alerts.rule import Alert


@dataclass(frozen=True, slots=True)
class Outlet:
    name: str
    recipients: Callable[[Alert, Settings], list[str]]  # none: this alert does not go there
    send: Callable[[Claimed, Settings], None]  # raises SendError


OUTLETS = {outlet.name: outlet for outlet in (Outlet("webhook", webhook.recipients, webhook.send),)}
