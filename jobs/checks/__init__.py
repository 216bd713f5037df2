"""The checks of `board doctor`, in the order in which they are shown."""

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from config import UserError
from config.settings import Settings
from jobs.checks import access, database, delivering, rules, running
from jobs.checks.finding import Finding, Look, fail, warn
from queries import db

FORBIDDEN = "42501"  # SQLSTATE
CHECKS: dict[str, Callable[[Look], Iterator[Finding]]] = {
    "database": database.reached,
    "rights": database.rights,
    "revision": database.revision,
    "clocks": database.clocks,
    "job processes": running.processes,
    "jobs": running.failing,
    "sources": running.sources,
    "policy": rules.policy,
    "calendars": rules.calendars,
    "outlets": delivering.outlets,
    "disk": database.disk,
    "sign-in": access.sign_in,
    "phone search": access.secrets,
    "backups": database.backups,
}


def look_at(engine: Engine, settings: Settings, clock: Callable[[], datetime]) -> Iterator[Finding]:
    """Each by itself: one that the database refuses is a finding too. DBAPIError where the database is away,
    UserError where it holds no board."""
    with engine.connect() as conn:
        beside = conn.execute(text("SELECT clock_timestamp()")).scalar_one()
        here = clock()
        if conn.execute(text("SELECT to_regclass('facts.complaint')")).scalar_one() is None:
            raise UserError("This database holds no board yet: run `board migrate`.")
        look = Look(conn, settings, db.board_now(conn), here, beside)
        for name, check in CHECKS.items():
            yield from _tried(name, check, look)
        conn.rollback()


def _tried(name: str, check: Callable[[Look], Iterator[Finding]], look: Look) -> list[Finding]:
    savepoint = look.conn.begin_nested()
    try:
        found = list(check(look))
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        savepoint.rollback()
        if getattr(error.orig, "pgcode", None) == FORBIDDEN:
            return [warn(name, "This user may not look", "Run it as the owner of the database.")]
        do = "Run `board migrate`, and see the server's log."
        return [fail(name, f"The database refused to answer ({db.describe(error)})", do)]
    savepoint.commit()
    return found
