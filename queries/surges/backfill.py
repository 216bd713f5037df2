"""Backfill, once the usual numbers are first known: the surges of the last days. They raise no alert."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Connection, text

from config.policy import Policy
from queries.policies.history import policy_in_force
from queries.surges.cells import Complaints
from queries.surges.clusters import REACH, Board, Surge, advance
from queries.surges.learning import baseline
from queries.surges.live import BAR, INSERT_SURGE_SQL, read_complaints, scan_time, values_of
from queries.surges.model import Baseline
from queries.surges.scan import Watch, scan_cells
from queries.surges.week import hours_between

DAYS = 14
EVERY = 600.0  # seconds between scans: twice as long as later, as nobody waits for past surges

_FIRST_SCAN_SQL = (
    "INSERT INTO derived.surge_scan (scanned_at) VALUES (:at) ON CONFLICT DO NOTHING RETURNING 1"
)


@dataclass(frozen=True, slots=True)
class Past:
    baseline: Baseline
    policy: Policy
    seen: Complaints
    at: datetime

    def board(self, now: float, reach: float = REACH) -> Board:
        low, high = np.searchsorted(self.seen.at, [now - reach, now])
        rows = slice(int(low), int(high))
        part = Complaints(*(getattr(self.seen, name)[rows] for name in Complaints.__slots__))
        watch = Watch(self.policy.surge.false_per_week, self.policy.surge.fewest)
        return Board(self.baseline, part, now, hours_between(self.policy), watch)


def read(conn: Connection, now: datetime) -> Past | None:
    """None if a scan was done before, or too little is known."""
    if conn.execute(text("SELECT EXISTS (SELECT FROM derived.surge_scan)")).scalar_one():
        return None
    usual, policy, at = baseline(conn), policy_in_force(conn), scan_time(now)
    if usual is None:
        return None
    since = (at - timedelta(days=DAYS)).timestamp() - REACH
    return Past(usual, policy, read_complaints(conn, since, at, list(policy.surge.no_complainants)), at)


def scans(past: Past) -> Iterator[dict[int, Surge]]:
    """The surges known after each scan, under numbers of their own."""
    surges: dict[int, Surge] = {}
    until = past.at.timestamp()
    for now in np.arange(until - DAYS * 86_400, until, EVERY).tolist():
        known = [one for one in surges.values() if _is_known(one, now)]
        board = past.board(now, REACH + max([0.0, *(now - one.from_at for one in known)]))
        findings = scan_cells(past.baseline, board.seen, now, board.hours_between, board.watch)
        for one in advance(board, findings, known):
            number = one.number or len(surges) + 1
            surges[number] = replace(one, number=number)
        yield surges


def _is_known(one: Surge, now: float) -> bool:
    return not one.merged_into and (one.until_at is None or now - one.until_at < REACH)


def write(conn: Connection, past: Past, surges: dict[int, Surge]) -> int:
    """Returns how many were found; of two processes only the first one writes."""
    if conn.execute(text(_FIRST_SCAN_SQL), {"at": past.at - timedelta(minutes=5)}).one_or_none() is None:
        return 0
    found = [one for one in surges.values() if not one.merged_into]
    for one in found:
        last = past.at.timestamp() if one.until_at is None else one.until_at + 6 * BAR
        board = past.board(min(last, past.at.timestamp()), last - one.from_at + 2 * REACH)
        seen_at = datetime.fromtimestamp(board.now, UTC)
        conn.execute(text(INSERT_SURGE_SQL), values_of(board, one) | {"at": seen_at, "looked_back": True})
    return len(found)
