"""`board` as a process, from outside."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.conftest import ROOT

PATIENCE = 60.0  # seconds, on a busy machine


def _command(home: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BOARD_")}
    return subprocess.Popen(
        (sys.executable, str(ROOT / "board.py"), *arguments),
        env=inherited | {"BOARD_DATA_DIR": str(home)} | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refusal(home: Path, *arguments: str, **environment: str) -> str:
    """What it says; one clear sentence and exit code 1, no traceback."""
    process = _command(home, *arguments, **environment)
    try:
        said, complained = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 1, said + complained
    assert complained.count("\n") == 1, complained
    return complained


@contextmanager
def running(home: Path, port: int, **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = _command(home, "up", "--port", str(port), **environment)
    try:
        eventually(lambda: pages_answer(port) or process.poll() is not None)
        assert process.poll() is None, process.communicate(timeout=PATIENCE)
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        finally:
            process.kill()  # its children end by themselves


def pages_answer(port: int) -> bool:
    try:
        return all(httpx.get(f"http://127.0.0.1:{one}/readyz").is_success for one in (port, port + 1))
    except httpx.HTTPError:
        return False


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.2)
