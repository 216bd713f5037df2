"""The table [wall] of a policy."""

import pytest

from config.policy import DEFAULT, PolicyError, load, parse
from config.wall import SCENES, Wall

BODY = DEFAULT.read_text("utf-8")


def test_the_default_policy_has_every_scene_and_an_older_one_without_the_table_too() -> None:
    assert load().wall == Wall()
    assert Wall().scenes == SCENES


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('scenes = ["now", "then"]', "then"),
        ("scenes = []", "name at least one"),
        ('scenes = ["now", "now"]', "named twice"),
        ('rotate = "2s"', "between 5 seconds and one hour"),
        ("calm_share = 0", "greater than 0"),
    ],
)
def test_a_mistake_is_named(line: str, says: str) -> None:
    key = line.partition(" ")[0]
    body = "\n".join(line if one.startswith(f"{key} = ") else one for one in BODY.splitlines())
    with pytest.raises(PolicyError) as caught:
        parse(body)
    assert says in str(caught.value)
