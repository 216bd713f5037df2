"""Takes what programs sent through the door: what comes in while a commit is under way goes into the next.

A commit costs the door some 30 statements whether it brings one complaint or a hundred: single complaints of
a busy program would otherwise wait in line.
"""

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from psycopg2.errors import DeadlockDetected, SerializationFailure
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from config import UserError
from dashboard.intake_api.items import MOST
from dashboard.intake_api.statements import Item, batch
from queries import db
from queries.intake import answers, door, ties
from queries.intake.facts import Source
from queries.people.intake_keys import Client

AT_ONCE = 2  # commits; the pages have their own connections
MOST_WAITING = 200  # requests
ATTEMPTS = 4  # of what met another transaction
log = logging.getLogger(__name__)


class Busy(Exception):
    """Too many requests wait."""


class OtherBody(Exception):
    """The Idempotency-Key was used for another request."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request. `key`: its Idempotency-Key; `body`: SHA-256 of what was sent."""

    client: Client
    items: Sequence[Item]
    key: str | None
    body: bytes

    @staticmethod
    def of(client: Client, items: Sequence[Item], key: str | None, path: str, body: bytes) -> "Sent":
        return Sent(client, items, key, hashlib.sha256(path.encode() + b"\n" + body).digest())


@dataclass(eq=False, slots=True)
class _Waiting:
    sent: Sent
    done: "asyncio.Future[None]"


@dataclass(eq=False, slots=True)
class _Line:
    """Of one client."""

    waiting: deque[_Waiting] = field(default_factory=deque)
    worker: "asyncio.Task[None] | None" = None

    def next(self) -> list[_Waiting]:
        taken = [self.waiting.popleft()]
        count = len(taken[0].sent.items)
        while self.waiting and count + len(self.waiting[0].sent.items) <= MOST:
            taken.append(self.waiting.popleft())
            count += len(taken[-1].sent.items)
        return taken


class Taking:
    def __init__(self, engine: Engine, hash_key: bytes) -> None:
        self._engine, self._hash_key = engine, hash_key
        self._lines: dict[Client, _Line] = {}
        self._turn: CapacityLimiter | None = None
        self._count = 0

    async def take(self, sent: Sent) -> None:
        """Returns after the commit. Busy, OtherBody, UserError, SQLAlchemyError."""
        if self._count >= MOST_WAITING:
            raise Busy
        one = _Waiting(sent, asyncio.get_running_loop().create_future())
        line = self._lines.setdefault(sent.client, _Line())
        line.waiting.append(one)
        if line.worker is None:
            line.worker = asyncio.create_task(self._work(sent.client, line))
        self._count += 1
        try:
            await one.done
        finally:
            self._count -= 1

    async def _work(self, client: Client, line: _Line) -> None:
        self._turn = self._turn or CapacityLimiter(AT_ONCE)
        try:
            while line.waiting:
                taken = line.next()
                outcomes = await run_sync(self._commit, [one.sent for one in taken], limiter=self._turn)
                for one, outcome in zip(taken, outcomes, strict=True):
                    if one.done.done():  # whoever sent it has hung up
                        continue
                    if outcome is None:
                        one.done.set_result(None)
                    else:
                        one.done.set_exception(outcome)
        finally:
            line.worker = None
            self._lines.pop(client, None)

    def _commit(self, sent: Sequence[Sent]) -> list[Exception | None]:
        """Together; where that fails, each by itself, so that one does not spoil the others."""
        try:
            return self._try(sent)
        except (DBAPIError, UserError) as error:
            if len(sent) == 1:
                return [error]
        return [outcome for one in sent for outcome in self._commit([one])]

    def _try(self, sent: Sequence[Sent]) -> list[Exception | None]:
        for _attempt in range(ATTEMPTS - 1):
            try:
                return self._once(sent)
            except DBAPIError as error:
                if not isinstance(error.orig, DeadlockDetected | SerializationFailure):
                    raise
        return self._once(sent)

    def _once(self, sent: Sequence[Sent]) -> list[Exception | None]:
        with self._engine.begin() as conn:
            conn.execute(text("SET LOCAL statement_timeout = '30s'"))
            news, outcomes = _news(conn, sent)
            if news:
                self._through_the_door(conn, news)
        return outcomes

    def _through_the_door(self, conn: Connection, sent: Sequence[Sent]) -> None:
        client, now = sent[0].client, db.board_now(conn)
        given = batch((item for one in sent for item in one.items), now)
        door.clear_staging(conn)
        door.stage(conn, given, self._hash_key)
        if given.observations:
            ties.settle(conn, client.source)
        source = Source(
            client.source,
            client.milestones,
            client.time_zone,
            expected_every=client.expected_every,
            instants_are_rows=True,
        )
        door.merge(conn, source, now)


def _news(conn: Connection, sent: Sequence[Sent]) -> tuple[list[Sent], list[Exception | None]]:
    """Those that were not answered before, and what becomes of each. Keys are taken in order, so that two
    processes with the same ones do not wait for each other."""
    outcomes: list[Exception | None] = [None] * len(sent)
    known = set()
    with_key = [(one.key, place) for place, one in enumerate(sent) if one.key is not None]
    for key, place in sorted(with_key):
        one = sent[place]
        if not answers.keep(conn, one.client.name, key, one.body, len(one.items)):
            known.add(place)
            if answers.body_of(conn, one.client.name, key) != one.body:
                outcomes[place] = OtherBody()
    if with_key:
        answers.forget(conn)
    return [one for place, one in enumerate(sent) if place not in known], outcomes
