"""Learns the usual number of complaints from the last weeks, and stores it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Connection, text

from config.policy import Policy
from queries.policies.history import policy_in_force
from queries.surges.cells import COUNTRY, Complaints, Grid, grid_of
from queries.surges.fit import learn
from queries.surges.model import HOUR, WEEK_HOURS, Baseline, History, from_bytes
from queries.surges.week import week_hours

WEEKS = 8
LEARN_EVERY = timedelta(hours=6)
WHILE_FILLING = timedelta(minutes=10)  # while the board is being filled with the past
WHILE_EMPTY = timedelta(minutes=1)  # while there is too little to learn from

# Channels by which no customer complains (policy) are not counted; a customer counts once an hour.
_HOURS_SQL = """
SELECT category, product, coalesce(region_id, 0), hour, count(DISTINCT whom) FROM (
    SELECT category, product, region_id, coalesce(customer_id, -complaint_id) AS whom,
           floor(date_part('epoch', received_at) / 3600)::bigint - :first AS hour
    FROM facts.complaint
    WHERE received_at >= :since AND received_at < :until AND category IS NOT NULL
      AND coalesce(channel, '') <> ALL (:left_out)) c
GROUP BY 1, 2, 3, 4
"""


def is_time(conn: Connection, now: datetime) -> bool:
    row = conn.execute(text("SELECT learned_at, known_hours FROM derived.surge_baseline")).one_or_none()
    if row is None:
        return True
    is_full = row.known_hours >= WEEKS * WEEK_HOURS * 0.9
    wait = LEARN_EVERY if is_full else WHILE_FILLING if row.known_hours else WHILE_EMPTY
    return bool(now - row.learned_at > wait)


def try_lock(conn: Connection) -> bool:
    """One process learns at a time; until the transaction ends."""
    found: bool = conn.execute(
        text("SELECT pg_try_advisory_xact_lock(hashtext('learn surges'))")
    ).scalar_one()
    return found


def learn_again(conn: Connection, now: datetime) -> int:
    """Returns how many past hours are known; from too few nothing is learned."""
    policy = policy_in_force(conn)
    last = int(now.timestamp() // HOUR)
    first = last - WEEKS * WEEK_HOURS
    rows = _read(conn, policy, first, last)
    known = None
    if len(rows.at):
        grid = grid_of(_topics(rows), _tree(conn))
        known = learn(grid, History(rows, week_hours(policy, first, last - first)))
    hours = known.known_hours if known else 0
    conn.execute(
        text(
            "INSERT INTO derived.surge_baseline (learned_at, known_hours, baseline) "
            "VALUES (:now, :hours, :baseline) ON CONFLICT (only_row) DO UPDATE SET "
            "learned_at = EXCLUDED.learned_at, known_hours = EXCLUDED.known_hours, "
            "baseline = EXCLUDED.baseline"
        ),
        {"now": now, "hours": hours, "baseline": known.to_bytes() if known else None},
    )
    return hours


def _read(conn: Connection, policy: Policy, first: int, last: int) -> Complaints:
    values = {
        "first": first,
        "since": datetime.fromtimestamp(first * HOUR, UTC),
        "until": datetime.fromtimestamp(last * HOUR, UTC),
        "left_out": list(policy.surge.no_complainants),
    }
    rows: Sequence[Sequence[object]] = conn.execute(text(_HOURS_SQL), values).all()
    category, product, region, hour, whom = zip(*rows, strict=True) if rows else ((),) * 5
    return Complaints(
        category, product, region, np.array(hour, dtype=np.float64), np.array(whom, dtype=np.int64)
    )


def _topics(rows: Complaints) -> set[tuple[str, str | None]]:
    return set(zip(rows.category, rows.product, strict=True)) | {(one, None) for one in rows.category}


def _tree(conn: Connection) -> list[tuple[int, int | None]]:
    found = conn.execute(text("SELECT region_id, parent_id FROM facts.region ORDER BY region_id"))
    return [(region, parent) for region, parent in found]


def baseline(conn: Connection) -> Baseline | None:
    stored = conn.execute(text("SELECT baseline FROM derived.surge_baseline")).scalar_one_or_none()
    return from_bytes(bytes(stored)) if stored is not None else None


def cell_of(grid: Grid, category: str, product: str | None, region_id: int | None) -> int | None:
    """None if topic or place are not known any more."""
    topic = grid.topic_at.get((category, product))
    place = grid.place_at.get(region_id or COUNTRY)
    return None if topic is None or place is None else topic * len(grid.places) + place
