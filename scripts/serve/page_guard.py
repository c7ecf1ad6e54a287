"""What a request must pass before the page's library sees it.

Only what the page itself needs is answered: no uploads, no list of functions, no files. A site on
the internet may point its own name at this machine (DNS rebinding) or let a visitor's browser send
requests here: a name that is not this server's, or another page's origin, is refused.
"""

import asyncio
import base64
import hmac
import ipaddress
import os
import re
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from scripts.common import limits

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

GET = re.compile(
    r"/|/config|/theme\.css|/favicon\.ico|/assets/[\w.-]+|/static/[\w./-]+"
    r"|/gradio_api/(queue/data|app_id|startup-events|heartbeat/\w+)"
)
POST = re.compile(r"/gradio_api/(queue/join|cancel|reset)/?")
# The browser fetches it without a password, and tells of an error where it is refused.
MANIFEST = "/manifest.json"
POLICY = "; ".join(
    [
        "default-src 'self'",
        # Gradio's own page has scripts in it, and compiles templates.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
ASK_PASSWORD = (b"www-authenticate", b'Basic realm="lingraft", charset="UTF-8"')


class TooLarge(Exception):
    """A request's body is larger than it may be."""


class Guard:
    """Passes on what is asked by this page, from this server's names, with the password.

    Args:
        app: what answers.
        host: the address that is listened at.
        password: None where none is needed.
        limit: bytes of a request's body.
    """

    def __init__(self, app: App, host: str, password: str | None, limit: int) -> None:
        self.app, self.password, self.limit = app, password, limit
        self.names = {"localhost", host.lower(), socket.gethostname().lower()}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, or say why not."""
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] != "http":
            return None
        headers = {name.lower(): value for name, value in scope["headers"]}
        if refused := self.refuse(scope, headers):
            return await answer(send, *refused)
        if scope["path"] == MANIFEST:
            return await answer(send, 200, "{}", (b"content-type", b"application/json"))
        if not self.is_known(headers):
            await asyncio.sleep(limits.WRONG_PASSWORD if b"authorization" in headers else 0)
            return await answer(send, 401, "the password is missing or wrong", ASK_PASSWORD)
        return await self.pass_on(scope, receive, send)

    def refuse(self, scope: Message, headers: dict[bytes, bytes]) -> tuple[int, str] | None:
        """Return the status and the reason why a request is not answered; None if it is."""
        host, origin = text(headers.get(b"host")), headers.get(b"origin")
        if not self.is_own(host):
            return 421, f"{host!r} is no name of this server"
        if origin is not None and text(origin).partition("://")[2] != host:
            return 403, "another site's page asked"
        if headers.get(b"sec-fetch-site") == b"cross-site" and scope["path"] != "/":
            return 403, "another site's page asked"
        allowed = POST if scope["method"] == "POST" else GET
        known = scope["path"] == MANIFEST or allowed.fullmatch(scope["path"])
        if scope["method"] not in ("GET", "HEAD", "POST") or not known:
            return 404, "the page has nothing here"
        length = text(headers.get(b"content-length", b"0"))
        if not re.fullmatch("[0-9]{1,18}", length) or int(length) > self.limit:
            return 413, f"more than {self.limit} bytes"
        return None

    def is_own(self, host: str) -> bool:
        """Tell whether a Host header names this server: an address, or a name that it has."""
        name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
        if name.lower() in self.names:
            return True
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True

    def is_known(self, headers: dict[bytes, bytes]) -> bool:
        """Tell whether a request has the password, if one is needed."""
        if self.password is None:
            return True
        kind, _, code = headers.get(b"authorization", b"").partition(b" ")
        try:
            _, _, said = base64.b64decode(code, validate=True).partition(b":")
        except ValueError:
            said = b""
        right = hmac.compare_digest(said, os.fsencode(self.password))
        return right and kind.lower() == b"basic"

    async def pass_on(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let the page answer; a body that turns out too long, or does not come, ends it."""
        taken, began, whole = 0, False, False
        deadline = asyncio.get_running_loop().time() + limits.REQUEST_SECONDS

        async def take() -> Message:
            nonlocal taken, whole
            async with asyncio.timeout_at(None if whole else deadline):
                message = await receive()
            whole = whole or not message.get("more_body", False)
            taken += len(message.get("body", b""))
            if taken > self.limit:
                raise TooLarge
            return message

        async def give(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        try:
            await self.app(scope, take, give)
        except TooLarge:
            if not began:
                await answer(send, 413, f"more than {self.limit} bytes")
        except TimeoutError:
            if whole:
                raise
            if not began:
                seconds = limits.REQUEST_SECONDS
                await answer(send, 408, f"not whole within {seconds:g} seconds")


def text(value: bytes | None) -> str:
    """Return a header as text."""
    return (value or b"").decode("latin-1")


async def answer(send: Send, status: int, reason: str, *headers: tuple[bytes, bytes]) -> None:
    """Send a short answer of our own."""
    body = reason.encode()
    facts = dict(headers)
    kind = facts.pop(b"content-type", b"text/plain; charset=utf-8")
    size = (b"content-length", str(len(body)).encode())
    start = [(b"content-type", kind), size, *facts.items(), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
