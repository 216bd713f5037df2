"""Complaints of past weeks, as the look for surges sees them: Boston's, and the simulated operator's."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jobs.sources.simulated.draws import draw_day
from jobs.sources.simulated.organisation import CATEGORIES, operator
from queries.arrays import Floats, Numbers
from queries.surges.cells import Complaints, grid_of
from queries.surges.clusters import REACH, Board, Surge, advance
from queries.surges.fit import learn
from queries.surges.model import HOUR, WEEK_HOURS, Baseline, History
from queries.surges.scan import EVERY, SCANS_A_WEEK, Watch, scan_cells

DAY, WEEK = 86_400, 604_800
WEEKS = 8  # of history
USUAL = Watch()
ONE_REPORTER = 600  # seconds from one request to the next


@dataclass(frozen=True, slots=True)
class Record:
    """Complaints in the order of `at`, epoch seconds by the clocks of the place."""

    at: Floats
    category: NDArray[np.object_]
    product: NDArray[np.object_]
    region: Numbers
    whom: Numbers
    tree: tuple[tuple[int, int | None], ...]
    names: dict[int, str]
    is_poisson: bool = False

    def seen(self, since: float, until: float) -> Complaints:
        low, high = np.searchsorted(self.at, [since, until])
        rows = slice(int(low), int(high))
        return Complaints(
            self.category[rows].tolist(), self.product[rows].tolist(), self.region[rows].tolist(),
            self.at[rows], self.whom[rows],
        )  # fmt: skip

    def baseline(self, until: float) -> Baseline:
        """Learned from the weeks before."""
        since = until - WEEKS * WEEK
        low, high = np.searchsorted(self.at, [since, until])
        hour = (self.at[low:high] - since) // HOUR
        columns = (self.category, self.product, self.region, self.whom)
        frame = pd.DataFrame(dict(zip("cprw", (one[low:high] for one in columns), strict=True)) | {"h": hour})
        hours = frame.groupby(["c", "p", "r", "h"], dropna=False)["w"].nunique().reset_index()
        products = [None if pd.isna(one) else one for one in hours["p"]]
        rows = Complaints(
            hours["c"].tolist(), products, hours["r"].tolist(), hours["h"].to_numpy(), hours["w"].to_numpy()
        )
        grid = grid_of(_topics(rows), self.tree)
        week = (np.arange(WEEKS * WEEK_HOURS) + int(since // HOUR)) % WEEK_HOURS
        found = learn(grid, History(rows, week))
        if found is None:
            raise ValueError("too little history")
        if self.is_poisson:
            found.dispersion[:], found.batches[:] = 0, 0
        return found

    def between(self, since: float, until: float) -> "Record":
        low, high = np.searchsorted(self.at, [since, until])
        rows = slice(int(low), int(high))
        columns = (self.at, self.category, self.product, self.region, self.whom)
        return replace(self, **dict(zip(COLUMNS, (one[rows] for one in columns), strict=True)))

    def joined(self, other: "Record", rows: Numbers, at: Floats) -> "Record":
        """With copies of these rows of the other, each at its own instant and of its own complainant."""
        order = np.argsort(np.concatenate([self.at, at]), kind="stable")
        more = (
            at, other.category[rows], other.product[rows], other.region[rows], -1 - np.arange(len(rows))
        )  # fmt: skip
        both = (
            np.concatenate([getattr(self, name), one])[order] for name, one in zip(COLUMNS, more, strict=True)
        )
        return replace(self, **dict(zip(COLUMNS, both, strict=True)))

    def as_poisson(self) -> "Record":
        return replace(self, is_poisson=True)


COLUMNS = ("at", "category", "product", "region", "whom")


def _topics(rows: Complaints) -> set[tuple[str, str | None]]:
    return set(zip(rows.category, rows.product, strict=True)) | {(one, None) for one in rows.category}


def hours_between(since: float, until: float) -> Floats:
    """By clocks that never change."""
    found, at = np.zeros(WEEK_HOURS), since
    while at < until:
        end = min(until, (at // HOUR + 1) * HOUR)
        found[int(at // HOUR) % WEEK_HOURS] += (end - at) / HOUR
        at = end
    return found


def watched(
    record: Record, since: float, until: float, watch: Watch = USUAL
) -> Iterator[tuple[Baseline, Surge]]:
    """Every surge that the looks from `since` to `until` would have proposed, as first told."""
    running: list[Surge] = []
    baseline = record.baseline(since)
    for number, now in enumerate(np.arange(since, until, EVERY * 60)):
        if number and number % SCANS_A_WEEK == 0:
            baseline = record.baseline(float(now))
            running = []
        before = min([float(now) - REACH, *(one.from_at for one in running)])
        running, new = once(baseline, record.seen(before, float(now)), float(now), running, watch)
        yield from ((baseline, one) for one in new)


def once(
    baseline: Baseline, seen: Complaints, now: float, running: list[Surge], watch: Watch
) -> tuple[list[Surge], list[Surge]]:
    """What is known after the look, and what is new by it."""
    findings = scan_cells(baseline, seen, now, hours_between, watch)
    board = Board(baseline, seen, now, hours_between, watch)
    told = advance(board, findings, running)
    new = [one for one in told if one.number == 0]
    first = max([0, *(one.number for one in running)]) + 1
    numbered = [one if one.number else replace(one, number=first + n) for n, one in enumerate(told)]
    kept = [
        one
        for one in numbered
        if not one.merged_into and (one.until_at is None or now - one.until_at < REACH)
    ]
    return kept, new


def boston(folder: Path, employees: bool = False, one_reporter: bool = True) -> Record:
    """What citizens asked for. Nobody is named: requests of one type, neighbourhood and channel, each within
    ten minutes of the one before, are taken for one reporter's."""
    frame = pd.read_csv(folder / "boston311_2011.csv.gz", dtype=str)
    if not employees:
        frame = frame[~frame["source"].isin(["Employee Generated", "Maximo Integration"])]
    times = pd.to_datetime(frame["open_dt"])
    frame = frame.assign(at=((times - pd.Timestamp(0)) / pd.Timedelta(seconds=1)).to_numpy()).sort_values(
        "at"
    )
    hood = frame["neighborhood"].fillna("").str.strip()
    names = dict(enumerate(sorted(set(hood) - {""}), start=1))
    numbers = {name: number for number, name in names.items()} | {"": 0}
    keys = [frame["type"].fillna(""), hood, frame["source"].fillna("")]
    later = frame.groupby(keys)["at"].diff().fillna(np.inf) > ONE_REPORTER
    run = later.groupby(keys).cumsum()
    whom = pd.factorize(pd.Series(list(zip(*keys, run, strict=True))))[0]
    return Record(
        frame["at"].to_numpy(), frame["reason"].fillna("").to_numpy(object),
        frame["type"].fillna("").to_numpy(object), hood.map(numbers).to_numpy(np.int64),
        whom.astype(np.int64) if one_reporter else np.arange(len(frame)),
        tuple((number, None) for number in names), names,
    )  # fmt: skip


def simulated(first: date, days: int, per_hour: float, seed: int) -> Record:
    """The operator's complaints, without its outages. Cities are numbered from 100."""
    of = operator()
    parts = []
    for number in range(days):
        day = first + timedelta(days=number)
        drawn = draw_day(seed, day, per_hour, of)
        usual = ~np.array(drawn.in_outage)
        columns = (drawn.second, drawn.category, drawn.city)
        second, category, city = (np.array(one)[usual] for one in columns)
        midnight = (day - date(1970, 1, 1)).days * DAY
        parts.append((midnight + second, category, city))
    at, category, city = (np.concatenate(column) for column in zip(*parts, strict=True))
    codes = np.array([one[0] for one in CATEGORIES], dtype=object)
    provinces = {code: index + 1 for index, code in enumerate(dict.fromkeys(of.province_of.values()))}
    tree = [(number, None) for number in provinces.values()]
    tree += [(100 + n, provinces[of.province_of[code]]) for n, code in enumerate(of.cities)]
    return Record(
        at, codes[category], np.full(len(at), None, dtype=object), 100 + city, np.arange(len(at)),
        tuple(tree), {},
    )  # fmt: skip
