"""What is watched for surges: a category, or a product within it, in a city, a province or the country. Pure.

A cell is a topic in a place; its number is topic × places + place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TypeVar

import numpy as np

from queries.arrays import Floats, Numbers

Key = TypeVar("Key")
Topic = tuple[str, str | None]  # a category, and a product within it or None
COUNTRY = 0  # the first place; no region has this id


@dataclass(frozen=True, eq=False)
class Grid:
    """Products come after their category, places after the one in which they lie."""

    topics: tuple[Topic, ...]
    places: tuple[int, ...]  # region ids
    parents: tuple[int, ...]  # of places: the place it lies in, -1 for the whole country

    @cached_property
    def topic_at(self) -> dict[Topic, int]:
        return {topic: number for number, topic in enumerate(self.topics)}

    @cached_property
    def place_at(self) -> dict[int, int]:
        return {place: number for number, place in enumerate(self.places)}

    @cached_property
    def category_of(self) -> Numbers:
        """Of each topic: the number of its category; of a category, its own."""
        return np.array([self.topic_at[category, None] for category, _ in self.topics], dtype=np.int64)

    @cached_property
    def depths(self) -> Numbers:
        """Of each place: 0 the country, 1 a province, 2 a city."""
        found: list[int] = []
        for parent in self.parents:
            found.append(0 if parent < 0 else found[parent] + 1)
        return np.array(found, dtype=np.int64)

    @cached_property
    def groups(self) -> Numbers:
        """Of each cell: its family, one of at most six, by depth and by whether it is a product."""
        is_product = np.array([product is not None for _, product in self.topics], dtype=np.int64)
        return (is_product[:, None] * 3 + np.minimum(self.depths, 2)[None, :]).ravel()

    def size(self) -> int:
        return len(self.topics) * len(self.places)

    def lines(self, place: int) -> list[int]:
        """A place with those it lies in."""
        found = []
        while place >= 0:
            found.append(place)
            place = self.parents[place]
        return found

    def cells_of(self, seen: "Complaints") -> Numbers:
        """One row for each complaint: the cells in which it counts, -1 for none."""
        category = _look_up(self.topic_at, ((one, None) for one in seen.category))
        product = _look_up(self.topic_at, zip(seen.category, seen.product, strict=True))
        product[[one is None for one in seen.product]] = -1
        place = _look_up(self.place_at, seen.region)
        place[place < 0] = COUNTRY
        above = np.array([-1, *self.parents], dtype=np.int64)
        place_chain = [place, above[place + 1]]
        place_chain.append(above[place_chain[1] + 1])
        cells = [
            np.where((topic >= 0) & (location >= 0), topic * len(self.places) + location, -1)
            for topic in (category, product)
            for location in place_chain
        ]
        return np.stack(cells, axis=1)

    def split(self, cell: int) -> tuple[int, int]:
        """Topic and place."""
        return divmod(cell, len(self.places))

    def meet(self, one: int, other: int) -> int | None:
        """The cell of the complaints that both contain; None location they have none in common."""
        (topic, place), (topic_too, place_too) = self.split(one), self.split(other)
        if topic != topic_too:
            category, category_too = self.category_of[topic], self.category_of[topic_too]
            if category != category_too or (topic != category and topic_too != category):
                return None
        if place in self.lines(place_too):
            place = place_too
        elif place_too not in self.lines(place):
            return None
        return max(topic, topic_too) * len(self.places) + place

    def covers(self, wide: int, narrow: int) -> bool:
        """Whether every complaint of `narrow` is one of `wide`; a cell covers itself."""
        return self.meet(wide, narrow) == narrow


@dataclass(frozen=True, slots=True)
class Complaints:
    """Complaints, or hours with complaints, as columns of equal length."""

    category: Sequence[str]
    product: Sequence[str | None]
    region: Sequence[int]  # 0: not known
    at: Floats
    whom: Numbers  # of a complaint: its complainant; of an hour: how many complainants


def grid_of(topics: Iterable[Topic], tree: Sequence[tuple[int, int | None]]) -> Grid:
    """`tree`: (region, parent region). Anything below a city counts for its city only."""
    known = sorted(set(topics), key=lambda topic: (topic[1] is not None, topic[0], topic[1] or ""))
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
    return Grid(tuple(sorted(ordered, key=lambda topic: topic[1] is not None)), tuple(places), tuple(parents))


def _look_up(numbers: Mapping[Key, int], wanted: Iterable[Key]) -> Numbers:
    return np.array([numbers.get(one, -1) for one in wanted], dtype=np.int64)
