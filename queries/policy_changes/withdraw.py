"""Withdrawing a policy version: what it changed is derived as if it had never been applied."""

from datetime import datetime

from sqlalchemy import Connection, Engine, text

from queries.db import DERIVE_CHANNEL, Scope, raise_version, writing
from queries.policy_changes.versions import VersionRow, alone, check_withdrawal, next_in_force

# What a version applied from its own time on can have changed: every complaint that was alive since.
_ALIVE_SINCE_SQL = """
SELECT complaint_id FROM derived.stint WHERE until_at IS NULL
UNION SELECT complaint_id FROM derived.milestone WHERE happened_at >= :since
UNION SELECT complaint_id FROM derived.deadline WHERE met_at IS NULL AND cancelled_at IS NULL
UNION SELECT complaint_id FROM derived.callback WHERE ended_at IS NULL
UNION SELECT complaint_id FROM derived.callback WHERE ended_at >= :since
"""
# And one given for the past: complaints received before the next version.
_RECEIVED_BEFORE = "SELECT complaint_id FROM facts.complaint WHERE received_at < :until"


def withdraw(conn: Connection, version: int, person: str) -> int:
    """From the command line; raises NotAllowed. Returns how many complaints the jobs derive again."""
    now = alone(conn)
    row = check_withdrawal(conn, version, now)
    conn.execute(
        text(
            "INSERT INTO journal.policy_withdrawal (version, withdrawn_at, withdrawn_by) "
            "VALUES (:version, :now, :person)"
        ),
        {"version": version, "now": now, "person": person},
    )
    return _derive_again(conn, row, now)


def withdraw_as(engine: Engine, scope: Scope, version: int) -> int:
    """From the page: the database checks that the person is an administrator, and records it."""
    with writing(engine, scope) as conn:
        now = alone(conn)
        row = check_withdrawal(conn, version, now)
        conn.execute(text("SELECT journal.withdraw_policy(:version, :now)"), {"version": version, "now": now})
        return _derive_again(conn, row, now)


def _derive_again(conn: Connection, row: VersionRow, now: datetime) -> int:
    if row.is_past:
        found = derive_past(conn, row.in_force_from)
    else:
        found = conn.execute(
            text(f"INSERT INTO derived.dirty (complaint_id) {_ALIVE_SINCE_SQL}"), {"since": row.in_force_from}
        ).rowcount
        conn.execute(text("SELECT pg_notify(:channel, '')"), {"channel": DERIVE_CHANNEL})
    raise_version(conn, now)
    return found


def derive_past(conn: Connection, since: datetime) -> int:
    """Derive again what a version given for the past, in force from `since`, can change."""
    found = conn.execute(
        text(f"INSERT INTO derived.dirty (complaint_id) {_RECEIVED_BEFORE}"),
        {"until": next_in_force(conn, since)},
    ).rowcount
    conn.execute(text("SELECT pg_notify(:channel, '')"), {"channel": DERIVE_CHANNEL})
    return found
