"""Send deliveries: claim one in a short transaction, send it outside any, mark it under the same claim."""

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
IN_FLIGHT_LIMIT = 4  # messages of one outlet
PATIENCE_SECONDS = 2.0  # how long a message may be in flight before the next one starts beside it
LEASE_SECONDS = 30.0
FRESH_SECONDS = 15.0  # an older claim is released unsent: its lease could end before the answer arrives
GIVE_UP_SECONDS = 6 * 3600.0
LONGEST_WAIT, LONGEST_RETRY_AFTER = 1800.0, 3600.0


@dataclass(slots=True)
class InFlight:
    """The messages of one outlet that are being sent. A fast outlet has only one at a time, so that a killed
    process leaves at most one message of which it is unknown whether it arrived; a slow one has several."""

    sending: set["Future[Failure | None]"] = field(default_factory=set)
    taken_at: float = 0.0

    def may_take(self) -> bool:
        waited = time.monotonic() - self.taken_at
        return not self.sending or (len(self.sending) < IN_FLIGHT_LIMIT and waited >= PATIENCE_SECONDS)


def run(work: Work) -> int:
    """Until nothing is due. No outlet waits for another; unexpected errors are raised when all is done."""
    sent, failures = 0, dict[str, Failure]()
    every = {name: InFlight() for name in OUTLETS}
    with ThreadPoolExecutor(IN_FLIGHT_LIMIT * len(every), "board-delivery") as pool:
        while True:
            for name, in_flight in every.items():
                if in_flight.may_take() and not work.stop.is_set():
                    _send_next(work, name, in_flight, pool)
            sending = set[Future[Failure | None]]().union(*(one.sending for one in every.values()))
            if not sending:
                break
            wait(sending, min(PATIENCE_SECONDS, 1.0), FIRST_COMPLETED)
            for name, in_flight in every.items():
                over = {one for one in in_flight.sending if one.done()}
                in_flight.sending -= over
                sent += len(over)
                failures.update((name, failed) for one in over if (failed := one.result()))
            work.progress()
    if failures:
        raise PartsFailed(failures)
    return sent


def _send_next(work: Work, outlet: str, in_flight: InFlight, pool: ThreadPoolExecutor) -> None:
    claim_token, at = uuid4(), time.monotonic()
    with work.engine.begin() as conn:
        one = deliveries.claim(conn, outlet, claim_token, board_now(conn), LEASE_SECONDS)
    if one is not None:
        in_flight.taken_at = at
        in_flight.sending.add(pool.submit(_deliver, work, one, claim_token, at))


def _deliver(work: Work, one: Claimed, claim_token: UUID, claimed_at: float) -> Failure | None:
    """Returns a failure only for an unexpected error, which must not hold up other messages."""
    if time.monotonic() - claimed_at > FRESH_SECONDS:
        with work.engine.begin() as conn:
            deliveries.release(conn, one.delivery_id, claim_token)
        return None
    found = attempt(lambda: OUTLETS[one.outlet].send(one, work.settings))
    with work.engine.begin() as conn:
        now = board_now(conn)
        _mark(conn, one, claim_token, found, now)
        raise_version(conn, now)
    if not isinstance(found, Failure) or isinstance(found.error, SendError):
        return None
    log.warning("sending by %s failed: %s%s", one.outlet, found.text, found.trace)
    return found


def _mark(conn: Connection, one: Claimed, claim_token: UUID, found: Failure | None, now: datetime) -> None:
    if found is None:
        deliveries.mark_sent(conn, one.delivery_id, claim_token, now)
        return
    failed = found.error if isinstance(found.error, SendError) else SendError(found.text)
    again = next_try(now, one.attempts, failed, random.random())  # noqa: S311 - jitter
    if failed.permanent:
        deliveries.mark_given_up(conn, one.delivery_id, claim_token, "failed", str(failed), now)
    elif (again - one.since).total_seconds() > GIVE_UP_SECONDS:
        deliveries.mark_given_up(conn, one.delivery_id, claim_token, "dead", str(failed), now)
    else:
        deliveries.mark_again(conn, one.delivery_id, claim_token, str(failed), again)
        if failed.retry_after is not None:
            deliveries.hold(conn, one.outlet, one.recipient, again)


def next_try(now: datetime, attempts: int, failure: SendError, jitter: float) -> datetime:
    """When the receiver asked for it, within an hour; else the wait doubles each time, with a jitter of a
    quarter in either direction."""
    retry_after = failure.retry_after
    seconds = (retry_after - now).total_seconds() if isinstance(retry_after, datetime) else retry_after
    if seconds is not None and seconds > 0:
        return now + timedelta(seconds=min(max(seconds, 1.0), LONGEST_RETRY_AFTER))
    grown = min(5.0 * 2 ** min(attempts, 20), LONGEST_WAIT)
    return now + timedelta(seconds=grown * (0.75 + 0.5 * jitter))


JOB = Job("deliver", "Send messages", "告警发送", 1.0, run)
