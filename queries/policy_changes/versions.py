"""Policy versions as people see them, from when one may apply, and which may still be withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from config import UserError
from config.policy import Policy
from queries.clocks.derive import POLICY_LOCK
from queries.db import board_now, rows_of
from queries.policies.history import unknown_regions

TO_WITHDRAW = timedelta(days=1)  # after it was applied
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


class NotAllowed(UserError):
    """This version may not be applied or withdrawn; the message says why, and what is allowed."""


class UnknownRegions(NotAllowed):
    def __init__(self, codes: list[str]) -> None:
        self.codes = codes
        super().__init__(
            f"No region has the code {', '.join(codes)}; an override names a region by its code."
        )


@dataclass(frozen=True, slots=True)
class VersionRow:
    version: int
    applied_at: datetime
    in_force_from: datetime
    is_past: bool  # given for instants before the first that was applied in its own time
    move_open: bool
    applied_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    deadlines: int  # that follow it, open ones


def versions(conn: Connection) -> tuple[VersionRow, ...]:
    """The latest in force first."""
    rows = conn.execute(
        text(
            "SELECT v.version, v.applied_at, coalesce(v.in_force_from, v.applied_at) AS in_force_from, "
            "v.in_force_from IS NOT NULL AS is_past, v.move_open, v.applied_by, w.withdrawn_at, "
            "w.withdrawn_by, coalesce(d.deadlines, 0) AS deadlines FROM journal.policy_version v "
            "LEFT JOIN journal.policy_withdrawal w USING (version) LEFT JOIN ("
            "SELECT policy_version AS version, count(*) AS deadlines FROM derived.deadline "
            "WHERE met_at IS NULL AND cancelled_at IS NULL GROUP BY 1) d USING (version) "
            "ORDER BY 3 DESC, v.version DESC LIMIT 200"
        )
    )
    return rows_of(VersionRow, rows)


def in_force(rows: Sequence[VersionRow]) -> VersionRow | None:
    """`rows`: as returned by `versions`."""
    return next((row for row in rows if row.withdrawn_at is None), None)


def withdrawable(rows: Sequence[VersionRow], now: datetime) -> list[VersionRow]:
    """Those applied within the last day, except the first one of the board."""
    first = min(row.version for row in rows) if rows else None
    return [
        row
        for row in rows
        if row.withdrawn_at is None and now - row.applied_at <= TO_WITHDRAW and row.version != first
    ]


def check_withdrawal(conn: Connection, version: int, now: datetime) -> VersionRow:
    """The version; raises NotAllowed."""
    rows = versions(conn)
    row = next((one for one in rows if one.version == version), None)
    if row is None:
        raise NotAllowed(
            f"There is no policy version {version}; the newest is {max(r.version for r in rows)}."
        )
    if row.withdrawn_at is not None:
        raise NotAllowed(f"Version {version} is withdrawn since {_shown(row.withdrawn_at)}.")
    if now - row.applied_at > TO_WITHDRAW:
        raise NotAllowed(
            f"Version {version} was applied at {_shown(row.applied_at)}, more than a day ago, and people "
            "have acted on it: apply another policy instead."
        )
    if row not in withdrawable(rows, now):
        raise NotAllowed(f"Version {version} is what the board began with: apply another policy instead.")
    return row


def check_regions(conn: Connection, policy: Policy) -> None:
    """Raises UnknownRegions: a misspelt city would stay open."""
    unknown = unknown_regions(conn, policy)
    if unknown:
        raise UnknownRegions(unknown)


def check_past(conn: Connection, since: datetime, now: datetime) -> None:
    """Whether a policy may be given for `since`; raises NotAllowed."""
    own, taken = conn.execute(
        text(
            "SELECT min(in_force_from) FILTER (WHERE NOT is_past), "
            "min(version) FILTER (WHERE in_force_from = :since) FROM journal.standing_policy"
        ),
        {"since": since},
    ).one()
    if since < EARLIEST:
        raise NotAllowed(f"{_shown(since)} is too long ago; the earliest is {_shown(EARLIEST)}.")
    if since > now:
        raise NotAllowed(f"{_shown(since)} is still to come: apply it then, without --from.")
    if since >= own:
        raise NotAllowed(
            f"{_shown(since)} is not before {_shown(own)}, when the board's own policies begin; --from is "
            "for what came before them. Without --from it holds from now on."
        )
    if taken is not None:
        raise NotAllowed(f"Version {taken} is in force from that very instant: give another one.")


def _shown(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def next_in_force(conn: Connection, since: datetime) -> datetime:
    """When a version given for the past, in force from `since`, is followed by another."""
    found: datetime = conn.execute(
        text("SELECT min(in_force_from) FROM journal.standing_policy WHERE in_force_from > :since"),
        {"since": since},
    ).scalar_one()
    return found


def alone(conn: Connection) -> datetime:
    """Lock out batches, which derive by the versions that they have read; returns the board's now."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": POLICY_LOCK})
    return board_now(conn)
