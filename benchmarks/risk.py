"""Breach risk on the past of two public records, split by time (docs/architecture.md: Breach risk).

Settings and rivals are chosen on September and October of the Boston file; November and December measure.
"""

from pathlib import Path

import numpy as np

from benchmarks import risk_choices, risk_hand_offs, risk_speed
from benchmarks.risk_folds import Fold, boston_months, early_months
from benchmarks.risk_records import HOUR, Records, Shots, boston, instant, uci
from benchmarks.risk_rivals import CANDIDATES, Boosting, late_rate, next_due_first, share_used
from benchmarks.risk_scores import cells, table
from config.settings import settings
from queries.arrays import Floats
from queries.risk.model import DAY, learn
from queries.risk.scores import Truth, scores

HEAD = ("AUC", "average precision", "Brier", "calibration error", "late in the riskiest 10 %")
Way = tuple[str, Floats, bool]  # whether it is a probability


def run() -> list[str]:
    folder = settings().real_data or Path(__file__).parents[2] / "shared" / "data"
    records = boston(folder)
    early, end = early_months(records), instant("2011-11-01")
    chosen = min(CANDIDATES, key=lambda boosting: _early_brier(early, boosting))
    return [
        *_tested(records, chosen),
        *_longer(records, chosen),
        *risk_choices.additions(early),
        *risk_choices.settings_varied(early),
        *_incidents(folder, chosen),
        *risk_hand_offs.run(folder),
        *risk_speed.run(learn(*records.known(end), int(end))),
    ]


def _early_brier(early: list[Fold], boosting: Boosting) -> float:
    return float(np.mean([scores(fold.truth, fold.boosted(boosting)).brier for fold in early]))


def _tested(records: Records, chosen: Boosting) -> list[str]:
    fold = boston_months(records, "2011-11-01", "2011-12-15", "2011-12-31")
    ways = _ways(fold, chosen)
    ways[1:1] = [("breach risk, learned again each night", fold.again(DAY, Fold.risk), True)]
    ways[1:1] = [("breach risk, learned again each week", fold.again(7 * DAY, Fold.risk), True)]
    again = fold.again(7 * DAY, lambda part: part.boosted(chosen))
    ways[4:4] = [("gradient boosting, learned again each week", again, True)]
    told = np.isfinite(fold.risk(silent=True))
    due = fold.records.due[fold.asked.rows]
    subsets = (
        ("Questions that get a number", told),
        ("Every question, as if the board were not silent about longer promises", np.ones_like(told)),
        ("Questions that get a number, due by 15 December", told & (due <= instant("2011-12-15"))),
    )
    lines = [
        "## Breach risk: Boston, November and December 2011",
        "",
        "Learned from what was known at the end of October; asked every 12 hours from 1 November to 15 "
        "December about each request whose target had not passed and lay before the end of the year: "
        f"{len(told):,} questions about {len(np.unique(fold.asked.rows)):,} requests. {told.mean():.1%} of "
        "them get a number; the others were promised longer times than 30 settled requests before.",
    ]
    for title, rows in subsets:
        lines += ["", f"{title}: {rows.sum():,}, {fold.truth[rows].mean():.1%} late."]
        lines += _compared(fold, ways, rows)
    return [*lines, "", "Predicted and actual:", *risk_choices.calibration_of(fold), ""]


def _longer(records: Records, chosen: Boosting) -> list[str]:
    fold = boston_months(records, "2011-11-01", "2011-12-15", None)
    told = np.isfinite(fold.risk(silent=True))
    ways = [("breach risk", fold.risk(), True), ("gradient boosting", fold.boosted(chosen), True)]
    return [
        "## Breach risk: Boston, whenever it falls due",
        "",
        f"The same with targets after 2011 too, some two years ahead: {len(told):,} questions, of which "
        f"{told.mean():.1%} get a number.",
        "",
        "Questions that get a number:",
        *_compared(fold, ways, told),
        "",
        "The others, as if they got one:",
        *_compared(fold, ways, ~told),
        "",
    ]


def _ways(fold: Fold, chosen: Boosting) -> list[Way]:
    return [
        ("**breach risk**", fold.risk(), True),
        (f"gradient boosting, {chosen.name}", fold.boosted(chosen), True),
        (f"gradient boosting, {CANDIDATES[0].name}", fold.boosted(CANDIDATES[0]), True),
        ("late rate of the type", late_rate(fold.records, fold.asked, fold.learned_at), True),
        ("share of the budget used", share_used(fold.records, fold.asked), False),
        ("next due first", next_due_first(fold.records, fold.asked), False),
    ]


def _compared(fold: Fold, ways: list[Way], rows: Truth) -> list[str]:
    truth = fold.truth[rows]
    return [
        *table("way", *HEAD),
        *(f"| {name} | {cells(scores(truth, p[rows]), sure)} |" for name, p, sure in ways),
    ]


def _incidents(folder: Path, chosen: Boosting) -> list[str]:
    cut = instant("2016-05-05")
    records = uci(folder, cut)
    lines = [
        "## Breach risk: UCI incidents opened from 5 May 2016 on",
        "",
        "Learned from what was known on that day. The log has no due time: each priority has the budget to "
        "its closing that tells `made_sla` best among the incidents closed before that day. The answer is "
        "`made_sla` of the last event, which no model sees before.",
    ]
    for age in (0, 24, 72, 120):
        fold = _incident_fold(records, cut, age * HOUR)
        told = np.isfinite(fold.risk(silent=True))
        when = "at the first event" if age == 0 else f"not closed after {age} hours"
        lines += [
            "",
            f"{len(told):,} incidents {when}, {fold.truth.mean():.1%} late; {told.mean():.1%} get a number:",
            *_compared(fold, _ways(fold, chosen), told),
        ]
    return [*lines, ""]


def _incident_fold(records: Records, cut: float, age: float) -> Fold:
    at = records.started + age
    running = (records.ended > at) & (records.due > at)
    known = np.flatnonzero(running & (records.due <= cut))
    new = np.flatnonzero(running & (records.started >= cut))
    return Fold(records, cut, Shots(known, at[known]), Shots(new, at[new]))
