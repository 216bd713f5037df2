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
