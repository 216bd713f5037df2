"""A run ends what its workers left behind, and nothing else."""

import os
import subprocess
import sys

import psutil
import pytest

from tests import left_behind

SLEEPS = [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"]


def test_only_what_the_run_started_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen(SLEEPS, stdout=subprocess.PIPE) as stays:
        monkeypatch.setenv(left_behind.NAME, "a run of this test")
        with subprocess.Popen(SLEEPS, stdout=subprocess.PIPE, env=os.environ) as ends:
            for one in (stays, ends):
                assert one.stdout is not None
                one.stdout.readline()  # it has become the program
            assert left_behind.end() == 1
            assert not psutil.pid_exists(ends.pid)
        assert stays.poll() is None
        stays.kill()
