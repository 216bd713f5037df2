"""Polls a source's database for what has changed, and compares all of its rows with what is known of them.

The position is saved after everything before it is taken, so that a process that is killed loses nothing;
what was taken is known by its hash, so that nothing is taken twice.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from config.instants import EARLIEST
from config.source_maps.database import Database
from config.source_maps.source_map import SourceMap
from jobs.sources.syncing.failed import SourceFailed
from jobs.sources.syncing.living import Living
from jobs.sources.syncing.reading import Reader, SourceRow, reading
from jobs.sources.syncing.spool import BATCH, Spool
from jobs.sources.syncing.taking import Count, Taking
from queries import db
from queries.intake import absences, sync, sync_rows
from queries.intake.sync import COMPARING, POLLING, Compared, Sync

RETRY_SECONDS = 60.0  # at most, or the source's own interval
COMPARE_RETRY_SECONDS = 900.0
FEW_GONE, SHARE_GONE = 1_000, 0.2  # more rows that are gone at once are not believed


class Stopped(Exception):
    """The process is to end; what was taken stays, the rest is read again."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class How:
    """`find_url`: by the name of its variable. `accept`: the source is meant to be as it is now, with other
    kinds of columns, or with many rows less."""

    find_url: Callable[[str], str]
    hash_key: bytes = b""
    stop: threading.Event = field(default_factory=threading.Event)
    progress: Callable[[], None] = _nothing
    accept: bool = False

    def go_on(self) -> None:
        self.progress()
        if self.stop.is_set():
            raise Stopped


def poll(engine: Engine, living: Living, how: How, is_due: bool = False) -> Count | None:
    """What has changed since the last poll. `is_due`: only if it is. None: another process does it, or it is
    not due. Raises SourceFailed, after it was written down."""
    with engine.connect() as conn:
        of = _state(conn, living)
        with sync.locked(conn, POLLING, of.sync_id) as got:
            of, now = _state(conn, living), _now(conn)
            if not got or of.read_to is None or (is_due and of.next_poll_at > now):
                return None
            if _database(living).changed_column is None:
                count = _compare(conn, living, of, how, holds_lock=True)
            else:
                count = _poll(conn, living, of, how, now)
            with conn.begin():
                sync.finish_poll(conn, of, now, count.read, db.board_now(conn))
            return count


def compare(engine: Engine, living: Living, how: How, is_due: bool = False) -> Count | None:
    """All rows; the first time it brings them all in. As `poll`."""
    with engine.connect() as conn:
        of = _state(conn, living)
        with sync.locked(conn, COMPARING, of.sync_id) as got:
            of, now = _state(conn, living), _now(conn)
            if not got or (is_due and not is_due_to_compare(of, living, now)):
                return None
            return _compare(conn, living, of, how, holds_lock=False)


def is_due_to_compare(of: Sync, living: Living, now: datetime) -> bool:
    """By night, and at once where it never was, or where the map was changed."""
    if of.next_compare_at <= now:
        return True
    return of.compare_failures == 0 and _is_other_map(of, living)


def fail(engine: Engine, living: Living, failed: SourceFailed, is_compare: bool) -> None:
    """Write it down, and when to try again."""
    with engine.begin() as conn:
        of, now = sync.sync_of(conn, living.name), db.board_now(conn)
        if of is None:
            return
        if is_compare:
            wait = _compare_wait(of, living, failed, now)
            sync.fail_compare(conn, of.sync_id, failed.kind, str(failed), wait, now)
        else:
            wait = back_off(of.expected_every, of.failures) if of.kind == "database" else RETRY_SECONDS
            sync.fail_poll(conn, of.sync_id, failed.kind, str(failed), wait, now)


def back_off(every: float, failures: int) -> float:
    return min(every * 2.0 ** min(failures, 16), max(RETRY_SECONDS, every))


def _compare_wait(of: Sync, living: Living, failed: SourceFailed, now: datetime) -> float:
    if of.compared_at is None:
        return back_off(of.expected_every, of.compare_failures)
    if failed.kind == "gone":
        return (next_night(living, now) - now).total_seconds()
    return COMPARE_RETRY_SECONDS


def next_night(living: Living, now: datetime) -> datetime:
    """When the map's clocks show `compare_at` next."""
    local = now.astimezone(ZoneInfo(living.source.time_zone))
    hour, minute = map(int, _database(living).compare_at.split(":"))
    coming = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return coming if coming > local else coming + timedelta(days=1)


def _state(conn: Connection, living: Living) -> Sync:
    with conn.begin():
        found = sync.sync_of(conn, living.name)
        if found is None:
            sync.put_subject(conn, living.subject)
            found = sync.sync_of(conn, living.name)
    if found is None:
        raise RuntimeError(living.name)
    return found


def _now(conn: Connection) -> datetime:
    with conn.begin():
        return db.board_now(conn)


def _database(living: Living) -> Database:
    if living.source.database is None:
        raise TypeError(living.name)
    return living.source.database


def _is_other_map(of: Sync, living: Living) -> bool:
    return of.map_digest is not None and of.map_digest != living.digest


def _columns(of: Sync, living: Living, how: How) -> dict[str, str] | None:
    """The kinds that its columns must have; none where they are learned anew."""
    return None if how.accept or _is_other_map(of, living) else of.columns


