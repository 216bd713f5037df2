"""Many viewers of one dashboard and one wall while facts come in: commit to screen, CPU and memory.

All but one viewer speak Streamlit's protocol; one is a real Chromium, whose screen is timed.
"""

import asyncio
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles

import httpx
import psutil
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import Engine, text

from benchmarks.scratch import board
from benchmarks.viewer import Viewer
from config.vocabulary import ALL_MILESTONES
from jobs.sources import simulator
from jobs.up.children import Child, ProcessGroup, child_log
from queries import db
from queries.clocks.derive import derive_dirty
from queries.intake import door
from queries.intake.facts import Batch, NewComplaint, Observation, Source
from queries.rollups.daily import count_day, take_dirty_days

DAYS = 31
SECONDS, EVERY = 60, 2.0  # measured, and between two marked complaints
SETTLE = 8.0
PORTS = {"dashboard": 8760, "wall": 8761}
PATHS = {"risk": ("dashboard", "/risk?lang=en&person=supervisor"), "wall": ("wall", "/?lang=en&scenes=now")}
ROUNDS = (("risk", 1), ("risk", 25), ("risk", 100), ("wall", 100))
SOURCE = Source("bench", ALL_MILESTONES)
LOOK = """(wanted) => {
  window.seenAt = null;
  const look = () => {
    const places = document.querySelectorAll("table.list, .next");
    if ([...places].some((one) => one.textContent.includes(wanted))) window.seenAt = Date.now();
    else requestAnimationFrame(look);
  };
  look();
}"""


@dataclass(frozen=True, slots=True)
class Measured:
    page: str
    viewers: int
    screen: list[float]  # ms from commit to the real browser's screen
    missed: int
    redraws: list[float]  # seconds, of the other viewers
    lost: int
    cpu: float  # share of a core
    before: float  # MiB
    after: float


def run() -> list[str]:
    with board() as engine, _processes(engine) as running:
        _fill(engine)
        found = [_measure(engine, running, page, viewers) for page, viewers in ROUNDS]
    rows = [_row(one) for one in found]
    return [
        f"## Viewers of one process, {DAYS} days of the simulated operator, facts each second",
        "",
        f"{SECONDS} s each. One viewer is a Chromium, the others speak its protocol; they, the jobs, the "
        f"database and the operator share the {psutil.cpu_count()} cores of this machine.",
        "",
        "| page | viewers | commit → screen, median ms | 95 % ms | not seen | redraws/s | redraw, median ms "
        "| cut off | CPU of the process | MiB before | after |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *rows,
    ]


def _row(one: Measured) -> str:
    middle, high = (
        (median(one.screen), quantiles(one.screen, n=20)[-1]) if len(one.screen) > 1 else (0.0, 0.0)
    )
    redraw = f"{median(one.redraws) * 1000:.0f}" if one.redraws else "–"
    cells = (
        one.page,
        one.viewers,
        f"{middle:.0f}",
        f"{high:.0f}",
        one.missed,
        f"{len(one.redraws) / SECONDS:.1f}",
        redraw,
        one.lost,
        f"{one.cpu:.0%}",
        f"{one.before:.0f}",
        f"{one.after:.0f}",
    )
    return f"| {' | '.join(map(str, cells))} |"


def _fill(engine: Engine) -> None:
    for _done in simulator.fill(engine, simulator.Simulation(), DAYS):
        pass
    while _derived(engine):
        pass
    with engine.begin() as conn:
        for day in take_dirty_days(conn, db.board_now(conn)):
            count_day(conn, day)


def _derived(engine: Engine) -> int:
    with engine.begin() as conn:
        return derive_dirty(conn).taken


