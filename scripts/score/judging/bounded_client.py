"""An HTTP client that takes a reply whole within a time and a size, whatever the server does.

httpx2's own time-outs are of each read: a server that sends a byte a second, or never ends its
headers, is waited for without end, and what it sends is held in memory whole.
"""

import time
from concurrent.futures import Future
from threading import Thread
from typing import Any

import httpx2

LARGEST = 4 * 2**20  # bytes of a reply; 16,000 tokens are about 64 KiB


class TooLarge(Exception):
    """A reply beyond `LARGEST`, or one that is compressed though nobody asked for that."""


class BoundedClient(httpx2.Client):
    """A client whose `timeout`, in seconds, is of the whole reply; it follows no redirect."""

    def __init__(self, timeout: float) -> None:
        # Compressed, a kilobyte could become a megabyte of text.
        headers = {"Accept-Encoding": "identity"}
        super().__init__(timeout=timeout, follow_redirects=False, headers=headers)
        self.whole = timeout

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Return a response that has been read, from a thread of its own.

        A thread that is waiting for a server cannot be interrupted. It is left behind where the
        time is over, and ends with the process at the latest.

        Raises:
            httpx2.ReadTimeout: if the time is over.
            TooLarge: if the reply is larger than anybody would write.
        """
        request.headers["Accept-Encoding"] = "identity"
        found: Future[httpx2.Response] = Future()
        deadline = time.monotonic() + self.whole
        work = Thread(target=self.receive, args=(found, request, options, deadline), daemon=True)
        work.start()
        try:
            return found.result(self.whole)
        except TimeoutError:
            raise httpx2.ReadTimeout("no whole reply in time", request=request) from None

    def receive(
        self,
        found: Future[httpx2.Response],
        request: httpx2.Request,
        options: dict[str, Any],
        deadline: float,
    ) -> None:
        """Send the request and hand over its response, or what went wrong."""
        try:
            response = httpx2.Client.send(self, request, **(options | {"stream": True}))
            try:
                found.set_result(read_whole(response, deadline))
            finally:
                response.close()
        except BaseException as error:
            found.set_exception(error)


def read_whole(response: httpx2.Response, deadline: float) -> httpx2.Response:
    """Return the same response with its content, read until the deadline at the latest."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise TooLarge("a compressed reply, which may be of any size")
    parts, size = [], 0
    for part in response.iter_raw():
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise TooLarge(f"a reply of more than {LARGEST // 2**20} MiB")
        if time.monotonic() > deadline:
            raise httpx2.ReadTimeout("no whole reply in time", request=response.request)
    headers = [
        pair for pair in response.headers.multi_items() if pair[0].lower() != "transfer-encoding"
    ]
    return httpx2.Response(
        response.status_code,
        headers=headers,
        content=b"".join(parts),
        request=response.request,
        extensions=response.extensions,
    )
