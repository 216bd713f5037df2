"""The one place between pages and the database: each snapshot is read once, however many viewers see it."""

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from inspect import signature
from typing import Any, Concatenate, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from queries import organisation
from queries.days import USUAL, page_zone
from queries.db import Scope, board_now, board_version, reading
from queries.people import accounts

T = TypeVar("T")
log = logging.getLogger(__name__)

KEPT_SNAPSHOTS = 2  # the one on screen and the one before it
KEPT_READS = 2_000
NOBODY = Scope("", "wall", ())  # sees no row of a region; enough for names and versions
MISSING = object()
PAUSE_AFTER_LOSS = 3.0  # seconds without queries after the database was lost, so that not every panel waits


@dataclass(frozen=True, slots=True)
class Moment:
    """Which snapshot: the board's version and the instant that its reads take as now."""

    version: int
    now: datetime
    as_of: bool = False  # a past moment, chosen by the person

    def to_minute(self) -> "Moment":
        """For names that hardly change: read once a minute. A past moment stays what it is."""
        return self if self.as_of else Moment(0, self.now.replace(second=0, microsecond=0))


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[T]):
    """What a read gave. An unavailable one has no rows; stale rows are the last ones that were read."""

    rows: T | None
    at: datetime | None
    state: Literal["live", "stale", "unavailable"]


@dataclass(slots=True)
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    snapshots: deque[tuple[Moment, Any]] = field(default_factory=lambda: deque(maxlen=KEPT_SNAPSHOTS))

    def at(self, moment: Moment) -> Any:
        return next((rows for shown, rows in self.snapshots if shown == moment), MISSING)


class Reads:
    """Snapshots by scope, query and arguments, read through one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._lock = threading.Lock()
        self._ask_again = 0.0
        self._key = b""

    def read(
        self,
        scope: Scope,
        moment: Moment,
        query: Callable[Concatenate[Connection, ...], T],
        *arguments: Hashable,
    ) -> Snapshot[T]:
        """`query(conn, *arguments)` for `moment` (see `moment_keywords`) as `scope` may see it.

        A lost database raises nothing. A past moment never gets the snapshot of another moment.
        """
        scope = replace(scope, person_login="")  # rights decide what is read, so who shares them shares it
        entry = self._entry((scope, query, arguments, moment.now if moment.as_of else None))
        with entry.lock:
            rows = entry.at(moment)
            if rows is MISSING:
                rows = self._fetch(entry, scope, moment, query, arguments)
            if rows is not MISSING:
                return Snapshot(rows, moment.now, "live")
            if entry.snapshots:
                shown, rows = entry.snapshots[-1]
                return Snapshot(rows, shown.now, "stale")
            return Snapshot(None, None, "unavailable")

    def _entry(self, key: Hashable) -> _Entry:
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            if len(self._entries) > KEPT_READS:
                self._entries.popitem(last=False)
            return entry

    def _fetch(
        self, entry: _Entry, scope: Scope, moment: Moment, query: Callable[..., Any], arguments: Any
    ) -> Any:
        if time.monotonic() < self._ask_again:
            return MISSING
        try:
            with reading(self.engine, scope) as conn:
                rows = query(conn, *arguments, **moment_keywords(query, moment))
        except SQLAlchemyError as error:
            self._note(query, error)
            return MISSING
        if entry.snapshots and entry.snapshots[-1][1] == rows:
            rows = entry.snapshots[-1][1]  # the same object: what was drawn from it is used again
        entry.snapshots.append((moment, rows))
        return rows

    def _note(self, query: Callable[..., Any], error: SQLAlchemyError) -> None:
        if isinstance(error, OperationalError):
            self._ask_again = time.monotonic() + PAUSE_AFTER_LOSS
        state = getattr(error.orig, "pgcode", None) if isinstance(error, DBAPIError) else None
        name = getattr(query, "__qualname__", repr(query))
        log.warning("read %s failed: %s SQLSTATE %s", name, type(error).__name__, state)

    def moment(self) -> Moment:
        """Queries the database; SQLAlchemyError where it is unavailable."""
        with reading(self.engine, NOBODY) as conn:
            version = board_version(conn)
        return Moment(version.version, version.at)

    def zone(self, scope: Scope, moment: Moment) -> ZoneInfo:
        """Whose days and hours a page shows to whoever has `scope`."""
        return ZoneInfo(self.read(scope, moment.to_minute(), page_zone, scope.regions).rows or USUAL)

    def now(self) -> datetime:
        with reading(self.engine, NOBODY) as conn:
            return board_now(conn)

    def signing_key(self) -> bytes:
        """Of cookies and forms; SQLAlchemyError where the database was never reached."""
        if not self._key:
            with reading(self.engine, NOBODY) as conn:
                self._key = accounts.signing_key(conn)
        return self._key

    def login_of_session(self, token: str) -> str | None:
        """Read each time, so that a session that was ended is over with the next rerun."""
        with reading(self.engine, NOBODY) as conn:
            return accounts.login_of_session(conn, token)

    def scope_of(self, login: str) -> Scope | None:
        """Read each time, so that a right withdrawn is gone with the next rerun."""
        with reading(self.engine, NOBODY) as conn:
            return organisation.scope_of(conn, login)


def moment_keywords(query: Callable[..., Any], moment: Moment) -> dict[str, Any]:
    """The keywords by which `query` answers for `moment`: now and past, those of them that it takes."""
    given = {"now": moment.now, "past": moment.as_of}
    return {name: given[name] for name in _takes(query)}


@cache
def _takes(query: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(name for name in ("now", "past") if name in signature(query).parameters)


_open: Reads | None = None


def connect(engine: Engine) -> Reads:
    """Once per process, before the first page."""
    global _open
    _open = Reads(engine)
    return _open


def reads() -> Reads:
    if _open is None:
        raise RuntimeError("connect() comes first: the server calls it when it starts")
    return _open
