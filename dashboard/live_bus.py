"""Notifies open pages of a new version: one LISTEN connection a process, one socket a tab."""

import asyncio
import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2
import streamlit as st
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard.locale import _, language
from dashboard.reads import NOBODY, Moment
from queries import jobs
from queries.db import CHANNEL, Listener, board_now, board_version, reading, replay_speed
from queries.intake.feeds import Silence, silence

log = logging.getLogger(__name__)

HEARTBEAT = 5.0  # the longest silence on the socket, and between two full reads
SHORTEST_PAUSE = 1.0  # versions go out at most once a second, the first at once
LIMITS = {"jobs": 20, "unread": 12}  # seconds until the page says no jobs, no database


@dataclass(frozen=True, slots=True)
class Pulse:
    """One full read of the board's state. Ages are in seconds at `read_at` (monotonic)."""

    moment: Moment
    now: datetime
    speed: float | None  # of a replay; ages are in real seconds there too
    silence: Silence | None  # None: no source was ever heard
    jobs: float | None  # since a job process last beat; None: never
    read_at: float


def take_pulse(conn: Connection) -> Pulse:
    version, now = board_version(conn), board_now(conn)
    speed = replay_speed(conn)
    beat = jobs.seconds_since_beat(conn)
    return Pulse(Moment(version.version, version.at), now, speed, silence(conn, now), beat, time.monotonic())


