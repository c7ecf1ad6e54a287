"""An OpenAI-compatible server on loopback whose judge is a few lines of Python."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def chat_completion(text, prompt_tokens: int = 100) -> bytes:
    """Return a reply's body as OpenAI's servers give it."""
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": text},
    }
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": 7}
    return json.dumps({"object": "chat.completion", "choices": [choice], "usage": usage}).encode()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.asked.append((time.monotonic(), self.path, body, self.headers))
            fault = server.faults.pop(0) if server.faults else None
            server.busy += 1
            server.busiest = max(server.busiest, server.busy)
        time.sleep(server.delay)
        status, headers, reply = fault or (200, {}, None)
        headers = dict(headers)
        if reply is None:
            reply = chat_completion(server.judge(body))
        with server.lock:
            server.busy -= 1
        self.send_response(status, *filter(None, [headers.pop("reason", None)]))
        for name, value in headers.items():
            self.send_header(name, value)
        if isinstance(reply, bytes):
            self.send_header("Content-Length", str(len(reply)))
            reply = [reply]
        self.end_headers()
        with suppress(ConnectionError):  # the client has read enough
            for part in reply:
                self.wfile.write(part)

    def log_message(self, *_):
        pass


@contextmanager
def serve_judge(judge: Callable[[dict], str | None]) -> Iterator[ThreadingHTTPServer]:
    """Serve `judge`, which turns a request's body into the text of a reply.

    The server's attributes: `url`, `asked`, `faults` (status, headers, body of the next replies; a
    body is bytes, or parts without a length before them; a header `reason` is the status line's),
    `delay` (seconds a reply takes), `busiest` (requests at once).
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.judge, server.asked, server.faults, server.delay = judge, [], [], 0.0
    server.busy = server.busiest = 0
    server.lock = threading.Lock()
    server.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def serve_bytes(parts: Callable[[], Iterable[bytes]]) -> Iterator[str]:
    """Serve parts of a response, headers and all, to whoever connects; yield the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=send, args=(connection,), daemon=True).start()

        def send(connection: socket.socket) -> None:
            with suppress(OSError), connection:
                connection.recv(65536)
                for part in parts():
                    connection.sendall(part)

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
