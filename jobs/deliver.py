"""Work off deliveries: claim in a short transaction, send outside any, mark by the claim."""

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from jobs.outlets import OUTLETS
from jobs.outlets.errors import SendError
from queries import deliveries
from queries.db import board_now, raise_version

if TYPE_CHECKING:
    from jobs.scheduler import Work

AT_ONCE = 10
LEASE_SECONDS = 30
MOST_ATTEMPTS = 8
LONGEST_WAIT = 1800.0


def run(work: "Work") -> int:
    mine = uuid4()
    with work.engine.begin() as conn:
        claimed = deliveries.claim(conn, work.now, mine, AT_ONCE, LEASE_SECONDS)
    for one in claimed:
        failure: SendError | None = None
        try:
            OUTLETS[one.outlet].send(one, work.settings)
        except SendError as error:
            failure = error
        with work.engine.begin() as conn:
            now = board_now(conn)
            if failure is None:
                deliveries.mark_sent(conn, one.delivery_id, mine, now)
            else:
                again = next_try(now, one.attempts, failure, random.random())  # noqa: S311 - jitter
                deliveries.mark_failed(conn, one.delivery_id, mine, str(failure), again)
            raise_version(conn, now)
        work.progress()
    return len(claimed)


def next_try(now: datetime, attempts: int, failure: SendError, jitter: float) -> datetime | None:
    """Twice as long each time, spread by half; None: dead."""
    if failure.permanent or attempts >= MOST_ATTEMPTS:
        return None
    wait = failure.retry_after or min(5.0 * 2**attempts, LONGEST_WAIT) * (0.75 + 0.5 * jitter)
    return now + timedelta(seconds=wait)
