"""The usual number of complaints of each cell in each hour of the week. Pure.

usual = level of the cell × hourly pattern of its category × deviation of its province from that pattern.
"""

import io
import json
from dataclasses import dataclass

import numpy as np

from queries.arrays import Floats, Numbers
from queries.surges.cells import Complaints, Grid

HOUR, WEEK_HOURS = 3600, 168


@dataclass(frozen=True, slots=True)
class Tuning:
    """Chosen on other months than the tested ones (docs/surge.md). Priors are counts of complaints."""

    level_prior: float = 4.0  # weight of the share of the cell above
    hours_prior: float = 12.0  # weight of the pattern of all complaints, for each hour of the week
    rare: float = 1e-4  # an hour less likely than this was a surge and is not learned from
    silent: float = 1e-6  # an hour with so improbably few complaints was a gap in the data
    fewest_hours: int = 336  # two weeks; with less, nothing is learned
    surge_days: int = 8  # days left out as surges, at most; what is rare on more days is normal
    rounds: int = 3
    batch_prior: float = 50.0  # weight of the batches of all topics
    widest: float = 4.0  # the largest dispersion


@dataclass(frozen=True, slots=True)
class History:
    """Past hours: `rows.at` is the number of the hour within the history, `rows.whom` its number of
    complainants."""

    rows: Complaints
    week_hours: Numbers  # of each hour of the history: 0 … 167


@dataclass(frozen=True, slots=True)
class Baseline:
    grid: Grid
    hours: Floats  # per category, product and hour of the week: 1 on average over the history
    local: Floats  # per place and hour of the week: factor of the place
    level: Floats  # per topic and place: complaints in an average hour
    seen: Floats  # per topic and place: complaints from which the level was learned
    hours_seen: Floats  # per topic and hour of the week: those from which the hours were learned
    dispersion: Floats  # per topic and depth: part of the variance that grows with the square of the mean
    batches: Floats  # per topic: part that grows with the mean, less one: complaints that arrive together
    known_hours: int  # of the history, without gaps

    def usual(self, cells: Numbers, window_hours: Floats) -> Floats:
        """Expected complaints. `window_hours`: how much of the window lies in each hour of the week."""
        topic, place = np.divmod(cells, len(self.grid.places))
        at = np.flatnonzero(window_hours)
        shape = self.hours[topic][:, at] * self.local[place][:, at]
        found: Floats = self.level[topic, place] * (shape @ window_hours[at])
        return found

    def spread(self, cells: Numbers, window_hours: Floats, usual: Floats) -> Floats:
        """Dispersion of the counts, with the uncertainty of their mean."""
        topic, place = np.divmod(cells, len(self.grid.places))
        at = int(np.argmax(window_hours))
        depth = np.minimum(self.grid.depths[place], self.dispersion.shape[1] - 1)
        unsure: Floats = 1 / self.seen[topic, place] + 1 / self.hours_seen[topic, at]
        found: Floats = self.dispersion[topic, depth] + self.batches[topic] / np.maximum(usual, 1e-9) + unsure
        return found

    def to_bytes(self) -> bytes:
        """For derived.surge_baseline; some 5 bytes a cell."""
        about = {"grid": [self.grid.topics, self.grid.places, self.grid.parents], "hours": self.known_hours}
        file = io.BytesIO()
        np.savez_compressed(
            file,
            about=np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), dtype=np.uint8),
            **{name: getattr(self, name).astype(np.float32) for name in ARRAYS},
        )
        return file.getvalue()


ARRAYS = ("hours", "local", "level", "seen", "hours_seen", "dispersion", "batches")


def from_bytes(stored: bytes) -> Baseline:
    with np.load(io.BytesIO(stored), allow_pickle=False) as file:
        about = json.loads(file["about"].tobytes())
        topics, places, parents = about["grid"]
        grid = Grid(tuple((topic[0], topic[1]) for topic in topics), tuple(places), tuple(parents))
        arrays = {name: file[name].astype(np.float64) for name in ARRAYS}
        return Baseline(grid, known_hours=about["hours"], **arrays)
