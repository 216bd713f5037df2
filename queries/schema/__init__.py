"""The database's shape: Alembic revisions of plain SQL, and the roles beside them."""

import random
import time
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from config.mistakes import read_text
from config.policy import DEFAULT, PolicyError, parse
from queries.db import board_now
from queries.policies.history import apply_first_policy
from queries.policy_changes.zone import follow_policy_zone

HERE = Path(__file__).parent
LOCK = 0x0C0B0A2D  # any number, the same everywhere: two migrations at once wait for each other
# SQLSTATEs where another migration changes the same roles: "tuple concurrently updated", a role made
# meanwhile, could not serialize, deadlock.
MET_ANOTHER = frozenset({"XX000", "23505", "42710", "40001", "40P01"})
MOST_ATTEMPTS = 100


class SchemaTooNew(Exception):
    """The database was migrated by a newer Complaint Board."""


class RolesMissing(Exception):
    """The signed-in database user may not create roles; the message holds the SQL for one who may."""


def migrate(url: str, policy_file: Path = DEFAULT, began: datetime | None = None) -> str:
    """Bring the database at `url` to the newest revision, which it returns; safe to run side by side.

    A database without a policy gets the one of `policy_file`, applied now or when the board of a replay
    `began`; PolicyError before anything is made.
    """
    engine = create_engine(url)
    try:
        with engine.begin() as conn:
            check_not_newer(conn)
            first_policy = None if _has_policy(conn) else checked_policy(policy_file)
        _make_roles(engine)
        with engine.begin() as conn:
            conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            check_not_newer(conn)
            config = _config()
            config.attributes["connection"] = conn
            command.upgrade(config, "head")
            conn.exec_driver_sql((HERE / "wall_regions.sql").read_text("utf-8").replace("%", "%%"), ())
            if first_policy is not None and not _has_policy(conn):
                apply_first_policy(conn, first_policy, began or board_now(conn))
            follow_policy_zone(conn)
            return current_revision(conn) or ""
    finally:
        engine.dispose()


def checked_policy(file: Path) -> str:
    """The text of a policy without mistakes; raises PolicyError."""
    body = read_text(file, PolicyError)
    parse(body, str(file))
    return body


def _has_policy(conn: Connection) -> bool:
    """Its own is in force, whatever stands in the file."""
    if conn.execute(text("SELECT to_regclass('journal.policy_version')")).scalar_one() is None:
        return False
    found: bool = conn.execute(text("SELECT EXISTS (SELECT FROM journal.policy_version)")).scalar_one()
    return found


def current_revision(conn: Connection) -> str | None:
    return MigrationContext.configure(conn, opts={"version_table_schema": "public"}).get_current_revision()


def newest_revision() -> str:
    """That this version knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def check_not_newer(conn: Connection) -> None:
    current = current_revision(conn)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise SchemaTooNew(
            f"The database has revision {current}, newer than this Complaint Board knows. "
            "Install the version that made it, or a later one."
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    return config


def _make_roles(engine: Engine) -> None:
    """Roles belong to the server and advisory locks to the database: migrations of two databases at once meet
    here. One of them goes on and the others begin again, so that all come to an end."""
    for attempt in range(1, MOST_ATTEMPTS):
        try:
            return _try_roles(engine)
        except DBAPIError as error:
            if getattr(error.orig, "pgcode", None) not in MET_ANOTHER:
                raise
            time.sleep(random.uniform(0.02, 0.1) * min(attempt, 10))  # noqa: S311 - jitter
    _try_roles(engine)


def _try_roles(engine: Engine) -> None:
    script = (HERE / "roles.sql").read_text("utf-8")
    with engine.begin() as conn:
        check_not_newer(conn)
        if conn.execute(text(_MAY_MAKE_ROLES)).scalar_one():
            conn.exec_driver_sql(script.replace("%", "%%"), ())
        elif conn.execute(text(_ROLE_IS_MISSING)).scalar_one():
            raise RolesMissing(script)


_MAY_MAKE_ROLES = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"

_ROLE_IS_MISSING = """
SELECT count(*) < 7 FROM pg_roles WHERE rolname IN
    ('board_everywhere', 'board_app', 'board_intake', 'board_wall', 'board_wall_regions', 'board_jobs',
     'board_migrator')
"""
