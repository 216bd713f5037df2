"""Whose time it was: by hand, by the definition second by second, and against SQL over many lives."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.attribution.parts import (
    HOLDER_OF,
    Holder,
    Overdue,
    Piece,
    Promise,
    Request,
    Stint,
    late,
    parts,
    pieces,
    verdicts,
)
from queries.clocks.timeline import Observed, build_timeline, stints
from queries.hours.working_time import around_the_clock
from tests.queries.hours.calendars import at, hours

ALWAYS = around_the_clock("Asia/Shanghai")
NET, BILL, LEGAL = 1, 2, 3


def life(*changes: tuple[int, str], until: int | None = None, lead: int | None = NET) -> list[Stint]:
    """Statuses from their instants on; it lasts where `until` is left out."""
    ends = [at for at, _ in changes[1:]] + [until]
    return [Stint(since, end, status, lead) for (since, status), end in zip(changes, ends, strict=True)]


def holders(found: list[Piece]) -> list[tuple[int, int, Holder, int | None]]:
    return [piece[:4] for piece in found]


WAITS = ((0, "in_progress"), (10, "waiting_co_owner"), (90, "in_progress"), (100, "resolved"))


def test_each_status_has_its_holder() -> None:
    found = pieces(
        life(
            (0, "received"), (5, "in_progress"), (10, "waiting_customer"), (20, "waiting_co_owner"),
            (30, "resolved"), (40, "in_progress"), (50, "resolved"), until=60,
        ),
        [], 999,
    )  # fmt: skip
    assert holders(found) == [
        (0, 10, "lead", NET),
        (10, 20, "customer", None),
        (20, 30, "lead", NET),  # nobody was asked
        (30, 40, "follow_up", None),
        (40, 50, "lead", NET),
        (50, 60, "follow_up", None),
    ]


def test_before_there_is_a_department_the_lead_is_nobody() -> None:
    assert holders(pieces(life((0, "received"), until=9, lead=None), [], 99)) == [(0, 9, "lead", None)]


def test_the_request_that_ends_last_is_the_critical_path() -> None:
    asked = [Request(1, BILL, 10, 50), Request(2, LEGAL, 30, 70)]
    assert holders(pieces(life(*WAITS, until=120), asked, 999)) == [
        (0, 10, "lead", NET),
        (10, 30, "co_owner", BILL),  # the only one
        (30, 70, "co_owner", LEGAL),  # ends later
        (70, 100, "lead", NET),  # nobody is asked any more
        (100, 120, "follow_up", None),
    ]


def test_of_those_still_open_the_earliest_requested_holds_it() -> None:
    asked = [Request(1, BILL, 10, None), Request(2, LEGAL, 20, None), Request(3, NET, 15, 60)]
    assert holders(pieces(life(*WAITS[:2]), asked, 80)) == [(0, 10, "lead", NET), (10, 80, "co_owner", BILL)]


def test_equal_ends_go_to_the_earlier_then_to_the_lower_number() -> None:
    asked = [Request(2, LEGAL, 20, 60), Request(1, BILL, 20, 60), Request(3, NET, 30, 60)]
    found = pieces(life(*WAITS[:2]), asked, 70)
    assert holders(found) == [(0, 20, "lead", NET), (20, 60, "co_owner", BILL), (60, 70, "lead", NET)]


def test_nothing_after_now_is_known() -> None:
    asked = [Request(1, BILL, 10, 50), Request(2, LEGAL, 30, 70), Request(3, NET, 60, 80)]
    lived = life(*WAITS, until=120)
    assert holders(pieces(lived, asked, 40)) == [(0, 10, "lead", NET), (10, 40, "co_owner", BILL)]
    assert pieces(lived, asked, 0) == []


def test_a_life_that_is_closed_at_that_instant_is_over_though_it_goes_on_later() -> None:
    lived = life((0, "received"), (5, "closed"), (9, "in_progress"))
    assert holders(pieces(lived, [], 7)) == [(0, 5, "lead", NET)]
    assert holders(pieces(lived, [], 12)) == [
        (0, 5, "lead", NET),
        (5, 9, "follow_up", None),
        (9, 12, "lead", NET),
    ]


@st.composite
def observed(draw: st.DrawFn) -> tuple[list[Observed], list[Request], int]:
    """Some fifty seconds of a life as sources tell it, its requests, and an instant."""
    instants = st.integers(0, 50)
    fields = {"status": sorted(HOLDER_OF), "department": ["1", "2", None], "tier": ["1", "2", "3"]}
    told = draw(
        st.lists(
            st.sampled_from(sorted(fields)).flatmap(
                lambda field: st.tuples(instants, st.just(field), st.sampled_from(fields[field]))
            ),
            max_size=14,
        )
    )
    seen = [
        Observed(at, 0, field, "source", value) for at, field, value in sorted(told, key=lambda one: one[0])
    ]
    ends = st.none() | instants
    asked = draw(st.lists(st.tuples(st.sampled_from([NET, BILL, None]), instants, ends), max_size=5))
    return seen, [Request(n, *one) for n, one in enumerate(asked, 1)], draw(st.integers(0, 60))


def told(seen: list[Observed]) -> list[Stint]:
    return [Stint(s.from_at, s.until_at, s.status, s.department) for s in stints(build_timeline(0, seen))]


@given(observed())
def test_the_parts_of_any_life_sum_to_it_to_the_second(
    drawn: tuple[list[Observed], list[Request], int],
) -> None:
    seen, asked, now = drawn
    known = build_timeline(0, [one for one in seen if one.at <= now])
    ended = now if known.ended_at is None else known.ended_at
    found = pieces(told(seen), asked, now)
    edges = [piece.from_at for piece in found] + [piece.until_at for piece in found[-1:]]
    assert edges == sorted(set(edges))
    assert [edges[0], edges[-1]] == [0, ended] if found else ended == 0
    sums = parts(found, [], ALWAYS)
    assert sum(part.seconds for part in sums) == ended
    assert all(part.open_seconds in (0, part.seconds) for part in sums)


@given(observed())
def test_each_second_has_the_holder_of_the_definition(
    drawn: tuple[list[Observed], list[Request], int],
) -> None:
    seen, asked, now = drawn
    found = pieces(told(seen), asked, now)
    by_second = {second: piece for piece in found for second in range(piece.from_at, piece.until_at)}
    life_of = build_timeline(0, seen)
    for second, piece in by_second.items():
        status = life_of.at("status", second) or "received"
        known = [one if (one.ended_at or 99) <= now else one._replace(ended_at=None) for one in asked]
        there = [
            one
            for one in known
            if one.requested_at <= second < (99 if one.ended_at is None else one.ended_at)
        ]
        if status != "waiting_co_owner" or not there:
            assert piece.holder == HOLDER_OF[status]
            continue
        latest = max(99 if one.ended_at is None else one.ended_at for one in there)
        last = [one for one in there if (99 if one.ended_at is None else one.ended_at) == latest]
        first = min(one.requested_at for one in last)
        wanted = min(one.request_id for one in last if one.requested_at == first)
        assert (piece.holder, piece.request_id) == ("co_owner", wanted)


@given(observed())
def test_as_of_an_instant_is_what_the_facts_until_then_say(
    drawn: tuple[list[Observed], list[Request], int],
) -> None:
    """But for values that were first seen later: they reach back to reception."""
    seen, asked, now = drawn
    first = [
        Observed(0, 0, field, "source", value)
        for field, value in (("status", "received"), ("department", "1"))
    ]
    seen = first + seen
    cut = [
        one if one.ended_at is None or one.ended_at <= now else one._replace(ended_at=None)
        for one in asked
        if one.requested_at <= now
    ]
    live = pieces(told([one for one in seen if one.at <= now]), cut, now)
    assert pieces(told(seen), asked, now) == live


def test_late_is_what_a_co_owner_holds_past_a_limit() -> None:
    asked = [Request(1, BILL, 10, 80), Request(2, LEGAL, 30, 50)]
    held = pieces(life(*WAITS, until=120), asked, 999)
    past = [Overdue(1, 20, 40), Overdue(1, 35, 80), Overdue(2, 40, 50)]
    assert holders(late(held, past)) == [
        (20, 80, "co_owner", BILL)
    ]  # LEGAL ended first: not the critical path
    past = [Overdue(1, 70, 200), Overdue(1, 20, 25)]
    assert holders(late(held, past)) == [(20, 25, "co_owner", BILL), (70, 80, "co_owner", BILL)]


def promise(due_at: int | None, ended_at: int | None, **more: Any) -> Promise:
    return Promise("feedback", 1, 0, due_at, ended_at, (), ALWAYS)._replace(**more)


LATE = [Piece(20, 50, "co_owner", BILL, 1)]


@pytest.mark.parametrize(
    ("due", "ended", "outcome"),
    [
        (60, 60, None),  # met exactly at its due time
        (60, 90, "avoidable"),  # 30 s over, 30 s late: at its due time without them
        (60, 91, "own"),
        (40, 55, "avoidable"),  # late seconds after the due time count too
        (10, 12, "own"),  # over before anyone was late
        (60, None, "no_telling"),
        (None, None, None),  # paused
        (200, None, None),
    ],
)
def test_a_breach_is_avoidable_if_without_the_late_seconds_it_had_ended_in_time(
    due: int | None, ended: int | None, outcome: str | None
) -> None:
    found = verdicts([promise(due, ended)], LATE, 100)
    assert [one.outcome for one in found] == ([] if outcome is None else [outcome])


def test_a_breach_that_ends_later_is_not_known_to_end() -> None:
    (found,) = verdicts([promise(60, 90)], LATE, 80)
    assert (found.outcome, found.ended_at, found.over_seconds, found.caused) == (
        "no_telling",
        None,
        20,
        ((BILL, 30),),
    )


def test_it_is_named_after_the_co_owner_with_most_late_seconds() -> None:
    delays = [
        Piece(20, 30, "co_owner", LEGAL, 2),
        Piece(40, 65, "co_owner", BILL, 1),
        Piece(70, 75, "co_owner", LEGAL, 2),
    ]
    (found,) = verdicts([promise(60, 100)], delays, 200)
    assert (found.outcome, found.caused) == ("avoidable", ((BILL, 25), (LEGAL, 15)))
    (equal,) = verdicts(
        [promise(60, 80)], [Piece(20, 30, "co_owner", LEGAL, 2), Piece(40, 50, "co_owner", BILL, 1)], 200
    )
    assert equal.caused == ((BILL, 10), (LEGAL, 10))


def test_late_seconds_in_a_pause_cost_nothing() -> None:
    (found,) = verdicts([promise(60, 70, paused=((25, 45),))], LATE, 200)
    assert (found.caused, found.outcome) == (((BILL, 10),), "avoidable")
    (all_paused,) = verdicts([promise(60, 61, paused=((0, 55),))], LATE, 200)
    assert (all_paused.caused, all_paused.outcome) == ((), "own")


def test_only_the_hours_of_the_target_count() -> None:
    """Due on Friday at 18:00, answered on Monday at 10:00: an hour over. Being late on a weekend is free."""
    zone = "Asia/Shanghai"
    start, due, met = at(zone, "2026-11-18 09:00"), at(zone, "2026-11-20 18:00"), at(zone, "2026-11-23 10:00")
    one = promise(due, met, started_at=start, hours=hours("office", zone))
    weekend = Piece(at(zone, "2026-11-20 20:00"), at(zone, "2026-11-23 09:00"), "co_owner", BILL, 1)
    (found,) = verdicts([one], [weekend], met)
    assert (found.outcome, found.over_seconds, found.caused) == ("own", 3600, ())
    (found,) = verdicts([one], [weekend._replace(until_at=met)], met)
    assert (found.outcome, found.caused) == ("avoidable", ((BILL, 3600),))


def test_the_time_of_departments_is_split_by_the_teams_hours() -> None:
    zone = "Asia/Shanghai"
    friday, monday = at(zone, "2026-11-20 17:00"), at(zone, "2026-11-23 10:00")
    (part,) = parts([Piece(friday, monday, "lead", NET, 0)], [], hours("office", zone))
    assert (part.seconds, part.open_seconds) == (65 * 3600, 2 * 3600)
    (part,) = parts([Piece(friday, monday, "customer", None, 0)], [], hours("office", zone))
    assert part.open_seconds == 0
