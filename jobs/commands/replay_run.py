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
from config.source_map import SourceMap
from jobs.sources import replay
from jobs.up.children import Child, ProcessGroup, child_log
from jobs.up.stopping import stop_on_signals
from jobs.up.supervisor import refuse_taken
from queries import db
from queries.intake.replay import APPLICATION, Stopped, real_now

TICK_SECONDS = 0.25  # the board knows of things so much later, times the speed
STEP = 0.1  # of the file, between two lines that tell how far it is


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    source: SourceMap
    path: Path
    speed: float
    port: int  # of the dashboard; the wall takes the next
    restart: bool


@dataclass(slots=True)
class Progress:
    """Lines at the terminal: how far it is, what it cannot keep up with, that it is over."""

    facts: int = 0  # to be told from here on
    began: float = field(default_factory=time.monotonic)
    console: Console = field(default_factory=lambda: Console(soft_wrap=True, highlight=False))
    told: float = 0.0

    def say(self, line: str) -> None:
        self.console.print(Text(line))

    def progress(self, left: int, now: datetime) -> None:
        share = 1 - left / max(self.facts, 1)
        if left and share >= self.told + STEP:
            self.told = share - share % STEP
            self.say(f"{now:%Y-%m-%d}  {share:.0%}, {self.facts - left:,} updates")

    def over(self, last: datetime) -> None:
        took = timedelta(seconds=round(time.monotonic() - self.began))
        self.say(
            f"The file is over: {self.facts:,} updates until {last:%Y-%m-%d} took {took}. "
            "The board lives on from there, as fast as we do; Ctrl-C ends it."
        )


def run_replay(settings: Settings, wanted: ReplayOptions) -> None:
    """StartRefused where it cannot begin."""
    pages = _pages(settings, wanted)
    for _name, port in pages:
        refuse_taken(settings.host, port, "board replay")
    stop = stop_on_signals()
    story = replay.read_story(wanted.source, wanted.path, _real_now(settings))
    begins_with = (settings.policy_file, story.first)
    url, stopped = replay.prepare(settings.url(), wanted.source, wanted.path, wanted.restart, *begins_with)
    with ExitStack() as stack:
        engine = db.engine(url, settings.database_role, application=APPLICATION)
        stack.callback(engine.dispose)
        telling = Progress()
        for line in _opening(wanted, story, stopped):
            telling.say(line)
        if stopped is None:
            replay.begin(engine, wanted.source, story, wanted.path, wanted.speed)
        else:
            replay.resume(engine, story, stopped, wanted.speed)
        telling.facts = len(story.coming)
        hash_key = settings.phone_hash_key.get_secret_value().encode()
        feed = Feed(engine, wanted, story, hash_key, telling)
        crew = _crew(stack, settings, feed)
        for child in _children(url, pages):
            crew.add(child)
        for name, port in pages:
            telling.say(f"{name:<10} http://{settings.host}:{port}")
        _run(feed, crew, stop)
        telling.say("Stopping … the same command goes on from here.")


def _crew(stack: ExitStack, settings: Settings, feed: "Feed") -> ProcessGroup:
    """When it has ended, what happened meanwhile is told, so that nothing is missing where it goes on."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    log_file = settings.data_dir / "log" / "replay.log"
    feed.telling.say(f"Log        {log_file}")
    crew = ProcessGroup(child_log(log_file))
    stack.callback(feed.tick)
    stack.callback(crew.end)
    return crew


def _opening(wanted: ReplayOptions, story: replay.ReplayLog, stopped: Stopped | None) -> Iterator[str]:
    last_complaint, last = story.last_complaint, story.last
    yield (
        f"{wanted.source.title}: complaints from {story.first:%Y-%m-%d} to {last_complaint:%Y-%m-%d}, "
        f"news of them until {last:%Y-%m-%d}"
    )
    if story.refused:
        yield f"{story.refused:,} rows were refused; `board import --dry-run` names them."
    if stopped is not None and stopped.at >= last:
        yield f"It is over since {stopped.at:%Y-%m-%d %H:%M}; --restart begins anew."
    elif stopped is not None:
        yield f"Going on at {stopped.at:%Y-%m-%d %H:%M}, where it was stopped; --restart begins anew."
    begins = stopped.at if stopped else story.first
    if begins < last_complaint:
        took = timedelta(seconds=round((last_complaint - begins).total_seconds() / wanted.speed))
        yield f"At {wanted.speed:,g} × the last complaint comes in {took}."


@dataclass(slots=True)
class Feed:
    engine: Engine
    wanted: ReplayOptions
    story: replay.ReplayLog
    hash_key: bytes
    telling: Progress
    pace: replay.Pace = field(init=False)
    over: bool = False

    def __post_init__(self) -> None:
        speed = self.wanted.speed
        self.pace = replay.Pace(speed, speed, time.monotonic())
        self.over = not self.story.coming

    def tick(self) -> None:
        """One round; a database that is away is told of and asked again by the next."""
        last = self.story.coming[0].at if self.story.coming else None
        began = time.monotonic()
        try:
            speed = 1.0 if self.over else self.pace.speed
            replay.tick(self.engine, self.wanted.source, self.story, speed, self.hash_key)
            if not self.over:
                self._look(time.monotonic() - began, last)
        except (SQLAlchemyError, *db.LOST) as error:
            self.telling.say(f"The database is away: {db.describe(error)}")
            time.sleep(2.0)

    def _look(self, took: float, last: datetime | None) -> None:
        if not self.story.coming and last is not None:
            replay.finish(self.engine)
            self.over = True
            self.telling.over(last)
            return
        self.telling.progress(len(self.story.coming), self.story.first)
        before = self.pace.speed
        if self.pace.judge(replay.waiting(self.engine), took, time.monotonic()):
            word = "does not keep up" if self.pace.speed < before else "is less busy"
            self.telling.say(f"This machine {word}: the replay runs at {self.pace.speed:,.0f} × now.")


def _run(feed: Feed, crew: ProcessGroup, stop: threading.Event) -> None:
    looked = 0.0
    while not stop.is_set():
        began = time.monotonic()
        feed.tick()
        if began - looked >= 1.0:
            crew.look()
            looked = began
        stop.wait(max(0.0, TICK_SECONDS - (time.monotonic() - began)))


def _pages(settings: Settings, wanted: ReplayOptions) -> list[tuple[str, int]]:
    """The dashboard only where its viewer may be chosen by hand; the wall needs nobody."""
    dashboard = settings.sign_in == "choose" and is_loopback(settings.host)
    return ([("Dashboard", wanted.port)] if dashboard else []) + [("Wall", wanted.port + 1)]


def _children(url: str, pages: list[tuple[str, int]]) -> Iterator[Child]:
    ports = {f"{name.lower()}_port": str(port) for name, port in pages}
    for number in (1, 2):
        yield Child(f"jobs-{number}", ("jobs",), {"database_url": url, "database_role": "board_jobs"})
    for name, role in (("dashboard", "board_app"), ("wall", "board_wall")):
        if f"{name}_port" in ports:
            yield Child(name, (name,), {"database_url": url, "database_role": role, **ports})


def _real_now(settings: Settings) -> datetime:
    try:
        return real_now(settings.url())
    except (SQLAlchemyError, *db.LOST) as error:
        raise UserError(f"The database cannot be reached ({db.describe(error)}).") from None
