"""The database's shape: Alembic revisions of plain SQL, and the roles beside them."""

from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from config.mistakes import read_text
from config.policy import DEFAULT, PolicyError, parse
from queries.db import board_now
from queries.plans import apply_first_policy

HERE = Path(__file__).parent
LOCK = 0x0C0B0A2D  # any number, the same everywhere: two migrations at once wait for each other


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
            conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            check_not_newer(conn)
            first_policy = None if _has_policy(conn) else checked_policy(policy_file)
            _make_roles(conn)
            config = _config()
            config.attributes["connection"] = conn
            command.upgrade(config, "head")
            if first_policy is not None:
                apply_first_policy(conn, first_policy, began or board_now(conn))
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


def _make_roles(conn: Connection) -> None:
    script = (HERE / "roles.sql").read_text("utf-8")
    may = conn.execute(text("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"))
    if may.scalar_one():
        # Roles belong to the whole server: two databases migrating at once must take turns there too.
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK + 1})
        conn.exec_driver_sql(script.replace("%", "%%"), ())
        return
    missing = conn.execute(
        text(
            "SELECT count(*) < 5 FROM pg_roles WHERE rolname IN "
            "('board_everywhere', 'board_app', 'board_wall', 'board_jobs', 'board_migrator')"
        )
    )
    if missing.scalar_one():
        raise RolesMissing(script)
