"""Breach risk on the past of two public records, split by time (design: Breach risk).

Everything is chosen on September and October of the Boston file; November and December only measure.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks import risk_speed
from benchmarks.risk_records import HOUR, Records, Shots, boston, instant, shots, uci
from benchmarks.risk_rivals import (
    CANDIDATES,
    Boosting,
    late_rate,
    next_due_first,
    recalibrated,
    share_used,
)
from benchmarks.risk_scores import Scores, Truth, scores
from config.settings import settings
from queries.risk_curves import Tuning
from queries.risk_model import DAY, learn, predict
from queries.risk_rhythm import Floats

NO_LIMIT = 1e6  # standard errors
PLAIN = Tuning(settled_prior=0, errors=NO_LIMIT, rhythm=False)
HEAD = ("AUC", "average precision", "Brier", "calibration error", "late in the riskiest 10 %")
VARIED: dict[str, tuple[float, ...]] = {
    "half_life_days": (21, 45, 180, 365, np.inf),
    "hazard_prior": (3, 30, 100),
    "settled_prior": (10, 100),
    "errors": (0.5, 1.96),
    "most": (30, 300, 1000),
}


@dataclass(frozen=True, slots=True)
class Fold:
    """What is learned from (as known at `learned_at`) and what is asked afterwards."""

    records: Records
    learned_at: float
    learned: Shots  # boosting learns from snapshots whose outcome was known
    asked: Shots

    @property
    def truth(self) -> Truth:
        return self.records.breached[self.asked.rows]

    def risk(self, tuning: Tuning | None = None) -> Floats:
        return _risk(self.records, self.learned_at, self.asked, tuning)

    def boosted(self, boosting: Boosting) -> Floats:
        late = self.records.ended > np.minimum(self.records.due, self.learned_at)
        return boosting.learn_and_predict(self.records, self.learned, late[self.learned.rows], self.asked)


def run() -> list[str]:
    folder = settings().real_data or Path(__file__).parents[2] / "shared" / "data"
    records = boston(folder)
    early = [
        _fold(records, "2011-09-01", "2011-10-15", "2011-10-31"),
        _fold(records, "2011-10-01", "2011-10-31", "2011-10-31"),
    ]
    chosen = min(
        CANDIDATES, key=lambda one: np.mean([_scores(fold, fold.boosted(one)).brier for fold in early])
    )
    return [
        *_tested(records, chosen),
        *_additions(early, records),
        *_choices(early),
        *_incidents(folder, chosen),
        *risk_speed.run(records),
    ]


def _fold(records: Records, learned_at: str, until: str, due_by: str | None) -> Fold:
    learned = shots(records, "2011-07-01", learned_at, learned_at)
    return Fold(records, instant(learned_at), learned, shots(records, learned_at, until, due_by))


def _risk(records: Records, learned_at: float, asked: Shots, tuning: Tuning | None = None) -> Floats:
    curves = learn(*records.known(learned_at), int(learned_at), tuning=tuning)
    return predict(curves, records.seen(asked.rows, asked.at)).p


def _nightly(fold: Fold) -> Floats:
    p, day = np.zeros(len(fold.asked.at)), fold.asked.at // DAY * DAY
    for night in np.unique(day):
        rows = day == night
        p[rows] = _risk(fold.records, night, Shots(fold.asked.rows[rows], fold.asked.at[rows]))
    return p


def _scores(fold: Fold, p: Floats) -> Scores:
    return scores(fold.truth, p)


def _line(name: str, fold: Fold, p: Floats, probability: bool = True) -> str:
    return f"| {name} | {_scores(fold, p).cells(probability)} |"


def _table(*head: str) -> list[str]:
    return ["", f"| {' | '.join(head)} |", "|---|" + "---:|" * (len(head) - 1)]


def _rivals(fold: Fold, chosen: Boosting) -> list[str]:
    return [
        _line("**breach risk** (as built)", fold, fold.risk()),
        _line(f"gradient boosting, {chosen.name}", fold, fold.boosted(chosen)),
        _line(f"gradient boosting, {CANDIDATES[0].name}", fold, fold.boosted(CANDIDATES[0])),
        _line("late rate of the type", fold, late_rate(fold.records, fold.asked, fold.learned_at)),
        _line("share of the budget used", fold, share_used(fold.records, fold.asked), False),
        _line("next due first", fold, next_due_first(fold.records, fold.asked), False),
    ]


def _tested(records: Records, chosen: Boosting) -> list[str]:
    fold = _fold(records, "2011-11-01", "2011-12-15", "2011-12-31")
    lines = [
        "## Breach risk: Boston, November and December 2011",
        "",
        f"Learned from what was known at the end of October; asked every 12 hours from 1 November to "
        f"15 December about each request whose target had not passed and lay before the end of the year: "
        f"{len(fold.truth):,} questions about {len(np.unique(fold.asked.rows)):,} requests, "
        f"{fold.truth.mean():.1%} late. {np.isfinite(fold.risk()).mean():.1%} of them get a number.",
        *_table("way", *HEAD),
        *_rivals(fold, chosen),
        _line("breach risk, learned again each night", fold, _nightly(fold)),
        "",
        "The same, by when the request falls due. On 22 December, a week after the last question, 535 requests "
        "were closed in one day, old ones first.",
        *_table("due", "questions", "way", *HEAD),
    ]
    for until, name in (
        ("2011-12-15", "by 15 December"),
        ("2011-12-22", "before 22 December"),
        (None, "ever"),
    ):
        part = _fold(records, "2011-11-01", "2011-12-15", until)
        for way, p in (("breach risk", part.risk()), ("gradient boosting", part.boosted(chosen))):
            lines.append(f"| {name} | {len(part.truth):,} | {way} | {_scores(part, p).cells()} |")
    return [*lines, ""]


def _additions(early: list[Fold], records: Records) -> list[str]:
    """Each row one step more than the row above; the last ones were tried and left out."""
    steps = (
        ("Kaplan–Meier, shrunk by the number at risk", PLAIN),
        ("+ hours weighted by when work is done", replace(PLAIN, rhythm=True)),
        ("+ shrunk by the number settled", replace(PLAIN, rhythm=True, settled_prior=Tuning().settled_prior)),
        ("+ kept within one standard error of its evidence (as built)", Tuning()),
    )
    asked: Iterable[tuple[str, Callable[[Fold], Floats]]] = [
        *((name, lambda fold, tuning=tuning: fold.risk(tuning)) for name, tuning in steps),
        ("left out: isotonic step on the last quarter of the history", _isotonic),
        ("left out: kind split by whether its queue is fuller than usual", _by_load),
    ]
    lines = [
        "## Breach risk: what each part adds",
        "",
        "Learned to the end of August and asked in September and October; learned to the end of September and "
        "asked in October. Only requests due by the end of October, whose outcome was known then.",
        *_table("model", "AUC", "Brier", "calibration error", "AUC", "Brier", "calibration error"),
    ]
    for name, way in asked:
        lines.append(f"| {name} | " + " | ".join(_brief(fold, way(fold)) for fold in early) + " |")
    return [*lines, ""]


def _brief(fold: Fold, p: Floats) -> str:
    told = np.isfinite(p)
    found = scores(fold.truth[told], p[told])
    return f"{found.auc:.4f} | {found.brier:.4f} | {found.calibration:.3f}"


def _isotonic(fold: Fold) -> Floats:
    begun = instant("2011-07-01")
    earlier = begun + (fold.learned_at - begun) * 0.75 // DAY * DAY
    known = fold.learned.at >= earlier
    held_out = Shots(fold.learned.rows[known], fold.learned.at[known])
    p = _risk(fold.records, earlier, held_out)
    told = np.isfinite(p)
    return recalibrated(p[told], fold.records.breached[held_out.rows][told], fold.risk())


def _by_load(fold: Fold) -> Floats:
    """How many of its kind were open when it started, against the median of those before it."""
    records = fold.records
    load, usual = np.zeros(len(records.kind)), {}
    for kind in set(records.kind):
        rows = np.flatnonzero(records.kind == kind)
        begun, ended = np.sort(records.started[rows]), np.sort(records.ended[rows])
        at = records.started[rows]
        load[rows] = np.searchsorted(begun, at, "right") - np.searchsorted(ended, at, "right")
        before = rows[records.started[rows] <= fold.learned_at]
        usual[kind] = np.median(load[before]) if len(before) else 0.0
    fuller = load > np.array([usual[kind] for kind in records.kind])
    kinds = np.array(
        [f"{kind}|{full}" for kind, full in zip(records.kind, fuller, strict=True)], dtype=object
    )
    return _risk(replace(records, kind=kinds), fold.learned_at, fold.asked)


def _choices(early: list[Fold]) -> list[str]:
    lines = [
        "## Breach risk: how much its settings matter",
        "",
        "One varied at a time, mean of the two early periods above; the first row is as built.",
        *_table("setting", "AUC", "Brier", "calibration error"),
        _mean_line("as built", early, Tuning()),
    ]
    for name, values in VARIED.items():
        for value in values:
            lines.append(_mean_line(f"{name} = {value:g}", early, replace(Tuning(), **{name: value})))
    return [*lines, ""]


def _mean_line(name: str, early: list[Fold], tuning: Tuning) -> str:
    found = [_scores(fold, fold.risk(tuning)) for fold in early]
    means = (np.mean([getattr(one, part) for one in found]) for part in ("auc", "brier", "calibration"))
    return f"| {name} | " + " | ".join(f"{mean:.4f}" for mean in means) + " |"


def _incidents(folder: Path, chosen: Boosting) -> list[str]:
    cut = instant("2016-05-05")
    records = uci(folder, cut)
    lines = [
        "## Breach risk: UCI incidents opened from 5 May 2016 on",
        "",
        "Learned from what was known on that day. The log has no due time: each priority has the budget to its "
        "closing that tells `made_sla` best among the incidents closed before that day. The answer is "
        "`made_sla` of the last event, which no model sees before.",
    ]
    for age in (0, 24, 72, 120):
        fold = _incident_fold(records, cut, age * HOUR)
        when = "at the first event" if age == 0 else f"not closed after {age} hours"
        lines += ["", f"{len(fold.truth):,} incidents {when}, {fold.truth.mean():.1%} late:"]
        lines += [*_table("way", *HEAD), *_rivals(fold, chosen)]
    return [*lines, ""]


def _incident_fold(records: Records, cut: float, age: float) -> Fold:
    at = records.started + age
    running = (records.ended > at) & (records.due > at)
    known = np.flatnonzero(running & (records.due <= cut))
    new = np.flatnonzero(running & (records.started >= cut))
    return Fold(records, cut, Shots(known, at[known]), Shots(new, at[new]))
