"""Learns what is usual from past weeks, from the country down to the city, without past surges. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from queries.arrays import Floats, Numbers
from queries.chance import at_least
from queries.surges.cells import COUNTRY, Grid
from queries.surges.model import WEEK_HOURS, Baseline, History, Tuning


@dataclass(slots=True)
class _Counted:
    """Cells with complaints in an hour, each pair once."""

    cell: Numbers
    hour: Numbers
    count: Floats


def learn(grid: Grid, history: History, tuning: Tuning | None = None) -> Baseline | None:
    """None where too few hours are known."""
    tuning = tuning or Tuning()
    counted, week = _count(grid, history), history.week_hours
    totals = np.zeros(len(week))
    np.add.at(totals, history.rows.at.astype(np.int64), history.rows.whom)
    exposed = _exposed(totals, week, tuning)
    if exposed.sum() < tuning.fewest_hours:
        return None
    counted = _of_hours(counted, exposed)
    raw, since = counted.count.copy(), _first_hours(grid, counted)
    found = _fit(grid, counted, week, exposed, since, tuning)
    for _ in range(tuning.rounds - 1):
        usual = _usual(found, counted, week)
        counted.count = np.where(_is_rare(found, counted, raw, usual, tuning), usual, raw)
        found = _fit(grid, counted, week, exposed, since, tuning)
    return found


def _sums(key: Numbers, count: Floats, size: int) -> Floats:
    found: Floats = np.bincount(key, count, size).astype(np.float64)
    return found


def _count(grid: Grid, history: History) -> _Counted:
    rows, hours = history.rows, len(history.week_hours)
    cells = grid.cells_of(rows)
    key = np.where(cells >= 0, cells * hours + rows.at.astype(np.int64)[:, None], -1).ravel()
    count = np.repeat(rows.whom, cells.shape[1])[key >= 0]
    unique, back = np.unique(key[key >= 0], return_inverse=True)
    cell, hour = np.divmod(unique, hours)
    return _Counted(cell, hour, np.bincount(back, count, len(unique)).astype(np.float64))


def _of_hours(counted: _Counted, exposed: NDArray[np.bool_]) -> _Counted:
    kept = exposed[counted.hour]
    return _Counted(counted.cell[kept], counted.hour[kept], counted.count[kept])


def _exposed(totals: Floats, week: Numbers, tuning: Tuning) -> NDArray[np.bool_]:
    """Hours with data: others have fewer complaints than chance can explain, or lie before the first one."""
    days = np.add.reduceat(totals, np.arange(0, len(totals), 24))
    alive = days > 0.05 * np.median(days[days > 0]) if days.any() else days > 0
    found = np.repeat(alive, 24)[: len(totals)] & (np.cumsum(totals) > 0)
    for _ in range(tuning.rounds if found.any() else 0):
        usual = _even_hours(totals, week, found)[week] * totals[found].mean()
        found &= (totals >= usual) | _not_silent(totals, usual, tuning)
    return found


def _not_silent(totals: Floats, usual: Floats, tuning: Tuning) -> NDArray[np.bool_]:
    """By the lower tail, with the variation from day to day that is common everywhere."""
    pairs = zip(totals.tolist(), usual.tolist(), strict=True)
    return np.array([1 - at_least(int(n) + 1, mean, 0.1) > tuning.silent for n, mean in pairs])


def _even_hours(totals: Floats, week: Numbers, exposed: NDArray[np.bool_]) -> Floats:
    """The weekly pattern of all complaints, by the middle half of the weeks so that a surge does not count;
    1 on average."""
    found = np.zeros(WEEK_HOURS)
    for hour in range(WEEK_HOURS):
        counts = np.sort(totals[exposed & (week == hour)])
        found[hour] = counts[len(counts) // 4 : len(counts) - len(counts) // 4].mean() if len(counts) else 0
    found += 0.01 * found.mean() + 1e-9
    mean: float = np.average(found, weights=np.bincount(week[exposed], minlength=WEEK_HOURS) + 1e-9)
    return found / mean


def _first_hours(grid: Grid, counted: _Counted) -> Numbers:
    """Of each topic the hour when it was first seen; 0 where that was in the first week."""
    topic = counted.cell // len(grid.places)
    found = np.full(len(grid.topics), np.iinfo(np.int64).max)
    np.minimum.at(found, topic, counted.hour)
    found[found < WEEK_HOURS] = 0
    return found


def _fit(
    grid: Grid,
    counted: _Counted,
    week: Numbers,
    exposed: NDArray[np.bool_],
    since: Numbers,
    tuning: Tuning,
) -> Baseline:
    shape = (len(grid.topics), len(grid.places))
    sums = _sums(counted.cell, counted.count, grid.size()).reshape(shape)
    topic, place = np.divmod(counted.cell, len(grid.places))
    categories = (grid.category_of == np.arange(shape[0]))[topic] & (place == COUNTRY)
    all_hours = _sums(counted.hour[categories], counted.count[categories], len(week))
    overall = _even_hours(all_hours, week, exposed)
    heard = _heard(week, exposed, since)
    hours, hours_seen = _hours(grid, counted, week, overall, heard, sums, tuning)
    local = _local(grid, counted, week, overall, exposed, tuning)
    weighed = np.einsum("wh,ph,wh->wp", hours, local, heard)
    level, seen = _levels(grid, sums, weighed, tuning)
    found = Baseline(
        grid, hours, local, level, seen, hours_seen, np.zeros((shape[0], 3)), np.zeros(shape[0]),
        int(exposed.sum()),
    )  # fmt: skip
    found.dispersion[:], found.batches[:] = _dispersion(found, counted, week, heard, tuning)
    return found


def _heard(week: Numbers, exposed: NDArray[np.bool_], since: Numbers) -> Floats:
    """Per topic and hour of the week: in how many hours of the history it could have occurred."""
    order, start = np.unique(since, return_inverse=True)
    rows = [
        np.bincount(week[exposed & (np.arange(len(week)) >= first)], minlength=WEEK_HOURS) for first in order
    ]
    return np.stack(rows)[start].astype(np.float64)


def _hours(
    grid: Grid,
    counted: _Counted,
    week: Numbers,
    overall: Floats,
    heard: Floats,
    sums: Floats,
    tuning: Tuning,
) -> tuple[Floats, Floats]:
    """Pattern of each category in the country, shrunk towards that of all; a product has its category's."""
    topic, place = np.divmod(counted.cell, len(grid.places))
    rows = place == COUNTRY
    key = topic[rows] * WEEK_HOURS + week[counted.hour[rows]]
    by_hour = _sums(key, counted.count[rows], len(grid.topics) * WEEK_HOURS).reshape(-1, WEEK_HOURS)
    even = overall * heard
    expected = even * (sums[:, COUNTRY] / np.maximum(even.sum(axis=1), 1e-9))[:, None]
    factor = (by_hour + tuning.hours_prior) / (expected + tuning.hours_prior)
    hours = (overall * factor)[grid.category_of]
    mean = (hours * heard).sum(axis=1) / np.maximum(heard.sum(axis=1), 1e-9)
    hours /= np.maximum(mean, 1e-9)[:, None]
    return hours, (by_hour + tuning.hours_prior)[grid.category_of]


