"""The laws by which the simulated operator meets its targets (jobs/sources/simulated/life.py), so that what
is open can be carried on, and taken up a second time."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.sources.simulated.life import DAY, HOUR, LATE_DEPARTMENTS, MINUTE, SLOW_PROVINCES
from jobs.sources.simulated.organisation import CATEGORIES, operator

CANDIDATES = 40_000
Truth = NDArray[np.bool_]

# target: median, spread, how much the lateness of its department counts. An opinion begins once responded.
LAWS = {
    "first_contact": (3.2 * MINUTE, 0.75, 0.0),
    "plan": (15 * MINUTE, 0.5, 0.0),
    "verification": (46 * MINUTE, 0.55, 0.5),
    "feedback": (10 * HOUR, 0.5, 0.6),
    "answer": (1.7 * DAY, 0.4, 0.0),
    "respond": (26 * MINUTE, 0.7, 1.0),
    "opinion": (75 * MINUTE, 0.7, 1.0),
}
LEADS = {category[0]: category[1] for category in CATEGORIES}


@dataclass(frozen=True, slots=True)
class Life:
    steps: tuple[tuple[float, float], ...]  # median and spread of each
    age: float
    budget: float

    def lasts(self, normal: NDArray[np.float64]) -> NDArray[np.float64]:
        """Seconds; `normal`: a row per step."""
        found: NDArray[np.float64] = sum(
            (median * np.exp(spread * normal[step]) for step, (median, spread) in enumerate(self.steps)),
            start=np.zeros(normal.shape[1]),
        )
        return found


@dataclass(frozen=True, slots=True)
class Lives:
    known: Truth  # rows whose law is known: callbacks keep the board's own numbers
    lives: tuple[Life, ...]  # of these rows

    def draw(self, random: np.random.Generator, times: int, stays: float) -> tuple[Truth, Truth]:
        """Whether what is under way fails, and whether a second try does that begins now. `stays`: how much
        of what made the first one slow the second one has too, as a correlation."""
        pairs = [_drawn(life, random, times, stays) for life in self.lives]
        return np.array([first for first, _ in pairs]), np.array([second for _, second in pairs])


def _drawn(life: Life, random: np.random.Generator, times: int, stays: float) -> tuple[Truth, Truth]:
    normal = random.standard_normal((len(life.steps), CANDIDATES))
    lasts = life.lasts(normal)
    still = np.flatnonzero(lasts > life.age)
    if not len(still):
        return np.ones(times, dtype=bool), np.ones(times, dtype=bool)
    chosen = random.choice(still, times)
    new = random.standard_normal((len(life.steps), times))
    again = life.lasts(stays * normal[:, chosen] + (1 - stays**2) ** 0.5 * new)
    return lasts[chosen] > life.budget, again > life.budget - life.age


def lives_of(due: list[Any]) -> Lives:
    provinces = operator().province_of
    known = np.array([row.target in LAWS for row in due])
    return Lives(known, tuple(_life(row, provinces[row.city]) for row in due if row.target in LAWS))


def _life(row: Any, province: int) -> Life:
    slow = SLOW_PROVINCES.get(province, 1.0)
    department = row.department if row.party_id else LEADS.get(row.category)
    late = LATE_DEPARTMENTS.get(department or "", 1.0)
    targets = ["respond", "opinion"] if row.target == "opinion" and not row.responded else [row.target]
    laws = [LAWS[target] for target in targets]
    steps = tuple((median * slow * late**counts, spread) for median, spread, counts in laws)
    return Life(steps, row.age, row.budget)
