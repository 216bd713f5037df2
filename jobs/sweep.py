"""Raise alerts for what has crossed its time, notify those concerned, and end alerts that are over."""

import logging
from collections.abc import Callable, Iterator

from sqlalchemy import Connection

from jobs.alerts.notify import notify
from jobs.failures import Failure, PartsFailed, attempt
from jobs.work import Job, Work
from queries.alerts import rules
from queries.alerts.rule import Rule, end, find
from queries.alerts.settled import settle
from queries.alerts.sweep import cancel_pointless, end_warnings
from queries.db import raise_version

log = logging.getLogger("board.jobs")
Part = Callable[[Connection, Work], int]  # → how much it moved


def run(work: Work) -> int:
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
    mine = [one for one in rules.RULES if one.job == "sweep"]
    for rule in mine:
        yield rule.name, _finds(rule)
    yield "settle", lambda conn, work: settle(conn, work.now)
    yield "end of warnings", lambda conn, work: end_warnings(conn, work.now)
    for rule in mine:
        if rule.end is not None:
            yield f"end of {rule.name}", _ends(rule)
    yield "cancel", lambda conn, work: cancel_pointless(conn)


def _moved(conn: Connection, work: Work, name: str, part: Part, failures: dict[str, Failure]) -> int:
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


def _finds(rule: Rule) -> Part:
    def part(conn: Connection, work: Work) -> int:
        moved, alerts = find(conn, rule, work.now)
        notify(conn, alerts, work.settings, work.now)
        return moved

    return part


def _ends(rule: Rule) -> Part:
    return lambda conn, work: end(conn, rule, work.now)


JOB = Job("sweep", "Raise and end alerts", "告警巡检", 1.0, run)