def _local(
    grid: Grid,
    counted: _Counted,
    week: Numbers,
    overall: Floats,
    exposed: NDArray[np.bool_],
    tuning: Tuning,
) -> Floats:
    """Factor of each province, over all categories; a city has its province's."""
    topic, place = np.divmod(counted.cell, len(grid.places))
    rows = (grid.category_of == np.arange(len(grid.topics)))[topic]
    key = place[rows] * WEEK_HOURS + week[counted.hour[rows]]
    size = len(grid.places) * WEEK_HOURS
    by_hour = _sums(key, counted.count[rows], size).reshape(-1, WEEK_HOURS)
    even = overall * np.bincount(week[exposed], minlength=WEEK_HOURS)
    expected = even * (by_hour.sum(axis=1) / even.sum())[:, None]
    found: Floats = (by_hour + tuning.hours_prior) / (expected + tuning.hours_prior)
    found[COUNTRY] = 1
    parents = np.array(grid.parents)
    cities = grid.depths >= 2
    found[cities] = found[parents[cities]]
    return found


def _levels(grid: Grid, sums: Floats, weighed: Floats, tuning: Tuning) -> tuple[Floats, Floats]:
    """From the top down: the level of the cell above, times the share of the place or product, is a prior
    with the weight of `level_prior` complaints."""
    prior, is_category = tuning.level_prior, grid.category_of == np.arange(len(grid.topics))
    level, seen = np.zeros_like(sums), np.zeros_like(sums)
    of_place = sums[is_category].sum(axis=0)
    for place, parent in enumerate(grid.parents):
        if parent < 0:
            level[:, place] = sums[:, place] / np.maximum(weighed[:, place], 1e-9)
            seen[:, place] = sums[:, place] + prior
            continue
        guess = level[:, parent] * (of_place[place] + 0.5) / (of_place[parent] + 1)
        due = guess * weighed[:, place]
        level[:, place] = guess * (sums[:, place] + prior) / (due + prior)
        seen[:, place] = sums[:, place] + prior
    return level, seen


