"""Looking back once, when what is usual is first known: the surges of the last days. They ring no alert."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Connection, text

from config.policy import Policy
from queries.policies.history import policy_in_force
from queries.surges.cells import Seen
from queries.surges.clusters import REACH, Board, Surge, advance
from queries.surges.learning import baseline
from queries.surges.live import BAR, PUT, look_time, read_seen, values_of
from queries.surges.model import Baseline
from queries.surges.scan import Watch, look
from queries.surges.week import stretches

DAYS = 14
EVERY = 600.0  # seconds from look to look: half as many as later, as nobody waits for what is over

_FIRST = "INSERT INTO derived.surge_look (looked_at) VALUES (:at) ON CONFLICT DO NOTHING RETURNING 1"


@dataclass(frozen=True, slots=True)
class Past:
    baseline: Baseline
    policy: Policy
    seen: Seen
    at: datetime

    def board(self, now: float, reach: float = REACH) -> Board:
        low, high = np.searchsorted(self.seen.at, [now - reach, now])
        rows = slice(int(low), int(high))
        part = Seen(*(getattr(self.seen, name)[rows] for name in Seen.__slots__))
        watch = Watch(self.policy.surge.false_per_week, self.policy.surge.fewest)
        return Board(self.baseline, part, now, stretches(self.policy), watch)


def read(conn: Connection, now: datetime) -> Past | None:
    """None where somebody has looked before, or too little is known."""
    if conn.execute(text("SELECT EXISTS (SELECT FROM derived.surge_look)")).scalar_one():
        return None
    usual, policy, at = baseline(conn), policy_in_force(conn), look_time(now)
    if usual is None:
        return None
    since = (at - timedelta(days=DAYS)).timestamp() - REACH
    return Past(usual, policy, read_seen(conn, since, at, list(policy.surge.no_complainants)), at)


def looked(past: Past) -> Iterator[dict[int, Surge]]:
    """What is known after each look, by numbers of its own."""
    surges: dict[int, Surge] = {}
    until = past.at.timestamp()
    for now in np.arange(until - DAYS * 86_400, until, EVERY).tolist():
        known = [one for one in surges.values() if _is_known(one, now)]
        board = past.board(now, REACH + max([0.0, *(now - one.from_at for one in known)]))
        findings = look(past.baseline, board.seen, now, board.stretches, board.watch)
        for one in advance(board, findings, known):
            number = one.number or len(surges) + 1
            surges[number] = replace(one, number=number)
        yield surges


def _is_known(one: Surge, now: float) -> bool:
    return not one.merged_into and (one.until_at is None or now - one.until_at < REACH)


def write(conn: Connection, past: Past, surges: dict[int, Surge]) -> int:
    """How many were found; of two processes the first to write is right."""
    if conn.execute(text(_FIRST), {"at": past.at - timedelta(minutes=5)}).one_or_none() is None:
        return 0
    found = [one for one in surges.values() if not one.merged_into]
    for one in found:
        last = past.at.timestamp() if one.until_at is None else one.until_at + 6 * BAR
        board = past.board(min(last, past.at.timestamp()), last - one.from_at + 2 * REACH)
        seen_at = datetime.fromtimestamp(board.now, UTC)
        conn.execute(text(PUT), values_of(board, one) | {"at": seen_at, "looked_back": True})
    return len(found)
