"""A server that stays silent, or sends next to nothing, is left; redirects lead to https alone."""

import time

import pytest

from scripts.common import limits
from scripts.common.errors import InputError
from scripts.data.stream import check_redirect
from tests.support.file_server import BODY

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\nX-Long: " + b"x" * 1000


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(limits, "SPEED_WINDOW", 0.3)
    monkeypatch.setattr(limits, "FETCH_ATTEMPTS", 2)


def stay_silent(handler):
    handler.server.go_on.wait(20)


def stop_in_the_middle(handler):
    handler.send_head(200, {"Content-Length": str(len(BODY))})
    handler.wfile.write(BODY[:1000])
    handler.server.go_on.wait(20)


def trickle_head(handler):
    handler.trickle(HEAD)


def trickle_body(handler):
    handler.send_head(200, {"Content-Length": str(len(BODY))})
    handler.trickle(BODY)


def trickle_chunk_size(handler):
    handler.send_head(200, {"Transfer-Encoding": "chunked"})
    handler.trickle(b"5;" + b"x" * 1000)


@pytest.mark.parametrize(
    "answer", [stay_silent, stop_in_the_middle, trickle_head, trickle_body, trickle_chunk_size]
)
def test_a_server_that_brings_next_to_nothing_is_given_up(get, server, tmp_path, answer):
    server.answers = [answer] * 2
    began = time.monotonic()
    with pytest.raises(InputError, match=r"gave up after 2 attempts: .* bytes in 0.3 seconds"):
        get(server.url, tmp_path / "file.bin")
    assert time.monotonic() - began < 5


def test_what_came_before_the_silence_is_kept(get, server, tmp_path):
    server.answers = [stop_in_the_middle]
    get(server.url, tmp_path / "file.bin")
    assert server.asked == [0, 1000]
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_a_slow_server_that_brings_enough_is_waited_for(get, server, tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "SLOWEST", 10_000)

    def send_slowly(handler):
        time.sleep(0.2)  # head and bytes have a window each
        handler.send_head(200, {"Content-Length": str(len(BODY))})
        for start in range(0, len(BODY), 20_000):
            handler.wfile.write(BODY[start : start + 20_000])
            time.sleep(0.05)

    server.answers = [send_slowly]
    get(server.url, tmp_path / "file.bin")
    assert server.asked == [0]


def redirect_to(target):
    return lambda handler: handler.send_head(302, {"Location": target, "Content-Length": "0"})


def test_a_server_of_ones_own_may_redirect_to_itself(get, server, tmp_path):
    server.answers = [redirect_to("/elsewhere/../other.bin?key=1")]
    get(server.url, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY


@pytest.mark.parametrize(
    "target",
    [
        "http://localhost/file.bin", "ftp://127.0.0.1/file.bin", "file:///etc/passwd",
        "https://user:secret@host/file.bin?signature=secret", "https:///file.bin",
    ],
)  # fmt: skip
def test_a_redirect_elsewhere_is_refused_at_once(get, server, tmp_path, target):
    server.answers = [redirect_to(target)] * 9
    with pytest.raises(
        InputError, match=r"redirected to .*, expected an address of https"
    ) as error:
        get(server.url, tmp_path / "file.bin")
    assert str(error.value).startswith(server.url) and "secret" not in str(error.value)
    assert len(server.asked) == 1


def test_a_redirect_to_no_address_is_one_line(get, server, tmp_path):
    server.answers = [redirect_to("http://[")] * 9
    with pytest.raises(InputError, match=f"^{server.url}: Invalid IPv6 URL$"):
        get(server.url, tmp_path / "file.bin")
    assert len(server.asked) == 1


def test_redirects_end(get, server, tmp_path):
    server.answers = [redirect_to("/again")] * 99
    with pytest.raises(InputError, match="redirected more than 10 times"):
        get(server.url, tmp_path / "file.bin")
    assert len(server.asked) == 11


def test_https_may_lead_to_another_host_over_https_alone():
    target = "https://other.org/file?signature=1"
    assert check_redirect("https://host.org/file", target) == target
    assert check_redirect("http://host.org/file", target) == target
    for url in ("http://host.org/file", "http://127.0.0.1/file", "//host.org/file"):
        with pytest.raises(InputError, match="refused"):
            check_redirect("https://host.org/file", url)


def test_what_is_no_http_is_said_to_be_none(get, server, tmp_path):
    server.answers = [lambda handler: handler.wfile.write(b"SSH-2.0\r\n\r\n")] * 2
    with pytest.raises(InputError, match=r"attempts: answered in no form of HTTP: 'SSH-2\.0'$"):
        get(server.url, tmp_path / "file.bin")


def test_why_a_connection_failed_is_said_in_plain_words(get, server, tmp_path):
    closed = f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    with pytest.raises(InputError) as error:
        get(f"{closed}/file.bin", tmp_path / "file.bin")
    assert str(error.value) == (
        f"{closed}/file.bin: gave up after 2 attempts: Failed to establish a new connection: "
        "[Errno 111] Connection refused"
    )
