"""The intake API, the only way in for facts: staged by COPY, merged as sets, in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from config import UserError
from config.instants import EARLIEST, LATEST, YEARS
from queries.db import DERIVE_CHANNEL
from queries.intake import feeds, follow_up, meanings, restate, snapshots, staging, told_again, vanished
from queries.intake.facts import Batch, Source, Taken
from queries.intake.merge import (
    CURRENT,
    CURRENT_STATE_OF,
    FIND_FAR_INSTANT_SQL,
    FIND_REACHED_SQL,
    FORGET_REACHED_SQL,
    GIVEN_AGAIN_SQL,
    LOCK_SQL,
    MARK_DIRTY_SQL,
    MERGE,
    OF_A_FILE,
    UPSERT_FEED_SQL,
)


class FarInstant(UserError):
    """Nothing of the batch was taken; the message names one complaint and its instant."""


def take(conn: Connection, source: Source, batch: Batch, now: datetime, hash_key: bytes = b"") -> Taken:
    clear_staging(conn)
    stage(conn, batch, hash_key)
    return merge(conn, source, now)


def clear_staging(conn: Connection) -> None:
    """Create the staging tables of this connection, or empty them."""
    conn.execute(text(staging.TABLES))


def stage(conn: Connection, batch: Batch, hash_key: bytes = b"") -> None:
    """Add to what the next `merge` of this transaction takes; may be called repeatedly."""
    staging.copy_batch(conn, batch, hash_key)


def merge(conn: Connection, source: Source, now: datetime) -> Taken:
    """Merge what is staged; marks the touched complaints dirty and wakes the derivers at commit. Raises
    FarInstant."""
    _refuse_far_instants(conn)
    params = {
        "source": source.name,
        "zone": source.time_zone,
        "milestones": list(source.milestones),
        "is_history": source.is_history,
        "now": now,
        "expected_every": source.expected_every,
        "import_id": source.import_id,
        "complete_at": source.complete_at,
    }
    meanings.hold(conn, source.name)
    meanings.translate(conn, params)
    counts = _take_rows(conn, source, params)
    meanings.keep_own_words(conn, params)
    told_again.keep(conn, params)
    stated, follows = _take_statements(conn, source, params, now)
    others = follow_up.take_follow_up(conn, params)
    given_again = conn.execute(text(GIVEN_AGAIN_SQL)).rowcount
    refresh_current(conn, now)
    touched = conn.execute(text(MARK_DIRTY_SQL)).rowcount
    conn.execute(text(UPSERT_FEED_SQL), params)
    if touched and not source.is_history:
        new = feeds.New(counts["refs"], counts["events"] + follows)
        feeds.note_news(conn, source.name, source.time_zone, new, now)
    meanings.collect(conn, params, source.known_words, has_cells=stated.restated > 0)
    conn.execute(text("SELECT pg_notify(:channel, '')"), {"channel": DERIVE_CHANNEL})
    return Taken(
        complaints=counts["refs"] + given_again,
        observations=counts["events"] + follows,
        others=others,
        touched=touched,
        new=stated.new,
        changed=stated.changed,
        same=stated.same,
        older=stated.older,
    )


def _take_rows(conn: Connection, source: Source, params: Mapping[str, object]) -> dict[str, int]:
    """How many rows each step of MERGE wrote."""
    steps = MERGE if source.import_id is not None else [name for name in MERGE if name not in OF_A_FILE]
    return {name: conn.execute(text(MERGE[name]), params).rowcount for name in steps}


def _take_statements(
    conn: Connection, source: Source, params: Mapping[str, object], now: datetime
) -> tuple[snapshots.Stated, int]:
    """And how many observations follow from them that did not before."""
    if source.complete_at is None and not snapshots.any_staged(conn):
        return snapshots.Stated(), 0
    conn.execute(text(staging.STATEMENT_TABLES))
    stated = snapshots.keep(conn, source, now)
    follows = restate.restate(conn, params) if stated.restated else 0
    if stated.restated or source.complete_at is not None:
        follows += vanished.miss(conn, params)
    return stated, follows


def _refuse_far_instants(conn: Connection) -> None:
    far = conn.execute(text(FIND_FAR_INSTANT_SQL), {"earliest": EARLIEST, "latest": LATEST}).one_or_none()
    if far is not None:
        raise FarInstant(f"Complaint '{far[0][:60]}': {far[1]} is at {far[2]}, which lies outside {YEARS}.")


def refresh_current(conn: Connection, now: datetime) -> None:
    """Set facts.complaint and facts.co_owner_request of the touched complaints to what was observed last by
    `now`."""
    for sql in CURRENT:
        conn.execute(text(sql), {"now": now})


def take_upcoming(conn: Connection, now: datetime, most: int = 1_000) -> int:
    """Changes that were stated for an instant to come, which has come: facts.complaint has them from now on.
    Returns of how many complaints, at most `most`."""
    ids = list(conn.execute(text(FIND_REACHED_SQL), {"now": now, "most": most}).scalars())
    if ids:
        for sql in (LOCK_SQL, CURRENT_STATE_OF, FORGET_REACHED_SQL):
            conn.execute(text(sql), {"ids": ids, "now": now})
    return len(ids)


def correct(
    conn: Connection, complaint_id: int, field: str, value: str | None, agent_id: int | None, now: datetime
) -> None:
    """A person's own observation of a state field or milestone (ids, not codes, for references)."""
    correct_all(conn, [complaint_id], field, value, agent_id, now)


def correct_all(
    conn: Connection,
    complaint_ids: Sequence[int],
    field: str,
    value: str | None,
    agent_id: int | None,
    now: datetime,
) -> None:
    """The same observation for each of these complaints."""
    ids = sorted(complaint_ids)
    conn.execute(text(LOCK_SQL), {"ids": ids})
    conn.execute(
        text(
            "INSERT INTO facts.complaint_event (complaint_id, field, happened_at, origin, value, agent_id, "
            "recorded_at) SELECT id, :field, :now, 'person', :value, :agent_id, :now "
            "FROM unnest(CAST(:ids AS bigint[])) id"
        ),
        {"ids": ids, "field": field, "value": value, "agent_id": agent_id, "now": now},
    )
    conn.execute(text(CURRENT_STATE_OF), {"ids": ids, "now": now})
    mark_dirty(conn, ids)


def mark_dirty(conn: Connection, complaint_ids: Iterable[int]) -> None:
    """After facts written by a person: have these complaints derived again."""
    conn.execute(
        text("INSERT INTO derived.dirty (complaint_id) SELECT unnest(CAST(:ids AS bigint[]))"),
        {"ids": list(complaint_ids)},
    )
    conn.execute(text("SELECT pg_notify(:channel, '')"), {"channel": DERIVE_CHANNEL})


def reveal_phone(conn: Connection, complaint_id: int) -> str | None:
    """The database itself checks the scope, allows 60 an hour, and writes to journal.audit."""
    found: str | None = conn.execute(
        text("SELECT facts.reveal_phone(:complaint_id)"), {"complaint_id": complaint_id}
    ).scalar_one()
    return found
