"""The HTTP intake: programs send complaints, each with a key of its own. Off until there is a key."""

import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from config import UserError
from config.settings import Settings
from dashboard.intake_api import problems
from dashboard.intake_api.document import IDEMPOTENCY_KEY, document
from dashboard.intake_api.items import MOST, Accepted, Complaint, Mistake, Update
from dashboard.intake_api.limits import LARGEST_BODY, Rates
from dashboard.intake_api.problems import Refused
from dashboard.intake_api.statements import Item
from dashboard.intake_api.taking import Busy, OtherBody, Sent, Taking
from queries import db
from queries.people import intake_keys, tokens
from queries.people.intake_keys import Client

ROLE = "board_intake"
PATHS = ("/api/complaints", "/api/updates", "/api/openapi.json")
ONE: dict[str, TypeAdapter[Any]] = {PATHS[0]: TypeAdapter(Complaint), PATHS[1]: TypeAdapter(Update)}
MANY: dict[str, TypeAdapter[Any]] = {
    PATHS[0]: TypeAdapter(list[Complaint]),
    PATHS[1]: TypeAdapter(list[Update]),
}
READ_AT_ONCE = 4  # requests whose key or body is looked at
KEY_KNOWN = 1.0  # seconds, after which a key is looked up again
ANY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"]
log = logging.getLogger(__name__)


class Known(NamedTuple):
    """A key that was looked up at `at` (monotonic), when the board's clock was at `now`."""

    client: Client
    now: datetime
    at: float


class IntakeApi:
    def __init__(self, here: Settings) -> None:
        self._engine: Engine = db.engine(here.url(), role=ROLE, pool_size=4, application="board intake")
        self._taking = Taking(self._engine, here.phone_hash_key.get_secret_value().encode())
        self._rates = Rates()
        self._known: dict[str, Known] = {}
        self._document = document(here.build)
        self._turn: CapacityLimiter | None = None

    def routes(self) -> list[Route]:
        posts = [Route(path, _answering(self._post, "POST"), methods=ANY_METHOD) for path in ONE]
        return [*posts, Route(PATHS[2], _answering(self._describe, "GET", "HEAD"), methods=ANY_METHOD)]

    def close(self) -> None:
        self._engine.dispose()

    async def _in_thread(self, work: Callable[..., Any], *arguments: object) -> Any:
        self._turn = self._turn or CapacityLimiter(READ_AT_ONCE)
        return await run_sync(work, *arguments, limiter=self._turn)

    async def _describe(self, _request: Request) -> Response:
        if not await self._in_thread(self._is_on):
            raise _off()
        return JSONResponse(self._document)

    def _is_on(self) -> bool:
        with self._engine.begin() as conn:
            return tokens.exist(conn, "intake")

    async def _post(self, request: Request) -> Response:
        known = await self._client(request)
        wait = self._rates.wait(known.client.name, known.client.per_second, time.monotonic())
        if wait:
            raise Refused(429, "This key has sent more requests than it may.", Retry_After=str(wait))
        key = _idempotency_key(request)
        _check_type(request)
        body = await _body(request)
        path = request.url.path
        items = await self._in_thread(read, path, body, known.now)
        await self._take(Sent.of(known.client, items, key, path, body))
        return Response(Accepted(accepted=len(items)).model_dump_json(), 202, media_type="application/json")

    async def _take(self, sent: Sent) -> None:
        try:
            await self._taking.take(sent)
        except Busy:
            raise _later("Too many requests wait.") from None
        except OtherBody:
            raise Refused(422, "This Idempotency-Key was used for another request.") from None
        except UserError as refused:
            raise Refused(422, str(refused)) from None

    async def _client(self, request: Request) -> Known:
        """Of the key. Refused; SQLAlchemyError."""
        scheme, _space, token = request.headers.get("authorization", "").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        known = self._known.get(token)
        if known is None or time.monotonic() - known.at > KEY_KNOWN:
            known = await self._in_thread(self._look_up, token)
        return known

    def _look_up(self, token: str) -> Known:
        self._known.pop(token, None)
        with self._engine.begin() as conn:
            client = intake_keys.client_of(conn, token) if token else None
            if client is None:
                raise _unknown() if tokens.exist(conn, "intake") else _off()
            self._known[token] = known = Known(client, db.board_now(conn), time.monotonic())
            return known


def _off() -> Refused:
    return Refused(404, "No program has a key, so nothing is taken: see `board token new intake`.")


def _unknown() -> Refused:
    return Refused(401, "The key is missing or not in use.", WWW_Authenticate="Bearer")


def _later(why: str) -> Refused:
    return Refused(503, f"{why} Nothing was taken: send it again.", Retry_After="2")


def _answering(
    answer: Callable[[Request], Awaitable[Response]], *methods: str
) -> Callable[[Request], Awaitable[Response]]:
    async def answered(request: Request) -> Response:
        try:
            if request.method not in methods:
                raise Refused(405, f"Use {methods[0]}.", Allow=", ".join(methods))
            return await answer(request)
        except Refused as refused:
            return problems.response(refused)
        except SQLAlchemyError as error:
            log.warning("what a program sent could not be taken: %s", db.describe(error))
            return problems.response(_later("The database did not take it."))
        except ClientDisconnect:
            return Response(status_code=400)

    return answered


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not re.fullmatch(IDEMPOTENCY_KEY, key):
        raise Refused(400, "Idempotency-Key: 1 to 200 letters, digits or signs, without blanks.")
    return key


def _check_type(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or request.headers.get("content-encoding", "identity") != "identity":
        raise Refused(415, "Send application/json, not compressed.")


async def _body(request: Request) -> bytes:
    """Counted as it comes in: not every request says its length."""
    parts, length = [], 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > LARGEST_BODY:
            raise Refused(413, f"The body is longer than {LARGEST_BODY:,} bytes.")
        parts.append(chunk)
    return b"".join(parts)


def read(path: str, body: bytes, now: datetime) -> Sequence[Item]:
    """The items of a body; Refused."""
    context = {"now": now}
    try:
        if not body.lstrip().startswith(b"["):
            item: Item = ONE[path].validate_json(body, context=context)
            return [item]
        items: list[Item] = MANY[path].validate_json(body, context=context)
    except ValidationError as error:
        raise problems.wrong(error) from None
    if len(items) > MOST:
        mistake = Mistake(path="$", reason=f"has {len(items):,} items, at most {MOST:,} are taken")
        raise Refused(422, "Nothing was taken: 1 mistake.", [mistake])
    return items
