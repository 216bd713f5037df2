"""Rows of one file that have the same key: 12 bytes a row, however many there are."""

from array import array
from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray

BLOCK = 1_000_000


class Repeats:
    def __init__(self) -> None:
        self._keys, self._rows = array("q"), array("I")

    def add(self, key: Hashable, row: int) -> None:
        self._keys.append(hash(key))
        self._rows.append(row)

    def found(self, most: int) -> tuple[int, list[int]]:
        """How many rows come after another of the same key, and the first of them."""
        if not self._keys:
            return 0, []
        keys = np.frombuffer(self._keys, dtype=np.int64)
        ordered = np.sort(keys)
        again = ordered[1:] == ordered[:-1]
        count = int(np.count_nonzero(again))
        return count, self._first(keys, np.unique(ordered[1:][again]), min(most, count))

    def _first(self, keys: NDArray[np.int64], repeated: NDArray[np.int64], most: int) -> list[int]:
        """In blocks: of all at once, what numpy needs meanwhile would be several times the keys."""
        seen: set[int] = set()
        rows: list[int] = []
        for start in range(0, len(keys), BLOCK):
            block = keys[start : start + BLOCK]
            for place in np.flatnonzero(np.isin(block, repeated)):
                if len(rows) >= most:
                    return rows
                key = int(block[place])
                if key in seen:
                    rows.append(self._rows[start + int(place)])
                seen.add(key)
        return rows
