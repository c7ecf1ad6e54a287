"""Asking an OpenAI-compatible server for a chat completion, at a bounded pace.

`requests` is enough for one POST; the `openai` package would bring a dozen others. The key goes
into one header and nowhere else: no log, no file, no message.
"""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests

from scripts.common.command import log
from scripts.common.errors import InputError

ATTEMPTS = 6
DELAY = 1.0  # seconds before the second attempt; doubles from one to the next
LONGEST_DELAY = 60.0  # seconds; also of what a server asks for by Retry-After
# The server will not answer this question however often it is asked: too long, or filtered.
REFUSALS = (400, 413, 422)

Reply = dict[str, Any]


class Passing(Exception):
    """A fault that another attempt may not meet; `wait` is what the server asks for, in seconds."""

    def __init__(self, text: str, wait: float = 0.0) -> None:
        super().__init__(text)
        self.wait = wait


class Pace:
    """Lets requests start no faster than so many a minute, evenly; None sets no bound."""

    def __init__(self, requests_per_minute: float | None) -> None:
        self.gap = 60 / requests_per_minute if requests_per_minute else 0.0
        self.next = 0.0
        self.lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next request may start."""
        with self.lock:
            start = max(self.next, time.monotonic())
            self.next = start + self.gap
        time.sleep(max(0.0, start - time.monotonic()))


@dataclass(frozen=True)
class Endpoint:
    """A server: its ``base_url`` (up to ``/v1``), a key or None, seconds to wait for a reply."""

    base_url: str
    key: str | None = field(repr=False)
    timeout: float = 120.0
    pace: Pace = field(default_factory=lambda: Pace(None))
    stopped: threading.Event = field(default_factory=threading.Event)

    def ask(self, body: dict[str, Any]) -> Reply:
        """Return the reply: ``text``, ``finish`` and ``usage``, or ``refused`` and why.

        429, 5xx, time-outs, broken connections and malformed replies are tried again, ever later;
        `InputError` when that did not help, or at once where no other attempt could.
        """
        for attempt in range(ATTEMPTS):
            self.pace.wait()
            if self.stopped.is_set():
                raise InputError(f"{self.base_url}: not asked, for another question failed")
            try:
                return self.post(body)
            except (requests.RequestException, Passing) as error:
                reason = self.hide(describe(error))
                log.info("%s: %s; attempt %d of %d", self.base_url, reason, attempt + 1, ATTEMPTS)
                if attempt + 1 < ATTEMPTS:
                    wait = max(DELAY * 2**attempt, getattr(error, "wait", 0.0))
                    self.stopped.wait(min(wait, LONGEST_DELAY))
        raise InputError(f"{self.base_url}: gave up after {ATTEMPTS} attempts: {reason}")

    def post(self, body: dict[str, Any]) -> Reply:
        """Ask once."""
        url = f"{self.base_url.rstrip('/')}/chat/completions"
        # A redirect would carry the question, and perhaps the key, to another place.
        response = requests.post(
            url, json=body, auth=self.sign, timeout=self.timeout, allow_redirects=False
        )
        status = response.status_code
        if status in (408, 409, 429) or status >= 500:
            raise Passing(f"answer {status} {response.reason}", read_wait(response))
        if status in REFUSALS:
            return {"refused": self.hide(f"answer {status}: {one_line(response.text)}")}
        if status != 200:
            hint = "; is the key right?" if status in (401, 403) else ""
            text = self.hide(one_line(response.text))
            raise InputError(f"{url}: answer {status} {response.reason}: {text}{hint}")
        return read_reply(response)

    def sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the key; being there, this also keeps requests from a key of its own (``.netrc``)."""
        if self.key:
            request.headers["Authorization"] = f"Bearer {self.key}"
        return request

    def hide(self, text: str) -> str:
        """Return a server's text without the key, should it repeat it."""
        return text.replace(self.key, "…") if self.key else text


def describe(error: Exception) -> str:
    """Return what went wrong in a few words; a library's own are a paragraph."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    return "no server answers" if isinstance(error, requests.ConnectionError) else str(error)


def read_reply(response: requests.Response) -> Reply:
    """Return what the judge wrote; `Passing` where the answer is no chat completion."""
    try:
        answer = response.json()
        choice = answer["choices"][0]
        text = choice["message"]["content"] or ""
    except (ValueError, KeyError, IndexError, TypeError):
        raise Passing(f"found no chat completion: {one_line(response.text)!r}") from None
    if not isinstance(text, str):
        raise Passing(f"found no text: {one_line(response.text)!r}")
    usage = answer.get("usage") or {}
    tokens = [usage.get("prompt_tokens"), usage.get("completion_tokens")]
    return {"text": text, "finish": choice.get("finish_reason"), "tokens": tokens}


def read_wait(response: requests.Response) -> float:
    """Return the seconds of Retry-After, 0 where there is none; a date there is not waited for."""
    try:
        return float(response.headers.get("Retry-After", 0))
    except ValueError:
        return 0.0


def one_line(text: str) -> str:
    """Return the beginning of a text on one line."""
    return " ".join(text.split())[:200]
