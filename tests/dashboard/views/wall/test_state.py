"""The sentence of the wall: red for urgent deadlines past due, whose they are, never calmer than it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dashboard.controls.names import Names
from dashboard.locale import use
from dashboard.views.wall.now import state
from queries.pages.to_move import Urgent
from queries.pages.wall import Feeds, Figures

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CALM = Figures(
    open_complaints=9,
    breached=0,
    excused=0,
    breached_urgent=0,
    within_hour=1,
    open_deadlines=9,
    requests_open=0,
    requests_overdue=0,
    next_due_at=NOW + timedelta(minutes=20),
)
HEARD = Feeds(1, None, None)
NAMES = Names({7: "Guangdong"}, {1: "Network", 2: "Billing", 3: "IT", 4: "Legal"}, {}, {}, {}, {})


def urgent(department: int, count: int, hours: float) -> Urgent:
    return Urgent(department, count, NOW - timedelta(hours=hours), 7)


def test_it_names_whose_the_urgent_ones_are_and_where_the_longest_is() -> None:
    use("en")
    found = replace(CALM, breached=9, breached_urgent=7)
    parts = [urgent(1, 3, 1), urgent(2, 2, 19.55), urgent(3, 1, 2), urgent(4, 1, 1)]
    assert state(NAMES, found, HEARD, parts, NOW) == (
        "bad",
        "7 urgent deadlines are past due",
        "Network 3, Billing 2, IT 1, others 1; the longest for 19 h 33 min (Guangdong)",
    )


def test_it_stays_red_where_nobody_can_tell_whose_they_are() -> None:
    use("en")
    found = replace(CALM, breached=9, breached_urgent=1)
    assert state(NAMES, found, HEARD, (), NOW) == ("bad", "1 urgent deadline is past due", "")


def test_without_urgent_ones_it_is_amber_or_green_and_a_silent_source_is_red_before_all() -> None:
    use("en")
    assert state(NAMES, replace(CALM, breached=2), HEARD, (), NOW)[0] == "warn"
    assert state(NAMES, CALM, HEARD, (), NOW) == (
        "good",
        "All fine: nothing is past due, next deadline in 20 min",
        "",
    )
    assert state(NAMES, CALM, Feeds(1, "crm", 600.0), (), NOW)[0] == "bad"
