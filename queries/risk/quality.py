"""How good the breach risk was on questions whose answer is known by now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from queries.arrays import Floats, Numbers
from queries.rates import wilson
from queries.risk.backtest import Trial
from queries.risk.model import predict
from queries.risk.rivals import next_due_first, share_used
from queries.risk.scores import BINS, Truth, auc, equal_bins, scores

FEWEST = 30  # questions; fewer have no scores
Key = int | str | None


@dataclass(frozen=True, slots=True)
class Way:
    """How well one way to predict breaches did; a mere ranking has no Brier score."""

    name: str
    auc: float | None  # None: all breached, or none
    average_precision: float | None
    brier: float | None
    calibration: float | None
    riskiest: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions whose p lay between low and high: the mean p, and how many breached."""

    low: float
    high: float
    predicted: float
    questions: int
    breached: int

    @property
    def actual(self) -> float:
        return self.breached / self.questions

    @property
    def between(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the actual share."""
        low, high = wilson(np.array(self.actual), np.array(float(self.questions)))
        return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Group:
    """Of one target, tier or department (id). `expected`: the sum of p. No scores where it is too small."""

    key: Key
    questions: int
    breached: int
    expected: float
    auc: float | None
    brier: float | None


@dataclass(frozen=True, slots=True)
class Quality:
    """`ways`: on the questions that get a number. `of_all`: on every question; those without a number are
    answered by the curves although their budget is longer than any known one, else by the late rate. Breach
    risk is the first of both."""

    cut: int  # epoch; nothing later was known
    until: int
    asked_about: int  # deadlines and callbacks
    questions: int
    with_number: int  # questions that get a number
    breached: int  # of those
    ways: tuple[Way, ...]
    of_all: tuple[Way, ...]
    bins: tuple[Bin, ...]  # of equal count
    tenths: tuple[Bin, ...]  # of the predicted share, 0–10 %, 10–20 % …; empty ones left out
    targets: tuple[Group, ...]
    tiers: tuple[Group, ...]
    departments: tuple[Group, ...]


def measure(trial: Trial, now: float) -> Quality | None:
    """None where too few questions get a number."""
    questions, with_number = trial.questions, np.isfinite(trial.p)
    if with_number.sum() < FEWEST:
        return None
    p, breached = trial.p[with_number], questions.breached[with_number]
    groups = (
        _groups(np.asarray(column, dtype=object)[with_number], breached, p)
        for column in (questions.unmet.target, questions.unmet.tier, questions.unmet.department)
    )
    rivals = _rivals(trial)
    return Quality(
        int(trial.cut),
        int(now),
        len(np.unique(questions.rows)),
        len(with_number),
        int(with_number.sum()),
        int(breached.sum()),
        _ways(breached, p, [column[with_number] for column in rivals]),
        _ways(questions.breached, _answer_all(trial), rivals),
        tuple(_bin(breached, p, rows) for rows in equal_bins(p)),
        tuple(_bin(breached, p, rows) for rows in _tenths(p) if len(rows)),
        *groups,
    )


RIVALS = ("late_rate", "share_used", "next_due_first")
_PROBABILITIES = ("breach_risk", "late_rate")


def _rivals(trial: Trial) -> list[Floats]:
    """As in RIVALS."""
    unmet = trial.questions.unmet
    return [
        trial.rates.chance(unmet.target, unmet.category),
        share_used(np.asarray(unmet.used), np.asarray(unmet.budget)),
        next_due_first(trial.questions.at, np.asarray(unmet.due_at)),
    ]


def _answer_all(trial: Trial) -> Floats:
    unlimited = replace(trial.curves, longest=np.full_like(trial.curves.longest, np.inf))
    p, unmet = predict(unlimited, trial.questions.unmet).p, trial.questions.unmet
    return np.where(np.isfinite(p), p, trial.rates.chance(unmet.target, unmet.category))


def _ways(breached: Truth, p: Floats, rivals: Sequence[Floats]) -> tuple[Way, ...]:
    named = zip(("breach_risk", *RIVALS), (p, *rivals), strict=True)
    return tuple(_way(name, breached, ranking) for name, ranking in named)


def _way(name: str, breached: Truth, p: Floats) -> Way:
    found, sure = scores(breached, p), name in _PROBABILITIES
    return Way(
        name,
        _known(found.auc),
        _known(found.average_precision),
        found.brier if sure else None,
        found.calibration if sure else None,
        found.riskiest,
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _tenths(p: Floats) -> list[Numbers]:
    tenth = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    return [np.flatnonzero(tenth == number) for number in range(BINS)]


def _bin(breached: Truth, p: Floats, rows: Numbers) -> Bin:
    inside = p[rows]
    return Bin(
        float(inside.min()), float(inside.max()), float(inside.mean()), len(rows), int(breached[rows].sum())
    )


def _groups(column: Any, breached: Truth, p: Floats) -> tuple[Group, ...]:
    """The largest first."""
    codes, values = pd.factorize(column, use_na_sentinel=False)
    rows = [np.flatnonzero(codes == code) for code in range(len(values))]
    found = (_group(value, breached[one], p[one]) for value, one in zip(values, rows, strict=True))
    return tuple(sorted(found, key=lambda group: -group.questions))


def _group(value: Any, breached: Truth, p: Floats) -> Group:
    enough = len(p) >= FEWEST
    return Group(
        None if pd.isna(value) else value if isinstance(value, str) else int(value),
        len(p),
        int(breached.sum()),
        float(p.sum()),
        _known(auc(breached, p)) if enough else None,
        float(np.mean((p - breached) ** 2)) if enough else None,
    )


def from_json(stored: dict[str, Any]) -> Quality:
    """As `dataclasses.asdict` made it."""
    parts: dict[str, Any] = {"ways": Way, "of_all": Way, "bins": Bin, "tenths": Bin}
    parts |= dict.fromkeys(("targets", "tiers", "departments"), Group)
    lists = {name: tuple(row(**one) for one in stored[name]) for name, row in parts.items()}
    return Quality(**stored | lists)
