"""In which order the scenes of the wall turn, and for how long each is shown."""

from collections.abc import Sequence
from typing import NamedTuple

from config.wall import Wall


class Turn(NamedTuple):
    scene: int  # its place among the chosen ones
    seconds: int


def turns(asks: Sequence[bool], urgent: int | None, wall: Wall) -> tuple[Turn, ...]:
    """`asks`: of each scene, whether somebody has to act; `urgent`: the one that comes forward."""
    calm = max(round(wall.rotate * wall.calm_share), 1)
    each = [Turn(place, wall.rotate if asked else calm) for place, asked in enumerate(asks)]
    if urgent is None or len(each) < 3:
        return tuple(each)
    first = each.pop(urgent)
    return tuple(turn for other in each for turn in (first, other))
