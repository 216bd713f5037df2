"""A log of the past fed as if it happened now, on the board's own clock, in a database of its own."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from config import UserError
from config.source_maps.source_map import SourceMap
from config.vocabulary import OPEN_STATUSES
from jobs.sources.importing import as_source, batch, sha256
from jobs.sources.made import made_at
from jobs.sources.reading.files import open_table
from jobs.sources.rows.columns import BadRow, Columns, wanted
from jobs.sources.rows.mapping import Mapped
from jobs.sources.rows.mappings import mapping
from queries import db
from queries.clocks.derive import count_dirty
from queries.intake import door, imports, replay
from queries.intake.facts import REOPENED, Cell, NewComplaint, Observation, Snapshot
from queries.intake.replay import Stopped
from queries.schema import RolesMissing, checked_policy, migrate

MOST_AT_ONCE = 5_000  # rows a transaction
SPEAKS_EVERY = 5  # real seconds, also where a tick takes long
LONGEST_INTERVAL = 2**31 - 1  # seconds of the board
MANY_WAITING = 3_000  # complaints to be derived: the derivers do not keep up
LONG_TICK = 1.0  # seconds: the feeder does not keep up
SLOWER, FASTER = 0.5, 1.25
STEADY_SECONDS = 6.0  # between two changes of the speed, so that each can show what it did


class Timed(NamedTuple):
    at: datetime
    facts: Mapped


@dataclass(slots=True)
class ReplayLog:
    """`coming` is in reverse order: what happens next is its last."""

    coming: list[Timed]
    provinces: dict[str, str]
    refused: int  # rows; `board import --dry-run` names them

    @property
    def first(self) -> datetime:
        return self.coming[-1].at

    @property
    def last(self) -> datetime:
        return self.coming[0].at

    @property
    def last_complaint(self) -> datetime:
        """After it there are only endings, which may continue for years."""
        return next(one.at for one in self.coming if one.facts.complaint is not None)

    def due(self, now: datetime) -> list[Mapped]:
        """What has happened by `now`, at most MOST_AT_ONCE rows; `drop` them once they are written."""
        return [
            one.facts for one in takewhile(lambda one: one.at <= now, self.coming[: -MOST_AT_ONCE - 1 : -1])
        ]

    def drop(self, count: int) -> None:
        del self.coming[len(self.coming) - count :]

    def skip(self, until: datetime) -> None:
        """Drop what was fed already."""
        while self.coming and self.coming[-1].at <= until:
            self.coming.pop()


@dataclass(slots=True)
class Pace:
    """Seconds of the board per real second: as requested, or what this machine can keep up with."""

    asked: float
    speed: float
    since: float  # monotonic; when it last changed

    def judge(self, waiting: int, took: float, at: float) -> bool:
        """Whether the speed changed; `waiting` complaints are underived, the last tick `took` seconds."""
        if at - self.since < STEADY_SECONDS:
            return False
        behind = waiting > MANY_WAITING or took > LONG_TICK
        wanted = self.speed * SLOWER if behind else min(self.asked, self.speed * FASTER)
        if wanted == self.speed:
            return False
        self.speed, self.since = wanted, at
        return True


def read_log(source: SourceMap, path: Path, now: datetime) -> ReplayLog:
    """The whole file in memory, by instant: about 1 KB an update. `now` is the real one."""
    log = ReplayLog([], {}, 0)
    last_of: dict[str, Mapped] = {}  # of several snapshots of a complaint, what the last of them tell
    stated = made_at(source, path, None, now)
    with open_table(path, source, wanted(source)) as table:
        facts = mapping(source, Columns(source, table.header, now), stated).facts
        for row in table.rows:
            try:
                mapped = facts(row)
            except BadRow:
                log.refused += 1
                continue
            if mapped.region:
                log.provinces.update([mapped.region])
            if mapped.snapshot and not source.update:
                number = mapped.snapshot.external_id
                last_of[number] = _renewed(last_of.get(number), mapped)
            else:
                log.coming += split(mapped, is_log=True)
    for mapped in last_of.values():
        log.coming += split(mapped, is_log=False)
    if not log.coming:
        raise UserError(f"{path.name} has nothing to replay: {log.refused} rows were refused.")
    log.coming.sort(key=lambda timed: timed.at)
    log.coming.reverse()
    return log


def split(mapped: Mapped, is_log: bool) -> Iterator[Timed]:
    """The facts of a row by instant, so that a complaint begins and ends in turn."""
    complaint = mapped.complaint
    observations = list(mapped.observations)
    if mapped.snapshot:
        complaint, told = happened(mapped.snapshot)
        observations += told
    by_instant: dict[datetime, dict[str, Any]] = {}

    def add(kind: str, at: datetime, fact: object) -> None:
        by_instant.setdefault(at, {}).setdefault(kind, []).append(fact)

    for one in observations:
        add("observations", one.happened_at, one)
    if mapped.snapshot and is_log:  # its texts, as of an instant
        by_instant.setdefault(mapped.snapshot.stated_at, {})["snapshot"] = mapped.snapshot
    for survey in mapped.surveys:
        add("surveys", survey.sent_at, survey)
    for answer in mapped.answers:
        add("answers", answer.answered_at, answer)
    for attempt in mapped.attempts:
        add("attempts", attempt.attempted_at, attempt)
    for booking in mapped.bookings:
        add("bookings", booking.booked_at, booking)
    if complaint:
        by_instant.setdefault(complaint.received_at, {})
    for at, facts in by_instant.items():
        begins = complaint is not None and at == complaint.received_at
        customer = mapped.customer if begins or complaint is None else None
        yield Timed(at, Mapped(complaint=complaint if begins else None, customer=customer, **facts))


def _renewed(before: Mapped | None, now: Mapped) -> Mapped:
    """What the row before told and this one does not say stays."""
    if before is None or before.snapshot is None or now.snapshot is None:
        return now
    first, last = before.snapshot, now.snapshot
    known = {_subject(cell) for cell in last.cells}
    kept = tuple(cell for cell in first.cells if _subject(cell) not in known)
    snapshot = last._replace(
        cells=(*kept, *last.cells),
        received_at=last.received_at or first.received_at,
        title=last.title if last.title is not None else first.title,
        body=last.body if last.body is not None else first.body,
        customer=last.customer or first.customer,
    )
    return now._replace(snapshot=snapshot, customer=now.customer or before.customer)


def _subject(cell: Cell) -> tuple[object, ...]:
    """What a cell is about: a later one of the same replaces it."""
    value = cell.value if cell.is_milestone and cell.field == "status" else None
    return cell.field, cell.is_milestone, cell.party_id, value


def happened(told: Snapshot) -> tuple[NewComplaint | None, list[Observation]]:
    """What a snapshot tells of the past: a state held from the beginning, or since its instant, and so does
    an open status that nothing was reached before; how it ended stands at its own instant."""
    number, received = told.external_id, told.received_at
    reached = any(cell.at for cell in told.cells if cell.is_milestone and cell.field in ("status", REOPENED))
    found = []
    for seq, cell in enumerate(told.cells, 1):
        is_status = cell.field in ("status", REOPENED)  # whose party is one of several waits
        at = cell.at
        if not cell.is_milestone and at is None:
            is_late = is_status and (reached or cell.value not in OPEN_STATUSES)
            at = max(told.stated_at, received or told.stated_at) if is_late else received or told.stated_at
        if at is not None:
            field, party = ("status", 0) if is_status else (cell.field, cell.party_id)
            found.append(Observation(number, field, at, cell.value, seq, party))
    if received is None:
        return None, found
    return NewComplaint(number, received, told.title, told.body, told.customer), found


def prepare(
    url: str, source: SourceMap, path: Path, restart: bool, policy_file: Path, first: datetime
) -> tuple[str, Stopped | None]:
    """The migrated database of the replay, with the given policy in force from the `first` instant on; and
    where it stopped, if the replay of this file was begun before."""
    try:
        stopped = None if restart and _is_free(url, source) else replay.find(url, source.source)
        if stopped is None:
            checked_policy(policy_file)
            replay.make_database(url, source.source)
        elif stopped.file_sha256 != sha256(path):
            raise UserError(
                f"The replay of {stopped.file_name} stands at {stopped.at:%Y-%m-%d}: go on with that file, "
                "or begin again with --restart."
            )
        made = replay.database_url(url, source.source)
        migrate(made, policy_file, first)
    except replay.NoReplay:
        raise UserError(
            f"The database {replay.PREFIX}{source.source} is no replay's; rename or remove it."
        ) from None
    except replay.Running:
        raise UserError(f"A replay with the map {source.source} already runs: stop it first.") from None
    except RolesMissing as missing:
        raise UserError(f"Let an administrator of the database run:\n{missing}") from None
    except SQLAlchemyError as error:
        raise UserError(
            f"The replay's database cannot be made ({db.describe(error)}): check that the server runs and "
            "that its user may create databases."
        ) from None
    return made, stopped


def _is_free(url: str, source: SourceMap) -> bool:
    """Raises what `find` raises: only the database of a replay that is not running may be dropped."""
    replay.find(url, source.source)
    return True


def begin(engine: Engine, source: SourceMap, log: ReplayLog, path: Path, speed: float) -> None:
    """The clock starts at the first instant of the file."""
    with engine.begin() as conn:
        imports.put_new_regions(conn, log.provinces, source.time_zone, source.source)
        imports.start_import(conn, source.source, path.name, sha256(path), log.first)
        replay.put_viewer(conn)
        replay.start_clock(conn, log.first, speed)


def resume(engine: Engine, log: ReplayLog, stopped: Stopped, speed: float) -> None:
    """The clock goes on from where it was."""
    log.skip(stopped.at)
    with engine.begin() as conn:
        replay.start_clock(conn, stopped.at, speed)


def tick(engine: Engine, source: SourceMap, log: ReplayLog, speed: float, hash_key: bytes = b"") -> int:
    """Write what has happened since, also nothing, so that the feed counts as alive. → rows taken."""
    expected = min(math.ceil(SPEAKS_EVERY * speed), LONGEST_INTERVAL)
    taken = 0
    while True:
        with engine.begin() as conn:
            now = db.board_now(conn)
            due = log.due(now)
            door.take(conn, as_source(source, expected), batch(due), now, hash_key)
            if len(due) < MOST_AT_ONCE:
                replay.reach(conn, now, speed)
        log.drop(len(due))
        taken += len(due)
        if len(due) < MOST_AT_ONCE:
            return taken


def waiting(engine: Engine) -> int:
    """Complaints that are still to be derived."""
    with engine.connect() as conn:
        return count_dirty(conn)


def finish(engine: Engine) -> None:
    """At the end of the file the clock continues in real time, so that the board can be viewed."""
    with engine.begin() as conn:
        replay.reach(conn, db.board_now(conn), 1.0)
