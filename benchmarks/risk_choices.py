"""What each part of the breach risk adds, and how much its settings matter, before the tested months."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.risk_folds import Fold
from benchmarks.risk_records import instant
from benchmarks.risk_rivals import recalibrated
from benchmarks.risk_scores import table
from queries.arrays import Floats
from queries.risk.curves import Tuning
from queries.risk.model import DAY
from queries.risk.scores import scores

NO_LIMIT = 1e6  # standard errors
PLAIN = Tuning(settled_prior=0, errors=NO_LIMIT, rhythm=False)
HEAD = ("answered", "AUC", "Brier", "calibration error")
STEPS = (
    ("Kaplan–Meier, shrunk by the number at risk", PLAIN),
    ("+ hours weighted by when work is done", replace(PLAIN, rhythm=True)),
    ("+ shrunk by the number settled", Tuning(errors=NO_LIMIT)),
    ("+ kept within one standard error of its evidence", Tuning()),
)
VARIED: dict[str, tuple[float, ...]] = {
    "half_life_days": (21, 45, 180, 365, np.inf),
    "hazard_prior": (3, 30, 100),
    "settled_prior": (10, 100),
    "errors": (0.5, 1.96),
    "most": (30, 300, 1000),
}


def additions(early: list[Fold]) -> list[str]:
    asked: list[tuple[str, Callable[[Fold], Floats]]] = [
        *((name, lambda fold, tuning=tuning: fold.risk(tuning)) for name, tuning in STEPS),  # type: ignore[misc]
        ("+ silent about longer promises than have come due (as built)", lambda fold: fold.risk(silent=True)),
        ("left out: isotonic step on the last quarter of the history", _isotonic),
        ("left out: kinds split by whether their queue is fuller than usual", _by_load),
        ("left out: kinds split by neighbourhood, as one more level", lambda fold: _finer(fold, "region")),
        ("left out: kinds split by channel, as one more level", lambda fold: _finer(fold, "channel")),
    ]
    return [
        "## Breach risk: what each part adds",
        "",
        "Each row is one step more than the row above; the last four were tried in place of the silence. "
        "First learned to the end of August and asked in September and October, then learned to the end of "
        "September and asked in October; only requests due by the end of October, whose outcome was known "
        "then.",
        *table("model", *HEAD, *HEAD),
        *(_briefly(name, way, early) for name, way in asked),
        "",
    ]


def _briefly(name: str, way: Callable[[Fold], Floats], early: list[Fold]) -> str:
    return f"| {name} | " + " | ".join(_brief(fold, way(fold)) for fold in early) + " |"


def _brief(fold: Fold, p: Floats) -> str:
    told = np.isfinite(p)
    found = scores(fold.truth[told], p[told])
    return f"{told.mean():.0%} | {found.auc:.4f} | {found.brier:.4f} | {found.calibration:.3f}"


def _isotonic(fold: Fold) -> Floats:
    begun = instant("2011-07-01")
    earlier = begun + (fold.learned_at - begun) * 0.75 // DAY * DAY
    held_out = fold.learned.only(fold.learned.at >= earlier)
    before = replace(fold, learned_at=earlier, asked=held_out)
    return recalibrated(before.risk(), before.truth, fold.risk())


def _by_load(fold: Fold) -> Floats:
    """How many of its kind were open when it started, against the median of those before."""
    records = fold.records
    full = np.zeros(len(records.kind), dtype=bool)
    for kind in set(records.kind):
        rows = np.flatnonzero(records.kind == kind)
        begun, ended, at = np.sort(records.started[rows]), np.sort(records.ended[rows]), records.started[rows]
        load = np.searchsorted(begun, at, "right") - np.searchsorted(ended, at, "right")
        before = load[at <= fold.learned_at]
        full[rows] = load > (np.median(before) if len(before) else 0)
    kinds = np.array([f"{kind}|{one}" for kind, one in zip(records.kind, full, strict=True)], dtype=object)
    return replace(fold, records=replace(records, kind=kinds)).risk()


def _finer(fold: Fold, split: str) -> Floats:
    """These requests have no tier: each level moves up by one."""
    old = fold.records
    moved = replace(
        old, tier=old.department, department=old.category, category=old.kind, kind=getattr(old, split)
    )
    return replace(fold, records=moved).risk()


def settings_varied(early: list[Fold]) -> list[str]:
    lines = [_mean("as built", early, Tuning())]
    for name, values in VARIED.items():
        lines += [_mean(f"{name} = {value:g}", early, _varied(name, value)) for value in values]
    return [
        "## Breach risk: how much its settings matter",
        "",
        "One varied at a time; means of the same two periods.",
        *table("setting", "AUC", "Brier", "calibration error"),
        *lines,
        "",
    ]


def _varied(name: str, value: float) -> Tuning:
    return Tuning(**{name: value})  # type: ignore[arg-type]


def _mean(name: str, early: list[Fold], tuning: Tuning) -> str:
    found = [scores(fold.truth, fold.risk(tuning)) for fold in early]
    means = (np.mean([getattr(one, part) for one in found]) for part in ("auc", "brier", "calibration"))
    return f"| {name} | " + " | ".join(f"{mean:.4f}" for mean in means) + " |"


def calibration_of(fold: Fold) -> list[str]:
    """Predicted and actual shares, by tenths of the predicted one."""
    p = fold.risk(silent=True)
    told = np.isfinite(p)
    p, truth = p[told], fold.truth[told]
    bins = np.array_split(np.argsort(p, kind="stable"), 10)
    return [
        *table("tenth of the questions", "predicted", "actual"),
        *(f"| {n} | {p[one].mean():.1%} | {truth[one].mean():.1%} |" for n, one in enumerate(bins, 1)),
    ]
