"""What stands before the server lets through what it should, and errors have OpenAI's form."""

import asyncio
import json

import pytest

from scripts.common import limits
from scripts.common.errors import InputError
from scripts.serve import api_guard
from scripts.serve.api_guard import Guard
from scripts.serve.api_requests import Request

JSON = (b"content-type", b"application/json")
HOST = (b"host", b"127.0.0.1:8000")


async def echo(scope, receive, send):
    """Answer with the request's body, in an answer's form."""
    message = await receive()
    if scope["path"] == "/v1/models":
        found = {"data": [{"id": name, "created": 1.5} for name in ("b", "a")]}
    else:
        found = {"model": "m", "choices": [{"text": message["body"].decode()}]}
    await send({"type": "http.response.start", "status": 200, "headers": [JSON]})
    await send({"type": "http.response.body", "body": json.dumps(found).encode()})


def call(path, body=b"", method="POST", headers=(HOST, JSON), password=None, local=True, app=echo):
    """Return the status and the JSON of an answer."""
    sent = []
    parts = [body[:3], body[3:]]

    async def receive():
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message):
        sent.append(message)

    guard = Guard(app, {"a": None, "b": None}, password, local)
    scope = {"type": "http", "path": path, "method": method, "headers": list(headers)}
    asyncio.run(guard(scope, receive, send))
    body = b"".join(one.get("body", b"") for one in sent)
    assert int(dict(sent[0]["headers"]).get(b"content-length", len(body))) == len(body)
    return sent[0]["status"], json.loads(body)


@pytest.fixture(autouse=True)
def translated(monkeypatch):
    """Let requests be as they are; test_api_requests.py has what is made of them."""
    monkeypatch.setattr(api_guard, "translate", lambda body, chat, models: Request(body, ("z",)))


def test_a_request_that_does_not_come_is_left(monkeypatch):
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.05)
    sent = []

    async def receive():
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": "/v1/completions", "method": "POST", "headers": [HOST, JSON]}
    asyncio.run(Guard(echo, {}, None, True)(scope, receive, send))
    assert sent[0]["status"] == 408
    assert b"the request was not whole within 0.05 seconds" in sent[1]["body"]


@pytest.mark.parametrize("body", [b"[" * 990 + b"]" * 990, b"[" * 100_000, b"9" * 5000])
def test_a_body_that_is_nested_too_deeply_is_no_json(body):
    status, found = call("/v1/completions", body)
    assert status == 400 and found["error"]["message"] == "the request's body is no JSON"


def test_a_request_reaches_the_server_and_its_answer_is_cut():
    status, found = call("/v1/completions", b'{"stream": false, "prompt": "xzy"}')
    assert status == 200
    assert found["choices"][0] == {
        "text": '{"stream": false, "prompt": "x', "finish_reason": "stop"
    }  # fmt: skip


def test_the_list_has_the_models_order_and_whole_seconds():
    status, found = call("/v1/models", method="GET")
    assert status == 200
    assert found["data"] == [{"id": "a", "created": 1}, {"id": "b", "created": 1}]


@pytest.mark.parametrize(
    ("path", "more", "status", "line"),
    [
        ("/load_model", {}, 404, "no such address"),
        ("/reset", {}, 404, "no such address"),
        ("/v1/responses", {}, 404, "no such address"),
        ("/docs", {"method": "GET"}, 404, "no such address"),
        ("/v1/completions", {"method": "GET"}, 405, "expected POST"),
        ("/v1/completions", {"headers": [HOST, (b"content-type", b"text/plain")]}, 415, "json"),
        ("/v1/completions", {"body": b"{"}, 400, "no JSON"),
        ("/v1/completions", {"body": b"[" * 99999}, 400, "no JSON"),
        ("/v1/completions", {"body": b" " * (2**22 + 1)}, 413, "more than"),
        ("/v1/models", {"headers": [(b"host", b"evil.example")], "method": "GET"}, 403, "alone"),
        ("/v1/models", {"headers": [(b"host", b"[::")], "method": "GET"}, 403, "alone"),
    ],
)
def test_what_is_refused_is_refused_in_openais_form(path, more, status, line):
    found, answer = call(path, **more)
    assert found == status and line in answer["error"]["message"]
    assert answer["error"]["type"] == "invalid_request_error"


def test_a_password_is_asked_for_everywhere_but_of_health():
    right = (HOST, JSON, (b"authorization", b"Bearer secret"))
    wrong = (HOST, JSON, (b"authorization", "Bearer gehéim".encode()))
    for headers in ((HOST, JSON), wrong):
        status, found = call("/v1/models", method="GET", headers=headers, password="secret")
        assert (status, found["error"]["code"]) == (401, "invalid_api_key")
    assert call("/v1/models", method="GET", headers=right, password="secret")[0] == 200
    other = (HOST, JSON, (b"authorization", "Bearer gehéim".encode()))
    assert call("/v1/models", method="GET", headers=other, password="gehéim")[0] == 200
    assert call("/health", method="GET", password="secret")[0] == 200


def test_a_server_for_others_answers_by_any_name():
    headers = [(b"host", b"lab.example:8000")]
    assert call("/v1/models", method="GET", headers=headers, local=False)[0] == 200


def test_a_failure_of_the_server_is_told():
    async def fail(*_):
        raise RuntimeError("weights\nare broken")

    status, found = call("/v1/completions", b'{"stream": false}', app=fail)
    assert (status, found["error"]["type"]) == (500, "server_error")
    assert found["error"]["message"] == "weights are broken"


def test_a_damaged_model_is_one_line_in_the_terminal_too(caplog):
    async def fail(*_):
        raise InputError("model.safetensors: damaged")

    status, found = call("/v1/completions", b'{"stream": false}', app=fail)
    assert (status, found["error"]["message"]) == (500, "model.safetensors: damaged")
    assert [(one.getMessage(), bool(one.exc_info)) for one in caplog.records] == [
        ("model.safetensors: damaged", False)
    ]
