"""One scan of the complaints of the last hours: surges begin, go on, are merged, and end."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from queries.policies.history import policy_in_force
from queries.surges.cells import Complaints
from queries.surges.clusters import REACH, Board, Surge, advance
from queries.surges.decisions import COVERS
from queries.surges.learning import baseline, cell_of
from queries.surges.scan import EVERY, SCANS_A_WEEK, Watch, people, scan_cells
from queries.surges.week import Gap, hours_between

BAR = 600.0  # seconds

# Of two processes at the same scan, the second waits here and then finds it done.
_CLAIM_SCAN_SQL = """
INSERT INTO derived.surge_scan AS l (scanned_at) VALUES (:at)
ON CONFLICT (only_row) DO UPDATE SET scanned_at = EXCLUDED.scanned_at WHERE l.scanned_at < EXCLUDED.scanned_at
RETURNING 1
"""
_KNOWN_SQL = f"""
SELECT surge_id, category, product, region_id, from_at, found_at, until_at, chance,
       EXISTS (SELECT FROM journal.surge_decision d WHERE d.surge_id = s.surge_id AND {COVERS})
FROM journal.surge s
WHERE merged_into IS NULL AND (until_at IS NULL OR until_at > :reach) ORDER BY surge_id
"""
_COMPLAINTS_SQL = """
SELECT category, product, coalesce(region_id, 0), date_part('epoch', received_at),
       coalesce(customer_id, -complaint_id)
FROM facts.complaint
WHERE received_at >= :since AND received_at < :at AND category IS NOT NULL
  AND coalesce(channel, '') <> ALL (:left_out)
ORDER BY received_at
"""
# The alerts of the sweep tell when a source fell silent and when it was heard again.
_GAPS_SQL = """
SELECT date_part('epoch', (reason ->> 'heard_at')::timestamptz), date_part('epoch', ended_at)
FROM journal.alert WHERE rule = 'feed_silent' AND ended_at > :since AND ended_at <= :at
"""
INSERT_SURGE_SQL = """
INSERT INTO journal.surge (category, product, region_id, from_at, found_at, seen_at, until_at, people, usual,
                           chance, bars_from, bars, usual_bars, looked_back)
VALUES (:category, :product, :region_id, :from_at, :found_at, :at, :until_at, :people, :usual, :chance,
        :bars_from, :bars, :usual_bars, :looked_back)
"""
_UPDATE_SURGE_SQL = """
UPDATE journal.surge SET category = :category, product = :product, region_id = :region_id, from_at = :from_at,
    seen_at = :at, until_at = :until_at, people = :people, usual = :usual, chance = :chance,
    bars_from = :bars_from, bars = :bars, usual_bars = :usual_bars, merged_into = :merged_into
WHERE surge_id = :surge_id
"""
_END_UNWATCHED_SQL = "UPDATE journal.surge SET until_at = :at WHERE surge_id = ANY (:ids)"


def scan_time(now: datetime) -> datetime:
    """Scans are at full five minutes, in any process."""
    return now - timedelta(minutes=now.minute % EVERY, seconds=now.second, microseconds=now.microsecond)


def run_scan(conn: Connection, now: datetime) -> int:
    """How many surges run or ended; 0 if the scan was done before, or too little is known."""
    at = scan_time(now)
    usual = baseline(conn)
    if usual is None or conn.execute(text(_CLAIM_SCAN_SQL), {"at": at}).one_or_none() is None:
        return 0
    policy, until = policy_in_force(conn), at.timestamp()
    rows = conn.execute(text(_KNOWN_SQL), {"reach": at - timedelta(seconds=REACH)}).all()
    places = [cell_of(usual.grid, row.category, row.product, row.region_id) for row in rows]
    known = [_surge(row, cell) for row, cell in zip(rows, places, strict=True) if cell is not None]
    since = min([until, *(one.from_at for one in known if one.until_at is None)]) - REACH
    seen = read_complaints(conn, since, at, list(policy.surge.no_complainants))
    watch = Watch(policy.surge.false_per_week, policy.surge.fewest)
    board = Board(usual, seen, until, hours_between(policy, _gaps(conn, since, at)), watch)
    findings = scan_cells(usual, seen, until, board.hours_between, watch)
    surges = advance(board, findings, known)
    _end_unwatched(conn, at, [row[0] for row, cell in zip(rows, places, strict=True) if cell is None])
    return _write(conn, board, at, surges, known)


def _surge(row: Any, cell: int) -> Surge:
    until = row.until_at.timestamp() if row.until_at else None
    return Surge(
        row.surge_id,
        cell,
        row.from_at.timestamp(),
        row.found_at.timestamp(),
        until,
        row.chance / SCANS_A_WEEK,
        row[8],
    )


def read_complaints(conn: Connection, since: float, at: datetime, left_out: list[str]) -> Complaints:
    values = {"since": datetime.fromtimestamp(since, UTC), "at": at, "left_out": left_out}
    rows: Sequence[Any] = conn.execute(text(_COMPLAINTS_SQL), values).all()
    category, product, region, times, whom = zip(*rows, strict=True) if rows else ((),) * 5
    return Complaints(
        category, product, region, np.array(times, dtype=np.float64), np.array(whom, dtype=np.int64)
    )


def _gaps(conn: Connection, since: float, at: datetime) -> Sequence[Gap]:
    rows = conn.execute(text(_GAPS_SQL), {"since": datetime.fromtimestamp(since, UTC), "at": at})
    return [(silent, heard) for silent, heard in rows]


def _end_unwatched(conn: Connection, at: datetime, surge_ids: list[int]) -> None:
    """End surges of cells that are not watched any more."""
    conn.execute(text(_END_UNWATCHED_SQL), {"at": at, "ids": surge_ids})


def _write(conn: Connection, board: Board, at: datetime, surges: list[Surge], known: list[Surge]) -> int:
    ran = {one.number: one for one in known}
    moved = 0
    for one in surges:
        if one.until_at is not None and one == ran.get(one.number):
            continue
        values = values_of(board, one) | {"at": at, "surge_id": one.number, "looked_back": False}
        conn.execute(text(_UPDATE_SURGE_SQL if one.number else INSERT_SURGE_SQL), values)
        moved += 1
    return moved


def values_of(board: Board, one: Surge) -> dict[str, object]:
    topic, place = board.baseline.grid.split(one.cell)
    category, product = board.baseline.grid.topics[topic]
    until = one.until_at or board.now
    bars_from = (one.from_at - REACH / 2) // BAR * BAR
    edges = np.arange(bars_from, board.now, BAR).tolist()
    of_cell = board.rows(one.cell, bars_from, board.now)
    at = board.seen.at
    bars = [people(board.seen, of_cell & (at >= edge) & (at < edge + BAR)) for edge in edges]
    return {
        "category": category,
        "product": product,
        "region_id": board.baseline.grid.places[place] or None,
        "from_at": datetime.fromtimestamp(one.from_at, UTC),
        "found_at": datetime.fromtimestamp(one.found_at, UTC),
        "until_at": None if one.until_at is None else datetime.fromtimestamp(one.until_at, UTC),
        "people": people(board.seen, board.rows(one.cell, one.from_at, until)),
        "usual": board.usual(one.cell, one.from_at, until)[0],
        "chance": one.error * SCANS_A_WEEK,
        "bars_from": datetime.fromtimestamp(bars_from, UTC),
        "bars": bars,
        "usual_bars": [board.usual(one.cell, edge, edge + BAR)[0] for edge in edges],
        "merged_into": one.merged_into or None,
    }
