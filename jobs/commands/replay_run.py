"""`board replay` at the terminal: feeds, with job processes and pages of its own, until stopped."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.text import Text
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from config import UserError
from config.open_door import is_loopback
from config.settings import Settings
from config.source_maps.source_map import SourceMap
from jobs.sources import replay
from jobs.up.children import Child, ProcessGroup, child_log
from jobs.up.stopping import stop_on_signals
from jobs.up.supervisor import refuse_taken
from queries import db
from queries.intake.replay import APPLICATION, Stopped, real_now

TICK_SECONDS = 0.25  # facts reach the board by up to this much later, times the speed
STEP = 0.1  # share of the file between two lines of progress


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    source: SourceMap
    path: Path
    speed: float
    port: int  # of the dashboard; the wall takes the next
    restart: bool


@dataclass(slots=True)
class Progress:
    """Lines at the terminal: how far the replay is, when it slows down, and that it is over."""

    facts: int = 0  # still to be fed
    began: float = field(default_factory=time.monotonic)
    console: Console = field(default_factory=lambda: Console(soft_wrap=True, highlight=False))
    shown: float = 0.0

    def say(self, line: str) -> None:
        self.console.print(Text(line))

    def progress(self, left: int, now: datetime) -> None:
        share = 1 - left / max(self.facts, 1)
        if left and share >= self.shown + STEP:
            self.shown = share - share % STEP
            self.say(f"{now:%Y-%m-%d}  {share:.0%}, {self.facts - left:,} updates")

    def over(self, last: datetime) -> None:
        took = timedelta(seconds=round(time.monotonic() - self.began))
        self.say(
            f"The file is over: {self.facts:,} updates until {last:%Y-%m-%d} took {took}. "
            "The board continues from there in real time; Ctrl-C ends it."
        )


def run_replay(settings: Settings, wanted: ReplayOptions) -> None:
    """Raises UserError where it cannot begin."""
    pages = _pages(settings, wanted)
    for _name, port in pages:
        refuse_taken(settings.host, port, "board replay")
    stop = stop_on_signals()
    replay_log = replay.read_log(wanted.source, wanted.path, _real_now(settings))
    begins_with = (settings.policy_file, replay_log.first)
    url, stopped = replay.prepare(settings.url(), wanted.source, wanted.path, wanted.restart, *begins_with)
    with ExitStack() as stack:
        engine = db.engine(url, settings.database_role, application=APPLICATION)
        stack.callback(engine.dispose)
        progress = Progress()
        for line in _opening(wanted, replay_log, stopped):
            progress.say(line)
        if stopped is None:
            replay.begin(engine, wanted.source, replay_log, wanted.path, wanted.speed)
        else:
            replay.resume(engine, replay_log, stopped, wanted.speed)
        progress.facts = len(replay_log.coming)
        hash_key = settings.phone_hash_key.get_secret_value().encode()
        feed = Feed(engine, wanted, replay_log, hash_key, progress)
        group = _group(stack, settings, feed)
        for child in _children(url, pages):
            group.add(child)
        for name, port in pages:
            progress.say(f"{name:<10} http://{settings.host}:{port}")
        _run(feed, group, stop)
        progress.say("Stopping … the same command continues from here.")


def _group(stack: ExitStack, settings: Settings, feed: "Feed") -> ProcessGroup:
    """After the processes have ended, one more tick feeds what happened meanwhile, so that nothing is missing
    where the replay continues."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    log_file = settings.data_dir / "log" / "replay.log"
    feed.progress.say(f"Log        {log_file}")
    group = ProcessGroup(child_log(log_file))
    stack.callback(feed.tick)
    stack.callback(group.end)
    return group


