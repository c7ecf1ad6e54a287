"""Whatever a server does, asking it ends within its time and its size, in an error of its own."""

import gzip
import time

import httpx2
import pytest

from scripts.common import limits
from scripts.common.bounded_client import BoundedClient, TooLarge
from tests.support.file_server import BODY, serve
from tests.support.judge_stub import serve_bytes

OK = b"HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(bytes(1 << 24))


def slowly(head: bytes, part: bytes = b"x"):
    """Yield a head at once, then a part every 0.02 seconds."""
    yield head
    for _ in range(500):
        time.sleep(0.02)
        yield part


def headed(*lines: str) -> bytes:
    return OK + "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"


def ask(url: str, seconds: float = 0.5) -> httpx2.Response:
    with BoundedClient(seconds, limits.MB, timeout=5, follow_redirects=True) as client:
        return client.get(url)


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        (lambda: slowly(b"", b""), httpx2.ReadTimeout),
        (lambda: slowly(OK, b"A: b\r\n"), httpx2.ReadTimeout),
        (lambda: slowly(headed("Content-Length: 9999")), httpx2.ReadTimeout),
        (lambda: slowly(headed("Transfer-Encoding: chunked"), b"1\r\nx\r\n"), httpx2.ReadTimeout),
        (lambda: [headed(), *[bytes(1 << 16)] * 99], TooLarge),
        (lambda: [headed("Content-Encoding: gzip"), BOMB], TooLarge),
        (lambda: [headed("Content-Length: 99"), b"too few"], httpx2.RemoteProtocolError),
        (lambda: [headed(f"Content-Length: {'9' * 5000}"), b"x"], httpx2.RemoteProtocolError),
        (lambda: [b"SSH-2.0\r\n\r\n"], httpx2.RemoteProtocolError),
    ],
    ids=[
        "silent", "head", "body", "chunks", "endless", "bomb", "short", "length", "no http"
    ],
)  # fmt: skip
def test_a_server_that_will_not_answer_properly_is_left(parts, error):
    began = time.monotonic()
    with serve_bytes(parts) as url, pytest.raises(error):
        ask(url)
    assert time.monotonic() - began < 3


def test_an_ordinary_answer_is_what_httpx_has():
    with serve() as server:
        mine = ask(server.url)
        theirs = httpx2.get(server.url)
    assert mine.content == theirs.content == BODY
    assert mine.status_code == 200 and mine.url == theirs.url
    with serve_bytes(lambda: [headed("Content-Encoding: gzip"), gzip.compress(b"text")]) as url:
        assert ask(url).text == "text"


def test_what_a_head_tells_of_the_length_is_kept():
    with serve_bytes(lambda: [headed("Content-Length: 77")]) as url, BoundedClient(5, 9) as client:
        assert client.head(url).headers["content-length"] == "77"


def redirect_to(target: str):
    return lambda handler: handler.send_head(302, {"Location": target, "Content-Length": "0"})


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("/again", httpx2.TooManyRedirects),
        ("file:///etc/passwd", httpx2.UnsupportedProtocol),
        ("ftp://127.0.0.1/x", httpx2.UnsupportedProtocol),
    ],
)
def test_a_redirect_that_leads_nowhere_ends(target, error):
    with serve() as server, pytest.raises(error):
        server.answers = [redirect_to(target)] * 99
        ask(server.url, 5)


def test_a_token_does_not_follow_to_another_server():
    sent = []

    def note(handler):
        sent.append(handler.headers["Authorization"])
        handler.send_head(200, {"Content-Length": "0"})

    def pass_on(handler):
        sent.append(handler.headers["Authorization"])
        redirect_to(other.url)(handler)

    with serve() as server, serve() as other:
        server.answers, other.answers = [pass_on], [note]
        with BoundedClient(5, 9, follow_redirects=True) as client:
            client.get(server.url, headers={"Authorization": "Bearer secret"})
    assert sent == ["Bearer secret", None]


def test_a_file_may_take_its_time_but_not_trickle(monkeypatch):
    monkeypatch.setattr(limits, "SPEED_WINDOW", 0.2)
    head = headed("Content-Length: 99999")
    for part, ends in ((b"x", True), (b"x" * 200, False)):
        with (
            serve_bytes(lambda part=part: slowly(head, part)) as url,
            BoundedClient(5, 9, timeout=5) as client,
            client.stream("GET", url) as response,
        ):
            began, count = time.monotonic(), 0
            try:
                for block in response.iter_bytes():
                    count += len(block)
                    if time.monotonic() - began > 1:
                        break
            except httpx2.ReadTimeout as error:
                assert ends and "which is too slow" in str(error)
            else:
                assert not ends and count > 1000
