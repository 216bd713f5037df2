"""Where alerts go. An outlet is one verb, `send`, and one error."""

from collections.abc import Callable
from dataclasses import dataclass

from config.settings import Settings
from jobs.outlets import webhook
from queries.alerts.deliveries import Claimed


@dataclass(frozen=True, slots=True)
class Outlet:
    name: str
    recipients: Callable[[Settings], list[str]]
    send: Callable[[Claimed, Settings], None]  # raises SendError


OUTLETS = {outlet.name: outlet for outlet in (Outlet("webhook", webhook.recipients, webhook.send),)}
