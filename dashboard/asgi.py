"""The servers of the pages and of the wall: Streamlit as an ASGI application beside routes of its own."""

import asyncio
import gc
import logging
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import streamlit as st
import uvicorn
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from streamlit.web import bootstrap

from config.open_door import is_loopback, refuse_open_door
from config.settings import Settings
from dashboard import live_bus, reads
from dashboard.intake_api.routes import IntakeApi
from dashboard.locale import _
from dashboard.parts import blank
from dashboard.sign_in import routes as sign_in
from dashboard.sign_in import wall_door
from dashboard.sign_in.gate import Gate
from dashboard.theme import Kind, streamlit_options
from queries import db
from queries.people import passwords

HERE = Path(__file__).parent
SCRIPTS: dict[Kind, str] = {"dashboard": "app", "wall": "wall"}
ROLES: dict[Kind, str] = {"dashboard": "board_app", "wall": "board_wall"}
WARM = ("altair", "pandas", "pyarrow", "streamlit.elements.vega_charts", "streamlit.elements.arrow")
SAFE: dict[str, Any] = {
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "browser.gatherUsageStats": False,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.headless": True,
    "server.maxMessageSize": 50,  # MB
    "server.enableXsrfProtection": True,
    "server.enableStaticServing": False,
    "runner.magicEnabled": False,
    "runner.postScriptGC": False,  # a full collection after each redraw took three quarters of the CPU
    "global.developmentMode": False,
    "logger.enableRich": False,
}


def make_app(kind: Kind, here: Settings, host: str, port: int) -> st.App:
    """One per process: Streamlit's configuration and runtime belong to the process.

    UserError where anybody could come in.
    """
    if kind == "dashboard":
        refuse_open_door(here, host)
    wall_door.ask_for_token(kind == "wall" and not is_loopback(host))
    intake = IntakeApi(here) if kind == "dashboard" else None
    with_passwords = kind == "dashboard" and here.sign_in == "local"
    options = SAFE | streamlit_options(kind) | {"server.maxUploadSize": here.upload_mib}
    options["server.address"] = host
    options["server.port"] = port
    bootstrap.load_config_options(options)
    logging.getLogger("streamlit.error_util").addFilter(
        lambda _record: False
    )  # `_failed` logs without values

    script = HERE / f"{SCRIPTS[kind]}.py"
    return st.App(
        script,
        lifespan=_lifespan(kind, here, intake, with_passwords),
        on_script_error=_failed,
        routes=[
            *_routes(),
            *(sign_in.routes(here) if with_passwords else []),
            *(intake.routes() if intake is not None else []),
        ],
        middleware=[Middleware(Gate)] if with_passwords else [],
    )


def _lifespan(
    kind: Kind, here: Settings, intake: IntakeApi | None, with_passwords: bool
) -> Callable[[st.App], AbstractAsyncContextManager[dict[str, Any]]]:
    @asynccontextmanager
    async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
        engine = db.engine(here.url(), role=here.database_role or ROLES[kind], application=f"board-{kind}")
        reads.connect(engine)
        hub = live_bus.Hub(engine, here.build)
        live_bus.use_hub(hub)
        for module in (*WARM, f"dashboard.{SCRIPTS[kind]}"):
            import_module(module)
        hub.start()
        if with_passwords:
            await asyncio.to_thread(passwords.warm)
        gc.collect()
        gc.freeze()
        yield {"hub": hub, "engine": engine}
        live_bus.use_hub(None)
        await asyncio.to_thread(hub.stop)
        engine.dispose()
        if intake is not None:
            intake.close()

    return lifespan


def _failed(error: Exception) -> bool:
    """The class and the lines, never the text of the error: it may carry a complaint's data."""
    lines = "".join(traceback.format_tb(error.__traceback__))
    logging.getLogger(__name__).error("a page failed: %s\n%s", type(error).__name__, lines)
    blank(_("This page failed"), _("The reason is in the server's log."))
    return True


def _routes() -> list[Any]:
    return [
        Route("/healthz", _healthz),
        Route("/readyz", _readyz),
        WebSocketRoute("/api/live", _live),
    ]


async def _healthz(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def _readyz(_request: Request) -> JSONResponse:
    try:
        await asyncio.to_thread(_ask_database)
    except SQLAlchemyError:
        return JSONResponse({"status": "database away"}, status_code=503)
    return JSONResponse({"status": "ok"})


def _ask_database() -> None:
    with reads.reads().engine.connect() as conn:
        conn.execute(text("SELECT 1"))


async def _live(socket: WebSocket) -> None:
    hub = live_bus.hub()
    if hub is None:
        await socket.close()
        return
    await hub.serve(socket)


def _host_of_wall(here: Settings, host: str) -> str:
    engine = db.engine(here.url(), role=here.database_role or ROLES["wall"], application="board-wall")
    found = wall_door.host_to_listen_on(engine, host)
    engine.dispose()
    if found != host:
        logging.getLogger(__name__).warning(
            "the wall listens on %s only: `board token new wall NAME` makes a token for the network", found
        )
    return found


def serve(kind: Kind, host: str, port: int, here: Settings) -> None:
    """Blocks until asked to end. UserError where anybody could come in; SystemExit on a taken port."""
    if kind == "wall":
        host = _host_of_wall(here, host)
    uvicorn.run(
        make_app(kind, here, host, port),
        host=host,
        port=port,
        log_level="warning",
        forwarded_allow_ips=here.trusted_proxy,
        access_log=False,
        ws="websockets-sansio",
        ws_ping_timeout=60,  # a busy second must not cut everybody off, who would all come back at once
        timeout_graceful_shutdown=3,
    )
