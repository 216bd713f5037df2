"""Polls, or compares, every source that is due; one that fails takes no other down."""

import time
from collections.abc import Callable

from sqlalchemy import Engine

from jobs.failures import Failure, PartsFailed, attempt
from jobs.sources.syncing.dropped import Resting, take_files
from jobs.sources.syncing.failed import SourceFailed
from jobs.sources.syncing.living import Living, Maps
from jobs.sources.syncing.polling import How, Stopped, compare, fail, is_due_to_compare, poll
from jobs.sources.syncing.taking import Count
from queries import db
from queries.intake import sync
from queries.intake.sync import Sync

WRONG_MAP_SECONDS = 60.0  # until a map that cannot be read is looked at again


def poll_due(engine: Engine, maps: Maps, how: How) -> int:
    """→ rows that were new, changed or gone. A source that was never read waits for its first comparison."""
    due = [one for one, of in _known(engine, maps) if of.read_to is not None]
    return _each(engine, due, lambda one: _moved(poll(engine, one, how, is_due=True)), is_compare=False)


def compare_due(engine: Engine, maps: Maps, how: How) -> int:
    """→ rows that were new, changed or gone."""
    with engine.begin() as conn:
        now = db.board_now(conn)
    due = [one for one, of in _known(engine, maps) if is_due_to_compare(of, one, now)]
    return _each(engine, due, lambda one: _moved(compare(engine, one, how, is_due=True)), is_compare=True)


def take_dropped(engine: Engine, maps: Maps, how: How, resting: Resting) -> int:
    """→ files."""
    with engine.begin() as conn:
        now = db.board_now(conn)
        due = {one.subject for one in sync.all_syncs(conn) if one.next_poll_at <= now}
    folders = [one for one in maps.living if one.source.folder and one.name in due]
    at = time.monotonic()
    return _each(
        engine, folders, lambda one: len(take_files(engine, one, how, resting, at)), is_compare=False
    )


def is_replay(engine: Engine) -> bool:
    """A replay is fed by its file alone."""
    with engine.begin() as conn:
        return db.replay_speed(conn) is not None


def _known(engine: Engine, maps: Maps) -> list[tuple[Living, Sync]]:
    """Those of databases, where they are written down."""
    with engine.begin() as conn:
        known = {one.subject: one for one in sync.all_syncs(conn)}
    return [(one, known[one.name]) for one in maps.living if one.source.database and one.name in known]


def write_down(engine: Engine, maps: Maps) -> None:
    """The maps that there are. Raises PartsFailed for those that are wrong, now and then."""
    failed: dict[str, Failure] = {}
    with engine.begin() as conn:
        sync.put_subjects(conn, maps.subjects())
        now = db.board_now(conn)
        for of in sync.all_syncs(conn):
            sentence = maps.wrong.get(of.subject)
            if sentence is None or of.next_poll_at > now:
                continue
            failed[of.subject] = Failure(SourceFailed("setup", sentence))
            sync.fail_poll(conn, of.sync_id, "setup", sentence, WRONG_MAP_SECONDS, now)
    if failed:
        raise PartsFailed(failed)


def _moved(found: Count | None) -> int:
    return found.new + found.changed + found.gone if found else 0


def _each(engine: Engine, due: list[Living], read: Callable[[Living], int], is_compare: bool) -> int:
    failed: dict[str, Failure] = {}
    taken = 0
    for living in due:
        found = _one(living, read)
        if not isinstance(found, Failure):
            taken += found
            continue
        if isinstance(found.error, Stopped):
            break
        if isinstance(found.error, SourceFailed):
            fail(engine, living, found.error, is_compare)
        failed[living.name] = found
    if failed:
        raise PartsFailed(failed)
    return taken


def _one(living: Living, read: Callable[[Living], int]) -> int | Failure:
    return attempt(lambda: read(living))
