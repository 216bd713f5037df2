"""`board import` at the terminal."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from config import UserError
from config.settings import Settings
from jobs.sources import importing
from queries import db

SHOWN_REJECTS = 20


def run_import(settings: Settings, order: importing.Order, as_json: bool) -> None:
    """Raises UserError where nothing was imported, or where the file is broken somewhere."""
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # asked to end, it still writes down how it went
    engine = db.engine(settings.url(), settings.database_role, application="board import")
    try:
        with _bar(as_json) as progress:
            summary = importing.import_file(engine, order, progress)
    except importing.NothingGood as nothing:
        _print_summary(nothing.summary, as_json)
        raise
    except (SQLAlchemyError, *db.LOST) as error:
        raise UserError(
            f"The database could not take it ({db.describe(error)}), so nothing was imported: check that it "
            "runs and that `board migrate` was run."
        ) from None
    finally:
        engine.dispose()
    _print_summary(summary, as_json)
    if summary.broken:
        raise UserError(_broken(summary))


@contextmanager
def _bar(quiet: bool) -> Iterator[importing.Progress]:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("Opening", total=None)

        def show(what: str, share: float | None) -> None:
            total = None if share is None else 1.0
            bar.update(task, description=what, completed=share or 0.0, total=total)

        yield show


def _broken(summary: importing.Summary) -> str:
    rows = "A row is" if summary.broken == 1 else f"{summary.broken:,} rows are"
    rest = "would be" if summary.dry_run else "were"
    return (
        f"{summary.file} is broken: {rows} refused because its lines could not be separated or read. All "
        f"others {rest} imported; put them right in {summary.rejects_file} and import that."
    )


def _print_summary(summary: importing.Summary, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(asdict(summary), ensure_ascii=False) + "\n")
        return
    console = Console()
    table = Table(show_header=False, box=None)
    for name, value in (
        ("rows read", summary.rows),
        ("rows refused", summary.rejected),
        ("new complaints", summary.complaints),
        ("new observations", summary.observations),
        ("complaints changed", summary.changed),
    ):
        table.add_row(name, Text(f"{value:,}", justify="right"))
    console.print(Text(f"{summary.file} → {summary.source}", style="bold"), table)
    for one in summary.rejects[:SHOWN_REJECTS]:
        where = f"row {one.row}" + (f", {one.column}" if one.column else "")
        console.print(Text(f"{where}: {one.reason}", style="yellow"), soft_wrap=True)
    if summary.rejected > SHOWN_REJECTS:
        console.print(f"and {summary.rejected - SHOWN_REJECTS:,} more.")
    if summary.behind:
        sentence = "of an instant that an earlier file also had: they count as later than its own."
        console.print(f"{summary.behind:,} observations are {sentence}", soft_wrap=True)
    if summary.rejects_file:
        console.print(Text(f"Refused rows are in {summary.rejects_file}", style="yellow"), soft_wrap=True)
    if summary.dry_run:
        console.print("This was a dry run: nothing was changed.")
