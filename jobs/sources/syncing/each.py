"""Polls, or compares, every source that is due; one that fails takes no other down."""

from collections.abc import Callable

from sqlalchemy import Engine

from jobs.failures import Failure, PartsFailed, attempt
from jobs.sources.syncing.failed import SourceFailed
from jobs.sources.syncing.living import Living, Maps
from jobs.sources.syncing.polling import How, Stopped, compare, fail, is_due_to_compare, poll
from jobs.sources.syncing.taking import Count
from queries import db
from queries.intake import sync
from queries.intake.sync import Sync

WRONG_MAP_SECONDS = 60.0  # until a map that cannot be read is looked at again


def poll_due(engine: Engine, maps: Maps, how: How) -> int:
    """→ rows that were new or changed. A source that was never read waits for its first comparison."""
    due = [one for one, of in _known(engine, maps) if of.read_to is not None]
    return _each(engine, due, how, lambda one: poll(engine, one, how, is_due=True), is_compare=False)


def compare_due(engine: Engine, maps: Maps, how: How) -> int:
    """→ rows that were new or changed."""
    wrong = _write_down(engine, maps)
    with engine.begin() as conn:
        now = db.board_now(conn)
    due = [one for one, of in _known(engine, maps) if is_due_to_compare(of, one, now)]
    taken = _each(engine, due, how, lambda one: compare(engine, one, how, is_due=True), is_compare=True)
    if wrong:
        raise PartsFailed(wrong)
    return taken


def is_replay(engine: Engine) -> bool:
    """A replay is fed by its file alone."""
    with engine.begin() as conn:
        return db.replay_speed(conn) is not None


def _known(engine: Engine, maps: Maps) -> list[tuple[Living, Sync]]:
    """Those of databases, where they are written down."""
    with engine.begin() as conn:
        known = {one.subject: one for one in sync.all_syncs(conn)}
    return [(one, known[one.name]) for one in maps.living if one.source.database and one.name in known]


def _write_down(engine: Engine, maps: Maps) -> dict[str, Failure]:
    """The maps that there are, and what is wrong with one, now and then."""
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
    return failed


def _each(
    engine: Engine, due: list[Living], how: How, read: Callable[[Living], Count | None], is_compare: bool
) -> int:
    failed: dict[str, Failure] = {}
    taken = 0
    for living in due:
        found = _one(living, read)
        if isinstance(found, Failure):
            if isinstance(found.error, Stopped):
                break
            if isinstance(found.error, SourceFailed):
                fail(engine, living, found.error, is_compare)
            failed[living.name] = found
        elif found is not None:
            taken += found.new + found.changed + found.gone
    if failed:
        raise PartsFailed(failed)
    return taken


def _one(living: Living, read: Callable[[Living], Count | None]) -> Count | Failure | None:
    return attempt(lambda: read(living))
