"""Breach risk where complaints change hands: learned where each deadline was, beside other ways to learn."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.risk_hand_off_records import Past, bpi, handed_on, simulated, uci
from benchmarks.risk_scores import cells, table
from queries.arrays import Floats, Numbers
from queries.risk.backtest import Questions, ask, known_at, late_rates
from queries.risk.model import Deadlines, learn, predict
from queries.risk.scores import scores
from queries.risk.spells import Spells

HEAD = ("AUC", "average precision", "Brier", "calibration error", "late in the riskiest 10 %")
LANDMARKS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9)
SIMILAR = ("target", "tier", "department", "category")


def run(folder: Path) -> list[str]:
    operator = simulated()
    records = (
        ("UCI incidents, learned to 5 May 2016", uci(folder, True)),
        ("UCI incidents, one half learned, the other asked", uci(folder, False)),
        ("BPI 2013, five days to completion, one half learned, the other asked", bpi(folder)),
        ("the simulator, 30 days, learned to day 22", operator),
        ("the same, most complaints handed on to a second line after some hours", handed_on(operator)),
    )
    lines = [
        "## Breach risk where complaints change hands",
        "",
        "Asked at 0, ¼, ½ and ¾ of the time to the due time, about what was unmet then. BPI 2013 kept what "
        "was closed in one month, so that its early cases are the long ones: it is not split by time.",
    ]
    for title, past in records:
        lines += _compared(title, past)
    return [*lines, ""]


def _compared(title: str, past: Past) -> list[str]:
    asked = ask(past.asked, past.places, past.since, past.now)
    ways = {name: way(past, asked) for name, way in WAYS.items()}
    told = np.all([np.isfinite(p) for p in ways.values()], axis=0)
    truth = asked.breached[told]
    rows = [f"| {name} | {cells(scores(truth, p[told]))} |" for name, p in ways.items()]
    head = f"{title}: {told.sum():,} of {len(told):,} questions get a number, {truth.mean():.1%} late."
    return ["", head, *table("learned", *HEAD), *rows]


def _known(past: Past) -> tuple[Deadlines, Numbers, Spells]:
    return known_at(past.seen, past.places, past.now, past.cut)


def _where_it_was(past: Past, asked: Questions) -> Floats:
    known, ended, spells = _known(past)
    return predict(learn(known, ended, int(past.cut), spells=spells), asked.unmet).p


def _where_it_ended(past: Past, asked: Questions) -> Floats:
    known, ended, spells = _known(past)
    last = spells.only(spells.is_last)
    last = replace(last, since=np.zeros(len(last.since)))
    return predict(learn(known, ended, int(past.cut), spells=last), asked.unmet).p


def _where_it_began(past: Past, asked: Questions) -> Floats:
    known, ended, spells = _known(past)
    first = spells.only(np.roll(spells.is_last, 1))
    started = past.asked.started[asked.rows]
    tier, department, _ = past.places.similar(past.asked, asked.rows, started)
    begun = replace(asked.unmet, tier=tier, department=department)
    return predict(learn(known, ended, int(past.cut), spells=first), begun).p


def _landmarks(past: Past, asked: Questions) -> Floats:
    """Curves for each of some ages: of those that are there, followed to their end wherever it comes."""
    known, ended, spells = _known(past)
    share = np.asarray(asked.unmet.used) / np.asarray(asked.unmet.budget)
    p = np.full(len(share), np.nan)
    for age, until in zip(LANDMARKS, (*LANDMARKS[1:], 1.1), strict=True):
        there = _standing(known, spells, age)
        part = Deadlines(*(np.asarray(getattr(known, name))[there.row] for name in Deadlines.__slots__))
        part = replace(part, tier=there.tier, department=there.department)
        rows = (share >= age) & (share < until)
        p[rows] = predict(learn(part, ended[there.row], int(past.cut)), asked.unmet).p[rows]
    return p


def _standing(known: Deadlines, spells: Spells, age: float) -> Spells:
    """What was unmet at that share of its budget, where it was then."""
    used, reached = np.asarray(known.used), age * np.asarray(known.budget)
    begun = spells.only(spells.since <= reached[spells.row])
    last = begun.only(begun.is_last)
    return last.only((used >= reached)[last.row])


def _late_rate(past: Past, asked: Questions) -> Floats:
    known, ended, _ = _known(past)
    _, rates = late_rates(known, ended, past.cut)
    return rates.chance(asked.unmet.target, asked.unmet.category)


def _boosting(past: Past, asked: Questions) -> Floats:
    """Held back; it learns from the same four ages of what had come due."""
    before = ask(past.seen, past.places, -np.inf, past.cut)
    model = HistGradientBoostingClassifier(
        max_iter=100,
        learning_rate=0.05,
        max_leaf_nodes=8,
        min_samples_leaf=min(1000, len(before.at) // 50),
        l2_regularization=10.0,
        categorical_features="from_dtype",
        random_state=1,
    )
    learned, wanted = _inputs(before), _inputs(asked)
    for name in SIMILAR:
        common = learned[name].value_counts().index[:254]  # its categories are limited
        for frame in (learned, wanted):
            frame[name] = pd.Categorical(frame[name].where(frame[name].isin(common)), categories=common)
    found: Floats = model.fit(learned, before.breached).predict_proba(wanted)[:, 1]
    return found


def _inputs(asked: Questions) -> pd.DataFrame:
    used, budget = (np.asarray(column, dtype=float) for column in (asked.unmet.used, asked.unmet.budget))
    frame = pd.DataFrame(
        {"used": used, "budget": budget, "share": used / budget, "hour": asked.at // 3600 % 168}
    )
    for name in SIMILAR:
        frame[name] = pd.Series(np.asarray(getattr(asked.unmet, name), dtype=object)).astype(str)
    return frame


WAYS: dict[str, Callable[[Past, Questions], Floats]] = {
    "**where each was, by spells (as built)**": _where_it_was,
    "at landmarks, where each was at that age": _landmarks,
    "where each ended (as before)": _where_it_ended,
    "where each began, asked so too": _where_it_began,
    "late rate of target and category": _late_rate,
    "gradient boosting": _boosting,
}
