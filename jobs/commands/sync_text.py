"""`board sync` at the terminal."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from config import UserError
from config.settings import Settings, source_url
from config.source_maps.source_map import SourceMapError, UnknownMap, names
from jobs.failures import PartsFailed
from jobs.sources.syncing.dropped import Resting, Took, take_files
from jobs.sources.syncing.each import compare_due, poll_due, take_dropped
from jobs.sources.syncing.failed import SourceFailed
from jobs.sources.syncing.living import Living, Maps, of_name
from jobs.sources.syncing.polling import How, compare, fail, poll
from jobs.sources.syncing.taking import Count
from jobs.up.starting import begin
from jobs.up.stopping import stop_on_signals
from queries import db
from queries.intake.sync import put_subject, sync_of

log = logging.getLogger("board.sync")
Say = Callable[[str], None]
LOOK_SECONDS = 1.0
SHOWN_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class Wish:
    name: str
    once: bool
    compare: bool
    accept: bool
    as_json: bool


def run_sync(settings: Settings, wish: Wish, say: Say) -> None:
    """Raises UserError where something could not be read."""
    living = maps_of(wish.name)
    engine = db.engine(settings.url(), settings.database_role, application="board sync")
    key = settings.phone_hash_key.get_secret_value().encode()
    stop = stop_on_signals()
    how = How(source_url, key, stop, accept=wish.accept)
    try:
        if wish.once:
            _once(engine, living, how, wish, say)
        else:
            begin(settings)
            _go_on(engine, living, how, stop)
    finally:
        engine.dispose()


def maps_of(name: str) -> tuple[Living, ...]:
    """By the name of a map, or of a source."""
    try:
        found = [of_name(name)]
    except UnknownMap:
        found = [one for one in map(_readable, names()) if one is not None and one.source.source == name]
    living = tuple(one for one in found if one is not None)
    if not living:
        raise UserError(
            f"{name} is neither a source nor a map with [database] or [folder]: docs/sync.md tells how to "
            "write one, and BOARD_SOURCES_DIR where it is found."
        )
    return living


def _readable(name: str) -> Living | None:
    """A wrong map of another source is of no matter here."""
    try:
        return of_name(name)
    except SourceMapError:
        return None


def _once(engine: Engine, living: tuple[Living, ...], how: How, wish: Wish, say: Say) -> None:
    failed = []
    for one in living:
        try:
            for line in _read(engine, one, how, wish):
                say(line)
        except SourceFailed as failure:
            fail(engine, one, failure, wish.compare)
            failed.append(f"{one.name}: {failure}")
    if failed:
        raise UserError(" ".join(failed))


def _read(engine: Engine, living: Living, how: How, wish: Wish) -> Iterator[str]:
    if living.source.folder is not None:
        resting = Resting()
        take_files(engine, living, how, resting, time.monotonic())
        how.stop.wait(living.source.folder.rest)
        for took in take_files(engine, living, how, resting, time.monotonic()):
            yield _file(living, took, wish.as_json)
        return
    with engine.begin() as conn:
        put_subject(conn, living.subject)
        of = sync_of(conn, living.name)
    is_first = of is None or of.read_to is None
    count = compare(engine, living, how) if wish.compare or is_first else poll(engine, living, how)
    if count is None:
        raise UserError(f"{living.name} is being read by another process just now: try again in a moment.")
    if wish.as_json:
        yield json.dumps({"map": living.name, "source": living.source.source, **asdict(count)})
    else:
        yield from _lines(living, count)


def _lines(living: Living, count: Count) -> Iterator[str]:
    parts = [f"{count.read:,} rows read", f"{count.new:,} new", f"{count.changed:,} changed"]
    others = (
        (count.missed, "missed by polls"),
        (count.unstamped, "changed without a stamp"),
        (count.gone, "no longer there"),
        (count.kept, "kept in part"),
        (count.refused, "refused"),
    )
    parts += [f"{number:,} {what}" for number, what in others if number]
    yield f"{living.name} → {living.source.source}: {', '.join(parts)}."
    worst = sorted(count.problems.items(), key=lambda one: -one[1])
    for problem, number in worst[:SHOWN_PROBLEMS]:
        yield f"{number:,} × {problem}"
    if len(worst) > SHOWN_PROBLEMS:
        yield f"and {len(worst) - SHOWN_PROBLEMS:,} other reasons."


def _file(living: Living, took: Took, as_json: bool) -> str:
    summary = took.summary
    if as_json:
        return json.dumps(
            {"map": living.name, "file": took.name, "summary": asdict(summary) if summary else None},
            ensure_ascii=False,
        )
    if summary is None:
        return f"{took.name}: its content had been taken before; moved to done/."
    return (
        f"{took.name} → {summary.source}: {summary.rows:,} rows read, {summary.taken:,} taken, "
        f"{summary.kept:,} kept in part, {summary.rejected:,} refused; moved to done/."
    )


def _go_on(engine: Engine, living: tuple[Living, ...], how: How, stop: threading.Event) -> None:
    """As the jobs do it, for these maps alone."""
    maps, resting = Maps(living, {}), Resting()
    with engine.begin() as conn:
        for one in living:
            put_subject(conn, one.subject)
    parts: tuple[Callable[[], int], ...] = (
        lambda: compare_due(engine, maps, how),
        lambda: poll_due(engine, maps, how),
        lambda: take_dropped(engine, maps, how, resting),
    )
    while not stop.wait(LOOK_SECONDS):
        for part in parts:
            try:
                taken = part()
            except PartsFailed as failed:
                log.warning("%s", failed)
            except (SQLAlchemyError, *db.LOST) as error:
                log.warning("the board's database is unavailable: %s", db.describe(error))
            else:
                if taken:
                    log.info("%s rows or files taken", f"{taken:,}")
