"""What the breach risk is measured against, on the same inputs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression

from benchmarks.risk_records import Records, Shots, week_hour
from queries.arrays import Floats
from queries.risk import rivals
from queries.risk.scores import Truth

SIMILAR = ("tier", "department", "category", "kind")


def next_due_first(records: Records, taken: Shots) -> Floats:
    return rivals.next_due_first(taken.at, records.due[taken.rows])


def share_used(records: Records, taken: Shots) -> Floats:
    started, due = records.started[taken.rows], records.due[taken.rows]
    return rivals.share_used(taken.at - started, due - started)


def late_rate(records: Records, taken: Shots, learned_at: float) -> Floats:
    """Of the type, among those due before."""
    settled = (records.due <= learned_at) & (records.due > records.started)
    late = records.ended > records.due
    return rivals.late_rate(records.kind[settled], late[settled], records.kind[taken.rows])


@dataclass(frozen=True, slots=True)
class Boosting:
    """scikit-learn's defaults, or held back more."""

    name: str
    iterations: int = 100
    rate: float = 0.1
    leaves: int = 31
    fewest: int = 20
    ridge: float = 0.0
    hours: bool = True
    each_once: bool = False  # every deadline weighs the same, however often it was looked at

    def learn_and_predict(self, records: Records, learned: Shots, truth: Truth, asked: Shots) -> Floats:
        weight = 1 / np.bincount(learned.rows)[learned.rows] if self.each_once else None
        model = HistGradientBoostingClassifier(
            max_iter=self.iterations,
            learning_rate=self.rate,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.fewest,
            l2_regularization=self.ridge,
            categorical_features="from_dtype",
            random_state=1,
        ).fit(self._inputs(records, learned), truth, weight)
        p: Floats = model.predict_proba(self._inputs(records, asked))[:, 1]
        return p

    def _inputs(self, records: Records, taken: Shots) -> pd.DataFrame:
        started, due = records.started[taken.rows], records.due[taken.rows]
        frame = pd.DataFrame({"used": taken.at - started, "budget": due - started, "left": due - taken.at})
        frame["share"] = frame["used"] / frame["budget"]
        if self.hours:
            for name, moment in (("now", taken.at), ("started", started), ("due", due)):
                frame[f"hour_{name}"] = week_hour(moment)
        for name in SIMILAR:
            values = pd.Series(getattr(records, name))
            common = values.value_counts().index[:254]  # its categories are limited
            frame[name] = pd.Categorical(values.iloc[taken.rows], categories=common)
        return frame


HELD_BACK = {"rate": 0.05, "leaves": 16, "fewest": 500, "ridge": 10.0}
CANDIDATES = (
    Boosting("scikit-learn's defaults"),
    Boosting("slower", 300, 0.03, fewest=200),
    Boosting("smaller", 150, 0.05, 8, 200),
    Boosting("held back", **HELD_BACK),
    Boosting("held back more", 100, 0.05, 8, 1000, 10.0),
    Boosting("defaults, each deadline once", each_once=True),
    Boosting("held back, each deadline once", **HELD_BACK, each_once=True),
    Boosting("defaults, no hours of the week", hours=False),
    Boosting("held back, no hours of the week", **HELD_BACK, hours=False),
    Boosting("defaults, each deadline once, no hours of the week", hours=False, each_once=True),
)


def recalibrated(p_held_out: Floats, truth: Truth, p: Floats) -> Floats:
    step = IsotonicRegression(out_of_bounds="clip").fit(p_held_out, truth)
    found: Floats = step.predict(p)
    return found
