"""A server of each kind on a free port and a real browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from dashboard.theme import Kind

ROOT = Path(__file__).parents[2]
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
START = (
    "import sys; from config.settings import settings; from dashboard.asgi import serve; "
    "serve(sys.argv[1], '127.0.0.1', int(sys.argv[2]), settings())"
)


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    port: int
    process: subprocess.Popen[bytes]


Serve = Callable[..., Server]  # (kind, port=0, folder=ROOT, **BOARD_… variables, in small letters)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            made = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        except Error as error:
            pytest.fail(
                "No browser: install Debian's `chromium`, or run `playwright install chromium`. "
                f"({error.message.splitlines()[0]})"
            )
        yield made
        made.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    made = browser.new_page(viewport={"width": 1366, "height": 768}, locale="en-US")
    made.set_default_timeout(30_000)
    yield made
    made.close()


@pytest.fixture
def serve(database_url: str) -> Iterator[Serve]:
    """Starts a server of a kind over the test's database; all are ended after the test."""
    with ExitStack() as running:

        def start(kind: Kind, port: int = 0, folder: Path = ROOT, **given: str) -> Server:
            variables = {"database_url": database_url, "demo": "true", **given}
            return running.enter_context(_server(kind, port or free_port(), folder, variables))

        yield start


@contextmanager
def _server(kind: Kind, port: int, folder: Path, variables: dict[str, str]) -> Iterator[Server]:
    """`folder`: where it runs, and where Streamlit looks for its secrets."""
    env = os.environ | {f"BOARD_{name.upper()}": value for name, value in variables.items()}
    env |= {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", START, kind, str(port)], env=env, cwd=folder)
    try:
        _until_ready(f"http://127.0.0.1:{port}", process)
        yield Server(f"http://127.0.0.1:{port}", port, process)
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            process.kill()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"the server did not become ready (exit {process.poll()})")
