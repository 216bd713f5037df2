"""A simulated telecom operator as a source: it writes facts through intake and nothing else.

Every day is a pure function of the seed and its date, so a restart continues without duplicates.
"""

import gc
import logging
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings
from config.vocabulary import ALL_MILESTONES
from jobs.sources.simulated.draws import draw_day
from jobs.sources.simulated.exports import write
from jobs.sources.simulated.life import ZONE, Fact, Timed, lives
from jobs.sources.simulated.organisation import Operator, operator
from queries import db
from queries.intake import door
from queries.intake.facts import Answer, Attempt, Batch, Customer, NewComplaint, Observation, Source, Survey
from queries.organisation import put_organisation

log = logging.getLogger("board.simulate")
NAME = "simulator"
SPEAKS_EVERY = 5  # seconds, also while days of the past are filled in
PER_HOUR = 70.0
LONGEST_LIFE = 45  # days after which hardly any fact of a complaint is still to come
HASH_KEY = b"demo"


@dataclass(frozen=True, slots=True)
class Simulation:
    seed: int = 1
    per_hour: float = PER_HOUR

    def lives(self, day: date, of: Operator) -> Iterator[list[Timed]]:
        return lives(draw_day(self.seed, day, self.per_hour, of), of)

    def facts(self, day: date, of: Operator) -> Iterator[Timed]:
        for life in self.lives(day, of):
            yield from life


def batch(timed: Iterable[Timed]) -> Batch:
    return as_batch(one.fact for one in timed)


def as_batch(facts: Iterable[Fact]) -> Batch:
    by_kind: dict[type, list[object]] = {}
    for fact in facts:
        by_kind.setdefault(type(fact), []).append(fact)
    return Batch(
        complaints=by_kind.get(NewComplaint, []),  # type: ignore[arg-type]
        observations=by_kind.get(Observation, []),  # type: ignore[arg-type]
        customers=by_kind.get(Customer, []),  # type: ignore[arg-type]
        surveys=by_kind.get(Survey, []),  # type: ignore[arg-type]
        answers=by_kind.get(Answer, []),  # type: ignore[arg-type]
        attempts=by_kind.get(Attempt, []),  # type: ignore[arg-type]
    )


def source(is_history: bool) -> Source:
    return Source(NAME, ALL_MILESTONES, str(ZONE), is_history, None if is_history else SPEAKS_EVERY)


def fill(engine: Engine, simulation: Simulation, days: int) -> Iterator[tuple[int, int]]:
    """The past `days` that are not there yet, newest first so that the wall fills at once.

    Yields (days done, complaints taken). Each day is one transaction, so that derivers work meanwhile and a
    fill that was stopped goes on where it was.
    """
    of = operator()
    with engine.begin() as conn:
        put_organisation(conn, of.rows)
        now = db.board_now(conn)
        there = _days_there(conn)
    today = now.astimezone(ZONE).date()
    taken = 0
    for done in range(days):
        day = today - timedelta(days=done)
        if day not in there:
            past = [timed for timed in simulation.facts(day, of) if timed.at <= now]
            with engine.begin() as conn:
                taken += door.take(conn, source(is_history=True), batch(past), now, HASH_KEY).complaints
        yield done + 1, taken


def write_exports(
    folder: Path, simulation: Simulation, first: date, days: int
) -> tuple[list[Path], list[Path]]:
    """The maps and files of the operator's exports, each at eight in the morning after one of `days`."""
    of = operator()
    received = [first + timedelta(days=day) for day in range(days)]
    lives_ = (life for day in received for life in simulation.lives(day, of))
    eight = datetime.combine(first, time(8), ZONE)
    return write(folder, lives_, [eight + timedelta(days=day) for day in range(1, days + 1)])


def _days_there(conn: Connection) -> set[date]:
    found = conn.execute(
        text("SELECT DISTINCT substr(external_id, 2, 6) FROM facts.complaint_ref WHERE source = :name"),
        {"name": NAME},
    )
    return {datetime.strptime(day, "%y%m%d").date() for day in found.scalars()}  # noqa: DTZ007


@dataclass(slots=True)
class Feed:
    """What is still to come, in order: refilled day by day."""

    simulation: Simulation
    operator: Operator
    until: date
    coming: list[Timed]

    @staticmethod
    def start(simulation: Simulation, since: datetime) -> "Feed":
        """All facts after `since` of lives that began before the end of its day."""
        of = operator()
        today = since.astimezone(ZONE).date()
        coming = [
            timed
            for back in range(LONGEST_LIFE, -1, -1)
            for timed in simulation.facts(today - timedelta(days=back), of)
            if timed.at > since
        ]
        coming.sort(key=lambda timed: timed.at, reverse=True)
        return Feed(simulation, of, today, coming)

    def due(self, now: datetime) -> list[Timed]:
        """Takes what has happened by `now`."""
        while self.until < now.astimezone(ZONE).date():
            self.until += timedelta(days=1)
            self.coming += self.simulation.facts(self.until, self.operator)
            self.coming.sort(key=lambda timed: timed.at, reverse=True)
        happened = []
        while self.coming and self.coming[-1].at <= now:
            happened.append(self.coming.pop())
        return happened


def last_heard(engine: Engine) -> datetime:
    """Where to continue: the last instant received, or now."""
    with engine.connect() as conn:
        heard: datetime | None = conn.execute(
            text("SELECT heard_at FROM journal.feed WHERE source = :name"), {"name": NAME}
        ).scalar_one_or_none()
        return heard or db.board_now(conn)


def tick(engine: Engine, feed: Feed) -> int:
    """Write what happened since the last tick, also nothing, so that the feed counts as alive."""
    with engine.begin() as conn:
        now = db.board_now(conn)
        return door.take(conn, source(is_history=False), batch(feed.due(now)), now, HASH_KEY).observations


def run(settings: Settings, simulation: Simulation, history: int, stop: threading.Event) -> None:
    """Run second by second until `stop`; missing days of the past are filled in between."""
    engine = db.engine(settings.url(), settings.database_role, application="board simulate")
    gc.set_threshold(200_000, 20, 100)  # facts are made by the million and hold no cycles
    feed = Feed.start(simulation, last_heard(engine))
    gc.freeze()  # the lives to come are many and long-lived
    past, is_lost = fill(engine, simulation, history), False
    while not stop.wait(0.01 if history else 1.0):
        try:
            if is_lost:
                feed, past = Feed.start(simulation, last_heard(engine)), fill(engine, simulation, history)
                is_lost = False
            tick(engine, feed)
            history = 0 if next(past, None) is None else history
        except (SQLAlchemyError, *db.LOST) as error:
            log.warning("the database is unavailable: %s", db.describe(error))
            is_lost = True  # the last write may have happened or not: read again where to continue
            stop.wait(2.0)
