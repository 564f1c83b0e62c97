"""A small HTTP server that does to its visitors what a test tells it to."""

from __future__ import annotations

import contextlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Iterator

    type Behaviour = Callable[[Handler], None]

PAGE = "<h1>Layanan sedang dalam pemeliharaan</h1>"


class Handler(BaseHTTPRequestHandler):
    """One connection of a visitor."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    asked = 0
    """Requests over this connection, with the one under way."""

    def setup(self) -> None:
        """Wait for the next request as long as a server does that closes idle connections."""
        super().setup()
        self.connection.settimeout(self.server.idle_seconds)

    def do_GET(self) -> None:
        """Note it, then do what the test wants."""
        self.asked += 1
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        with self.server.lock:
            self.server.seen.append((self.command, self.path, body))
        self.server.behaviour(self)

    def do_POST(self) -> None:
        """The same."""
        self.do_GET()

    def answer(self, status: int = 200, body: str = "halo", **headers: str) -> None:
        """An ordinary answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def hang_up(self) -> None:
        """Close the connection without a word."""
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """The server, and what it saw."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, behaviour: Behaviour, *, idle_seconds: float = 30, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviour = behaviour
        self.idle_seconds = idle_seconds
        self.tls = tls
        self.lock = threading.Lock()
        self.seen: list[tuple[str, str, str]] = []
        self.connections = 0
        self.closed_until = 0.0

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.server_port}/eproc4"

    @property
    def written(self) -> list[str]:
        """The messages that reached it, each as often as it did."""
        return [body for method, _, body in self.seen if method == "POST"]

    def stall(self, seconds: float) -> None:
        """Let every request wait that comes from now on, as a server does that is about to stop."""
        self.closed_until = time.monotonic() + seconds

    def wait(self) -> None:
        """Wait until a stall is over."""
        time.sleep(max(self.closed_until - time.monotonic(), 0))

    def get_request(self) -> tuple[socket.socket, Any]:
        """Count connections, and speak TLS over them if asked to."""
        connection, address = super().get_request()
        self.connections += 1
        if self.tls is not None:
            # The handshake is the visitor's thread's, not ours.
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, *_: object) -> None:
        """A visitor who leaves is no error of the server's."""


@contextlib.contextmanager
def serving(
    behaviour: Behaviour = Handler.answer, *, idle_seconds: float = 30, tls: ssl.SSLContext | None = None
) -> Iterator[Server]:
    """A server for the length of a test."""
    server = Server(behaviour, idle_seconds=idle_seconds, tls=tls)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