@dataclass(slots=True, eq=False)
class _Listening:
    loop: asyncio.AbstractEventLoop
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Hub:
    """Listens in a thread of its own; `latest` is what it last read."""

    def __init__(self, engine: Engine, build: str) -> None:
        self.latest: Pulse | None = None
        self._engine = engine
        self._build = build
        self._started = time.monotonic()
        self._lost = False
        self._stopping = threading.Event()
        self._open: set[_Listening] = set()
        self._thread = threading.Thread(target=self._run, name="live-bus", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(HEARTBEAT + 1)

    def moment(self, ticking: bool) -> Moment | None:
        """None when the last read is too old to be trusted. `ticking`: now goes on between two versions."""
        pulse = self.latest
        if pulse is None or time.monotonic() - pulse.read_at > 2 * HEARTBEAT:
            return None
        return Moment(pulse.moment.version, pulse.now) if ticking else pulse.moment

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except (SQLAlchemyError, psycopg2.Error) as error:
                if not self._lost:
                    log.warning("live bus lost the database: %s", type(error).__name__)
                self._lost = True
                self._stopping.wait(1.0)

    def _listen(self) -> None:
        listener = Listener(self._engine, CHANNEL)
        sent = 0.0
        try:
            while not self._stopping.is_set():
                self._read()
                if self._heard_news(listener):
                    self._stopping.wait(max(0.0, sent + SHORTEST_PAUSE - time.monotonic()))
                    sent = time.monotonic()
        finally:
            listener.close()

    def _heard_news(self, listener: Listener) -> bool:
        """False after a heartbeat without any, or when stopping."""
        until = time.monotonic() + HEARTBEAT
        while time.monotonic() < until and not self._stopping.is_set():
            if listener.wait(0.5):
                return True
        return False

    def _read(self) -> None:
        with reading(self._engine, NOBODY) as conn:
            self.latest = take_pulse(conn)
        self._lost = False
        for viewer in tuple(self._open):
            viewer.loop.call_soon_threadsafe(viewer.news.set)

    def message(self) -> dict[str, Any]:
        """What the socket sends: numbers about the board as a whole, nothing of a complaint."""
        pulse, now = self.latest, time.monotonic()
        since = now - (pulse.read_at if pulse else self._started)
        return {
            "version": pulse.moment.version if pulse else 0,
            "age": None if pulse is None or pulse.silence is None else pulse.silence.seconds + since,
            "stale": pulse and pulse.silence and pulse.silence.limit,
            "source": pulse and pulse.silence and pulse.silence.source,
            "jobs": None if pulse is None or pulse.jobs is None else pulse.jobs + since,
            "unread": since,
            "now": pulse and pulse.now.timestamp() + since * (pulse.speed or 1.0),
            "speed": pulse and pulse.speed,
            "build": self._build,
        }

    async def serve(self, socket: WebSocket) -> None:
        """Until the tab closes or the server does; nothing is expected from the browser."""
        await socket.accept()
        viewer = _Listening(asyncio.get_running_loop())
        self._open.add(viewer)
        closed = asyncio.create_task(socket.receive())
        try:
            while not closed.done():
                await socket.send_json(self.message())
                viewer.news.clear()
                news = asyncio.create_task(viewer.news.wait())
                await asyncio.wait((closed, news), timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
        except WebSocketDisconnect:
            return
        finally:
            closed.cancel()
            self._open.discard(viewer)


_hub: Hub | None = None


def use_hub(hub: Hub | None) -> None:
    global _hub
    _hub = hub


def hub() -> Hub | None:
    return _hub


def moment(ticking: bool = False) -> Moment | None:
    """The version to draw now, without a query; None where no hub runs."""
    return _hub.moment(ticking) if _hub else None


_BUS = st.components.v2.component(
    "complaint_board_live_bus",
    html='<div class="bus" role="status"><span class="replay"></span><span class="symbol"></span>'
    '<b class="word"></b><span class="detail"></span><time class="clock"></time><span class="zone"></span>'
    '<div class="notice" role="alert"></div></div>',
    css=Path(__file__).with_name("live_bus.css").read_text("utf-8"),
    js=Path(__file__).with_name("live_bus.js").read_text("utf-8"),
)


_PICTURE = st.components.v2.component(
    "complaint_board_picture",
    html='<div class="picture"></div>',
    js="""export default function ({ parentElement, data }) {
        const box = parentElement.querySelector(".picture");
        if (box.shown !== data) { box.innerHTML = data; box.shown = data; }
    }""",
    isolate_styles=False,
)


def picture(html: str) -> None:
    """HTML of our own making, with SVG, which `st.html` would take out. Data in it must be escaped."""
    _PICTURE(key="picture", data=html)


@dataclass(frozen=True, slots=True)
class WallShow:
    """How the browser turns the scenes of a wall: (scene, seconds) each; `urgent`: the one that comes
    forward at once."""

    turns: tuple[tuple[int, int], ...]
    urgent: int | None = None


def mount(
    shown: Moment | None,
    zone: ZoneInfo | None,
    wall: WallShow | None = None,
    as_of: str = "",
    ticking: bool = False,
) -> None:
    """Draw the status and listen. Last in the live fragment: it also gives the browser the version shown
    and its time zone; before anything was read, the browser's own."""
    data: dict[str, Any] = {
        "shown": shown.version if shown else 0,
        "live": not as_of,
        "every": HEARTBEAT if ticking else 0,
        "limits": LIMITS,
        "texts": _texts() | {"as_of": as_of},
        "zone": zone.key if zone else None,
        "language": language(),
    }
    if wall:
        data |= {"wall": True, "turns": [list(turn) for turn in wall.turns], "urgent": wall.urgent}
    _BUS(key="live_bus", data=data, height="content", on_version_change=lambda: None)


def _texts() -> dict[str, Any]:
    return {
        "waiting": _("Connecting"),
        "live": _("Live"),
        "stale": _("Stale"),
        "offline": _("Offline"),
        "no_database": _("Database unavailable"),
        "no_jobs": _("No job process is running"),
        "no_data": _("no data yet"),
        "past": _("As of"),
        "age": _("data {time} old"),
        "silent": _("no data from {source} for {time}"),
        "sources": {"simulator": _("Simulator")},  # others have the name that their map gives them
        "offline_for": _("for {time}"),
        "no_answer": _(
            "No connection to the board for {time}. The page shows the last known state and "
            "reconnects automatically."
        ),
        "unread": _(
            "The database has not answered for {time}. The page shows the last known state and "
            "recovers automatically."
        ),
        "zone": _("times: {zone}"),
        "replay": _("REPLAY"),
        "units": {"s": _("{n} s"), "min": _("{n} min"), "h": _("{n} h"), "d": _("{n} d")},
    }
