"""What the address of a display asks for: ?scene=now,where &rotate=30 &region=GD &department=… &tier=1."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from config.wall import LONGEST, SHORTEST, Wall
from dashboard.parts import Scene
from dashboard.views.wall.scenes import SCENES

KEYS = ("token", "lang", "region", "department", "tier", "scene", "rotate", "as_of")


@dataclass(frozen=True, slots=True)
class Address:
    """`unknown`: the parts that are not understood, as they stand in the address."""

    scenes: tuple[Scene, ...]
    wall: Wall
    unknown: tuple[str, ...]


def read(query: Mapping[str, str], wall: Wall, known: Mapping[str, Collection[str]]) -> Address:
    """`known`: the codes of 'region', 'department' and 'tier' that this display may show."""
    wanted = _split(query, "scene")
    chosen = [SCENES[name] for name in SCENES if name in wanted] or [SCENES[name] for name in wall.scenes]
    known = {**known, "scene": SCENES.keys()}
    unknown = [key for key in query if key not in KEYS]
    unknown += [f"{key}={code}" for key in known for code in _split(query, key) if code not in known[key]]
    rotate = _seconds(query.get("rotate", ""))
    if "rotate" in query and rotate is None:
        unknown.append(f"rotate={query['rotate']}")
    shown = wall if rotate is None else wall.model_copy(update={"rotate": rotate})
    return Address(tuple(_in_order(chosen, wanted)), shown, tuple(unknown))


def _in_order(scenes: Sequence[Scene], wanted: Sequence[str]) -> Iterator[Scene]:
    """As the address names them."""
    named = [one for name in wanted for one in scenes if one.name == name]
    yield from dict.fromkeys(named) if named else scenes


def _split(query: Mapping[str, str], key: str) -> list[str]:
    return [part for part in query.get(key, "").split(",") if part]


def _seconds(text: str) -> int | None:
    value = text.removesuffix("s")
    return min(max(int(value), SHORTEST), LONGEST) if value.isascii() and value.isdecimal() else None
