"""How good a ranking or a probability of breach was."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from queries.arrays import Floats, Numbers

BINS = 10
Truth = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scores:
    auc: float
    average_precision: float
    brier: float
    calibration: float
    riskiest: float  # precision among the riskiest tenth


def scores(breached: Truth, p: Floats) -> Scores:
    return Scores(
        auc(breached, p),
        average_precision(breached, p),
        float(np.mean((p - breached) ** 2)),
        calibration_error(breached, p),
        float(evened(breached, p)[np.argsort(-p, kind="stable")[: max(len(p) // 10, 1)]].mean()),
    )


def auc(breached: Truth, p: Floats) -> float:
    """Ties count half. NaN where all of them, or none, breached."""
    ranks = pd.Series(p).rank().to_numpy()
    positive = int(breached.sum())
    negative = len(breached) - positive
    if not positive or not negative:
        return float("nan")
    return float((ranks[breached].sum() - positive * (positive + 1) / 2) / (positive * negative))


def average_precision(breached: Truth, p: Floats) -> float:
    """Rows of the same p count as one step."""
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(breached[order])
    if not len(hits) or not hits[-1]:
        return float("nan")
    ends = np.flatnonzero(np.r_[np.diff(p[order]) != 0, True])
    precision, recall = hits[ends] / (ends + 1), hits[ends] / hits[-1]
    return float(np.sum(np.diff(np.r_[0, recall]) * precision))


def calibration_error(breached: Truth, p: Floats) -> float:
    """Expected calibration error, over bins of equal count."""
    bins, actual = equal_bins(p), evened(breached, p)
    return float(sum(abs(actual[one].mean() - p[one].mean()) * len(one) for one in bins) / len(p))


def evened(breached: Truth, p: Floats) -> Floats:
    """The share that breached among rows of the same p, so that their order does not matter."""
    _, which = np.unique(p, return_inverse=True)
    found: Floats = (np.bincount(which, breached) / np.bincount(which))[which]
    return found


def equal_bins(p: Floats) -> list[Numbers]:
    """Rows from the lowest p to the highest, in bins of equal count."""
    return np.array_split(np.argsort(p, kind="stable"), BINS)
