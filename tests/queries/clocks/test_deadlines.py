"""Clocks by hand: starts, tier changes, pauses, promises (docs/architecture.md: Clocks).

Seconds from reception.
"""

from queries.clocks.deadlines import promised_clock, request_clocks
from queries.clocks.timeline import Observed, build_timeline
from tests.queries.clocks.clocks import HOUR, MINUTE, RESPOND, clocks, edition, life, target


def test_a_tier_2_complaint_has_first_contact_and_feedback_only() -> None:
    found = clocks(life((0, "tier", "2"), (300, "first_contact", None)))
    assert set(found) == {("first_contact", 1), ("feedback", 1)}
    assert found["first_contact", 1].met_at == 300
    assert found["feedback", 1].due_at == 24 * HOUR
    assert found["feedback", 1].met_at is None


def test_met_exactly_at_due_is_on_time() -> None:
    clock = clocks(life((0, "tier", "2"), (600, "first_contact", None)))["first_contact", 1]
    assert clock.met_at == clock.due_at == 600


def test_towards_more_urgent_the_plan_starts_at_the_change_and_the_old_clock_is_cancelled() -> None:
    found = clocks(life((0, "tier", "2"), (HOUR, "tier", "1")))
    assert found["feedback", 1].cancelled_at == HOUR
    assert found["plan", 1].started_at == HOUR
    assert found["plan", 1].due_at == HOUR + 30 * MINUTE


def test_a_cancelled_clock_that_was_due_earlier_brings_the_new_one_forward() -> None:
    found = clocks(life((0, "tier", "2"), (24 * HOUR - 60, "tier", "1")))
    assert found["plan", 1].due_at == 24 * HOUR


def test_what_is_past_due_is_not_cancelled_by_a_tier_change() -> None:
    found = clocks(life((0, "tier", "2"), (30 * HOUR, "tier", "1"), (40 * HOUR, "feedback", None)))
    assert found["feedback", 1].cancelled_at is None
    assert found["feedback", 1].met_at == 40 * HOUR
    assert found["plan", 1].due_at == 30 * HOUR + 30 * MINUTE


def test_towards_less_urgent_the_clock_counts_from_reception() -> None:
    found = clocks(life((0, "tier", "1"), (20 * MINUTE, "tier", "2")))
    assert found["plan", 1].cancelled_at == 20 * MINUTE
    assert found["feedback", 1].started_at == 0
    assert found["feedback", 1].due_at == 24 * HOUR


def test_toggling_the_tier_buys_no_time() -> None:
    found = clocks(life((0, "tier", "1"), (10 * MINUTE, "tier", "2"), (20 * MINUTE, "tier", "1")))
    assert found["plan", 1].due_at == 30 * MINUTE
    assert found["plan", 1].cancelled_at is None
    assert [(s.from_at, s.until_at) for s in found["plan", 1].spans] == [(0, 600), (1200, None)]


def test_reopening_starts_feedback_anew_but_not_first_contact() -> None:
    found = clocks(life((0, "tier", "2"), (HOUR, "status", "resolved"), (2 * HOUR, "status", "in_progress")))
    assert found["feedback", 1].cancelled_at == HOUR
    assert found["feedback", 2].started_at == 2 * HOUR
    assert found["feedback", 2].due_at == 26 * HOUR
    assert ("first_contact", 2) not in found


def test_a_pause_extends_the_due_time_by_what_was_paused() -> None:
    paused = [target("feedback", 10 * HOUR, (2,), pauses_on=("waiting_customer",))]
    clock = clocks(
        life(
            (0, "status", "received"),
            (0, "tier", "2"),
            (HOUR, "status", "waiting_customer"),
            (4 * HOUR, "status", "in_progress"),
        ),
        paused,
    )["feedback", 1]
    assert clock.due_at == 13 * HOUR
    assert [(s.from_at, s.until_at, s.paused) for s in clock.spans] == [
        (0, HOUR, False),
        (HOUR, 4 * HOUR, True),
        (4 * HOUR, None, False),
    ]


def test_while_paused_there_is_no_due_time_but_what_is_left() -> None:
    paused = [target("feedback", 10 * HOUR, (2,), pauses_on=("waiting_customer",))]
    rows = ((0, "status", "received"), (0, "tier", "2"), (HOUR, "status", "waiting_customer"))
    clock = clocks(life(*rows), paused)["feedback", 1]
    assert clock.due_at is None
    assert clock.left_seconds == 9 * HOUR


def test_a_pause_after_the_due_time_undoes_no_breach() -> None:
    paused = [target("feedback", HOUR, (2,), pauses_on=("waiting_customer",))]
    rows = ((0, "status", "received"), (0, "tier", "2"), (2 * HOUR, "status", "waiting_customer"))
    clock = clocks(life(*rows), paused)["feedback", 1]
    assert clock.due_at == HOUR


def test_resolving_cancels_open_co_owner_clocks_and_an_opinion_counts_as_response() -> None:
    rows = [
        Observed(0, 0, "tier", "source", "2"),
        Observed(100, 1, "requested", "source", "7"),
        Observed(100, 2, "requested", "source", "8"),
        Observed(900, 2, "opinion", "source", None),
        Observed(1000, 0, "status", "source", "resolved"),
    ]
    of = build_timeline(0, rows)
    first, second = (request_clocks(of, request, [edition(RESPOND)])[0] for request in of.requests)
    assert first.cancelled_at == 1000
    assert first.due_at == 100 + HOUR
    assert second.met_at == 900


def test_a_co_owner_asked_after_the_resolution_has_no_running_clock() -> None:
    rows = [Observed(0, 0, "tier", "source", "2"), Observed(1000, 0, "status", "source", "resolved")]
    of = build_timeline(0, [*rows, Observed(2000, 1, "requested", "source", "7")])
    (clock,) = request_clocks(of, of.requests[0], [edition(RESPOND)])
    assert (clock.started_at, clock.cancelled_at) == (2000, 2000)


def test_a_promise_moved_after_it_passed_moves_nothing() -> None:
    of = life((0, "status", "received"), (9 * HOUR, "status", "closed"))
    clock = promised_clock(of, [(0, 2 * HOUR), (3 * HOUR, 20 * HOUR)], edition())
    assert clock is not None
    assert clock.due_at == 2 * HOUR
    assert clock.met_at == 9 * HOUR


def test_a_promise_moved_in_time_is_kept_with_its_history() -> None:
    of = life((0, "status", "received"))
    clock = promised_clock(of, [(0, 2 * HOUR), (HOUR, 20 * HOUR)], edition())
    assert clock is not None
    assert [(s.from_at, s.until_at, s.due_at) for s in clock.spans] == [
        (0, HOUR, 2 * HOUR),
        (HOUR, None, 20 * HOUR),
    ]


def test_an_absurd_promise_before_reception_is_breached_from_the_start() -> None:
    clock = promised_clock(life((0, "status", "received")), [(0, -30000)], edition())
    assert clock is not None
    assert (clock.due_at, clock.met_at) == (-30000, None)
