"""History split by time: what was known, and the questions after it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.risk_records import Records, Shots, instant, shots
from benchmarks.risk_rivals import Boosting
from queries.arrays import Floats
from queries.risk.curves import Tuning
from queries.risk.model import learn, predict
from queries.risk.scores import Truth


@dataclass(frozen=True, slots=True)
class Fold:
    records: Records
    learned_at: float
    learned: Shots  # boosting learns from snapshots whose outcome was known at `learned_at`
    asked: Shots

    @property
    def truth(self) -> Truth:
        return self.records.breached[self.asked.rows]

    def risk(self, tuning: Tuning | None = None, silent: bool = False) -> Floats:
        """`silent`, as built: no number for promises longer than those that have come due."""
        curves = learn(*self.records.known(self.learned_at), int(self.learned_at), tuning=tuning)
        if not silent:
            curves = replace(curves, longest=np.full_like(curves.longest, np.inf))
        return predict(curves, self.records.seen(self.asked.rows, self.asked.at)).p

    def boosted(self, boosting: Boosting) -> Floats:
        late = self.records.ended > np.minimum(self.records.due, self.learned_at)
        return boosting.learn_and_predict(self.records, self.learned, late[self.learned.rows], self.asked)

    def again(self, every: int, way: Callable[["Fold"], Floats]) -> Floats:
        """Learned anew at the start of each period of so many seconds."""
        p, period = np.zeros(len(self.asked.at)), (self.asked.at - self.learned_at) // every
        for number in np.unique(period):
            rows, now = period == number, self.learned_at + number * every
            p[rows] = way(boston_fold(self.records, now, self.asked.only(rows)))
        return p


def boston_fold(records: Records, learned_at: float, asked: Shots) -> Fold:
    return Fold(records, learned_at, shots(records, instant("2011-07-01"), learned_at, learned_at), asked)


def boston_months(records: Records, learned_at: str, until: str, due_by: str | None) -> Fold:
    since = instant(learned_at)
    last = np.inf if due_by is None else instant(due_by)
    return boston_fold(records, since, shots(records, since, instant(until), last))


def early_months(records: Records) -> list[Fold]:
    """Where everything is chosen: due by the end of October, so that the outcome was known then."""
    return [
        boston_months(records, "2011-09-01", "2011-10-15", "2011-10-31"),
        boston_months(records, "2011-10-01", "2011-10-31", "2011-10-31"),
    ]
