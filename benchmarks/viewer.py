"""One viewer of a page without a browser: speaks Streamlit's protocol and does what live_bus.js does."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

ASK_AGAIN = 10.0  # seconds, as in live_bus.js


@dataclass(slots=True)
class Viewer:
    """`times` are seconds from asking for a redraw to its end."""

    address: str  # of the page, with its query
    times: list[float] = field(default_factory=list)
    is_lost: bool = False  # the server cut it off
    _page_hash: str = ""
    _fragment: str = ""
    _bus: str = ""
    _shown: int = 0
    _heard: int = 0
    _every: float = 0.0
    _asked: float | None = None
    _drawn: float = 0.0

    async def watch(self, opened: asyncio.Semaphore, ready: asyncio.Event) -> None:
        """Until cancelled. `opened` bounds how many draw their first picture at once."""
        url = urlsplit(self.address)
        base = f"ws://{url.netloc}"
        async with (
            connect(
                f"{base}/_stcore/stream",
                subprotocols=[Subprotocol("streamlit")],
                max_size=None,
                ping_interval=None,
                close_timeout=1,
            ) as page,
            connect(
                f"{base}/api/live", ping_interval=None, close_timeout=1
            ) as live,  # browsers send no pings
        ):
            async with opened:
                await page.send(self._message().SerializeToString())
                await self._draw(page)
            ready.set()
            try:
                await asyncio.gather(self._listen(live, page), self._redraw(page), self._tick(page))
            except ConnectionClosed:
                self.is_lost = True

    def _message(self) -> BackMsg:
        url = urlsplit(self.address)
        made = BackMsg()
        made.rerun_script.query_string = url.query
        if self._page_hash:
            made.rerun_script.page_script_hash = self._page_hash
        else:
            made.rerun_script.page_name = url.path.strip("/")
        made.rerun_script.context_info.timezone = "Asia/Shanghai"
        made.rerun_script.context_info.locale = "en-US"
        made.rerun_script.context_info.url = self.address
        return made

    async def _listen(self, live: ClientConnection, page: ClientConnection) -> None:
        async for raw in live:
            self._heard = json.loads(raw)["version"]
            await self._catch_up(page)

    async def _catch_up(self, page: ClientConnection) -> None:
        if self._heard > self._shown:
            await self._ask(page, self._heard)

    async def _tick(self, page: ClientConnection) -> None:
        while True:
            await asyncio.sleep(1.0)
            if self._every and time.monotonic() - max(self._drawn, self._asked or 0.0) > self._every:
                await self._ask(page, f"tick {time.monotonic()}")

    async def _ask(self, page: ClientConnection, what: object) -> None:
        now = time.monotonic()
        if self._asked is not None and now - self._asked < ASK_AGAIN:
            return
        self._asked = now
        made = self._message()
        made.rerun_script.fragment_id = self._fragment
        state = made.rerun_script.widget_states.widgets.add()
        state.id = _make_trigger_id(self._bus, "events")
        state.json_trigger_value = json.dumps([{"event": "version", "value": what}])
        await page.send(made.SerializeToString())

    async def _redraw(self, page: ClientConnection) -> None:
        while True:
            await self._draw(page)
            self._drawn = time.monotonic()
            if self._asked is not None:
                self.times.append(self._drawn - self._asked)
                self._asked = None
            await self._catch_up(page)

    async def _draw(self, page: ClientConnection) -> None:
        """Takes messages up to the end of one run."""
        while True:
            message = ForwardMsg()
            message.ParseFromString(await page.recv())
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._page_hash = message.new_session.page_script_hash
            elif kind == "delta":
                self._look(message)
            elif kind == "script_finished" and self._bus:  # a run that only sent the visitor on has none
                return

    def _look(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        if element.WhichOneof("type") == "bidi_component" and element.bidi_component.id.endswith("live_bus"):
            self._fragment, self._bus = message.delta.fragment_id, element.bidi_component.id
            data = json.loads(element.bidi_component.json)
            self._shown, self._every = data["shown"], data["every"]
