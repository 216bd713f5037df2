"""Simpler predictions of breaches, with which the breach risk is compared."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from queries.arrays import Floats
from queries.risk.scores import Truth


def next_due_first(at: Floats, due: Floats) -> Floats:
    """A ranking, no probability."""
    left: Floats = at - due
    return left


def share_used(used: Floats, budget: Floats) -> Floats:
    """A ranking, no probability."""
    share: Floats = used / budget
    return share


def late_rate(kind: NDArray[np.object_], late: Truth, wanted: NDArray[np.object_]) -> Floats:
    """The late rate of each kind; that of all for a new kind. `kind`, `late`: of deadlines that were due."""
    rates = pd.Series(late).groupby(kind).mean()
    found: Floats = pd.Series(wanted).map(rates).fillna(late.mean()).to_numpy(dtype=float)
    return found
