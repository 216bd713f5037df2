"""The timeline that follows from observations."""

from queries.clocks.timeline import Milestone, Observed, build_timeline, stints


def seen(*rows: tuple[int, str, str | None]) -> list[Observed]:
    return [Observed(at, 0, field, "source", value) for at, field, value in rows]


def test_stints_of_a_closed_complaint_sum_to_its_life() -> None:
    life = build_timeline(
        100,
        seen(
            (100, "status", "received"),
            (100, "department", "1"),
            (160, "status", "in_progress"),
            (200, "department", "2"),
            (500, "status", "resolved"),
            (900, "status", "closed"),
        ),
    )
    found = stints(life)
    assert [(s.from_at, s.until_at, s.status, s.department) for s in found] == [
        (100, 160, "received", 1),
        (160, 200, "in_progress", 1),
        (200, 500, "in_progress", 2),
        (500, 900, "resolved", 2),
    ]
    assert life.ended_at == 900


def test_the_first_known_state_reaches_back_to_reception() -> None:
    life = build_timeline(0, seen((50, "status", "in_progress"), (70, "tier", "2")))
    assert life.states == {"status": [(0, "in_progress")], "tier": [(0, "2")]}


def test_a_first_status_that_is_not_open_does_not_reach_back() -> None:
    life = build_timeline(0, seen((50, "status", "closed")))
    assert life.states["status"] == [(0, "received"), (50, "closed")]
    assert [m.name for m in life.milestones] == ["received", "closed", "resolved"]


def test_the_last_of_observations_at_one_instant_counts() -> None:
    life = build_timeline(
        0, seen((0, "status", "received"), (9, "status", "resolved"), (9, "status", "in_progress"))
    )
    assert [(s.from_at, s.until_at, s.status) for s in stints(life)] == [
        (0, 9, "received"),
        (9, None, "in_progress"),
    ]


def test_reopening_begins_an_episode_and_keeps_its_milestones_apart() -> None:
    life = build_timeline(
        0,
        seen(
            (0, "status", "received"),
            (10, "plan", None),
            (20, "status", "resolved"),
            (30, "status", "in_progress"),
            (35, "plan", None),
            (40, "status", "resolved"),
            (50, "status", "closed"),
        ),
    )
    assert life.episodes == [(0, 20), (30, 40)]
    assert life.first_met("plan", 1) == 10
    assert life.first_met("plan", 2) == 35
    assert Milestone(2, "reopened", 30) in life.milestones
    assert life.ended_at == 50


def test_a_life_that_goes_on_after_closing_has_not_ended() -> None:
    life = build_timeline(
        0, seen((0, "status", "received"), (5, "status", "closed"), (9, "status", "in_progress"))
    )
    assert life.ended_at is None
    assert [(s.from_at, s.until_at, s.status) for s in stints(life)] == [
        (0, 5, "received"),
        (5, 9, "closed"),
        (9, None, "in_progress"),
    ]


def test_a_correction_holds_until_the_source_itself_changes_its_mind() -> None:
    rows = [
        Observed(0, 0, "tier", "source", "2"),
        Observed(10, 0, "tier", "person", "1"),
        Observed(20, 0, "tier", "source", "2"),
        Observed(30, 0, "tier", "source", "3"),
    ]
    assert build_timeline(0, rows).states["tier"] == [(0, "2"), (10, "1"), (30, "3")]


def test_an_answer_without_its_question_is_kept_for_later() -> None:
    life = build_timeline(0, [Observed(5, 1, "responded", "source", None)])
    assert life.requests == []


def test_events_before_reception_happen_at_reception() -> None:
    life = build_timeline(100, seen((40, "status", "received"), (60, "first_contact", None)))
    assert Milestone(1, "first_contact", 100) in life.milestones
    assert stints(life)[0].from_at == 100


NET, BILL = "1", "2"


def requests(*rows: tuple[int, str, str | None]) -> list[tuple[object, ...]]:
    """Of one party: (department, requested, responded, opinion, cancelled)."""
    seen = [Observed(at, 9, field, "source", value) for at, field, value in rows]
    found = build_timeline(0, seen).requests
    assert len({one.request_id for one in found}) == len(found)
    return [
        (one.department, one.requested_at, one.responded_at, one.opinion_at, one.cancelled_at)
        for one in found
    ]


def test_what_one_department_is_asked_at_two_instants_is_two_requests() -> None:
    assert requests(
        (10, "requested", NET),
        (20, "responded", None),
        (30, "opinion", None),
        (50, "requested", NET),
        (60, "responded", None),
    ) == [(1, 10, 20, 30, None), (1, 50, 60, None, None)]


def test_the_same_instant_told_again_is_the_same_request() -> None:
    assert requests((10, "requested", NET), (10, "requested", NET), (20, "responded", None)) == [
        (1, 10, 20, None, None)
    ]


def test_an_answer_is_for_all_that_wait_for_it_and_the_first_one_counts() -> None:
    assert requests(
        (10, "requested", NET), (50, "requested", NET), (60, "responded", None), (70, "responded", None)
    ) == [(1, 10, 60, None, None), (1, 50, 60, None, None)]


def test_an_answer_as_it_is_asked_again_is_for_the_request_before() -> None:
    assert requests((10, "requested", NET), (50, "requested", NET), (50, "responded", None)) == [
        (1, 10, 50, None, None),
        (1, 50, None, None, None),
    ]


def test_a_request_that_another_department_got_instead_is_over() -> None:
    assert requests((10, "requested", NET), (50, "requested", BILL), (60, "responded", None)) == [
        (1, 10, None, None, 50),
        (2, 50, 60, None, None),
    ]


def test_a_further_request_has_a_number_of_its_own_and_belongs_to_the_episode_of_its_instant() -> None:
    seen = [
        Observed(10, 9, "requested", "source", NET),
        Observed(20, 9, "responded", "source", None),
        Observed(30, 0, "status", "source", "resolved"),
        Observed(40, 0, "status", "source", "in_progress"),
        Observed(50, 9, "requested", "source", NET),
    ]
    first, second = build_timeline(0, seen).requests
    assert (first.request_id, first.episode, second.episode) == (9, 1, 2)
    assert build_timeline(0, seen).requests[1].request_id == second.request_id > 9
