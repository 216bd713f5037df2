"""The contract of outlets: who gets an alert, and how each of OUTLETS sends or says that it cannot."""

import json
from uuid import UUID

import pytest

from config.settings import Settings
from jobs.alerts import templates
from jobs.alerts.notify import deliveries
from jobs.outlets import OUTLETS, Outlet
from jobs.outlets.errors import SendError
from queries.alerts.deliveries import Claimed
from queries.alerts.rule import Alert
from tests.build import at
from tests.jobs.receivers import in_a_thread

# With an address that nobody listens at; each outlet adds its own.
CONFIGURED = Settings(webhook_url="http://127.0.0.1:9/")
each = pytest.mark.parametrize("outlet", OUTLETS.values(), ids=lambda outlet: outlet.name)


def alert(department: str | None = None, number: int = 1) -> Alert:
    return Alert(
        alert_id=number, rule="breached", subject=f"deadline:{number}:plan:0:1", level="critical",
        occurrence=1, crossed_at=at(0), decided_at=at(0), found_late=False, complaint_id=number,
        external_id="A", target="plan", tier=1, department=department, region=None, reason={},
    )  # fmt: skip


@each
def test_an_outlet_that_is_not_configured_has_no_recipient_and_one_that_is_names_no_address(
    outlet: Outlet,
) -> None:
    assert outlet.recipients(alert(), Settings()) == []
    recipients = outlet.recipients(alert(), CONFIGURED)
    assert recipients
    assert [one for one in recipients if "://" in one] == []


@each
def test_an_outlet_that_cannot_send_says_so_with_the_one_error(outlet: Outlet) -> None:
    (recipient, *_) = outlet.recipients(alert(), CONFIGURED)
    message = templates.message(alert(), {})
    one = Claimed(UUID(int=1), outlet.name, recipient, message, 1, at(0))
    for settings in (Settings(), CONFIGURED):
        with pytest.raises(SendError):
            in_a_thread(outlet.send, one, settings)


@each
def test_an_outlet_is_listed_under_its_name(outlet: Outlet) -> None:
    assert OUTLETS[outlet.name] is outlet


def test_a_recipient_may_depend_on_the_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the person on duty for a department does. A storm is one digest for each of them."""

    def on_duty(one: Alert, _settings: Settings) -> list[str]:
        return [f"on duty at {one.department}"] if one.department else []

    def send(_one: Claimed, _settings: Settings) -> None:
        raise AssertionError

    monkeypatch.setitem(OUTLETS, "duty", Outlet("duty", on_duty, send))
    storm = [alert("network", number) for number in range(6)]
    laid = deliveries([*storm, alert("billing", 7), alert(None, 8)], {}, Settings())
    assert [(one.recipient, one.covers) for one in laid] == [
        ("on duty at network", 6),
        ("on duty at billing", 0),
    ]
    assert len({one.delivery_id for one in laid}) == 2


@pytest.mark.parametrize(
    ("given", "url"),
    [
        (None, None),
        ("https://board.example", "https://board.example/complaint?complaint=1"),
        ("https://board.example/sla/", "https://board.example/sla/complaint?complaint=1"),
    ],
)
def test_a_message_holds_a_whole_link_where_the_board_is_told_its_address(
    given: str | None, url: str | None
) -> None:
    settings = Settings(webhook_url="http://127.0.0.1:9/", public_url=given)
    (laid,) = deliveries([alert()], {}, settings)
    assert (laid.message["path"], laid.message.get("url")) == ("/complaint?complaint=1", url)
    (digest,) = deliveries([alert(number=number) for number in range(6)], {}, settings)
    assert digest.message["path"].startswith("/alerts?rule=breached&level=critical&decided=")
    assert ("url" in digest.message) == (given is not None)
    assert json.dumps(digest.message)
