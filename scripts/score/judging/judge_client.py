"""The HTTP client that asks a judge: bounded, it follows no redirect and takes nothing packed."""

from typing import Any

import httpx2

from scripts.common import limits
from scripts.common.bounded_client import BoundedClient, TooLarge

PLAIN = {"Accept-Encoding": "identity"}


class JudgeClient(BoundedClient):
    """A client whose `timeout`, in seconds, is of the whole reply."""

    def __init__(self, timeout: float) -> None:
        super().__init__(
            timeout, limits.REPLY_BYTES, timeout=timeout, follow_redirects=False, headers=PLAIN
        )

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Return a response that has been read; the `openai` client asks for packed ones."""
        request.headers.update(PLAIN)
        return super().send(request, **(options | {"stream": False}))

    def read_whole(self, response: httpx2.Response, deadline: float) -> httpx2.Response:
        """Return the same response with its content; `TooLarge` where it is packed."""
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise TooLarge("a compressed reply, which may be of any size")
        return super().read_whole(response, deadline)
