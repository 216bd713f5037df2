"""In which order scenes turn, what the address of a display asks for, and which lines the list has."""

from datetime import UTC, datetime

import pytest

from config.wall import SCENES as NAMES
from config.wall import Wall
from dashboard.views.wall.address import read
from dashboard.views.wall.now import FIRST, LINES, chosen
from dashboard.views.wall.scenes import SCENES
from dashboard.views.wall.turning import turns
from queries.pages.to_move import Group, ToMove

KNOWN = {"region": {"GD", "FJ"}, "department": {"NET"}, "tier": {"1", "2", "3"}}


def row(group: Group, number: int) -> ToMove:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    who = (2, 1, 1, at, False, True)
    return ToMove(group, 9, number, f"C{number}", "feedback", *who, *[None] * 6)


def test_a_scene_on_which_nobody_has_to_act_is_shorter() -> None:
    assert turns((True, False, True), None, Wall()) == ((0, 20), (1, 10), (2, 20))
    assert turns((False,), None, Wall(calm_share=0.01)) == ((0, 1),)


def test_an_urgent_scene_returns_after_each_other_one() -> None:
    assert turns((True, True, False), 0, Wall()) == ((0, 20), (1, 20), (0, 20), (2, 10))
    assert turns((True, True), 0, Wall()) == ((0, 20), (1, 20))


def test_every_scene_of_the_policy_is_there() -> None:
    assert tuple(SCENES) == NAMES
    assert [scene.name for scene in SCENES.values()] == list(NAMES)


def test_the_address_chooses_scenes_in_its_own_order_and_their_time() -> None:
    found = read({"scene": "alerts,now", "rotate": "30", "region": "GD", "tier": "1,2"}, Wall(), KNOWN)
    assert [scene.name for scene in found.scenes] == ["alerts", "now"]
    assert found.wall.rotate == 30
    assert found.unknown == ()
    assert read({}, Wall(scenes=("flow", "now")), KNOWN).scenes == (SCENES["flow"], SCENES["now"])


@pytest.mark.parametrize(("asked", "seconds"), [("1", 5), ("99999", 3600), ("45s", 45)])
def test_a_time_is_kept_within_its_bounds(asked: str, seconds: int) -> None:
    assert read({"rotate": asked}, Wall(), KNOWN).wall.rotate == seconds


def test_what_is_not_understood_is_named_and_the_rest_holds() -> None:
    query = {"scene": "now,then", "region": "GD,XX", "tier": "7", "rotate": "fast", "seconds": "5"}
    found = read(query, Wall(), KNOWN)
    assert set(found.unknown) == {"seconds", "scene=then", "region=XX", "tier=7", "rotate=fast"}
    assert [scene.name for scene in found.scenes] == ["now"]
    assert found.wall == Wall()


@pytest.mark.parametrize(
    ("counts", "lines"),
    [
        ((9, 9, 9), (FIRST, FIRST, 0)),
        ((9, 0, 9), (LINES - 1, 0, 0)),
        ((1, 1, 9), (1, 1, 5)),
        ((0, 0, 30), (0, 0, LINES)),
        ((2, 0, 3), (2, 0, 3)),
        ((0, 3, 30), (0, 3, 5)),
        ((30, 2, 0), (6, 2, 0)),
    ],
)
def test_the_lines_are_divided_and_heads_have_theirs(counts: tuple[int, ...], lines: tuple[int, ...]) -> None:
    groups: tuple[Group, ...] = ("past_due", "likely", "next")
    rows = [
        row(group, 100 * place + n)
        for place, (group, count) in enumerate(zip(groups, counts, strict=True))
        for n in range(count)
    ]
    found = chosen(rows)
    assert tuple(sum(one.group == group for one in found) for group in groups) == lines


def test_what_is_likely_to_breach_does_not_stand_again_among_the_next() -> None:
    found = chosen([row("likely", 1), row("next", 1), row("next", 2)])
    assert [(one.group, one.complaint_id) for one in found] == [("likely", 1), ("next", 2)]
