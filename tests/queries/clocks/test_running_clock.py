"""Clocks under pauses and policies: no hindsight, and no change gains time (docs/architecture.md: Clocks)."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from config.policy_values import Budget
from queries.clocks.deadlines import complaint_clocks
from queries.clocks.running_clock import Clock
from queries.clocks.timeline import Observed, build_timeline
from queries.policies.resolved import ClockTarget, ResolvedPolicy
from tests.queries.clocks.clocks import DAY, HOUR, clocks, edition, life, target
from tests.queries.hours.calendars import at, hours, local

CN = "Asia/Shanghai"
OFFICE = hours("office", CN)
WAITING = ("waiting_customer",)
MONDAY = at(CN, "2026-11-16 09:00")

STATES = {
    "status": ("in_progress", "waiting_customer", "waiting_co_owner", "resolved", "closed"),
    "tier": ("1", "2", "3"),
    "category": ("billing", "network"),
    "first_contact": (None,),
    "feedback": (None,),
    "answered": (None,),
}
EVENTS = st.lists(
    st.sampled_from(sorted(STATES)).flatmap(
        lambda name: st.tuples(
            st.integers(1, 9 * 24 * 4).map(lambda quarter: MONDAY + quarter * 900),
            st.just(name),
            st.sampled_from(STATES[name]),
        )
    ),
    max_size=12,
    unique_by=lambda event: event[0],
)


def targets(budget: int, days: int, pauses_on: tuple[str, ...]) -> list[ClockTarget]:
    return [
        target("first_contact", budget, again=False),
        target("plan", budget // 2, (1,), "tier"),
        target("feedback", 2 * budget, (2,), pauses_on=pauses_on),
        target("in_hours", 2 * budget, (2, 3), met_by="feedback", pauses_on=pauses_on, hours=OFFICE),
        target("answered", Budget(working_days=days), (3,), pauses_on=pauses_on, hours=OFFICE),
        target("billing", 3 * budget, categories=("billing",), met_by="feedback", pauses_on=pauses_on),
    ]


POLICIES = st.tuples(
    st.integers(1, 60).map(lambda half: half * 1800),
    st.integers(1, 4),
    st.sampled_from([(), WAITING, ("waiting_customer", "waiting_co_owner")]),
    st.sets(st.integers(0, 5), max_size=2),  # targets that it leaves out
    st.integers(1, 9 * 24).map(lambda hour: MONDAY + hour * HOUR + 450),
    st.booleans(),
)


def editions(drawn: list[tuple]) -> list[ResolvedPolicy]:
    found = []
    for version, (budget, days, pauses_on, left_out, applied_at, move_open) in enumerate(
        sorted(drawn, key=lambda one: one[4]), start=1
    ):
        kept = [one for place, one in enumerate(targets(budget, days, pauses_on)) if place not in left_out]
        found.append(edition(*kept, version=version, at=applied_at, move_open=move_open))
    return found


def derived(events: list[tuple], known: list[ResolvedPolicy]) -> list[Clock]:
    first = [(MONDAY, "status", "received"), (MONDAY, "tier", "2"), (MONDAY, "category", "network")]
    seen = [Observed(at, 0, name, "source", value) for at, name, value in [*first, *sorted(events)]]
    return complaint_clocks(build_timeline(MONDAY, seen), known)


@settings(max_examples=300, deadline=None)
@given(
    EVENTS,
    st.lists(POLICIES, min_size=1, max_size=4, unique_by=lambda one: one[4]),
    st.integers(0, 9 * 24 * 4).map(lambda quarter: MONDAY + quarter * 900 + 1),
)
def test_what_is_read_as_of_an_instant_is_what_was_derived_then(
    events: list[tuple], drawn: list[tuple], instant: int
) -> None:
    policies = editions(drawn)
    then = derived(
        [event for event in events if event[0] <= instant],
        policies[:1] + [one for one in policies[1:] if one.applied_at <= instant],
    )
    shown = {
        (clock.target, clock.episode): span[2:]
        for clock in derived(events, policies)
        for span in clock.spans
        if span.from_at <= instant and (span.until_at is None or span.until_at > instant)
    }
    assert shown == {
        (clock.target, clock.episode): clock.spans[-1][2:] for clock in then if clock.ended_at is None
    }


@settings(max_examples=150, deadline=None)
@given(EVENTS, st.lists(POLICIES, min_size=1, max_size=3, unique_by=lambda one: one[4]))
def test_the_spans_of_a_clock_follow_each_other_and_end_with_it(
    events: list[tuple], drawn: list[tuple]
) -> None:
    for clock in derived(events, editions(drawn)):
        for one, other in zip(clock.spans, clock.spans[1:], strict=False):
            assert one.until_at is not None and one.from_at < one.until_at <= other.from_at
        assert clock.spans[-1].until_at == clock.ended_at or clock.spans[-1].until_at is None
        assert (clock.due_at is None) == clock.spans[-1].paused


def test_an_unmet_deadline_moves_to_a_later_version_and_keeps_its_start() -> None:
    later = edition(target("feedback", 4 * HOUR, (2,)), version=2, at=HOUR)
    clock = clocks(life((0, "tier", "2")), [target("feedback", 24 * HOUR, (2,))], later)["feedback", 1]
    assert (clock.started_at, clock.due_at, clock.policy_version) == (0, 4 * HOUR, 2)
    assert [(s.from_at, s.until_at, s.due_at, s.policy_version) for s in clock.spans] == [
        (0, HOUR, 24 * HOUR, 1),
        (HOUR, None, 4 * HOUR, 2),
    ]


def test_without_leave_to_move_only_what_starts_later_follows_the_new_version() -> None:
    later = edition(target("feedback", 4 * HOUR, (2,)), version=2, at=HOUR, move_open=False)
    of = life((0, "tier", "2"), (2 * HOUR, "status", "resolved"), (3 * HOUR, "status", "in_progress"))
    found = clocks(of, [target("feedback", 24 * HOUR, (2,))], later)
    assert (found["feedback", 1].policy_version, found["feedback", 1].due_at) == (1, 24 * HOUR)
    assert (found["feedback", 2].policy_version, found["feedback", 2].due_at) == (2, 7 * HOUR)


def test_what_is_past_due_or_met_never_moves() -> None:
    later = edition(target("feedback", 48 * HOUR, (2,)), version=2, at=10 * HOUR)
    old = [target("feedback", 4 * HOUR, (2,))]
    late = clocks(life((0, "tier", "2")), old, later)["feedback", 1]
    assert (late.due_at, late.policy_version) == (4 * HOUR, 1)
    met = clocks(life((0, "tier", "2"), (HOUR, "feedback", None)), old, later)["feedback", 1]
    assert (met.met_at, met.policy_version) == (HOUR, 1)


def test_a_shorter_promise_breaches_from_the_moment_it_is_applied_not_before() -> None:
    later = edition(target("feedback", HOUR, (2,)), version=2, at=5 * HOUR)
    clock = clocks(life((0, "tier", "2")), [target("feedback", 24 * HOUR, (2,))], later)["feedback", 1]
    assert [(s.from_at, s.due_at) for s in clock.spans] == [(0, 24 * HOUR), (5 * HOUR, HOUR)]


def test_a_target_that_a_version_no_longer_promises_ends_when_it_moves() -> None:
    clock = clocks(life((0, "tier", "2")), [target("feedback", DAY, (2,))], edition(version=2, at=HOUR))
    assert clock["feedback", 1].cancelled_at == HOUR


def test_what_was_paused_under_the_old_version_stays_paused() -> None:
    rows = (0, "tier", "2"), (0, "status", "received"), (HOUR, "status", "waiting_customer")
    of = life(*rows, (3 * HOUR, "status", "in_progress"))
    old = [target("feedback", 10 * HOUR, (2,), pauses_on=WAITING)]
    later = edition(target("feedback", 20 * HOUR, (2,)), version=2, at=4 * HOUR)
    assert clocks(of, old, later)["feedback", 1].due_at == 22 * HOUR


def test_a_change_of_category_cancels_and_starts_like_a_change_of_tier() -> None:
    both = [
        target("slow", 10 * HOUR, categories=("network",), met_by="feedback"),
        target("quick", 4 * HOUR, categories=("billing",), met_by="feedback"),
    ]
    of = life((0, "tier", "2"), (0, "category", "network"), (HOUR, "category", "billing"))
    found = clocks(of, both)
    assert found["slow", 1].cancelled_at == HOUR
    assert (found["quick", 1].started_at, found["quick", 1].due_at) == (0, 4 * HOUR)


def test_working_days_that_are_wholly_paused_do_not_count() -> None:
    monday = at(CN, "2026-11-16 09:00")
    promise = [target("answered", Budget(working_days=2), (3,), pauses_on=WAITING, hours=OFFICE)]

    def due(*pauses: tuple[str, str]) -> str | None:
        rows = [(monday, "status", "received"), (monday, "tier", "3")]
        for since, until in pauses:
            rows.append((at(CN, since), "status", "waiting_customer"))
            if until:
                rows.append((at(CN, until), "status", "in_progress"))
        seen = [Observed(moment, 0, name, "source", value) for moment, name, value in rows]
        (clock,) = complaint_clocks(build_timeline(monday, seen), [edition(*promise)])
        return clock.due_at and local(CN, clock.due_at)

    assert due() == "2026-11-18 18:00:00"
    assert due(("2026-11-17 08:00", "2026-11-17 19:00")) == "2026-11-19 18:00:00"
    assert due(("2026-11-17 10:00", "2026-11-17 17:00")) == "2026-11-18 18:00:00"
    assert due(("2026-11-18 15:00", "")) == "2026-11-18 18:00:00"  # part of its last day is left as it is
    assert due(("2026-11-17 15:00", "")) is None
    assert due(("2026-11-17 15:00", "2026-11-19 08:00")) == "2026-11-19 18:00:00"


def test_toggling_a_pause_or_a_tier_at_the_same_instant_buys_no_time() -> None:
    promise = [target("feedback", 10 * HOUR, (2,), pauses_on=WAITING), target("plan", HOUR, (1,), "tier")]
    rows = [(0, "status", "received"), (0, "tier", "2")]
    for hour in range(1, 9):
        rows += [(hour * HOUR, "status", "waiting_customer"), (hour * HOUR, "status", "in_progress")]
        rows += [(hour * HOUR + 60, "tier", "1"), (hour * HOUR + 120, "tier", "2")]
    assert clocks(life(*sorted(rows, key=lambda row: row[0])), promise)["feedback", 1].due_at == 10 * HOUR


def test_it_warns_by_share_or_time_left_in_its_own_hours() -> None:
    friday = at(CN, "2026-11-20 16:00")
    share = target("in_hours", 10 * HOUR, hours=OFFICE)
    left = replace(share, warn_left=HOUR)
    due = share.due(friday)
    assert due is not None
    assert local(CN, due.at) == "2026-11-23 18:00:00"
    assert local(CN, share.warn(friday, due.at) or 0) == "2026-11-23 16:00:00"
    assert local(CN, left.warn(friday, due.at) or 0) == "2026-11-23 17:00:00"
