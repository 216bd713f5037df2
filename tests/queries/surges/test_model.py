"""Surges, pure: what is usual, what is found by chance and in truth, and what is one surge."""

from collections.abc import Sequence
from functools import cache
from math import comb, exp, factorial

import numpy as np
import pytest

from queries.chance import at_least
from queries.surges.cells import COUNTRY, Complaints, Grid, grid_of
from queries.surges.clusters import REACH, Board, Surge, advance
from queries.surges.fit import learn
from queries.surges.model import HOUR, WEEK_HOURS, Baseline, History, from_bytes
from queries.surges.scan import EVERY, Finding, Watch, scan_cells

WEEKS = 8
TREE = [(1, None), (2, None), (11, 1), (12, 1), (21, 2)]
NOON = 12 * HOUR + 0.0  # of a Monday
WATCH = Watch()
HOURS = np.array([*[0.3] * 8, *[1.7] * 10, *[0.9] * 6])  # of a day


def hours_between(since: float, until: float) -> np.ndarray:
    found = np.zeros(WEEK_HOURS)
    while since < until:
        end = min(until, (since // HOUR + 1) * HOUR)
        found[int(since // HOUR) % WEEK_HOURS] += (end - since) / HOUR
        since = end
    return found


def usual_rows(
    rates: dict[tuple[str, int], float], weeks: int = WEEKS, seed: int = 1
) -> list[tuple[str, None, int, int, int]]:
    random = np.random.default_rng(seed)
    rows: list[tuple[str, None, int, int, int]] = []
    for (category, region), rate in rates.items():
        counts = random.poisson(rate * HOURS[np.arange(weeks * WEEK_HOURS) % 24])
        rows += [(category, None, region, hour, int(n)) for hour, n in enumerate(counts) if n]
    return rows


def learned(rows: Sequence[tuple[str, str | None, int, int, int]], weeks: int = WEEKS) -> Baseline | None:
    category, product, region, hour, whom = zip(*rows, strict=True)
    seen = Complaints(category, product, region, np.array(hour, dtype=float), np.array(whom))
    topics = {(one, None) for one in category} | set(zip(category, product, strict=True))
    week = np.arange(weeks * WEEK_HOURS) % WEEK_HOURS
    return learn(grid_of(topics, TREE), History(seen, week))


RATES = {("signal", 11): 12.0, ("signal", 12): 1.0, ("signal", 21): 4.0, ("bill", 11): 6.0, ("bill", 21): 3.0}


@cache
def known() -> Baseline:
    found = learned(usual_rows(RATES))
    assert found is not None
    return found


def cell(grid: Grid, category: str, region: int, product: str | None = None) -> int:
    return grid.topic_at[category, product] * len(grid.places) + grid.place_at[region]


def usual(baseline: Baseline, category: str, region: int, hour: int = 12) -> float:
    hours = np.zeros(WEEK_HOURS)
    hours[hour] = 1
    return float(baseline.usual(np.array([cell(baseline.grid, category, region)]), hours)[0])


def seen(*bursts: tuple[str, int, int, float, float], until: float = NOON) -> Complaints:
    """(category, region, complaints, from, until) in minutes before `until`; each complains once."""
    columns: list[tuple[str, int, float]] = []
    for category, region, count, first, last in bursts:
        step = (first - last) / max(count, 1)
        columns += [(category, region, until - 60 * (first - step * (n + 0.5))) for n in range(count)]
    columns.sort(key=lambda one: one[2])
    category, region, at = zip(*columns, strict=True) if columns else ((), (), ())
    return Complaints(category, [None] * len(at), region, np.array(at, dtype=float), np.arange(len(at)))


def found(happened: Complaints, now: float = NOON, surges: Sequence[Surge] = ()) -> list[Surge]:
    findings = scan_cells(known(), happened, now, hours_between, WATCH)
    return advance(Board(known(), happened, now, hours_between, WATCH), findings, surges)


def named(surges: Sequence[Surge]) -> list[tuple[str, int]]:
    grid = known().grid
    return [(grid.topics[grid.split(one.cell)[0]][0], grid.places[grid.split(one.cell)[1]]) for one in surges]


# --- chance


@pytest.mark.parametrize("mean", [0.05, 1.0, 7.5, 40.0])
@pytest.mark.parametrize("count", [0, 1, 3, 8, 60])
def test_the_tail_of_a_poisson_count_is_its_exact_sum(count: int, mean: float) -> None:
    exact = 1 - sum(exp(-mean) * mean**k / factorial(k) for k in range(count))
    assert at_least(count, mean) == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize("count", [0, 1, 4, 20, 90])
@pytest.mark.parametrize(("mean", "shape"), [(0.4, 1), (3.0, 2), (30.0, 5)])
def test_the_tail_of_a_negative_binomial_count_is_its_exact_sum(count: int, mean: float, shape: int) -> None:
    p = shape / (shape + mean)
    exact = 1 - sum(comb(k + shape - 1, k) * p**shape * (1 - p) ** k for k in range(count))
    assert at_least(count, mean, 1 / shape) == pytest.approx(exact, abs=1e-12)


def test_a_far_tail_keeps_its_size() -> None:
    assert at_least(30, 1.0) == pytest.approx(exp(-1) / factorial(30) * 1.0333, rel=1e-3)
    assert at_least(3, 0.0) == 0.0
    assert at_least(0, 0.0) == 1.0


# --- what is usual


def test_what_is_usual_follows_the_hours_and_the_places() -> None:
    for (category, region), rate in RATES.items():
        assert usual(known(), category, region) == pytest.approx(rate * 1.7, rel=0.2)
        assert usual(known(), category, region, 3) == pytest.approx(rate * 0.3, rel=0.35)
    assert usual(known(), "signal", COUNTRY) == pytest.approx(17 * 1.7, rel=0.15)


def test_counts_that_are_poisson_have_no_dispersion_of_their_own() -> None:
    assert known().dispersion[:, :2].max() < 0.03
    assert known().batches.max() < 0.1


def test_a_past_surge_is_not_learned() -> None:
    day = 12 + 24 * 20
    storm = [("signal", None, 11, day + hour, 90) for hour in range(6)]
    found = learned([*usual_rows(RATES), *storm])
    assert found is not None
    assert usual(found, "signal", 11, day % WEEK_HOURS) == pytest.approx(
        usual(known(), "signal", 11, day % WEEK_HOURS), rel=0.25
    )
    assert found.dispersion.max() < 0.1


def test_what_comes_in_batches_by_habit_is_learned_as_such() -> None:
    random = np.random.default_rng(2)
    habit = [("bill", None, 21, int(hour), 15) for hour in random.choice(WEEKS * WEEK_HOURS, 120, False)]
    found = learned([*usual_rows(RATES), *habit])
    assert found is not None
    number = found.grid.topic_at["bill", None]
    assert found.batches[number] + found.dispersion[number].max() > 1
    assert found.batches[found.grid.topic_at["signal", None]] < 1


def test_a_month_without_data_changes_nothing() -> None:
    rows = [row for row in usual_rows(RATES) if not 10 * 24 <= row[3] < 40 * 24]
    found = learned(rows)
    assert found is not None
    assert found.known_hours == pytest.approx(26 * 24, abs=12)
    for region in (11, 21, COUNTRY):
        for hour in (3, 12):
            assert usual(found, "signal", region, hour) == pytest.approx(
                usual(known(), "signal", region, hour), rel=0.3
            )


def test_of_less_than_two_weeks_nothing_is_said() -> None:
    assert learned([row for row in usual_rows(RATES) if row[3] >= 44 * 24]) is None


def test_what_began_in_the_middle_is_not_spread_over_the_weeks_before() -> None:
    late = [row for row in usual_rows({("new", 11): 5.0}, seed=4) if row[3] >= 40 * 24]
    found = learned([*usual_rows(RATES), *late])
    assert found is not None
    assert usual(found, "new", 11) == pytest.approx(5 * 1.7, rel=0.3)


def test_a_cell_that_never_had_a_complaint_has_what_its_place_and_category_let_expect() -> None:
    never = usual(known(), "bill", 12)
    assert 0 < never < 0.6
    rare = known().seen[known().grid.topic_at["bill", None], known().grid.place_at[12]]
    assert rare < 6


def test_it_is_kept_as_bytes() -> None:
    again = from_bytes(known().to_bytes())
    assert again.grid.topics == known().grid.topics
    assert usual(again, "signal", 11) == pytest.approx(usual(known(), "signal", 11), rel=1e-5)


# --- scans


def test_by_chance_less_than_one_surge_a_week_is_found() -> None:
    """Forty weeks of scans of Poisson counts; the promise is one a week."""
    random = np.random.default_rng(5)
    told = 0
    for _week in range(8):
        at, category, region = [], [], []
        for (topic, place), rate in RATES.items():
            count = random.poisson(rate * HOURS[np.arange(WEEK_HOURS) % 24])
            hours = np.repeat(np.arange(WEEK_HOURS), count)
            at.append((hours + random.uniform(0, 1, len(hours))) * HOUR)
            category += [topic] * len(hours)
            region += [place] * len(hours)
        times = np.concatenate(at)
        order = np.argsort(times)
        times = times[order]
        running: list[Surge] = []
        for now in np.arange(REACH, WEEK_HOURS * HOUR, EVERY * 60).tolist():
            low, high = np.searchsorted(times, [now - REACH, now])
            part = order[low:high]
            happened = Complaints(
                [category[n] for n in part], [None] * len(part), [region[n] for n in part],
                times[low:high], part,
            )  # fmt: skip
            running = found(happened, now, running)
            told += sum(one.number == 0 for one in running)
            running = [
                Surge(9, one.cell, one.from_at, one.found_at, one.until_at, one.error)
                for one in running
                if one.until_at is None or now - one.until_at < REACH
            ]
    assert told <= 8


def test_three_times_the_usual_is_found_within_half_an_hour_where_that_is_much() -> None:
    usual_count = usual(known(), "signal", 11) / 2
    assert named(found(seen(("signal", 11, round(3.4 * usual_count), 30, 0)))) == [("signal", 11)]
    assert found(seen(("signal", 11, round(1.2 * usual_count), 30, 0))) == []


def test_few_people_are_no_surge_however_rare_they_are() -> None:
    assert found(seen(("bill", 12, 4, 30, 0))) == []
    assert named(found(seen(("bill", 12, 12, 30, 0)))) == [("bill", 12)]


def test_who_complains_many_times_counts_once() -> None:
    many = seen(("bill", 12, 30, 30, 0))
    one = Complaints(many.category, many.product, many.region, many.at, np.zeros(30, dtype=np.int64))
    assert found(one) == []


def test_a_category_that_was_never_seen_is_not_judged() -> None:
    assert found(seen(("unheard", 11, 50, 30, 0))) == []


def test_a_place_that_was_never_seen_counts_for_the_country() -> None:
    assert named(found(seen(("bill", 99, 60, 30, 0)))) == [("bill", COUNTRY)]


# --- one surge


def test_a_citys_burst_is_proposed_as_the_citys_only() -> None:
    assert named(found(seen(("bill", 11, 40, 40, 0), ("bill", 21, 3, 60, 0)))) == [("bill", 11)]


def test_a_burst_of_the_whole_country_is_one_surge() -> None:
    told = found(seen(("bill", 11, 30, 40, 0), ("bill", 21, 16, 40, 0), ("bill", 12, 3, 40, 0)))
    assert named(told) == [("bill", COUNTRY)]


def test_two_bursts_are_two_surges() -> None:
    told = found(seen(("bill", 21, 40, 40, 0), ("signal", 12, 25, 40, 0)))
    assert sorted(named(told)) == [("bill", 2), ("signal", 12)] or sorted(named(told)) == [
        ("bill", 21),
        ("signal", 12),
    ]


def running(category: str, region: int, **more: object) -> Surge:
    values = {"number": 7, "from_at": NOON - 1800, "found_at": NOON - 900, "until_at": None, "error": 1e-5}
    return Surge(cell=cell(known().grid, category, region), **(values | more))  # type: ignore[arg-type]


def test_a_surge_that_is_known_is_not_found_again() -> None:
    told = found(seen(("bill", 11, 40, 30, 0)), surges=[running("bill", 11)])
    assert [one.number for one in told] == [7]
    assert told[0].error < 1e-5


def test_a_surge_that_spreads_becomes_wider_and_stays_the_same() -> None:
    told = found(seen(("bill", 11, 40, 30, 0), ("bill", 21, 40, 30, 0)), surges=[running("bill", 11)])
    assert ("bill", COUNTRY) in named(told) or len(told) == 2
    assert 7 in [one.number for one in told]


def test_what_was_decided_stays_as_it_is_and_a_wider_one_is_new() -> None:
    decided = running("signal", 12, is_decided=True)
    happened = seen(("signal", 12, 25, 30, 0), ("signal", 11, 90, 30, 0), ("signal", 21, 60, 30, 0))
    told = found(happened, surges=[decided])
    assert named(told)[0] == ("signal", 12)
    assert [one.number for one in told][1:] and {one.number for one in told[1:]} == {0}


def test_it_is_over_when_the_last_hour_was_as_usual_and_what_it_was_is_not_found_again() -> None:
    happened = seen(("bill", 11, 40, 110, 70))
    told = found(happened, surges=[running("bill", 11, from_at=NOON - 110 * 60, found_at=NOON - 100 * 60)])
    assert [(one.number, one.until_at is None) for one in told] == [(7, False)]
    assert [one.number for one in found(happened, surges=told)] == [7]


def test_what_comes_after_the_end_is_told_of() -> None:
    ended = running("bill", 11, from_at=NOON - 7000, found_at=NOON - 6900, until_at=NOON - 3600)
    told = found(seen(("bill", 11, 40, 25, 0)), surges=[ended])
    assert [(one.number, one.until_at) for one in told] == [(7, None)]


def test_what_goes_on_for_a_day_is_told_of_again() -> None:
    day_old = running("bill", 11, from_at=NOON - 90_000, found_at=NOON - 89_000)
    told = found(seen(("bill", 11, 160, 120, 0)), surges=[day_old])
    assert [(one.number, one.until_at is None) for one in told] == [(7, False), (0, True)]


def test_findings_name_the_window_that_is_most_improbable() -> None:
    (city, *_unexplained_error) = [
        one
        for one in scan_cells(known(), seen(("bill", 11, 40, 30, 0)), NOON, hours_between, WATCH)
        if one.cell == cell(known().grid, "bill", 11)
    ]
    assert isinstance(city, Finding)
    assert (city.minutes, city.count) == (30, 40)
