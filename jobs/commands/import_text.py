"""`board import` at the terminal."""

import json
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from config import UserError
from config.settings import Settings
from jobs.sources import importing
from queries import db

SHOWN_REASONS = 20


class Stop:
    """Asked to end, it still writes down how it went. The driver of the database may turn the
    interruption into an error of its own, so it is remembered here."""

    def __init__(self) -> None:
        self._asked = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True
        raise KeyboardInterrupt

    def is_asked(self) -> bool:
        return self._asked


def run_import(settings: Settings, orders: Sequence[importing.Order], as_json: bool) -> None:
    """Raises UserError where nothing was imported, or where the file is broken somewhere."""
    stop = Stop()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, stop)
    engine = db.engine(settings.url(), settings.database_role, application="board import")
    try:
        with bar(as_json) as progress:
            summaries = importing.import_all(engine, orders, progress, stop.is_asked)
    except importing.NothingGood as nothing:
        _print([nothing.summary], as_json)
        raise
    except (SQLAlchemyError, *db.LOST) as error:
        if stop.is_asked():
            raise UserError("The import was stopped, so nothing was imported.") from None
        raise UserError(
            f"The database could not take it ({db.describe(error)}), so nothing was imported: check that it "
            "runs and that `board migrate` was run."
        ) from None
    finally:
        engine.dispose()
    _print(summaries, as_json)
    broken = [summary for summary in summaries if summary.broken]
    if broken:
        raise UserError(_broken(broken[0]))


@contextmanager
def bar(quiet: bool) -> Iterator[importing.Progress]:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("Opening", total=None)

        def show(what: str, share: float | None, _rows: int) -> None:
            total = None if share is None else 1.0
            bar.update(task, description=what, completed=share or 0.0, total=total)

        yield show


def _broken(summary: importing.Summary) -> str:
    one = summary.broken == 1
    rows = "a row was" if one else f"{summary.broken:,} rows were"
    which = "it" if one else "them"
    rest = "would be" if summary.dry_run else "were"
    return (
        f"{summary.file} is broken: {rows} refused because the lines could not be separated or read. All "
        f"others {rest} imported; put {which} right in {summary.rejects_file} and import that."
    )


def _print(summaries: Sequence[importing.Summary], as_json: bool) -> None:
    """One line of JSON a map."""
    for summary in summaries:
        if as_json:
            told = {name: value for name, value in asdict(summary).items() if name != "picture"}
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        else:
            print_summary(summary, Console())


def print_summary(summary: importing.Summary, console: Console) -> None:
    table = Table(show_header=False, box=None)
    for name, value in (
        ("rows read", summary.rows),
        ("taken", summary.taken),
        ("kept in part", summary.kept),
        ("refused", summary.rejected),
        ("new complaints", summary.complaints),
        ("new observations", summary.observations),
        ("complaints changed", summary.changed),
    ):
        table.add_row(name, Text(f"{value:,}", justify="right"))
    console.print(Text(f"{summary.file} → {summary.source}", style="bold"), table)
    for sentence in _sentences(summary):
        console.print(Text(sentence), soft_wrap=True)
    for one in summary.reasons[:SHOWN_REASONS]:
        console.print(Text(str(one), style="yellow"), soft_wrap=True)
    if len(summary.reasons) > SHOWN_REASONS:
        console.print(f"and {len(summary.reasons) - SHOWN_REASONS:,} other reasons.")
    if summary.rejects_file:
        what = "Rows that were refused or kept in part are in"
        console.print(Text(f"{what} {summary.rejects_file}", style="yellow"), soft_wrap=True)
    if summary.dry_run:
        console.print("This was a dry run: nothing was changed.")


def _sentences(summary: importing.Summary) -> Iterator[str]:
    if summary.found:
        yield f"Read as {summary.found}."
    if summary.as_of:
        yield f"It tells how complaints stood at {summary.as_of}."
    if summary.complete:
        yield "It holds every complaint of the source: what an earlier file had and this one lacks has "
        "vanished."
    if summary.incomplete:
        yield (
            f"By its map it holds every complaint of the source, but {summary.incomplete}: nothing was "
            "taken as vanished."
        )
    if summary.days:
        columns = ", ".join(f"{column} ({count:,})" for column, count in summary.days.items())
        yield f"Day only, without a time: {columns}."
    if summary.older:
        yield f"{summary.older:,} complaints are known as of a later instant: what the file says stands "
        "before that."
    if summary.behind:
        yield (
            f"{summary.behind:,} observations are of an instant that an earlier file also had: they count "
            "as later than its own."
        )