def _poll(conn: Connection, living: Living, of: Sync, how: How, now: datetime) -> Count:
    database = _database(living)
    if of.read_to is None:
        raise RuntimeError(living.name)
    since = of.read_to - timedelta(seconds=database.overlap)
    columns = _columns(of, living, how)
    with Spool() as spool:
        with reading(living.source, how.find_url, columns, whole=False) as reader:
            taking = _taking(reader, of, how, now)
            for rows in _parts(reader.rows(since, now)):
                _keep_news(conn, taking, rows, spool)
                how.go_on()
        return _take_all(conn, taking, spool, how, holds_lock=True)


def _compare(conn: Connection, living: Living, of: Sync, how: How, holds_lock: bool) -> Count:
    now, columns = _now(conn), _columns(of, living, how)
    with Spool() as spool:
        with reading(living.source, how.find_url, columns, whole=True) as reader:
            taking = _taking(reader, of, how, now, _is_other_map(of, living))
            with conn.begin():
                sync.begin_map(conn, of.sync_id, living.digest, reader.kinds, of.map_digest is None)
                sync_rows.start_seen(conn)
            for rows in _parts(reader.rows(None, now)):
                with conn.begin():
                    sync_rows.add_seen(conn, [row.key for row in rows])
                    if of.compared_at is not None:
                        sync.hear(conn, of, db.board_now(conn))
                _keep_news(conn, taking, rows, spool)
                how.go_on()
        _refuse_repeated(conn)
        count = _take_all(conn, taking, spool, how, holds_lock)
    _miss(conn, living, of, taking, how, holds_lock)
    with conn.begin():
        known = sync_rows.count_known(conn, of.sync_id)
        found = Compared(known, count.missed, count.unstamped, count.gone)
        sync.finish_compare(conn, of, living.digest, found, now, next_night(living, db.board_now(conn)))
    return count


def _taking(reader: Reader, of: Sync, how: How, now: datetime, is_other_map: bool = False) -> Taking:
    """A row older than the overlap of the last poll was missed by it."""
    read_to = of.read_to or now
    missed_before = read_to - timedelta(seconds=reader.database.overlap)
    is_first = of.compared_at is None
    if is_first:
        missed_before = EARLIEST
    return Taking(
        reader.source,
        reader.header,
        of,
        now,
        how.hash_key,
        is_first,
        is_other_map,
        missed_before,
        Count(),
    )


def _parts(rows: Iterator[SourceRow]) -> Iterator[list[SourceRow]]:
    while part := list(islice(rows, BATCH)):
        yield part


def _keep_news(conn: Connection, taking: Taking, rows: list[SourceRow], spool: Spool) -> None:
    """Of two rows with one key the later; comparing all rows finds and names them."""
    by_key = {row.key: row for row in rows}
    with conn.begin():
        known = sync_rows.known_rows(conn, taking.of.sync_id, list(by_key))
    taking.count.read += len(rows)
    spool.add(taking.news(known, list(by_key.values())))


def _take_all(conn: Connection, taking: Taking, spool: Spool, how: How, holds_lock: bool) -> Count:
    """After the source's session is no longer needed; the lock is held for each batch only, so that polls go
    on while a comparison takes many."""
    for rows in spool.batches():
        if holds_lock:
            with conn.begin():
                taking.take(conn, rows)
        else:
            with sync.locked(conn, POLLING, taking.of.sync_id, wait=True), conn.begin():
                taking.take(conn, rows)
        how.go_on()
    return taking.count


def _refuse_repeated(conn: Connection) -> None:
    with conn.begin():
        key = sync_rows.repeated_key(conn)
    if key is not None:
        raise SourceFailed(
            "setup",
            "Two rows of the query have the same key: name the columns that tell them apart by 'key'.",
        )


def _miss(conn: Connection, living: Living, of: Sync, taking: Taking, how: How, holds_lock: bool) -> None:
    """What is known and no longer there. A complaint of which no row is left has vanished."""
    with conn.begin():
        gone = sync_rows.gone_rows(conn, of.sync_id, taking.read_at)
        known = sync_rows.count_known(conn, of.sync_id)
    if len(gone) > max(FEW_GONE, SHARE_GONE * known) and not how.accept:
        raise SourceFailed(
            "gone",
            f"{len(gone):,} of {known:,} rows are no longer at the source, which is more than is believed. "
            f"If that is meant, say so: board sync {living.name} --compare --accept.",
        )
    taking.count.gone = len(gone)
    for start in range(0, len(gone), BATCH):
        part = gone[start : start + BATCH]
        keys = [one.key for one in part]
        with sync.locked(conn, POLLING, of.sync_id, wait=not holds_lock), conn.begin():
            now = db.board_now(conn)
            if not isinstance(living.source, SourceMap) or living.source.update:
                sync_rows.forget_gone(conn, of.sync_id, keys)
                continue
            sync_rows.mark_gone(conn, of.sync_id, keys, now)
            numbers = sync_rows.without_rows(conn, of.sync_id, [one.number for one in part])
            absences.miss(conn, living.source.source, numbers, now)
        how.go_on()