@contextmanager
def _processes(engine: Engine) -> Iterator[dict[str, psutil.Process]]:
    """Two job processes, the operator, and a server of each kind."""

    def as_role(role: str) -> dict[str, str]:
        return {"database_url": engine.url.set(username=role).render_as_string(), "demo": "true"}

    folder = Path(tempfile.mkdtemp(prefix="board-bench-log-"))
    crew = ProcessGroup(child_log(folder / "board.log"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        stack.callback(crew.end)
        for name in ("jobs-1", "jobs-2"):
            crew.add(Child(name, ("jobs",), as_role("board_jobs")))
        for name, role in (("dashboard", "board_app"), ("wall", "board_wall")):
            crew.add(Child(name, (name, "--port", str(PORTS[name])), as_role(role)))
        crew.add(Child("operator", ("simulate",), as_role("board_jobs")))
        _until_ready()
        yield {one.child.name: psutil.Process(one.process.pid) for one in crew.running}


def _until_ready() -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            if all(httpx.get(f"http://127.0.0.1:{port}/readyz").is_success for port in PORTS.values()):
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise AssertionError("the pages did not become ready")


def _measure(engine: Engine, running: dict[str, psutil.Process], page: str, viewers: int) -> Measured:
    kind, path = PATHS[page]
    address, process = f"http://127.0.0.1:{PORTS[kind]}{path}", running[kind]
    before = _mebibytes(process)
    with _crowd(address, viewers - 1) as crowd, _browser(address) as screen:
        time.sleep(SETTLE)
        for one in crowd:
            one.times.clear()
        busy, began = sum(process.cpu_times()[:2]), time.monotonic()
        seen = list(_marks(engine, screen, began + SECONDS))
        took = time.monotonic() - began
        cpu = (sum(process.cpu_times()[:2]) - busy) / took
        after = _mebibytes(process)
        lost = sum(one.is_lost for one in crowd)
    times = [each for one in crowd for each in one.times]
    shown = [ms for ms in seen if ms is not None]
    return Measured(page, viewers, shown, seen.count(None), times, lost, cpu, before, after)


def _mebibytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


@contextmanager
def _crowd(address: str, size: int) -> Iterator[list[Viewer]]:
    """In a thread with a loop of its own, all with a picture before the first mark."""
    crowd = [Viewer(address) for _ in range(size)]
    loop, stop, ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(_watch(crowd, ready, stop)))
    thread.start()
    assert ready.wait(180), "not every viewer got its picture"
    yield crowd
    loop.call_soon_threadsafe(stop.set)
    thread.join()


async def _watch(crowd: list[Viewer], ready: threading.Event, stop: asyncio.Event) -> None:
    opened, pictures = asyncio.Semaphore(4), [asyncio.Event() for _ in crowd]
    tasks = [asyncio.create_task(one.watch(opened, at)) for one, at in zip(crowd, pictures, strict=True)]
    await asyncio.gather(*(at.wait() for at in pictures))
    ready.set()
    await stop.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def _browser(address: str) -> Iterator[Page]:
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=quiet)
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(address)
        page.locator("table.list, .next").first.wait_for(timeout=60_000)
        yield page
        browser.close()


def _marks(engine: Engine, screen: Page, until: float) -> Iterator[float | None]:
    """Milliseconds from each commit to the screen; None where it was not there within 15 s."""
    number = 0
    while time.monotonic() < until:
        number += 1
        name = f"MARK-{time.time_ns() // 1_000_000 % 10**9}"
        screen.evaluate(LOOK, name)
        committed = _commit(engine, name)
        limit = time.monotonic() + 15
        while (at := screen.evaluate("window.seenAt")) is None and time.monotonic() < limit:
            screen.wait_for_timeout(20)
        yield None if at is None else at - committed
        time.sleep(max(0.0, EVERY - (time.time() - committed / 1000)))


def _commit(engine: Engine, name: str) -> float:
    """An urgent complaint whose first contact is due in 20 s: it stands among the next to breach."""
    with engine.begin() as conn:
        now = db.board_now(conn)
        received = now - timedelta(minutes=10) + timedelta(seconds=20)
        region = conn.execute(text("SELECT code FROM facts.region WHERE level = 'city' LIMIT 1")).scalar_one()
        given = {"status": "received", "tier": "1", "region": region, "category": "no_signal"}
        seen = [Observation(name, field, received, value) for field, value in given.items()]
        door.take(
            conn, SOURCE, Batch(complaints=[NewComplaint(name, received, name)], observations=seen), now
        )
    return time.time() * 1000
