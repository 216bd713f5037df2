"""How the wall turns its scenes, unless the address of a display says otherwise."""

from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, field_validator

from config.policy_values import Part, parse_seconds

SceneName = Literal["now", "where", "blocking", "flow", "customers", "alerts"]
SCENES: tuple[SceneName, ...] = get_args(SceneName)
SHORTEST, LONGEST = 5, 3600  # seconds


def _turn(value: object) -> int:
    seconds = parse_seconds(value)
    if not SHORTEST <= seconds <= LONGEST:
        raise ValueError(f"'{value}' is not between {SHORTEST} seconds and one hour")
    return seconds


class Wall(Part):
    """`rotate`: seconds of a scene; `calm_share`: of them for a scene that asks nobody to act;
    `urgent_first`: while an urgent deadline is past due, 'now' returns after each other scene."""

    scenes: tuple[SceneName, ...] = SCENES
    rotate: Annotated[int, BeforeValidator(_turn)] = 20
    calm_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    urgent_first: bool = True

    @field_validator("scenes")
    @classmethod
    def _each_once(cls, scenes: tuple[SceneName, ...]) -> tuple[SceneName, ...]:
        if not scenes:
            raise ValueError("no scene is named; name at least one, or leave the key out for all of them")
        if len(set(scenes)) < len(scenes):
            raise ValueError("a scene is named twice; name each once")
        return scenes