def _opening(wanted: ReplayOptions, replay_log: replay.ReplayLog, stopped: Stopped | None) -> Iterator[str]:
    last_complaint, last = replay_log.last_complaint, replay_log.last
    yield (
        f"{wanted.source.title}: complaints from {replay_log.first:%Y-%m-%d} to {last_complaint:%Y-%m-%d}, "
        f"updates until {last:%Y-%m-%d}"
    )
    if replay_log.refused:
        yield f"{replay_log.refused:,} rows were refused; `board import --dry-run` names them."
    if stopped is not None and stopped.at >= last:
        yield f"The replay ended at {stopped.at:%Y-%m-%d %H:%M}; --restart begins again."
    elif stopped is not None:
        yield f"Continuing at {stopped.at:%Y-%m-%d %H:%M}, where it was stopped; --restart begins again."
    begins = stopped.at if stopped else replay_log.first
    if begins < last_complaint:
        took = timedelta(seconds=round((last_complaint - begins).total_seconds() / wanted.speed))
        yield f"At {wanted.speed:,g} × the last complaint comes in {took}."


@dataclass(slots=True)
class Feed:
    engine: Engine
    wanted: ReplayOptions
    replay_log: replay.ReplayLog
    hash_key: bytes
    progress: Progress
    pace: replay.Pace = field(init=False)
    last: datetime | None = field(init=False)
    over: bool = False

    def __post_init__(self) -> None:
        speed = self.wanted.speed
        self.pace = replay.Pace(speed, speed, time.monotonic())
        self.last = self.replay_log.last if self.replay_log.coming else None
        self.over = self.last is None

    def tick(self) -> None:
        """Feed what is due; while the database is unavailable, say so and try again in the next round."""
        began = time.monotonic()
        try:
            speed = 1.0 if self.over else self.pace.speed
            replay.tick(self.engine, self.wanted.source, self.replay_log, speed, self.hash_key)
            if not self.over:
                self._check_pace(time.monotonic() - began)
        except (SQLAlchemyError, *db.LOST) as error:
            self.progress.say(f"The database is unavailable: {db.describe(error)}")
            time.sleep(2.0)

    def _check_pace(self, took: float) -> None:
        if self.last is not None and not self.replay_log.coming:
            replay.finish(self.engine)
            self.over = True
            self.progress.over(self.last)
            return
        self.progress.progress(len(self.replay_log.coming), self.replay_log.first)
        before = self.pace.speed
        if self.pace.judge(replay.waiting(self.engine), took, time.monotonic()):
            word = "does not keep up" if self.pace.speed < before else "is less busy"
            self.progress.say(f"This machine {word}: the replay runs at {self.pace.speed:,.0f} × now.")


def _run(feed: Feed, group: ProcessGroup, stop: threading.Event) -> None:
    checked = 0.0
    while not stop.is_set():
        began = time.monotonic()
        feed.tick()
        if began - checked >= 1.0:
            group.restart_exited()
            checked = began
        stop.wait(max(0.0, TICK_SECONDS - (time.monotonic() - began)))


def _pages(settings: Settings, wanted: ReplayOptions) -> list[tuple[str, int]]:
    """The dashboard only where its one viewer may be chosen by hand; the wall needs nobody."""
    dashboard = settings.sign_in != "oidc" and is_loopback(settings.host)
    return ([("Dashboard", wanted.port)] if dashboard else []) + [("Wall", wanted.port + 1)]


def _children(url: str, pages: list[tuple[str, int]]) -> Iterator[Child]:
    ports = {f"{name.lower()}_port": str(port) for name, port in pages}
    for number in (1, 2):
        yield Child(f"jobs-{number}", ("jobs",), {"database_url": url, "database_role": "board_jobs"})
    for name, role in (("dashboard", "board_app"), ("wall", "board_wall")):
        if f"{name}_port" in ports:
            changes = {"database_url": url, "database_role": role, "sign_in": "choose"}
            yield Child(name, (name,), changes | ports)


def _real_now(settings: Settings) -> datetime:
    try:
        return real_now(settings.url())
    except (SQLAlchemyError, *db.LOST) as error:
        raise UserError(f"The database cannot be reached ({db.describe(error)}).") from None
