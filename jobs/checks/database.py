"""The database itself: its version, roles and rights, revision, clock, disk, backups."""

import shutil
from collections.abc import Iterator

from sqlalchemy import text

from jobs.checks.finding import Finding, Look, fail, ok, span, warn
from queries.schema import current_revision, newest_revision

OLDEST, NEWEST = 15, 18  # of PostgreSQL, that are tested
CLOCK_SECONDS = 5.0  # by which two clocks may differ
GIB = 1 << 30
LEAST_FREE, LITTLE_FREE = 0.05, 0.20  # of the disk
DAYS_OF_GROWTH = 30.0
FEWEST = 1_000  # complaints, from which their size can be told
MIGRATE = "Run `board migrate`."


def reached(look: Look) -> Iterator[Finding]:
    version = int(look.conn.execute(text("SHOW server_version_num")).scalar_one()) // 10_000
    found = f"PostgreSQL {version} answers"
    if OLDEST <= version <= NEWEST:
        yield ok("database", found)
    else:
        yield warn("database", found, f"Use PostgreSQL {OLDEST} to {NEWEST}: others are not tested.")


_MUST = (
    ("board_jobs", "facts.complaint", "INSERT"),
    ("board_jobs", "derived.deadline", "UPDATE"),
    ("board_app", "facts.complaint", "SELECT"),
    ("board_app", "journal.acknowledgement", "INSERT"),
    ("board_everywhere", "derived.deadline", "SELECT"),
    ("board_wall", "derived.deadline", "SELECT"),
    ("board_intake", "facts.complaint", "INSERT"),
)
_MUST_NOT = (
    ("board_app", "facts.customer_pii", "SELECT"),
    ("board_everywhere", "facts.customer_pii", "SELECT"),
    ("board_wall", "facts.customer_pii", "SELECT"),
    ("board_intake", "facts.customer_pii", "SELECT"),
    ("board_wall", "facts.customer", "SELECT"),
)
_MAY = "SELECT has_table_privilege(:role, :table, :right)"


def rights(look: Look) -> Iterator[Finding]:
    known = set(
        look.conn.execute(text("SELECT rolname FROM pg_roles WHERE rolname LIKE 'board_%'")).scalars()
    )
    missing = sorted({role for role, _table, _right in (*_MUST, *_MUST_NOT)} - known)
    if missing:
        yield fail("rights", f"Roles are missing: {', '.join(missing)}", MIGRATE)
        return
    wrong = [
        f"{role} {'lacks' if wanted else 'has'} {right} on {table}"
        for wanted, rows in ((True, _MUST), (False, _MUST_NOT))
        for role, table, right in rows
        if look.conn.execute(text(_MAY), {"role": role, "table": table, "right": right}).scalar_one()
        is not wanted
    ]
    if wrong:
        yield fail("rights", "; ".join(wrong), "Grant and revoke what is named here, or run `board migrate`.")
        return
    is_superuser = look.conn.execute(
        text("SELECT rolsuper FROM pg_roles WHERE rolname = session_user")
    ).scalar_one()
    if is_superuser and look.settings.database_url and not look.settings.database_role:
        yield warn(
            "rights",
            "This user is a superuser, whom no policy of rows holds back",
            "Sign in as the role of each process (compose.yaml), or set BOARD_DATABASE_ROLE.",
        )
    else:
        yield ok("rights", "Each role has what it needs, and none of the pages reads personal data")


def revision(look: Look) -> Iterator[Finding]:
    current, newest = current_revision(look.conn), newest_revision()
    if current == newest:
        yield ok("revision", f"{current}, the newest")
    else:
        yield fail("revision", f"{current}, and this version needs {newest}", MIGRATE)


def clocks(look: Look) -> Iterator[Finding]:
    apart = abs((look.here - look.beside).total_seconds())
    found = f"This machine and the database differ by {apart:.1f} s"
    if apart <= CLOCK_SECONDS:
        yield ok("clocks", found)
    else:
        yield warn(
            "clocks", found, "Let both follow a time server: all deadlines go by the database's clock."
        )


_GROWTH = """
SELECT pg_database_size(current_database()) AS bytes, (
           SELECT sum(reltuples) FROM pg_class WHERE oid = 'facts.complaint'::regclass) AS complaints, (
           SELECT count(*) FROM derived.milestone WHERE milestone = 'received' AND happened_at <= :now
           AND happened_at > CAST(:now AS timestamptz) - interval '30 days') / 30.0 AS daily
"""


def disk(look: Look) -> Iterator[Finding]:
    row = look.conn.execute(text(_GROWTH), {"now": look.now}).one()
    growth, found = 0.0, f"The database has {row.bytes / GIB:.2f} GiB"
    if row.complaints >= FEWEST:
        growth = float(row.bytes) / float(row.complaints) * float(row.daily)
        found += f" and grows by about {growth / (1 << 20):.0f} MiB a day"
    if look.settings.database_url:
        yield ok("disk", f"{found}; the free space of its server is not known here")
        return
    usage = shutil.disk_usage(look.settings.data_dir)
    share, days = usage.free / usage.total, usage.free / growth if growth > 0 else float("inf")
    found += f"; {usage.free / GIB:.1f} GiB are free, {share:.0%} of the disk"
    if share < LEAST_FREE or usage.free < GIB:
        yield fail("disk", found, "Make room or enlarge the disk now: without space the database stops.")
    elif share < LITTLE_FREE or days < DAYS_OF_GROWTH:
        do = "Make room: see `board purge --dry-run` for what the retention of the policy would free."
        yield warn("disk", found, do)
    else:
        yield ok("disk", found)


def backups(look: Look) -> Iterator[Finding]:
    archiver = look.conn.execute(
        text(
            "SELECT current_setting('archive_mode') AS mode, failed_count, last_failed_time > "
            "coalesce(last_archived_time, '-infinity') AS fails, "
            "date_part('epoch', clock_timestamp() - last_archived_time) AS age FROM pg_stat_archiver"
        )
    ).one()
    if archiver.mode == "off":
        found, do = (
            "No archive of changes is kept, and the last full copy is not known to the database",
            "Copy the database each night (pg_dump or pg_basebackup) and try the copy out.",
        )
        yield warn("backups", found, do)
    elif archiver.fails:
        yield fail(
            "backups", "The last change could not be archived", "See the server's log for archive_command."
        )
    else:
        age = "none yet" if archiver.age is None else f"the last one {span(archiver.age)} ago"
        yield warn(
            "backups",
            f"Changes are archived, {age}; the last full copy is not known to the database",
            "Check that a full copy is made regularly, and try it out.",
        )
