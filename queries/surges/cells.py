"""What is watched for surges: a category, or a product within it, in a city, a province or the country. Pure.

A cell is a what and a where; its number is what × places + place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TypeVar

import numpy as np

from queries.arrays import Floats, Numbers

Key = TypeVar("Key")
What = tuple[str, str | None]  # a category, and a product where it is one within it
COUNTRY = 0  # the first place; no region has this id


@dataclass(frozen=True, eq=False)
class Grid:
    """A what that is a product comes after its category, a place after the one it lies in."""

    whats: tuple[What, ...]
    places: tuple[int, ...]  # region ids
    parents: tuple[int, ...]  # of places: the place it lies in, -1 for the whole country

    @cached_property
    def what_at(self) -> dict[What, int]:
        return {what: number for number, what in enumerate(self.whats)}

    @cached_property
    def place_at(self) -> dict[int, int]:
        return {place: number for number, place in enumerate(self.places)}

    @cached_property
    def category_of(self) -> Numbers:
        """Of each what: its category's number; its own where it is one."""
        return np.array([self.what_at[category, None] for category, _ in self.whats], dtype=np.int64)

    @cached_property
    def depths(self) -> Numbers:
        """Of each place: 0 the country, 1 a province, 2 a city."""
        found: list[int] = []
        for parent in self.parents:
            found.append(0 if parent < 0 else found[parent] + 1)
        return np.array(found, dtype=np.int64)

    @cached_property
    def groups(self) -> Numbers:
        """Of each cell: which of the at most six families it belongs to, by depth and by product."""
        is_product = np.array([product is not None for _, product in self.whats], dtype=np.int64)
        return (is_product[:, None] * 3 + np.minimum(self.depths, 2)[None, :]).ravel()

    def size(self) -> int:
        return len(self.whats) * len(self.places)

    def lines(self, place: int) -> list[int]:
        """A place with those it lies in."""
        found = []
        while place >= 0:
            found.append(place)
            place = self.parents[place]
        return found

    def cells_of(self, seen: "Seen") -> Numbers:
        """One row for each complaint: the cells that it counts in, -1 for none."""
        category = _look_up(self.what_at, ((one, None) for one in seen.category))
        product = _look_up(self.what_at, zip(seen.category, seen.product, strict=True))
        product[[one is None for one in seen.product]] = -1
        place = _look_up(self.place_at, seen.region)
        place[place < 0] = COUNTRY
        above = np.array([-1, *self.parents], dtype=np.int64)
        wheres = [place, above[place + 1]]
        wheres.append(above[wheres[1] + 1])
        cells = [
            np.where((what >= 0) & (where >= 0), what * len(self.places) + where, -1)
            for what in (category, product)
            for where in wheres
        ]
        return np.stack(cells, axis=1)

    def split(self, cell: int) -> tuple[int, int]:
        """What and place."""
        return divmod(cell, len(self.places))

    def meet(self, one: int, other: int) -> int | None:
        """The cell of the complaints that both have; None where they cannot have any in common."""
        (what, place), (what_too, place_too) = self.split(one), self.split(other)
        if what != what_too:
            category, category_too = self.category_of[what], self.category_of[what_too]
            if category != category_too or (what != category and what_too != category):
                return None
        if place in self.lines(place_too):
            place = place_too
        elif place_too not in self.lines(place):
            return None
        return max(what, what_too) * len(self.places) + place

    def covers(self, wide: int, narrow: int) -> bool:
        """Whether every complaint of the one is one of the other; a cell covers itself."""
        return self.meet(wide, narrow) == narrow


@dataclass(frozen=True, slots=True)
class Seen:
    """Complaints, or hours of them, as columns of equal length."""

    category: Sequence[str]
    product: Sequence[str | None]
    region: Sequence[int]  # 0: not known
    at: Floats
    whom: Numbers  # of a complaint: its complainant. Of an hour: how many


def grid_of(whats: Iterable[What], tree: Sequence[tuple[int, int | None]]) -> Grid:
    """`tree`: regions with the one they lie in. What lies deeper than a city counts for its city only."""
    known = sorted(set(whats), key=lambda what: (what[1] is not None, what[0], what[1] or ""))
    categories = {category for category, _ in known}
    places = [COUNTRY]
    parents = [-1]
    at: dict[int, int] = {}
    for depth in (1, 2):
        for region, parent in tree:
            if (parent is None) == (depth == 1) and (parent is None or parent in at) and region not in at:
                at[region] = len(places)
                places.append(region)
                parents.append(COUNTRY if parent is None else at[parent])
    missing = sorted(categories - {category for category, product in known if product is None})
    ordered = chain(((category, None) for category in missing), known)
    return Grid(tuple(sorted(ordered, key=lambda what: what[1] is not None)), tuple(places), tuple(parents))


def _look_up(numbers: Mapping[Key, int], wanted: Iterable[Key]) -> Numbers:
    return np.array([numbers.get(one, -1) for one in wanted], dtype=np.int64)
