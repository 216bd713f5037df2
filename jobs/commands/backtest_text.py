"""`board backtest`: how good the breach risk would have been on what is in the database, split by time."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from config import UserError
from config.settings import Settings
from jobs.commands.learn import instead
from queries import db
from queries.hours.question import instant
from queries.organisation import departments
from queries.risk.backtest import Trial, allow_long_transaction, cut_of, run_trial
from queries.risk.clocks import HISTORY, Clocks, last_year, read_history, sampling_step
from queries.risk.learning import fallback_of, plain, utc_offset, zone_of_record
from queries.risk.places import Places, read_places
from queries.risk.quality import FEWEST, Bin, Group, Key, Quality, Way, measure

Say = Callable[[str], None]
WAYS = {
    "breach_risk": "breach risk",
    "late_rate": "late rate of target and category",
    "share_used": "share of the budget used",
    "next_due_first": "next due first",
}
HEAD = ("AUC", "average precision", "Brier", "calibration error", "late in the riskiest 10 %")


@dataclass(frozen=True, slots=True)
class Past:
    """What is read; everything after that is counted without the database."""

    clocks: Clocks
    places: Places
    now: datetime
    cut: datetime
    zone: ZoneInfo
    offset: int
    departments: dict[int, str]


def run(settings: Settings, since: str | None, say: Say, as_json: bool) -> None:
    past = _read(settings, since)
    now, cut = past.now.timestamp(), past.cut.timestamp()
    trial = run_trial(past.clocks, past.places, now, cut, past.offset)
    found = measure(trial, now)
    if found is None:
        raise UserError(_refusal(past, trial))
    for line in [json.dumps(_as_json(trial, found))] if as_json else _lines(past, trial, found):
        say(line)


def _read(settings: Settings, since: str | None) -> Past:
    engine = db.engine(settings.url(), settings.database_role or "board_jobs", application="board backtest")
    with engine.begin() as conn:
        allow_long_transaction(conn)
        year, zone = last_year(conn, db.board_now(conn)), zone_of_record(conn)
        test_from = None if since is None else datetime.fromtimestamp(instant(since, zone), UTC)
        if test_from is not None and test_from >= year.until:
            raise UserError(f"--since {since} is later than all data: use an earlier time.")
        since_when = test_from - HISTORY if test_from else year.since
        clocks = read_history(conn, since_when, year.newest, sampling_step(conn, since_when, year.newest))
        if not len(clocks.started):
            raise UserError("There is nothing to test: no deadline or callback started in that year.")
        cut = test_from or datetime.fromtimestamp(cut_of(clocks, year.newest.timestamp()), UTC)
        named = {one.department_id: one.name_en for one in departments(conn)}
        places, offset = read_places(conn, clocks), utc_offset(conn, year.until)
        return Past(clocks, places, year.until, cut, zone, offset, named)


def _refusal(past: Past, trial: Trial) -> str:
    """Why there are no figures."""
    cut, questions = _when(past, past.cut), len(trial.p)
    if trial.settled < FEWEST:
        return (
            f"Nothing could be learned by {cut}: {trial.settled} deadlines and callbacks had come due, "
            f"{FEWEST} are needed. Choose a later --since."
        )
    if not questions:
        return f"There is nothing to ask: no deadline or callback that ran after {cut} has come due."
    with_number = int(np.isfinite(trial.p).sum())
    return f"Of {questions} questions after {cut}, {with_number} get a number; {FEWEST} are needed."


def _when(past: Past, at: datetime) -> str:
    return f"{at.astimezone(past.zone):%Y-%m-%d %H:%M}"


def _as_json(trial: Trial, found: Quality) -> object:
    fallback = fallback_of(trial)
    return plain(
        {
            "learned_from": trial.curves.learned_from,
            "settled": trial.settled,
            "fallback": asdict(fallback) if fallback else None,
            **asdict(found),
        }
    )


def _lines(past: Past, trial: Trial, found: Quality) -> Iterator[str]:
    yield (
        f"Learned from what was known at {_when(past, past.cut)} ({past.zone}): "
        f"{trial.curves.learned_from:,} deadlines and callbacks, {trial.settled:,} of them settled."
    )
    yield (
        f"Asked about the {found.asked_about:,} that ran after it and have come due, each at 0, ¼, ½ and ¾ "
        f"of its time while it was unmet: {found.questions:,} questions; "
        f"{found.with_number / found.questions:.1%} get a number."
    )
    if fallback := fallback_of(trial):
        yield instead(fallback)
    yield from _compared("Questions that get a number", found.ways, found.with_number, found.breached)
    yield from _compared("Every question, as if the board were never silent", found.of_all, found.questions)
    yield from _reliability(found.bins)
    yield from _grouped("target", found.targets, {})
    yield from _grouped("tier", found.tiers, {})
    yield from _grouped("department", found.departments, past.departments)


def _compared(title: str, ways: Sequence[Way], questions: int, late: int | None = None) -> Iterator[str]:
    share_late = "" if late is None else f", {late / questions:.1%} late"
    yield from ("", f"{title}: {questions:,}{share_late}")
    yield from _table(("", *HEAD), [(WAYS[way.name], *_cells(way)) for way in ways])


def _cells(way: Way) -> tuple[str, ...]:
    return (
        _number(way.auc, 3),
        _number(way.average_precision, 3),
        _number(way.brier, 4),
        _number(way.calibration, 3),
        f"{way.riskiest:.1%}",
    )


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _reliability(bins: Sequence[Bin]) -> Iterator[str]:
    yield from ("", "Predicted and actual, by tenths of the questions:")
    yield from _table(
        ("from", "to", "predicted", "actual", "questions"),
        [
            (
                f"{one.low:.1%}",
                f"{one.high:.1%}",
                f"{one.predicted:.1%}",
                f"{one.breached / one.questions:.1%}",
                f"{one.questions:,}",
            )
            for one in bins
        ],
    )


def _grouped(title: str, groups: Sequence[Group], names: dict[int, str]) -> Iterator[str]:
    """`names`: of keys that are ids; others are shown as they are."""

    def named(key: Key) -> str:
        return "none" if key is None else names.get(key, str(key)) if isinstance(key, int) else key

    yield from ("", f"By {title}; no scores under {FEWEST} questions:")
    yield from _table(
        (title, "questions", "expected late", "late", "AUC", "Brier"),
        [
            (
                named(one.key),
                f"{one.questions:,}",
                f"{one.expected:,.1f}",
                f"{one.breached:,}",
                _number(one.auc, 3),
                _number(one.brier, 4),
            )
            for one in groups
        ],
    )


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """The first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(n) for cell, n in zip(row[1:], widths[1:], strict=True)),
        ]
        yield "  " + "  ".join(cells).rstrip()
