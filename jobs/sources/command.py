"""`board import` and `board replay` at the terminal."""

import json
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from config import StartRefused
from config.settings import Settings
from config.source_map import SourceMap
from jobs.children import Child, Crew, log_book
from jobs.sources import importing, replay
from queries import db

SHOWN_REJECTS = 20


def run_import(settings: Settings, order: importing.Order, as_json: bool) -> None:
    """Raises StartRefused where nothing was imported."""
    engine = db.engine(settings.url(), settings.database_role, application="board import")
    try:
        with _bar(as_json) as progress:
            summary = importing.import_file(engine, order, progress)
    except importing.NothingGood as nothing:
        _tell(nothing.summary, as_json)
        raise
    except (SQLAlchemyError, *db.LOST) as error:
        raise StartRefused(
            f"The database could not take it ({db.describe(error)}), so nothing was imported: check that it "
            "runs and that `board migrate` was run."
        ) from None
    finally:
        engine.dispose()
    _tell(summary, as_json)


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


def _tell(summary: importing.Summary, as_json: bool) -> None:
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
    if summary.rejects_file:
        console.print(Text(f"Refused rows are in {summary.rejects_file}", style="yellow"), soft_wrap=True)
    if summary.dry_run:
        console.print("This was a dry run: nothing was changed.")


def run_replay(settings: Settings, source: SourceMap, path: Path, speed: float, port: int) -> None:
    """Feeds, and runs two job processes and a wall on it, until stopped."""
    console = Console()
    with socket.socket() as trial:
        if trial.connect_ex((settings.host, port)) == 0:
            raise StartRefused(f"Port {port} is taken: choose another with --port.")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    story = replay.read_story(source, path, _real_now(settings))
    url = replay.prepare(settings.url(), source)
    engine = db.engine(url, settings.database_role, application="board replay")
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        log_file = settings.data_dir / "log" / "replay.log"
        crew = Crew(log_book(log_file))
        stack.callback(crew.end)
        replay.begin(engine, source, story, speed)
        for child in _children(url, port):
            crew.add(child)
        console.print(f"{source.title}, {story.first:%Y-%m-%d} to {story.last:%Y-%m-%d}, {speed:g} × as fast")
        console.print(Text(f"Wall      http://{settings.host}:{port}"))
        console.print(Text(f"Log       {log_file}"), soft_wrap=True)
        if story.refused:
            console.print(f"{story.refused:,} rows were refused; `board import --dry-run` names them.")
        _feed(engine, source, story, speed, crew, stop)


def _feed(
    engine: Engine, source: SourceMap, story: replay.Story, speed: float, crew: Crew, stop: threading.Event
) -> None:
    console, over = Console(), False
    while not stop.wait(1.0):
        crew.look()
        try:
            replay.tick(engine, source, story, speed)
        except (SQLAlchemyError, *db.LOST) as error:
            console.print(f"The database is away: {db.describe(error)}")
            stop.wait(2.0)
        if not story.coming and not over:
            over = True
            console.print("The file is at its end; the board lives on. Ctrl-C ends it.")


def _children(url: str, port: int) -> Iterator[Child]:
    for number in (1, 2):
        yield Child(f"jobs-{number}", ("jobs",), {"database_url": url, "database_role": "board_jobs"})
    wall = {"database_url": url, "database_role": "board_wall", "wall_port": str(port)}
    yield Child("wall", ("wall",), wall)


def _real_now(settings: Settings) -> datetime:
    engine = db.engine(settings.url(), application="board replay")
    try:
        with engine.connect() as conn:
            return db.board_now(conn)
    except (SQLAlchemyError, *db.LOST) as error:
        raise StartRefused(f"The database cannot be reached ({db.describe(error)}).") from None
    finally:
        engine.dispose()
