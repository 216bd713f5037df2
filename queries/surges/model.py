"""What is usual of each cell in each hour of the week. Pure.

usual = level of the cell × the hours of its category × what is particular to the hours of its province.
"""

import io
import json
from dataclasses import dataclass

import numpy as np

from queries.arrays import Floats, Numbers
from queries.surges.cells import Grid, Seen

HOUR, WEEK_HOURS = 3600, 168


@dataclass(frozen=True, slots=True)
class Tuning:
    """Chosen on other months than the tested ones (docs/surge.md). Priors are counts of complaints."""

    level_prior: float = 4.0  # the cell above, by its share, counts as so many
    hours_prior: float = 12.0  # the hours of all complaints, for each hour of the week
    rare: float = 1e-4  # an hour less likely than this was a surge and is not learned from
    silent: float = 1e-6  # an hour with so improbably few complaints was a gap
    fewest_hours: int = 336  # two weeks, or nothing is said
    surge_days: int = 8  # in so many days of the history at most; what is rare more often is a habit
    rounds: int = 3
    batch_prior: float = 50.0  # the batches of all whats count as so many complaints
    widest: float = 4.0  # dispersion, at most


@dataclass(frozen=True, slots=True)
class History:
    """Hours of the past: `rows.at` is the number of the hour within the history, `rows.whom` how many
    complainants it had."""

    rows: Seen
    week_hours: Numbers  # of each hour of the history: 0 … 167


@dataclass(frozen=True, slots=True)
class Baseline:
    grid: Grid
    hours: Floats  # per category, product and hour of the week: 1 on average over the history
    local: Floats  # per place and hour of the week: what is particular to it
    level: Floats  # per what and place: complaints in an hour, were all hours alike
    seen: Floats  # per what and place: complaints that the level stands on
    hours_seen: Floats  # per what and hour of the week: the same for the hours
    dispersion: Floats  # per what and depth: of variance, what grows with the square of the mean
    batches: (
        Floats  # per what: of variance, what grows with the mean, less one; complaints that come together
    )
    known_hours: int  # of the history, without gaps

    def usual(self, cells: Numbers, stretches: Floats) -> Floats:
        """Expected complaints. `stretches`: hours of the window that lie in each hour of the week."""
        what, place = np.divmod(cells, len(self.grid.places))
        at = np.flatnonzero(stretches)
        shape = self.hours[what][:, at] * self.local[place][:, at]
        found: Floats = self.level[what, place] * (shape @ stretches[at])
        return found

    def spread(self, cells: Numbers, stretches: Floats, usual: Floats) -> Floats:
        """Dispersion: of the counts themselves, and of what is not known of their mean."""
        what, place = np.divmod(cells, len(self.grid.places))
        at = int(np.argmax(stretches))
        depth = np.minimum(self.grid.depths[place], self.dispersion.shape[1] - 1)
        unsure: Floats = 1 / self.seen[what, place] + 1 / self.hours_seen[what, at]
        found: Floats = self.dispersion[what, depth] + self.batches[what] / np.maximum(usual, 1e-9) + unsure
        return found

    def to_bytes(self) -> bytes:
        """For derived.surge_baseline; some 5 bytes a cell."""
        about = {"grid": [self.grid.whats, self.grid.places, self.grid.parents], "hours": self.known_hours}
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
        whats, places, parents = about["grid"]
        grid = Grid(tuple((what[0], what[1]) for what in whats), tuple(places), tuple(parents))
        arrays = {name: file[name].astype(np.float64) for name in ARRAYS}
        return Baseline(grid, known_hours=about["hours"], **arrays)
