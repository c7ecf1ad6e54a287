"""An OpenAI-compatible server on loopback whose judge is a few lines of Python."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
        if reply is None:
            reply = chat_completion(server.judge(body))
        with server.lock:
            server.busy -= 1
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_):
        pass


@contextmanager
def serve_judge(judge: Callable[[dict], str | None]) -> Iterator[ThreadingHTTPServer]:
    """Serve `judge`, which turns a request's body into the text of a reply.

    The server's attributes: `url`, `asked`, `faults` (status, headers, body of the next replies),
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
