"""A line to a server that can be cut: the browser's own offline mode leaves open sockets alone."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Line:
    """Forwards to `target`, a port of this machine; while it is cut, everything ends."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._is_cut = False
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        self._is_cut = True
        for one in tuple(self._open):
            _end(one)

    def mend(self) -> None:
        self._is_cut = False

    def close(self) -> None:
        _end(self._listening)
        self.cut()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _address = self._listening.accept()
                if self._is_cut:
                    _end(near)
                else:
                    self._join(near)

    def _join(self, near: socket.socket) -> None:
        far = socket.create_connection(("127.0.0.1", self._target), timeout=30)
        far.settimeout(None)
        self._open |= {near, far}
        for source, to in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(source, to), daemon=True).start()

    def _pump(self, source: socket.socket, to: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                to.sendall(data)
        for one in (source, to):
            _end(one)
            self._open.discard(one)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def cut_off(target: int) -> Iterator[Line]:
    line = Line(target)
    try:
        yield line
    finally:
        line.close()
