"""Where deadlines were while they ran: a hand-off or a change of tier ends one spell and begins the next, at
the age that the deadline then has (docs/architecture.md: Breach risk). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from queries.arrays import Floats, Numbers

Objects = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Spells:
    """Columns of equal length, in order of `row` and `since`; the first spell of each begins at 0."""

    row: Numbers  # of the deadlines
    since: Floats  # what the deadline had used when the spell began; seconds
    tier: Objects
    department: Objects

    @property
    def is_last(self) -> NDArray[np.bool_]:
        """Of its deadline."""
        found = np.ones(len(self.row), dtype=bool)
        found[:-1] = self.row[1:] != self.row[:-1]
        return found

    def only(self, wanted: NDArray[np.bool_]) -> "Spells":
        return Spells(self.row[wanted], self.since[wanted], self.tier[wanted], self.department[wanted])

    def renumbered(self, kept: NDArray[np.bool_]) -> "Spells":
        """With the row numbers that remain when only these deadlines are kept."""
        return Spells((np.cumsum(kept) - 1)[self.row], self.since, self.tier, self.department)

    def until(self, used: Floats) -> Floats:
        """`used`: of each deadline, until it ended or was last seen."""
        end = used[self.row]
        return np.where(self.is_last, end, np.minimum(np.roll(self.since, -1), end))

    def within(self, used: Floats) -> "Spells":
        """Without spells of no length and those that began when the deadline had ended: one that ends at the
        instant of a hand-off counts where it was before."""
        is_first = np.roll(self.is_last, 1)
        found = self.only(is_first | (self.since < used[self.row]))
        return found.only(found.is_last | (np.roll(found.since, -1) > found.since))

    def first_of_each(self) -> NDArray[np.bool_]:
        """The first spell of each deadline in each place, however often it returned there."""
        if self.is_last.all():
            return np.ones(len(self.row), dtype=bool)
        codes = [pd.factorize(column)[0] for column in (self.tier, self.department)]
        frame = pd.DataFrame({"row": self.row, "tier": codes[0], "department": codes[1]})
        found: NDArray[np.bool_] = ~frame.duplicated().to_numpy()
        return found


def unmoved(tier: ArrayLike, department: ArrayLike) -> Spells:
    """Each deadline in one place."""
    tier, department = (np.asarray(column, dtype=object) for column in (tier, department))
    return Spells(np.arange(len(tier)), np.zeros(len(tier)), tier, department)


def put_together(parts: Sequence[Spells], used: Floats) -> Spells:
    """By deadline and start; of spells of a deadline that begin together, that of the later part counts."""
    row, since = (np.concatenate([getattr(part, name) for part in parts]) for name in ("row", "since"))
    tier = np.concatenate([part.tier for part in parts])
    department = np.concatenate([part.department for part in parts])
    order = np.lexsort((since, row))
    return Spells(row[order], since[order], tier[order], department[order]).within(used)
