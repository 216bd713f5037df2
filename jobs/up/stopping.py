"""How a command that runs on is asked to end."""

import signal
import threading


def stop_on_signals() -> threading.Event:
    """Returns a flag instead of raising: an interrupted start or stop would leave processes behind."""
    stopping = threading.Event()

    def ask(_number: int, _frame: object) -> None:
        # In a thread: a handler interrupts the main one, which may hold the lock that setting the flag takes.
        threading.Thread(target=stopping.set, daemon=True).start()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, ask)
    return stopping
