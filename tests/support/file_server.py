"""A web server of one file on loopback, which fails in all the ways that servers do."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY = bytes(range(256)) * 1200  # 300 kB: a few blocks
DIGEST = hashlib.sha256(BODY).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Serves the server's body; its attributes say how well."""

    def do_GET(self):
        server = self.server
        first = int(self.headers.get("Range", "bytes=0-")[6:-1]) if server.ranges else 0
        given = self.headers.get("If-Range")
        server.conditions.append(given)
        if given not in (None, server.etag, server.modified):
            first = 0
        server.asked.append(first)
        if server.answers:
            return server.answers.pop(0)(self)
        if server.failures:
            server.failures -= 1
            return self.send_error(503)
        if self.path == "/missing":
            return self.send_error(404)
        if first >= len(server.body):
            return self.send_error(416)
        self.send_part(first)

    def send_part(self, first):
        """Send the file from a byte on."""
        body = self.server.body
        headers = {"Content-Length": str(len(body) - first)}
        if first:
            headers["Content-Range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
        self.send_head(206 if first else 200, headers)
        self.write_body(body[first:])

    def send_head(self, status, headers):
        """Send a status, the server's validators, and headers."""
        self.send_response(status)
        validators = {"ETag": self.server.etag, "Last-Modified": self.server.modified}
        for name, value in (validators | headers).items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()

    def write_body(self, body):
        """Send bytes: some of them where the server stalls, or cuts its connections."""
        if self.server.stall_at:
            self.wfile.write(body[: self.server.stall_at])
            self.wfile.flush()
            self.server.stalled.set()
            self.server.go_on.wait(20)
            return
        if self.server.cuts:
            body = body[: self.server.cuts.pop(0)]
        self.wfile.write(body)

    def trickle(self, content, pause=0.02):
        """Send bytes one by one until nobody listens."""
        try:
            for byte in content:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if self.server.go_on.wait(pause):
                    return
        except OSError:
            pass

    def log_message(self, *_):
        pass


class FileServer(ThreadingHTTPServer):
    """What is served, how, and what was asked for: first bytes, and conditions of `If-Range`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.body, self.etag, self.modified = BODY, None, None
        self.ranges, self.failures, self.stall_at = True, 0, 0
        self.cuts: list[int] = []
        self.answers: list[Callable[[Handler], None]] = []
        self.asked: list[int] = []
        self.conditions: list[str | None] = []
        self.stalled, self.go_on = threading.Event(), threading.Event()
        self.host = f"http://127.0.0.1:{self.server_port}"
        self.url = f"{self.host}/data/file.bin"

    def handle_error(self, *_):
        """Say nothing of clients that left."""


@contextmanager
def serve() -> Iterator[FileServer]:
    """Run a server as long as the block runs."""
    server = FileServer()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.go_on.set()
        server.shutdown()
        server.server_close()


def time_of(seconds: float) -> str:
    """Return a time as HTTP writes it."""
    return formatdate(seconds, usegmt=True)
