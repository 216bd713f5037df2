"""Rows of one file that have the same key: 12 bytes a row, however many there are."""

from array import array
from collections.abc import Hashable

import numpy as np


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
        order = np.argsort(keys, kind="stable")
        again = order[1:][keys[order[1:]] == keys[order[:-1]]]
        rows = np.frombuffer(self._rows, dtype=f"u{self._rows.itemsize}")[np.sort(again)[:most]]
        return len(again), [int(row) for row in rows]
