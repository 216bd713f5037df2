"""Surges: bursts planted into simulated and real weeks, and what is found where none was planted."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import surge_speed
from benchmarks.surge_bursts import RATES, Period, draw, minutes_until_found, share_found
from benchmarks.surge_records import DAY, WEEK, WEEKS, Record, boston, simulated, watched
from config.settings import settings
from queries.surges.clusters import Surge
from queries.surges.model import Baseline

FIRST = date(2026, 6, 1)
SEED = 11  # another than the one by which settings were chosen
EACH = 60  # bursts of a rate


def run() -> list[str]:
    folder = settings().real_data or Path(__file__).parents[2] / "shared" / "data"
    return [*_simulated(), *_boston(folder), *_parts(folder), *surge_speed.run()]


def _simulated() -> list[str]:
    since = (FIRST - date(1970, 1, 1)).days * DAY + WEEKS * WEEK
    lines = [
        "## Surges: the simulated operator",
        "",
        "Eight weeks to learn from, learned again each week; the operator's own outages are left out. "
        f"{EACH} bursts of 3 × the usual for 2 hours at each rate, anywhere in the weeks that follow, in any "
        "category of any city, province or the country that usually has so many complaints an hour.",
    ]
    for per_hour, weeks in ((70, 12), (700, 4)):
        record = simulated(FIRST, (WEEKS + weeks) * 7, per_hour, SEED)
        until = since + weeks * WEEK
        false = list(watched(record, since, until))
        lines += [
            "",
            f"{per_hour} complaints an hour: without a burst, {len(false)} surges in {weeks} weeks.",
            "",
            *_planted(Period.of(record, since, until), 3),
        ]
    return [*lines, ""]


def _planted(period: Period, times: float) -> list[str]:
    random = np.random.default_rng(SEED)
    lines = [
        "| usual an hour | bursts | within 30 min | within 60 min | within 2 h | half of those found after |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for rates in RATES:
        bursts = draw(period, rates, times, EACH, random)
        if len(bursts) < EACH:
            continue
        found = [minutes_until_found(period, one, random) for one in bursts]
        shares = " | ".join(f"{share_found(found, minutes):.0%}" for minutes in (30, 60, 120))
        known = [one for one in found if one is not None]
        half = f"{np.median(known):.0f} min" if known else "–"
        lines.append(f"| {rates[0]} – {rates[1]} | {len(found)} | {shares} | {half} |")
    return lines


def _boston(folder: Path) -> list[str]:
    record = boston(folder)
    lines = [
        "## Surges: Boston, 2011",
        "",
        "Requests of citizens, not of employees. The record does not say who asked: requests of one type, "
        "neighbourhood and channel, each within ten minutes of the one before, count as one person's. Reason "
        "and type stand for category and product. Learned from the eight weeks before, again each week. "
        "Settings were chosen on September and October.",
    ]
    for title, first, last in (
        ("Chosen on", "2011-08-29", "2011-10-31"),
        ("Tested on", "2011-10-31", "2012-01-01"),
    ):
        since, until = (pd.Timestamp(day).timestamp() for day in (first, last))
        found = list(watched(record, since, until))
        weeks = (until - since) / WEEK
        lines += [
            "",
            f"{title} {first} until {last}: {len(found)} surges in {weeks:.1f} weeks, nothing planted.",
            "",
            *_listed(record, found),
        ]
    period = Period.of(record, *(pd.Timestamp(day).timestamp() for day in ("2011-10-31", "2011-12-26")))
    lines += ["", "Bursts of 3 × the usual for 2 hours, in the tested weeks:", "", *_planted(period, 3)]
    lines += ["", "Bursts of 10 × the usual for 2 hours:", "", *_planted(period, 10)]
    return [*lines, ""]


def _listed(record: Record, found: list[tuple[Baseline, Surge]]) -> list[str]:
    return [
        "| found | what | where | by chance in a week, at most |",
        "|---|---|---|---:|",
        *(f"| {_cells(record, baseline, one)} |" for baseline, one in found),
    ]


def _cells(record: Record, baseline: Baseline, one: Surge) -> str:
    topic, place = baseline.grid.split(one.cell)
    category, product = baseline.grid.topics[topic]
    where = record.names.get(baseline.grid.places[place], "the city")
    name = category if product is None else f"{category}: {product}"
    when = pd.Timestamp(one.found_at, unit="s").strftime("%a %Y-%m-%d %H:%M")
    return f"{when} | {name} | {where} | {one.error * 2016:.1g}"


def _parts(folder: Path) -> list[str]:
    since, until = (pd.Timestamp(day).timestamp() for day in ("2011-09-05", "2011-10-31"))
    ways: tuple[tuple[str, Callable[[], Record], bool], ...] = (
        ("as built", lambda: boston(folder), True),
        ("counts of complaints, not of people", lambda: boston(folder, one_reporter=False), True),
        ("employees' requests too", lambda: boston(folder, employees=True), True),
        ("Poisson counts instead of negative binomial ones", lambda: boston(folder), False),
        (
            "all three",
            lambda: boston(folder, one_reporter=False, employees=True),
            False,
        ),
    )
    return [
        "## Surges: what each part keeps away",
        "",
        "Surges in the eight weeks from 5 September 2011, nothing planted.",
        "",
        "| way | surges |",
        "|---|---:|",
        *(f"| {name} | {_counted(made(), since, until, spread)} |" for name, made, spread in ways),
        "",
    ]


def _counted(record: Record, since: float, until: float, spread: bool) -> int:
    return sum(1 for _ in _watched(record, since, until, spread))


def _watched(record: Record, since: float, until: float, spread: bool) -> Iterator[tuple[Baseline, Surge]]:
    return watched(record if spread else record.as_poisson(), since, until)
