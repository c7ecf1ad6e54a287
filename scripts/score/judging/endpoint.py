"""Asking an OpenAI-compatible server for a chat completion, at a bounded pace.

The request goes through the `openai` client; pace, attempts and errors are ours. The key goes into
one header and nowhere else: no log, no file, no message.
"""

import threading
import time
from math import isfinite
from typing import Any

import openai

from scripts.common import limits
from scripts.common.bounded_client import TooLarge
from scripts.common.bounded_json import load_json
from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.common.escapes import clean_line, clean_text
from scripts.score.judging.judge_client import JudgeClient
from scripts.score.judging.replies import Reply

# The server will not answer this question however often it is asked: too long, or filtered.
REFUSALS = (400, 413, 422)


class Passing(Exception):
    """A fault that another attempt may not meet; `wait` is what the server asks for, in seconds."""

    def __init__(self, text: str, wait: float = 0.0) -> None:
        super().__init__(text)
        self.wait = wait


class Odd(Passing):
    """What came, or did not come in time, is no reply; the server answers, and may do better on
    another question."""


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


class Endpoint:
    """A server: its ``base_url`` (up to ``/v1``), a key or None, seconds a whole reply may take."""

    def __init__(self, base_url: str, key: str | None, timeout: float, pace: Pace) -> None:
        self.base_url, self.key, self.pace = base_url, key, pace
        self.stopped = threading.Event()
        self.failure: InputError | None = None  # of the question that ended the asking
        self.given_up = 0  # questions one after another
        # The client would also send what it finds in the environment: an organisation, a project.
        unsent = ["OpenAI-Organization", "OpenAI-Project", *([] if key else ["Authorization"])]
        self.headers = {name: openai.Omit() for name in unsent}
        # Opened here: what it takes to import and to set up TLS would be lost to the pace. A
        # redirect would carry the question, and perhaps the key, to another place.
        client = openai.OpenAI(
            api_key=key or "none",
            base_url=base_url,
            timeout=timeout,
            max_retries=0,
            http_client=JudgeClient(timeout),
        )
        self.completions = client.chat.completions.with_raw_response

    def ask(self, body: dict[str, Any]) -> Reply:
        """Return the reply: ``text``, ``finish`` and ``tokens``, or ``refused`` and why.

        429, 5xx, time-outs, broken connections and malformed replies are tried again, ever later.
        A question whose replies stay malformed, or do not end in time, is refused, unless so are
        `limits.JUDGE_GIVEN_UP` questions one after another.

        Raises:
            InputError: when retrying did not help, or at once where it could not. From then on no
                question is asked any more, and each raises the same error.
        """
        try:
            return self.ask_again(body)
        except InputError as error:
            # Here, in the thread of the question: it would take the next one before any other
            # thread sees that this one failed.
            self.failure = self.failure or error
            self.stopped.set()
            raise self.failure from None

    def ask_again(self, body: dict[str, Any]) -> Reply:
        """Ask until there is a reply, at most `limits.JUDGE_ATTEMPTS` times."""
        attempts, longest = limits.JUDGE_ATTEMPTS, limits.JUDGE_LONGEST_PAUSE
        for attempt in range(attempts):
            self.pace.wait()
            if self.stopped.is_set():
                raise self.failure or InputError(f"{self.base_url}: interrupted")
            try:
                reply = self.post(body)
                self.given_up = 0
                return reply
            except Passing as error:
                reason, odd = self.hide(str(error)), isinstance(error, Odd)
                log.info("%s: %s; attempt %d of %d", self.base_url, reason, attempt + 1, attempts)
                if attempt + 1 < attempts:
                    pause = max(limits.JUDGE_FIRST_PAUSE * 2**attempt, error.wait)
                    self.stopped.wait(min(pause, longest))
        self.given_up += 1
        if odd and self.given_up < limits.JUDGE_GIVEN_UP:
            return {"refused": f"gave up after {attempts} attempts: {reason}"}
        raise InputError(f"{self.base_url}: gave up after {attempts} attempts: {reason}")

    def post(self, body: dict[str, Any]) -> Reply:
        """Ask once; `Passing` where another attempt may help."""
        try:
            answer = self.completions.create(**body, extra_headers=self.headers)
        except openai.APITimeoutError:
            raise Odd("no answer in time") from None
        except openai.APIStatusError as error:
            return self.refuse(error)
        except TooLarge as error:
            raise Odd(str(error)) from None
        except openai.APIConnectionError:
            raise Passing("no server answers") from None
        return read_reply(answer.http_response.text)

    def refuse(self, error: openai.APIStatusError) -> Reply:
        """Return the refusal of this one question; raise what any other status means."""
        status, response = error.status_code, error.response
        if status in (408, 409, 429) or status >= 500:
            wait = read_wait(response.headers.get("Retry-After", "0"))
            raise Passing(f"answer {status} {one_line(response.reason_phrase)}", wait) from None
        text = self.hide(one_line(response.text))
        if status in REFUSALS:
            return {"refused": f"answer {status}: {text}"}
        hint = "; is the key right?" if status in (401, 403) else ""
        reason = f"answer {status} {one_line(response.reason_phrase)}"
        raise InputError(f"{response.url}: {reason}: {text}{hint}") from None

    def hide(self, text: str) -> str:
        """Return a server's text without the key, should it repeat it."""
        return text.replace(self.key, "…") if self.key else text


def read_reply(body: str) -> Reply:
    """Return what the judge wrote; `Odd` where the body is no chat completion.

    Read here and not by the client, which takes whatever JSON there is for a completion.
    """
    try:
        answer = load_json(body)
        choice = answer["choices"][0]
        text = choice["message"]["content"] or ""
    except (ValueError, KeyError, IndexError, TypeError):
        raise Odd(f"found no chat completion: {one_line(body)!r}") from None
    if not isinstance(text, str):
        raise Odd(f"found no text: {one_line(body)!r}")
    finish = choice.get("finish_reason")
    # A server that cuts a reply within a character may leave half of it, which no file can hold.
    return {
        "text": clean_text(text),
        "finish": one_line(finish) if isinstance(finish, str) else None,
        "tokens": read_usage(answer.get("usage")),
    }


def read_usage(usage: Any) -> list[int | None]:
    """Return the tokens of prompt and reply that a server counted, None for what is no count."""
    if not isinstance(usage, dict):
        return [None, None]
    counts = [usage.get("prompt_tokens"), usage.get("completion_tokens")]
    return [count if type(count) is int and 0 <= count < 2**53 else None for count in counts]


def read_wait(text: str) -> float:
    """Return the seconds of Retry-After; 0 for a date, which is not waited for."""
    try:
        seconds = float(text)
    except ValueError:
        return 0.0
    return seconds if isfinite(seconds) else 0.0


def one_line(text: str) -> str:
    """Return the beginning of a text on one line, without what terminals take for commands."""
    return clean_line(text[:2000])[:200]
