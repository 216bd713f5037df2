"""When in the week a target is met: hours in which few are met weigh little (docs/architecture.md: Breach
risk)."""

from dataclasses import dataclass

import numpy as np

from queries.arrays import Floats, Numbers

HOUR, HOURS, WEEK = 3600, 168, 604_800


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`weights`: per target and hour of the week as the clocks of `utc_offset` show it (hour 0 begins
    Thursday, as 1970 did); the mean of each target is 1."""

    weights: Floats
    utc_offset: int

    def share(self, target: Numbers, started: Floats, used: Floats, budget: Floats) -> Floats:
        """Which part of its budget is used, hours counted by their weight. Seconds; `budget` above 0."""
        begun = self._passed(target, started)
        return (self._passed(target, started + used) - begun) / (
            self._passed(target, started + budget) - begun
        )

    def _passed(self, target: Numbers, instant: Floats) -> Floats:
        weeks, second = np.divmod(instant + self.utc_offset, WEEK)
        hour = np.minimum(second // HOUR, HOURS - 1).astype(np.int64)
        before = np.cumsum(self.weights, axis=1) - self.weights
        part = second / HOUR - hour
        passed: Floats = weeks * HOURS + before[target, hour] + part * self.weights[target, hour]
        return passed


def learn_rhythm(targets: int, target: Numbers, met_at: Floats, utc_offset: int) -> Rhythm:
    """From the instants at which targets were met; with few of them nearly even."""
    hour = ((met_at + utc_offset) % WEEK // HOUR).astype(np.int64)
    met = np.bincount(target * HOURS + hour, minlength=targets * HOURS).reshape(targets, HOURS)
    weights = (met + 1) / (met.sum(axis=1, keepdims=True) + HOURS) * HOURS
    return Rhythm(weights, utc_offset)
