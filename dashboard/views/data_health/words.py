"""What is checked of complaints, and what to do about it."""

from collections.abc import Callable
from typing import NamedTuple

from dashboard.locale import _
from dashboard.locale.shown import number
from queries.pages import data_health
from queries.pages.data_health import Which


class Check(NamedTuple):
    which: Which
    title: Callable[[], str]
    do: Callable[[], str]
    at: Callable[[], str] | None = None  # head of the instant that is meant


CHECKS = (
    Check(
        "no_tier",
        lambda: _("Open without tier"),
        lambda: _("No target of a tier applies. Set it on the complaint, or name its column in the map."),
    ),
    Check(
        "no_department",
        lambda: _("Open without department"),
        lambda: _("Nobody's backlog holds it. Assign it, or name its column in the map."),
    ),
    Check(
        "no_region",
        lambda: _("Open without region"),
        lambda: _("No manager of a region sees it. Set it, or name its column in the map."),
    ),
    Check(
        "no_category",
        lambda: _("Open without category"),
        lambda: _("Surges and frequent problems leave it out. Name its column in the map."),
    ),
    Check(
        "late",
        lambda: _("Recorded more than 1 h late, past day"),
        lambda: _("Alerts came late or were withdrawn. Read the source more often."),
    ),
    Check(
        "future",
        lambda: _("With an instant in the future"),
        lambda: _("Compare the clock and the time zone of the source with the board's."),
        lambda: _("Instant"),
    ),
    Check(
        "vanished",
        lambda: _("Vanished from their source, past {n} days").format(n=number(data_health.VANISHED_DAYS)),
        lambda: _("Ask why they are gone there. Sent again, they come back."),
        lambda: _("Vanished at"),
    ),
    Check(
        "provisional",
        lambda: _("With a provisional deadline"),
        lambda: _(
            "Holidays of that year are not published yet. Upgrade the calendar once they are, or enter them "
            "in the policy."
        ),
        lambda: _("Due"),
    ),
)


def check(which: str | None) -> Check | None:
    return next((one for one in CHECKS if one.which == which), None)
