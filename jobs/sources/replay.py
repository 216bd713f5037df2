"""A log of the past fed as if it happened now, on the board's own clock, in a database of its own."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from config import StartRefused
from config.source_map import SourceMap
from jobs.sources.columns import BadRow, wanted
from jobs.sources.files import open_table
from jobs.sources.importing import as_source, batch
from jobs.sources.mapping import Mapped, mapping
from queries import db, imports, intake, replay
from queries.schema import RolesMissing, migrate

MOST_AT_ONCE = 5_000  # rows a transaction
SILENCE_SECONDS = 60  # real ones, after which the feed counts as dead


class Timed(NamedTuple):
    at: datetime
    facts: Mapped


@dataclass(slots=True)
class Story:
    """`coming` is in reverse: what happens next is its last."""

    coming: list[Timed]
    provinces: dict[str, str]
    refused: int  # rows; `board import --dry-run` names them

    @property
    def first(self) -> datetime:
        return self.coming[-1].at

    @property
    def last(self) -> datetime:
        return self.coming[0].at

    def due(self, now: datetime) -> list[Mapped]:
        """What has happened by `now`, at most MOST_AT_ONCE rows; `drop` them once they are written."""
        return [
            one.facts for one in takewhile(lambda one: one.at <= now, self.coming[: -MOST_AT_ONCE - 1 : -1])
        ]

    def drop(self, count: int) -> None:
        del self.coming[len(self.coming) - count :]


def read_story(source: SourceMap, path: Path, now: datetime) -> Story:
    """The whole file in memory, by instant: about 1 KB an update. `now` is the real one."""
    story = Story([], {}, 0)
    with open_table(path, source.encoding, wanted(source)) as table:
        facts = mapping(source, table.header, now).facts
        for row in table.rows:
            try:
                mapped = facts(row)
            except BadRow:
                story.refused += 1
                continue
            story.coming += split(mapped)
            if mapped.region:
                story.provinces.update([mapped.region])
    if not story.coming:
        raise StartRefused(f"{path.name} has nothing to replay: {story.refused} rows were refused.")
    story.coming.sort(key=lambda timed: timed.at)
    story.coming.reverse()
    return story


def split(mapped: Mapped) -> Iterator[Timed]:
    """What a row tells, by instant: a complaint's beginning and its end come in turn."""
    by_instant: dict[datetime, list[intake.Observation]] = {}
    if mapped.complaint:
        by_instant[mapped.complaint.received_at] = []
    for one in mapped.observations:
        by_instant.setdefault(one.happened_at, []).append(one)
    for at, observations in by_instant.items():
        begins = mapped.complaint is not None and at == mapped.complaint.received_at
        yield Timed(at, Mapped(observations, *(mapped.complaint, mapped.customer) if begins else ()))


def prepare(url: str, source: SourceMap) -> str:
    """An empty, migrated database for the replay; its URL."""
    try:
        replay.make_database(url, source.source)
        made = replay.database_url(url, source.source)
        migrate(made)
    except replay.NoReplay:
        raise StartRefused(
            f"The database {replay.PREFIX}{source.source} is no replay's; rename or remove it."
        ) from None
    except RolesMissing as missing:
        raise StartRefused(f"Let an administrator of the database run:\n{missing}") from None
    except SQLAlchemyError as error:
        raise StartRefused(
            f"The replay's database cannot be made ({db.describe(error)}): check that the server runs and "
            "that its user may create databases."
        ) from None
    return made


def begin(engine: Engine, source: SourceMap, story: Story, speed: float) -> None:
    """The clock starts at the first instant of the file."""
    with engine.begin() as conn:
        imports.put_new_regions(conn, story.provinces, source.time_zone)
        replay.start_clock(conn, story.first, speed)


def tick(engine: Engine, source: SourceMap, story: Story, speed: float) -> int:
    """Write what has happened since; a quiet tick too, so that the feed is known to live. → rows taken."""
    expected = math.ceil(SILENCE_SECONDS * speed)
    taken = 0
    while True:
        with engine.begin() as conn:
            now = db.board_now(conn)
            due = story.due(now)
            intake.take(conn, as_source(source, expected), batch(due), now)
        story.drop(len(due))
        taken += len(due)
        if len(due) < MOST_AT_ONCE:
            return taken
