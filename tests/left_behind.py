"""What a worker that died left running: it would keep the output of the run open."""

import os
from uuid import uuid4

import psutil

NAME = "BOARD_TESTS_RUN"  # every process that a run starts inherits it


def mark() -> None:
    os.environ[NAME] = uuid4().hex


def end() -> int:
    """How many of this run still lived; none does afterwards."""
    left = [one for one in psutil.process_iter() if one.pid != os.getpid() and _is_of_this_run(one)]
    for one in left:
        one.kill()
    psutil.wait_procs(left, timeout=10)
    return len(left)


def _is_of_this_run(process: psutil.Process) -> bool:
    try:
        return process.environ().get(NAME) == os.environ.get(NAME)
    except (psutil.Error, OSError):
        return False
