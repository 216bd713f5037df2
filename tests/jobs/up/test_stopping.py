"""A command that is asked to end does, whatever its main thread does at that instant."""

import signal
import subprocess
import sys

WAITS = """
from jobs.up.stopping import stop_on_signals
stop = stop_on_signals()
print("ready", flush=True)
while not stop.wait(0):
    pass
"""


def test_a_signal_amid_a_look_at_the_flag_is_heard() -> None:
    for _ in range(10):
        with subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            process.send_signal(signal.SIGTERM)
            try:
                assert process.wait(timeout=30) == 0
            finally:
                process.kill()
