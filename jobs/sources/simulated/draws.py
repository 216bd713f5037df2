"""All the chance of one simulated day, drawn at once; the same seed and day give the same day."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from jobs.sources.simulated.organisation import CATEGORIES, CHANNEL_WEIGHTS, Operator

# Arrivals by hour of the day (local) and by weekday, both around 1.
NIGHT = [0.25, 0.15, 0.1, 0.1, 0.1, 0.2, 0.4, 0.8]
MORNING = [1.5, 2.0, 2.1, 1.8, 1.4, 1.5, 1.7, 1.7]
EVENING = [1.6, 1.4, 1.3, 1.3, 1.2, 0.9, 0.6, 0.4]
HOURS = np.array([*NIGHT, *MORNING, *EVENING])
WEEKDAYS = np.array([1.15, 1.08, 1.02, 1.0, 1.02, 0.9, 0.83])
OUTAGE_EVERY_DAYS = 6.0
FIELDS = 26  # uniform draws per complaint


@dataclass(frozen=True, slots=True)
class Day:
    """One row per complaint, as plain lists. `u` are uniform draws, each used for one decision."""

    day: date
    second: list[float]  # of the local day
    city: list[int]
    category: list[int]
    channel: list[int]
    in_outage: list[bool]
    u: list[list[float]]
    waits: list[list[float]]  # standard exponential draws
    lognormal: list[list[float]]  # standard normal draws


def draw_day(seed: int, day: date, per_hour: float, operator: Operator) -> Day:
    random = np.random.default_rng([seed, day.toordinal()])
    rates = HOURS / HOURS.mean() * WEEKDAYS[day.weekday()] * per_hour
    counts = random.poisson(rates)
    hour = np.repeat(np.arange(24), counts)
    usual = len(hour)
    second = hour * 3600 + random.uniform(0, 3600, usual)
    city = random.choice(len(operator.cities), usual, p=operator.city_weights)
    weights = np.array([float(c[3]) for c in CATEGORIES])
    category = random.choice(len(CATEGORIES), usual, p=weights / weights.sum())
    outage_second, outage_city, outage_category = _outage(random, operator, per_hour)
    second = np.concatenate([second, outage_second])
    order = np.argsort(second, kind="stable")
    total = len(second)
    channels = np.array(CHANNEL_WEIGHTS, float)
    return Day(
        day=day,
        second=second[order].tolist(),
        city=np.concatenate([city, outage_city])[order].tolist(),
        category=np.concatenate([category, outage_category])[order].tolist(),
        channel=random.choice(len(channels), total, p=channels / channels.sum()).tolist(),
        in_outage=(order >= usual).tolist(),
        u=random.uniform(0, 1, (total, FIELDS)).tolist(),
        waits=random.exponential(1, (total, 12)).tolist(),
        lognormal=random.standard_normal((total, 8)).tolist(),
    )


def _outage(
    random: np.random.Generator, operator: Operator, per_hour: float
) -> tuple["np.ndarray", "np.ndarray", "np.ndarray"]:
    """Now and then a province loses its network for about two hours and many complain."""
    if random.uniform() > 1 / OUTAGE_EVERY_DAYS:
        return np.empty(0), np.empty(0, int), np.empty(0, int)
    province = int(random.integers(0, 31))
    cities = [n for n, code in enumerate(operator.cities) if operator.province_of[code] == province]
    many = int(random.poisson(per_hour * 1.2))
    start = random.uniform(8, 20) * 3600
    names = [c[0] for c in CATEGORIES]
    kinds = [names.index("no_signal"), names.index("slow_broadband"), names.index("dropped_calls")]
    return (
        start + random.uniform(0, 7200, many),
        random.choice(cities, many),
        random.choice(kinds, many, p=[0.6, 0.25, 0.15]),
    )
