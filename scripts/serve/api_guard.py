"""What stands before `transformers serve`: it refuses, with OpenAI's form of an error.

Only three addresses of that server are reached, with the models that it was started for; other
ones load any folder or stop the server's models. A request is read whole, checked and translated
(`api_requests`), its answer cut where it asked for that (`api_stops`).
"""

import hmac
import json
import logging
import os
from asyncio import timeout, to_thread
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from scripts.common import limits
from scripts.common.bounded_json import load_json
from scripts.common.errors import InputError
from scripts.serve.addresses import is_loopback
from scripts.serve.api_fields import Refused
from scripts.serve.api_requests import Model, Request, translate
from scripts.serve.api_stops import Events, cut_whole

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
CHAT, COMPLETION = "/v1/chat/completions", "/v1/completions"
MODELS, HEALTH = "/v1/models", "/health"


class Guard:
    """A server's application behind checks.

    Args:
        app: the application.
        models: that are served, by name.
        password: that a client gives as its key; None: none is asked for.
        local: only requests to this machine's own names are answered, so that no page of another
            site reaches it by a name that leads here.
    """

    def __init__(
        self, app: App, models: dict[str, Model], password: str | None, local: bool
    ) -> None:
        self.app, self.models, self.password, self.local = app, models, password, local

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.answer(scope, receive, watch)
        except Refused as error:
            await refuse(send, str(error), error.status, error.code)
        except Exception as error:
            foreseen = isinstance(error, InputError)
            told = str(error) if foreseen else "failed"
            logging.getLogger("uvicorn.error").error("%s", told, exc_info=not foreseen)
            if begun:
                raise
            await refuse(send, " ".join(str(error).split()) or type(error).__name__, 500, None)

    async def answer(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request; `Refused` for one that may not be, or is malformed."""
        path, method = scope["path"], scope["method"]
        headers = {
            key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]
        }
        self.check_client(headers, path)
        if path == HEALTH:
            return await self.app(scope, receive, send)
        if path == MODELS and method == "GET":
            return await self.app(scope, receive, change(self.list_models, send))
        if path not in (CHAT, COMPLETION):
            raise Refused(f"{path}: there is no such address here", 404)
        if method != "POST":
            raise Refused(f"{path}: expected POST", 405)
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused("content-type: expected application/json", 415)
        try:
            async with timeout(limits.REQUEST_SECONDS):
                data = await read_body(receive)
        except TimeoutError:
            seconds = limits.REQUEST_SECONDS
            raise Refused(f"the request was not whole within {seconds:g} seconds", 408) from None
        # In a thread: counting the tokens of megabytes takes seconds, in which others are answered.
        request = await to_thread(lambda: translate(read_json(data), path == CHAT, self.models))
        await self.app(scope, replay(request.body, receive), send_cut(request, send))

    def list_models(self, found: dict[str, Any]) -> dict[str, Any]:
        """Return the server's list in the order of the models, its times as whole seconds."""
        order = {name: number for number, name in enumerate(self.models)}
        data = sorted(found["data"], key=lambda one: order.get(one["id"], len(order)))
        return found | {"data": [one | {"created": int(one["created"])} for one in data]}

    def check_client(self, headers: dict[str, str], path: str) -> None:
        """Refuse who does not know the password, and who came by another name."""
        if self.local and not is_loopback(host_name(headers.get("host", ""))):
            raise Refused("host: this server answers this machine alone", 403)
        if self.password and path != HEALTH:
            given = headers.get("authorization", "")
            wanted = os.fsencode(f"Bearer {self.password}")
            if not hmac.compare_digest(given.encode("latin-1"), wanted):
                raise Refused("the key is not this server's password", 401, "invalid_api_key")


def host_name(header: str) -> str:
    """Return the name in a Host header, without its port; nothing where there is none."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


async def refuse(send: Send, text: str, status: int, code: str | None) -> None:
    """Send an error in OpenAI's form."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    error = {"message": text, "type": kind, "param": None, "code": code}
    data = json.dumps({"error": error}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(data))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


async def read_body(receive: Receive) -> bytes:
    """Return a request's body; refuse one that is too large."""
    data = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused("the client left", 499)
        data += message.get("body", b"")
        if len(data) > limits.REQUEST_BYTES:
            raise Refused(f"the request has more than {limits.REQUEST_BYTES} bytes", 413)
        if not message.get("more_body"):
            return data


def read_json(data: bytes) -> Any:
    """Return what a request's body says."""
    try:
        return load_json(data)
    except ValueError:
        raise Refused("the request's body is no JSON") from None


def replay(body: dict[str, Any], receive: Receive) -> Receive:
    """Return what gives an application this body, and then what else comes."""
    waiting = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]

    async def give() -> Message:
        return waiting.pop() if waiting else await receive()

    return give


def send_cut(request: Request, send: Send) -> Send:
    """Return what sends an answer on, cut at the request's stops."""
    if request.body["stream"]:
        return stream(Events(request.stops), send)
    return change(lambda answer: cut_whole(answer, request.stops), send)


def stream(events: Events, send: Send) -> Send:
    """Return what sends a streamed answer on, event by event, and says where it ends."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.body":
            more = message.get("more_body", False)
            body = events.feed(message.get("body", b"")) + (b"" if more else b"data: [DONE]\n\n")
            message = {"type": message["type"], "body": body, "more_body": more}
        await send(message)

    return sending


def change(edit: Callable[[dict[str, Any]], dict[str, Any]], send: Send) -> Send:
    """Return what sends an answer on whose JSON was changed; an error as it is."""
    begun: list[Message] = []
    parts: list[bytes] = []

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            begun.append(message)
            return
        parts.append(message.get("body", b""))
        if message.get("more_body", False):
            return
        (start,), data = begun, b"".join(parts)
        if start["status"] == 200:
            data = json.dumps(edit(json.loads(data)), ensure_ascii=False).encode()
        kept = [one for one in start["headers"] if one[0].lower() != b"content-length"]
        await send({**start, "headers": [*kept, (b"content-length", b"%d" % len(data))]})
        await send({"type": message["type"], "body": data})

    return sending
