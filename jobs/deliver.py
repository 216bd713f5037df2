"""Work off deliveries: claim one in a short transaction, send it outside any, mark it by its claim."""

import logging
import random
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection

from jobs.failures import Failure, PartsFailed, attempt
from jobs.outlets import OUTLETS
from jobs.outlets.errors import SendError
from jobs.work import Job, Work
from queries.alerts import deliveries
from queries.alerts.deliveries import Claimed
from queries.db import board_now, raise_version

log = logging.getLogger("board.jobs")
AT_ONCE = 4  # messages that an outlet has out at most
PATIENCE_SECONDS = 2.0  # so long one is out before another is taken up beside it
LEASE_SECONDS = 30.0
FRESH_SECONDS = 15.0  # a claim older than this is not sent: the lease might end before the answer comes
GIVE_UP_SECONDS = 6 * 3600.0
LONGEST_WAIT, LONGEST_ASKED = 1800.0, 3600.0


@dataclass(slots=True)
class Out:
    """What an outlet has out. An outlet that answers at once has one message out, so that a killed process
    leaves one at most of which nobody knows whether it arrived; a slow one has several."""

    sending: set["Future[Failure | None]"] = field(default_factory=set)
    taken_at: float = 0.0

    def may_take(self) -> bool:
        waited = time.monotonic() - self.taken_at
        return not self.sending or (len(self.sending) < AT_ONCE and waited >= PATIENCE_SECONDS)


def run(work: Work) -> int:
    """Until nothing is due. No outlet waits for another; mistakes of ours are said at the end."""
    sent, failures = 0, dict[str, Failure]()
    every = {name: Out() for name in OUTLETS}
    with ThreadPoolExecutor(AT_ONCE * len(every), "board-delivery") as pool:
        while True:
            for name, out in every.items():
                if out.may_take() and not work.stop.is_set():
                    _take_up(work, name, out, pool)
            sending = set[Future[Failure | None]]().union(*(out.sending for out in every.values()))
            if not sending:
                break
            wait(sending, min(PATIENCE_SECONDS, 1.0), FIRST_COMPLETED)
            for name, out in every.items():
                over = {one for one in out.sending if one.done()}
                out.sending -= over
                sent += len(over)
                failures.update((name, failed) for one in over if (failed := one.result()))
            work.progress()
    if failures:
        raise PartsFailed(failures)
    return sent


def _take_up(work: Work, outlet: str, out: Out, pool: ThreadPoolExecutor) -> None:
    mine, at = uuid4(), time.monotonic()
    with work.engine.begin() as conn:
        one = deliveries.claim(conn, outlet, mine, board_now(conn), LEASE_SECONDS)
    if one is not None:
        out.taken_at = at
        out.sending.add(pool.submit(_deliver, work, one, mine, at))


def _deliver(work: Work, one: Claimed, mine: UUID, claimed_at: float) -> Failure | None:
    """A failure only where it is none of sending: a mistake of ours, which holds up no other message."""
    if time.monotonic() - claimed_at > FRESH_SECONDS:
        with work.engine.begin() as conn:
            deliveries.release(conn, one.delivery_id, mine)
        return None
    found = attempt(lambda: OUTLETS[one.outlet].send(one, work.settings))
    with work.engine.begin() as conn:
        now = board_now(conn)
        _mark(conn, one, mine, found, now)
        raise_version(conn, now)
    if not isinstance(found, Failure) or isinstance(found.error, SendError):
        return None
    log.warning("sending by %s failed: %s%s", one.outlet, found.text, found.trace)
    return found


def _mark(conn: Connection, one: Claimed, mine: UUID, found: Failure | None, now: datetime) -> None:
    if found is None:
        deliveries.mark_sent(conn, one.delivery_id, mine, now)
        return
    failed = found.error if isinstance(found.error, SendError) else SendError(found.text)
    again = next_try(now, one.attempts, failed, random.random())  # noqa: S311 - jitter
    if failed.permanent:
        deliveries.mark_given_up(conn, one.delivery_id, mine, "failed", str(failed), now)
    elif (again - one.since).total_seconds() > GIVE_UP_SECONDS:
        deliveries.mark_given_up(conn, one.delivery_id, mine, "dead", str(failed), now)
    else:
        deliveries.mark_again(conn, one.delivery_id, mine, str(failed), again)
        if failed.retry_after is not None:
            deliveries.hold(conn, one.outlet, one.recipient, again)


def next_try(now: datetime, attempts: int, failure: SendError, jitter: float) -> datetime:
    """When the receiver asked for it, within an hour; else twice as long each time, spread by half."""
    asked = failure.retry_after
    seconds = (asked - now).total_seconds() if isinstance(asked, datetime) else asked
    if seconds is not None and seconds > 0:
        return now + timedelta(seconds=min(max(seconds, 1.0), LONGEST_ASKED))
    grown = min(5.0 * 2 ** min(attempts, 20), LONGEST_WAIT)
    return now + timedelta(seconds=grown * (0.75 + 0.5 * jitter))


JOB = Job("deliver", "Send messages", "发送消息", 1.0, run)
