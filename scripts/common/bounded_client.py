"""An HTTP client that takes an answer whole within a time and a size, whatever the server does.

httpx2's own time-outs are of each read: a server that sends a byte a second, or never ends its
headers, is waited for without end, and what it sends is held in memory whole.
"""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from threading import Thread
from typing import Any

import httpx2

from scripts.common import limits

# Of the answer on the way, not of the content that has been read.
ON_THE_WAY = ("transfer-encoding", "content-encoding")


class TooLarge(Exception):
    """An answer that is larger than it may be, or compressed though nobody asked for that."""


class BoundedClient(httpx2.Client):
    """A client whose answers are whole within `seconds` and at most `most` bytes long.

    Where a caller reads an answer as it comes, that is so of its head; then it must not come more
    slowly than `limits.SLOWEST` bytes a second.
    """

    # What is raised where the time is over.
    slow: type[httpx2.TransportError] = httpx2.ReadTimeout

    def __init__(self, seconds: float, most: int, **options: Any) -> None:
        super().__init__(**options)
        self.seconds, self.most = seconds, most

    def send(
        self, request: httpx2.Request, *, stream: bool = False, **options: Any
    ) -> httpx2.Response:
        """Return a response that has been read, or its head, from a thread of its own.

        A thread that is waiting for a server cannot be interrupted. It is left behind where the
        time is over, and ends with the process at the latest.

        Raises:
            httpx2.TransportError: the class's `slow`, if the time is over.
            TooLarge: if the answer is larger than it may be.
        """
        found: Future[httpx2.Response] = Future()
        deadline = time.monotonic() + self.seconds
        work = (found, request, stream, options, deadline)
        Thread(target=self.receive, args=work, daemon=True).start()
        try:
            return found.result(self.seconds)
        except TimeoutError:
            raise self.too_slow(request) from None

    def too_slow(self, request: httpx2.Request) -> httpx2.TransportError:
        """Return what is raised where an answer is not there in time."""
        return self.slow(f"no whole answer in {self.seconds:g} seconds", request=request)

    def receive(
        self,
        found: Future[httpx2.Response],
        request: httpx2.Request,
        stream: bool,
        options: dict[str, Any],
        deadline: float,
    ) -> None:
        """Send the request and hand over its response, or what went wrong."""
        try:
            response = super().send(request, **(options | {"stream": True}))
            if stream:
                response.stream = PacedStream(response, self.slow)
                found.set_result(response)
                return
            try:
                found.set_result(self.read_whole(response, deadline))
            finally:
                response.close()
        except BaseException as error:
            found.set_exception(error)

    def read_whole(self, response: httpx2.Response, deadline: float) -> httpx2.Response:
        """Return the same response with its content, read until the deadline at the latest."""
        parts, size = [], 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > self.most:
                raise TooLarge(f"a reply of more than {self.most // limits.MB} MiB")
            if time.monotonic() > deadline:
                raise self.too_slow(response.request)
        # To HEAD the length is told of what is not sent.
        left = ON_THE_WAY if response.request.method == "HEAD" else (*ON_THE_WAY, "content-length")
        pairs = response.headers.multi_items()
        whole = httpx2.Response(
            response.status_code,
            headers=[pair for pair in pairs if pair[0].lower() not in left],
            content=b"".join(parts),
            request=response.request,
            extensions=response.extensions,
            history=response.history,
        )
        whole.next_request = response.next_request
        return whole


class PacedStream(httpx2.SyncByteStream):
    """The bytes of an answer; `slow` where next to nothing comes."""

    def __init__(self, response: httpx2.Response, slow: type[httpx2.TransportError]) -> None:
        assert isinstance(response.stream, httpx2.SyncByteStream)
        self.stream, self.request, self.slow = response.stream, response.request, slow

    def __iter__(self) -> Iterator[bytes]:
        began, count, window = time.monotonic(), 0, limits.SPEED_WINDOW
        for block in self.stream:
            count += len(block)
            now = time.monotonic()
            if now - began >= window:
                if count < limits.SLOWEST * (now - began):
                    told = f"{count:,} bytes in {now - began:.0f} seconds, which is too slow"
                    raise self.slow(told, request=self.request)
                began, count = now, 0
            yield block

    def close(self) -> None:
        """Close the answer."""
        self.stream.close()
