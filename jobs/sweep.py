"""Raise alerts for what has crossed its time, notify those concerned, and end alerts that are over."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from jobs.alerts.notify import notify
from jobs.alerts.rules import RULES
from jobs.failures import Failure, PartsFailed, attempt
from queries.alerts.settled import settle
from queries.alerts.sweep import ENDS, Alert, cancel_pointless, cross_timers, end
from queries.db import raise_version

if TYPE_CHECKING:
    from jobs.scheduler import Work

log = logging.getLogger("board.jobs")
Part = Callable[[Connection, "Work"], int]  # → how much it moved


def run(work: "Work") -> int:
    """Until nothing moves. Failures of parts are raised at the end, when all else is done."""
    total, failures = 0, dict[str, Failure]()
    while True:
        with work.engine.begin() as conn:
            moved = sum(_moved(conn, work, name, part, failures) for name, part in _parts())
            if moved:
                raise_version(conn, work.now)
        work.progress()
        total += moved
        if not moved or work.stop.is_set():
            break
    if failures:
        raise PartsFailed(failures)
    return total


def _parts() -> Iterator[tuple[str, Part]]:
    yield "timers", _cross
    yield "settle", lambda conn, work: settle(conn, work.now)
    for rule in RULES:
        if rule.find is not None:
            yield rule.name, _finds(rule.find)
    for name in ENDS:
        yield f"end of {name}", _ends(name)
    yield "cancel", lambda conn, work: cancel_pointless(conn)


def _moved(conn: Connection, work: "Work", name: str, part: Part, failures: dict[str, Failure]) -> int:
    """In a savepoint of its own, so that a failing part takes only itself down."""

    def do() -> int:
        with conn.begin_nested():
            return part(conn, work)

    found = 0 if name in failures else attempt(do)
    if isinstance(found, Failure):
        log.warning("sweep, %s failed: %s%s", name, found.text, found.trace)
        failures[name] = found
        return 0
    return found


def _cross(conn: Connection, work: "Work") -> int:
    taken, alerts = cross_timers(conn, work.now)
    notify(conn, alerts, work.settings, work.now)
    return taken


def _finds(find: Callable[[Connection, datetime], list[Alert]]) -> Part:
    def part(conn: Connection, work: "Work") -> int:
        alerts = find(conn, work.now)
        notify(conn, alerts, work.settings, work.now)
        return len(alerts)

    return part


def _ends(name: str) -> Part:
    return lambda conn, work: end(conn, name, work.now)
