"""An answer of a web server as it comes in, which may not stay silent, nor lead elsewhere.

A thread asks and reads, so that the wait for it can be bounded however slowly a server sends its
headers or its bytes; a time limit of the socket starts again with every byte.
"""

import queue
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import BadStatusLine, HTTPException
from urllib.parse import urljoin, urlsplit

import requests

from scripts.common import limits
from scripts.common.errors import InputError, shorten
from scripts.data.partial import Headers

# Of urllib3, by which requests reads; the stubs of requests do not name it.
READING: type[Exception] = requests.exceptions.BaseHTTPError  # type: ignore[attr-defined]
FAILURES = (requests.RequestException, READING, HTTPException, OSError)


class Broken(Exception):
    """A connection failed, or its server did; another attempt may succeed."""


@dataclass(frozen=True)
class Head:
    """The first line and the headers of an answer."""

    status: int
    reason: str
    headers: Headers


class Stream:
    """The answer of a server: its `head`, then `blocks` until `close`.

    Both raise `Broken` where the connection ends, or is slower than `limits.SLOWEST` over
    `limits.SPEED_WINDOW` seconds, and `InputError` where another attempt would not help.
    """

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.box: queue.Queue[Head | bytes | Exception] = queue.Queue(limits.BLOCKS_AHEAD)
        self.stopped = threading.Event()
        self.began, self.count = time.monotonic(), 0
        threading.Thread(target=self.receive, args=(url, headers), daemon=True).start()
        head = self.take()
        assert isinstance(head, Head)
        self.head = head
        self.began = time.monotonic()  # bytes are counted from here on

    def blocks(self) -> Iterator[bytes]:
        """Yield the bytes as they come, until the server ends."""
        while block := self.take():
            assert isinstance(block, bytes)
            yield block

    def close(self) -> None:
        """Let the thread end; one that waits for a silent server ends with the process."""
        self.stopped.set()

    def take(self) -> Head | bytes:
        """Return what came next."""
        while True:
            window = limits.SPEED_WINDOW
            left = self.began + window - time.monotonic()
            if left <= 0 and self.box.empty():
                if self.count < limits.SLOWEST * window:
                    self.close()
                    raise Broken(f"{self.count:,} bytes in {window} seconds, which is too slow")
                self.began, self.count = time.monotonic(), 0
            try:
                item = self.box.get(timeout=max(left, 0.001))
            except queue.Empty:
                continue
            if isinstance(item, Exception):
                raise item
            self.count += len(item) if isinstance(item, bytes) else 0
            return item

    def receive(self, url: str, headers: Mapping[str, str]) -> None:
        """Ask, and hand over head and blocks; the thread's work."""
        try:
            with requests.Session() as session, follow(session, url, headers) as response:
                self.put(Head(response.status_code, response.reason or "", response.headers))
                while not self.stopped.is_set():
                    # One read of the socket: what has come is not lost when the next one fails.
                    block = response.raw.read1(limits.READ_BYTES, decode_content=False)
                    self.put(block)
                    if not block:
                        return
        except ValueError as error:  # an address that is none; another attempt changes nothing
            self.put(InputError(f"{url}: {reason_of(error)}"))
        except FAILURES as error:
            self.put(Broken(reason_of(error)))
        except Exception as error:
            self.put(error)

    def put(self, item: Head | bytes | Exception) -> None:
        """Hand over one item, unless nobody waits for it any more."""
        while not self.stopped.is_set():
            try:
                return self.box.put(item, timeout=0.5)
            except queue.Full:
                continue


def follow(session: requests.Session, url: str, headers: Mapping[str, str]) -> requests.Response:
    """Return the answer to a request, behind redirects that are allowed."""
    place = url
    for _ in range(limits.REDIRECTS + 1):
        response = session.get(
            place, headers=headers, stream=True, timeout=limits.SILENCE, allow_redirects=False
        )
        target = session.get_redirect_target(response)
        if not target:
            return response
        response.close()
        place = check_redirect(url, urljoin(place, target))
    raise InputError(f"{url}: redirected more than {limits.REDIRECTS} times")


def check_redirect(url: str, target: str) -> str:
    """Return where a server sends to, if it may: over https, from a server of http to itself."""
    try:
        old, new = urlsplit(url), urlsplit(target)
        same = old.scheme == new.scheme == "http" and old.hostname == new.hostname
        allowed = (new.scheme == "https" or same) and new.hostname and "@" not in new.netloc
    except ValueError:
        allowed = False
    if not allowed:
        # Without its query, which may hold a signature.
        place = shorten(target.partition("?")[0].rpartition("@")[2], 200)
        raise InputError(f"{url}: redirected to {place!r}, expected an address of https; refused")
    return target


def reason_of(error: BaseException) -> str:
    """Return why a connection failed, in one line and without the libraries' wrapping."""
    inner: object = error
    while isinstance(inner, BaseException):
        error = inner
        inner = getattr(error, "reason", None) or next(
            (part for part in error.args if isinstance(part, BaseException)), None
        )
    text = " ".join(str(error).split()) or type(error).__name__
    if type(error) is BadStatusLine:
        return f"answered in no form of HTTP: {shorten(text)!r}"
    return shorten(text.partition(": ")[2] if text.startswith("HTTP") else text, 200)
