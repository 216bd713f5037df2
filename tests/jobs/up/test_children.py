"""The processes of `board up`: whoever ends is started again, ever later; none outlives it."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from jobs.up.children import BOARD, LONGEST_WAIT, Child, ProcessGroup, child_log
from tests.conftest import ROOT
from tests.processes import eventually

DIES = Child("dies", ("explain",), {})  # wants an argument, so it ends at once with exit code 2
STAYS = Child("stays", ("jobs",), {"database_url": "postgresql://nobody@127.0.0.1:1/none"})


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "log" / "board.log"
    logging.getLogger("board.children").handlers.clear()


@pytest.fixture
def group(log: Path) -> Iterator[ProcessGroup]:
    made = ProcessGroup(child_log(log))
    yield made
    made.end()


def test_the_command_line_that_the_processes_run_is_there() -> None:
    assert BOARD == ROOT / "board.py"
    assert BOARD.is_file()


def test_whoever_ends_is_started_again_each_time_after_twice_the_wait(
    group: ProcessGroup, log: Path, caplog: pytest.LogCaptureFixture
) -> None:
    group.add(DIES)
    (one,) = group.running
    waits = []
    for ends in (1, 2):
        first = one.process
        first.wait(30)
        group.restart_exited()
        assert (one.ends, one.process) == (ends, first)  # not before its wait is over
        assert one.again_at is not None
        waits.append(round(one.again_at - time.monotonic()))
        eventually(lambda was=first: group.restart_exited() is None and one.process is not was)
    assert waits == [1, 2]
    told = [one.getMessage() for one in caplog.records if one.name == "board.up"]
    assert told == ["dies ended with 2, again in 1 s", "dies ended with 2, again in 2 s"]
    eventually(lambda: "dies      | " in log.read_text("utf-8"))


def test_the_wait_grows_no_longer_than_half_a_minute_and_begins_anew_after_a_steady_run(
    group: ProcessGroup,
) -> None:
    group.add(DIES)
    (one,) = group.running
    one.process.wait(30)
    one.ends = 40
    group.restart_exited()
    assert one.again_at is not None
    assert one.again_at - time.monotonic() <= LONGEST_WAIT
    one.again_at, one.since = None, one.since - 61
    group.restart_exited()
    assert one.ends == 1


def test_the_end_asks_all_and_leaves_none(group: ProcessGroup) -> None:
    group.add(STAYS)
    group.add(DIES)
    pids = [one.process.pid for one in group.running]
    time.sleep(2)
    began = time.monotonic()
    group.end()
    assert time.monotonic() - began < 12
    assert group.running == []
    assert not any(psutil.pid_exists(pid) for pid in pids)


OWNER = """
import sys, time
from pathlib import Path
from jobs.up.children import Child, ProcessGroup, child_log
group = ProcessGroup(child_log(Path(sys.argv[1])))
group.add(Child("stays", ("jobs",), {"database_url": "postgresql://nobody@127.0.0.1:1/none"}))
print(group.running[0].process.pid, flush=True)
time.sleep(60)
"""


def test_a_child_whose_owner_was_killed_ends_by_itself(log: Path) -> None:
    log.parent.mkdir()
    arguments = (sys.executable, "-c", OWNER, str(log))
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        child = psutil.Process(int(owner.stdout.readline()))
        eventually(lambda: log.exists() and "OperationalError" in log.read_text("utf-8"))
        os.kill(owner.pid, signal.SIGKILL)
    eventually(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
