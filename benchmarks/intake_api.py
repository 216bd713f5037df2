"""Single complaints by HTTP, beside the door itself, which commits each alone."""

import asyncio
import json
import multiprocessing
import socket
import time
from datetime import UTC, datetime, timedelta
from statistics import quantiles

import uvicorn
from sqlalchemy import Engine
from starlette.applications import Starlette

from benchmarks.scratch import boards
from config.settings import Settings
from config.vocabulary import ALL_MILESTONES
from dashboard.intake_api.items import Complaint
from dashboard.intake_api.routes import IntakeApi
from dashboard.intake_api.statements import batch
from queries import db
from queries.intake import door
from queries.intake.facts import Source
from queries.people.intake_keys import Client, make

SECONDS, WANTED = 15, 300  # how long, and complaints a second
WARM_SECONDS = 3  # before, which open connections and count for nothing
CONNECTIONS = 192
ALONE = 500  # complaints through the bare door
BEGAN = datetime(2026, 3, 2, 1, tzinfo=UTC)


def _complaint(n: int) -> dict[str, object]:
    at = BEGAN + timedelta(seconds=n)
    return {
        "number": f"H{n:07}",
        "stated_at": at.isoformat(),
        "received_at": at.isoformat(),
        "title": "宽带经常中断",
        "body": "三天内断网五次，客服两次承诺回电都没有回。" * 4,
        "details": {"what": "broadband", "demand": "refund"},
        "customer": {"number": f"C{n % 5_000}", "name": "王小明", "phone": f"138{n % 5_000:08}"},
        "tier": n % 3 + 1,
        "department": f"D{n % 12}",
        "region": f"R{n % 30}",
        "category": "network",
        "channel": "phone",
        "status": "in_progress",
        "reached": {"first_contact": at.isoformat()},
    }


def _bare(engine: Engine) -> list[float]:
    """Seconds of each, one after the other."""
    times = []
    source = Source("door", ALL_MILESTONES, instants_are_rows=True)
    for n in range(ALONE):
        item = Complaint.model_validate_json(json.dumps(_complaint(n)))
        began = time.perf_counter()
        with engine.begin() as conn:
            now = db.board_now(conn)
            door.take(conn, source, batch([item], now), now, b"key")
        times.append(time.perf_counter() - began)
    return times


def _serve(url: str, bound: socket.socket) -> None:
    api = IntakeApi(Settings(database_url=url))
    app = Starlette(routes=api.routes())
    uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off")).run(sockets=[bound])


async def _send_all(port: int, key: str) -> tuple[list[float], float]:
    """Seconds of each from the instant at which it was to be sent, and how long all took."""
    coming = iter(range(-WARM_SECONDS * WANTED, SECONDS * WANTED))
    began = time.perf_counter() + WARM_SECONDS + 0.5
    times: list[float] = []

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for n in coming:
            due = began + n / WANTED
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            body = json.dumps(_complaint(1_000_000 + n), ensure_ascii=False).encode()
            writer.write(
                f"POST /api/complaints HTTP/1.1\r\nHost: board\r\nAuthorization: Bearer {key}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 202 " in head.splitlines()[0], head
            await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]))
            if n >= 0:
                times.append(time.perf_counter() - due)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return times, time.perf_counter() - began


def run() -> list[str]:
    with boards() as engines:
        url = engines.owner.url.render_as_string(hide_password=False)
        with engines.owner.begin() as conn:
            key = make(conn, Client("bench", "bench", "Asia/Shanghai", ALL_MILESTONES, None, 10_000), "bench")
        assert key is not None
        bare = _bare(engines.jobs)
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            bound.listen(128)
            server = multiprocessing.get_context("spawn").Process(target=_serve, args=(url, bound))
            server.start()
            port = bound.getsockname()[1]
            times, took = asyncio.run(_send_all(port, key))
            server.terminate()
            server.join()
    return [
        f"## Single complaints by HTTP: {WANTED} a second wanted for {SECONDS} s",
        "",
        f"Over {CONNECTIONS} connections. Each is answered after its commit; those that wait for one go "
        "together into the next. The sender runs on the same machine.",
        "",
        "| way | complaints a second | median ms | 95 % ms |",
        "|---|---:|---:|---:|",
        f"| the door alone, one after the other | {ALONE / sum(bare):.0f} | {_ms(bare)} |",
        f"| `POST /api/complaints` | {len(times) / took:.0f} | {_ms(times)} |",
    ]


def _ms(times: list[float]) -> str:
    parts = quantiles(times, n=20)
    return f"{parts[9] * 1000:.0f} | {parts[18] * 1000:.0f}"
