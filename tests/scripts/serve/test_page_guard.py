"""Requests that are not this page's get no further than the guard."""

import asyncio
import base64
import http.client
import json
import socket
from urllib.parse import urlsplit

import pytest

from scripts.common import limits
from scripts.serve.page_guard import Guard
from tests.support.page_server import serve, write_results

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def results(tmp_path_factory, tiny_model):
    return write_results(tmp_path_factory.mktemp("guard") / "results", tiny_model)


@pytest.fixture(scope="module")
def port(results):
    with serve(results) as address:
        yield urlsplit(address).port


@pytest.fixture(scope="module")
def guarded(results):
    with serve(results, "geheim") as address:
        yield urlsplit(address).port


def ask(port, path="/", method="GET", body=None, **headers):
    """Send a request; return its status, its headers and what it says."""
    connection = http.client.HTTPConnection(HOST, port, timeout=20)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, {"Host": f"{HOST}:{port}"} | headers)
    response = connection.getresponse()
    return response.status, response.headers, response.read().decode()


def test_the_page_may_fetch_from_itself_alone(port):
    status, headers, page = ask(port)
    assert status == 200 and "gradio_config" in page
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ["localhost", "localhost:9999", "127.0.0.1", "[::1]:80", "10.0.0.7"]
)
def test_its_own_names_and_addresses_are_answered(port, name):
    assert ask(port, Host=name)[0] == 200


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", ""]
)
def test_another_name_is_not(port, name):
    assert ask(port, Host=name)[0] == 421


def test_another_sites_page_is_refused(port):
    join = "/gradio_api/queue/join"
    for origin in ("https://evil.example", "http://127.0.0.1:1", "null", f"http://{HOST}"):
        assert ask(port, join, "POST", "{}", Origin=origin)[0] == 403
    assert ask(port, "/config", Sec_Fetch_Site="cross-site")[0] == 403
    assert ask(port, "/", Sec_Fetch_Site="cross-site")[0] == 200  # a link that a person follows
    # Its own is passed on, and then is no question.
    assert ask(port, join, "POST", "{}", Origin=f"http://{HOST}:{port}")[0] == 422


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/upload", "/docs", "/login",
        "/gradio_api/file=/etc/passwd", "/gradio_api/file/etc/passwd", "/file=/etc/passwd",
        "/gradio_api/proxy=https://example.org", "/monitoring", "/gradio_api/vibe-code/",
        "/gradio_api/component_server", "/gradio_api/call/ask", "/gradio_api/run/predict",
        "/gradio_api/stream/x", "/gradio_api/mcp", "/gradio_api/runs", "/custom_component/x",
        "/openapi.json", "/svelte/x", "/static/../../etc/passwd", "/assets/..%2f..%2fconfig",
    ],
)  # fmt: skip
def test_what_the_page_does_not_need_is_not_there(port, path):
    for method in ("GET", "POST"):
        assert ask(port, path, method, "{}" if method == "POST" else None)[0] in (404, 403, 405)


def test_other_methods_are_not_answered(port):
    assert {ask(port, "/", method)[0] for method in ("PUT", "DELETE", "PATCH", "OPTIONS")} == {404}


def test_a_request_has_a_size(port):
    large = "x" * 2_000_000
    assert ask(port, "/gradio_api/queue/join", "POST", large)[0] == 413
    # One that does not say its length, or lies.
    for head in ("Transfer-Encoding: chunked", "Content-Length: -5", "Content-Length: many"):
        with socket.create_connection((HOST, port), timeout=20) as found:
            found.sendall(
                f"POST /gradio_api/queue/join HTTP/1.1\r\nHost: {HOST}\r\n"
                f"Content-Type: application/json\r\n{head}\r\n\r\n".encode()
            )
            try:
                for _ in range(300):
                    found.sendall(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
                found.sendall(b"0\r\n\r\n")
            except OSError:
                pass  # it has closed the connection
            try:
                answer = found.recv(4096)
            except OSError:
                answer = b""
            assert not answer or answer.split()[1] in (b"413", b"400")
    assert ask(port)[0] == 200


def test_an_event_of_no_tab_does_nothing(port):
    """The list of functions is part of the page; who calls one out of turn gets no answer."""
    page = json.loads(ask(port, "/config")[2])
    for one in page["dependencies"]:
        body = json.dumps({"data": [None] * 40, "fn_index": one["id"], "session_hash": "me"})
        assert ask(port, "/gradio_api/queue/join", "POST", body, Content_Type="application/json")[
            0
        ] in (200, 400, 422, 503)
    assert ask(port)[0] == 200


def test_a_password_is_needed_for_everything(guarded):
    def give(text):
        return "Basic " + base64.b64encode(text.encode()).decode()

    for path in ("/", "/config", "/theme.css", "/assets/x.js", "/gradio_api/heartbeat/x"):
        assert ask(guarded, path)[0] == 401
    wrong = ("me:", "geheim", "geheim:", ":Geheim", ":geheim ", "me:gehei")
    assert {ask(guarded, Authorization=give(one))[0] for one in wrong} == {401}
    for header in ("Basic ???", "Basic", "Bearer geheim", "Digest x"):
        assert ask(guarded, Authorization=header)[0] == 401
    assert ask(guarded, Authorization=give("anyone:geheim"))[0] == 200
    status, headers, _ = ask(guarded)
    assert status == 401 and headers["www-authenticate"].startswith("Basic ")


def test_a_request_that_does_not_come_is_left(monkeypatch):
    """The page's own library would wait for it as long as its client likes."""
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.05)
    sent = []

    async def receive():
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message):
        sent.append(message)

    async def read_all(scope, receive, send):
        while (await receive())["more_body"]:
            pass

    scope = {
        "type": "http", "path": "/gradio_api/queue/join", "method": "POST",
        "headers": [(b"host", b"127.0.0.1")],
    }  # fmt: skip
    asyncio.run(Guard(read_all, HOST, None, 1000)(scope, receive, send))
    assert sent[0]["status"] == 408


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "1e3", "\u00b2"])
def test_a_length_that_is_none_is_refused(length):
    guard = Guard(None, HOST, None, 1000)
    scope = {"path": "/gradio_api/queue/join", "method": "POST"}
    headers = {b"host": b"127.0.0.1", b"content-length": length.encode("latin-1")}
    assert guard.refuse(scope, headers)[0] == 413
