"""A receiver of alerts over real HTTP, as well or as badly behaved as a test wants it."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """`answers`: the status of each request in turn, the last one for all that follow."""

    answers: list[int] = field(default_factory=lambda: [200])
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0  # until it answers
    drips: bool = False  # a byte of the answer every half second
    keys: list[str] = field(default_factory=list)
    bodies: list[dict[str, object]] = field(default_factory=list)
    most_at_once: int = 0
    url: str = ""
    _inside: int = 0

    def often(self) -> dict[str, int]:
        """Keys that came more than once."""
        return {key: count for key, count in Counter(self.keys).items() if count > 1}

    def take(self, request: BaseHTTPRequestHandler) -> None:
        self._inside += 1
        self.most_at_once = max(self.most_at_once, self._inside)
        body = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        self.bodies.append(body)
        self.keys.append(request.headers["Idempotency-Key"])
        status = self.answers[min(len(self.keys), len(self.answers)) - 1]
        time.sleep(self.seconds)
        self._inside -= 1
        request.send_response(status)
        for name, value in self.headers.items():
            request.send_header(name, value)
        if self.drips:
            self._drip(request)
        request.end_headers()

    def _drip(self, request: BaseHTTPRequestHandler) -> None:
        request.flush_headers()
        for _ in range(60):
            request.wfile.write(b"X")
            request.wfile.flush()
            time.sleep(0.5)


@contextmanager
def listening() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.take(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign] - who asked may have been killed
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}/hook?token=secret"
    yield made
    server.shutdown()


def in_a_thread(call: Callable[..., object], *args: object) -> object:
    """As the job sends: this thread may be running the loop that drives a browser."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call, *args).result(timeout=120)
