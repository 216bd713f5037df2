import random

import pytest

from jobs.sources import repeats
from jobs.sources.repeats import Repeats


def of(keys: list[object]) -> Repeats:
    found = Repeats()
    for row, key in enumerate(keys, 2):
        found.add(key, row)
    return found


def test_rows_that_come_after_another_of_their_key_are_counted_and_the_first_of_them_named() -> None:
    assert of(["a", "b", "a", "c", "a", "b"]).found(2) == (3, [4, 6])
    assert of(["a", "b", "c"]).found(3) == (0, [])
    assert of([]).found(3) == (0, [])
    assert of(["a", "a"]).found(0) == (1, [])


def test_they_are_found_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "BLOCK", 7)
    keys: list[object] = [random.Random(place).randrange(60) for place in range(100)]
    first: set[object] = set()
    expected = [row for row, key in enumerate(keys, 2) if key in first or first.add(key)]
    assert of(keys).found(1000) == (len(expected), expected)
