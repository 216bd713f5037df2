"""A share of a count, with its confidence interval."""

from dataclasses import dataclass

import numpy as np

from queries.arrays import Floats

FEWEST = 30  # with fewer, no percentage is shown
SURE = 1.959964  # standard errors: 95 %


@dataclass(frozen=True, slots=True)
class Rate:
    """0..1; `low` and `high` are Wilson's 95 % interval."""

    share: float
    low: float
    high: float


def rate(hits: int, of: int) -> Rate | None:
    """None for fewer than FEWEST."""
    if of < FEWEST:
        return None
    low, high = wilson(np.array(hits / of), np.array(float(of)))
    return Rate(hits / of, max(float(low), 0.0), min(float(high), 1.0))


def wilson(share: Floats, n: Floats, errors: float = SURE) -> tuple[Floats, Floats]:
    """Wilson's interval of a share of n; `errors`: standard errors on each side."""
    middle = (share + errors**2 / (2 * n)) / (1 + errors**2 / n)
    reach = errors / (1 + errors**2 / n) * np.sqrt(share * (1 - share) / n + (errors / (2 * n)) ** 2)
    return middle - reach, middle + reach
