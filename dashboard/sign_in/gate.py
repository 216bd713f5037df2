"""Nothing of the pages is served to a browser that is not signed in, except what holds no data."""

import logging
from urllib.parse import urlencode

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.reads import reads
from dashboard.sign_in import cookie

OPEN = ("/healthz", "/readyz", "/sign-in", "/sign-out", "/password", "/favicon.png", "/_stcore/health")
FOR_PROGRAMS = ("/api/complaints", "/api/updates", "/api/openapi.json")  # which have keys of their own
OPEN_BELOW = ("/static/", "/invitation/")

log = logging.getLogger(__name__)


class Gate:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or _is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        if await run_in_threadpool(_is_signed_in, connection):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _turned_away(connection)(scope, receive, send)


def _is_open(path: str) -> bool:
    return path in (*OPEN, *FOR_PROGRAMS) or path.startswith(OPEN_BELOW)


def _is_signed_in(connection: HTTPConnection) -> bool:
    """While the database is away, the signature of the cookie decides: the pages then say so and show nothing
    but what was on screen."""
    try:
        token = cookie.token_of(reads().signing_key(), connection.cookies)
    except SQLAlchemyError as error:
        log.warning("nobody can be let in: %s", type(error).__name__)
        return False
    try:
        return token is not None and reads().login_of_session(token) is not None
    except SQLAlchemyError:
        return True


def _turned_away(connection: HTTPConnection) -> RedirectResponse | PlainTextResponse:
    wants_page = "text/html" in connection.headers.get("accept", "")
    if connection.scope.get("method") not in ("GET", "HEAD") or not wants_page:
        return PlainTextResponse("Sign in first.", status_code=401)
    asked = connection.url.path + (f"?{connection.url.query}" if connection.url.query else "")
    query = {"next": asked} if asked != "/" else {}
    if "lang" in connection.query_params:
        query["lang"] = connection.query_params["lang"]
    return RedirectResponse("/sign-in" + (f"?{urlencode(query)}" if query else ""), status_code=303)
