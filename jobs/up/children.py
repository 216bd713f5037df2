"""The processes of `board up`: started, started again when they end, and ended with it."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from config.settings import child_environment, settings
from jobs.up.logs import private_file

BOARD = Path(__file__).parents[2] / "board.py"
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 30.0  # seconds before a child that ended is started again
STEADY_SECONDS = 60.0  # after so long a run, an end counts as the first again
PATIENCE_SECONDS = 10.0  # from the request to end to the kill

log = logging.getLogger("board.up")


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    arguments: tuple[str, ...]  # of the command `board`
    changes: dict[str, str]  # of its environment: BOARD_… variables without the prefix


@dataclass(slots=True)
class _Running:
    child: Child
    process: subprocess.Popen[str]
    since: float
    ends: int = 0
    again_at: float | None = None  # monotonic; None while it runs


@dataclass(slots=True)
class ProcessGroup:
    log: logging.Logger
    running: list[_Running] = field(default_factory=list)

    def add(self, child: Child) -> None:
        self.running.append(_Running(child, self._start(child), time.monotonic()))

    def restart_exited(self) -> None:
        """Start exited processes again, each time after twice the wait."""
        now = time.monotonic()
        for one in self.running:
            if one.again_at is None and one.process.poll() is not None:
                one.ends = 1 if now - one.since > STEADY_SECONDS else one.ends + 1
                wait = min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** (one.ends - 1))
                one.again_at = now + wait
                log.warning("%s ended with %s, again in %d s", one.child.name, one.process.returncode, wait)
            elif one.again_at is not None and now >= one.again_at:
                one.process, one.since, one.again_at = self._start(one.child), now, None

    def end(self) -> None:
        """Ask all to end, wait for each, kill those that stay together with what they started."""
        for one in self.running:
            one.process.terminate()
        until = time.monotonic() + PATIENCE_SECONDS
        for one in self.running:
            try:
                one.process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("%s did not end and is killed", one.child.name)
                os.killpg(one.process.pid, signal.SIGKILL)
                one.process.wait()
        self.running.clear()

    def _start(self, child: Child) -> subprocess.Popen[str]:
        # A session of its own, so that Ctrl-C reaches `board up` alone. Nothing is written to the pipe at its
        # standard input: it closes when `board up` is gone, however it ended.
        process = subprocess.Popen(
            (sys.executable, str(BOARD), *child.arguments),
            env=child_environment(supervised="true", **child.changes),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        threading.Thread(target=self._write_down, args=(child.name, process), daemon=True).start()
        return process

    def _write_down(self, name: str, process: subprocess.Popen[str]) -> None:
        if process.stdout is not None:
            for line in process.stdout:
                self.log.info("%-9s | %s", name, line.rstrip("\n"))


def child_log(file: Path) -> logging.Logger:
    """Where the output of the processes goes."""
    logger = logging.getLogger("board.children")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.addHandler(private_file(file, settings()))
    return logger


def end_with_parent() -> None:
    """In a child: end when `board up` is gone, also when it was killed and could not say so."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    os._exit(1)
