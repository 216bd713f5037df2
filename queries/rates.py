"""A share of a count, with how sure it is."""

import math
from dataclasses import dataclass

FEWEST = 30  # fewer show no percentage
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
    share, z = hits / of, SURE
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + (z / (2 * of)) ** 2)
    return Rate(share, max(middle - reach, 0.0), min(middle + reach, 1.0))