def _usual(found: Baseline, counted: _Counted, week: Numbers) -> Floats:
    topic, place = np.divmod(counted.cell, len(found.grid.places))
    hour = week[counted.hour]
    usual: Floats = found.level[topic, place] * found.hours[topic, hour] * found.local[place, hour]
    return usual


def _is_rare(
    found: Baseline, counted: _Counted, raw: Floats, usual: Floats, tuning: Tuning
) -> NDArray[np.bool_]:
    """Rare hours, only in the days of each topic and depth that differ most from the usual."""
    topic, place = np.divmod(counted.cell, len(found.grid.places))
    spread = 0.1 + 1 / found.seen[topic, place]
    rare = np.zeros(len(raw), dtype=bool)
    for row in np.flatnonzero(raw > usual + 3 * np.sqrt(usual) + 2).tolist():
        rare[row] = at_least(int(raw[row]), usual[row], spread[row]) < tuning.rare
    rows = np.flatnonzero(rare)
    family = topic[rows] * 3 + np.minimum(found.grid.depths[place[rows]], 2)
    days, back = np.unique(family * 100_000 + counted.hour[rows] // 24, return_inverse=True)
    off = np.bincount(back, (raw[rows] - usual[rows]) ** 2, len(days))
    order = np.lexsort((-off, days // 100_000))
    ahead = np.arange(len(days)) - np.searchsorted(days[order] // 100_000, days[order] // 100_000)
    kept = np.zeros(len(days), dtype=bool)
    kept[order] = ahead < tuning.surge_days
    rare[rows] = kept[back]
    return rare


def _dispersion(
    found: Baseline, counted: _Counted, week: Numbers, heard: Floats, tuning: Tuning
) -> tuple[Floats, Floats]:
    """By the method of moments over hours: variance = batches × mean + dispersion × mean². Batches are
    estimated where the means are smallest."""
    grid, size = found.grid, len(found.grid.topics) * 3
    usual = _usual(found, counted, week)
    topic, place = np.divmod(counted.cell, len(grid.places))
    depths = np.minimum(grid.depths, 2)
    first = np.einsum("wh,ph,wh->wp", found.hours, found.local, heard) * found.level
    second = np.einsum("wh,ph,wh->wp", found.hours**2, found.local**2, heard) * found.level**2
    means, squares = (
        np.stack([part[:, depths == depth].sum(axis=1) for depth in range(3)], axis=1)
        for part in (first, second)
    )
    # An hour without complaints differs by the usual number, any other by its difference from that.
    off = np.bincount(topic * 3 + depths[place], (counted.count - usual) ** 2 - usual**2, size)
    beyond = off.reshape(-1, 3) + squares - means
    finest = np.max(depths)
    pooled = beyond[:, finest].sum() / max(means[:, finest].sum(), 1e-9)
    prior = tuning.batch_prior
    batches = (beyond[:, finest] + prior * pooled) / (means[:, finest] + prior)
    batches = np.maximum(batches, 0)
    spread = (beyond - batches[:, None] * means) / (squares + 10)
    return np.clip(spread, 0, tuning.widest), batches
