"""What a client asks, checked and put as `transformers serve` understands it.

That server ignores fields which it does not support, draws nothing unless the model's own settings
say so, and continues behind a model's window. Here such a request is refused, by one line.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from scripts.common.errors import nearest, shorten
from scripts.common.files import read_json, read_text
from scripts.convert.chat_template import render_chat
from scripts.serve.api_fields import (
    FIELDS,
    Body,
    Refused,
    is_whole,
    plain,
    read,
    read_drawing,
    read_field,
    refuse_unknown,
)
from scripts.serve.api_folder import SEPARATOR, Laid

LONGEST = 1024  # new tokens, where a request names no number
ROLES = ("user", "assistant")


@dataclass(frozen=True)
class Model:
    """A model that is served, and what its requests are checked with."""

    laid: Laid

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer, with private names for its special tokens."""
        return Tokenizer.from_file(f"{self.laid.folder}/tokenizer.json")

    @cached_property
    def template(self) -> str:
        """The chat template."""
        return read_text(Path(self.laid.folder, "chat_template.jinja"), "a chat template")

    def drawing(self) -> Body:
        """Return the settings of answers that are drawn."""
        settings: Body = read_json(Path(self.laid.folder, "generation_config.json"))
        return settings | {"do_sample": True}


@dataclass(frozen=True)
class Request:
    """A request as the server gets it, and the texts at which its answer ends."""

    body: Body
    stops: tuple[str, ...]


def translate(body: Any, chat: bool, models: dict[str, Model]) -> Request:
    """Return a request for `transformers serve`.

    Args:
        body: the JSON that a client sent.
        chat: it is for ``/v1/chat/completions``, not ``/v1/completions``.

    Raises:
        Refused: for what is malformed, or is not supported.
    """
    if not isinstance(body, dict):
        raise Refused("expected a JSON object")
    body = {key: value for key, value in body.items() if value is not None}
    model = find_model(body, models)
    asked = "messages" if chat else "prompt"
    refuse_unknown(body, {"model", asked, "stream", *FIELDS, *(["max_completion_tokens"] * chat)})
    found: Body = {key: read_field(body, key) for key in FIELDS if key in body}
    text = read_messages(body, model.laid) if chat else read_prompt(body)
    room = model.laid.window - count_tokens(text, model)
    tokens = body.get("max_completion_tokens", found.get("max_tokens"))
    stops = found.get("stop", ())
    closing = model.laid.closing
    sent: Body = {
        "model": model.laid.name,
        asked: text,
        "max_tokens": choose_tokens(tokens, room, model.laid.window),
        "stream": read(body, "stream", False, lambda one: isinstance(one, bool), "true or false"),
    }
    if ends := [*stops, *([closing] if closing else [])]:
        sent["stop"] = ends
    if "seed" in found:
        sent["seed"] = found["seed"]
    if drawn := read_drawing(found):
        sent["generation_config"] = json.dumps(model.drawing() | drawn)
    return Request(sent, tuple(ends))


def find_model(body: Body, models: dict[str, Model]) -> Model:
    """Return the model that a request names."""
    name = body.get("model")
    if not isinstance(name, str):
        raise Refused("model: found none, expected a name")
    if name not in models:
        raise Refused(
            f"model: {shorten(name)!r} is not served{nearest(name, models)}", 404, "model_not_found"
        )
    return models[name]


def choose_tokens(asked: Any, room: int, window: int) -> int:
    """Return how many new tokens an answer may have."""
    if asked is not None and not is_whole(asked, 1, 2**31):
        raise Refused(f"max_tokens: found {shorten(repr(asked))}, expected a positive integer")
    if room < (asked or 1):
        raise Refused(
            f"the prompt has {window - room} tokens and {asked or 1} new ones are asked for; "
            f"the model's window is {window}",
            code="context_length_exceeded",
        )
    return min(LONGEST, room) if asked is None else int(asked)


def read_prompt(body: Body) -> str:
    """Return the text that a completion continues."""
    prompt = body.get("prompt")
    if isinstance(prompt, list) and len(prompt) == 1:
        (prompt,) = prompt
    text = plain(prompt, "prompt")
    if not text:
        raise Refused("prompt: found none")
    return text


def count_tokens(asked: str | list[Body], model: Model) -> int:
    """Return how many tokens a prompt has."""
    if isinstance(asked, str):
        return len(model.tokenizer.encode(asked).ids)
    text = render_chat(model.template, asked)
    return len(model.tokenizer.encode(text, add_special_tokens=False).ids)


def read_messages(body: Body, laid: Laid) -> list[Body]:
    """Return a conversation: a system message, where the format has them, and turns."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
        raise Refused("messages: expected a list of messages")
    roles = [one.get("role") for one in messages]
    system = ""
    if roles[:1] in (["system"], ["developer"]):
        system, messages, roles = read_content(messages[0]), messages[1:], roles[1:]
    if len(roles) % 2 == 0 or roles != [ROLES[n % 2] for n in range(len(roles))]:
        raise Refused("messages: expected user and assistant in turns, the user first and last")
    if len(roles) > 1 and not laid.turns:
        raise Refused(f"messages: the format of {laid.name} has no turns; send one question alone")
    found = [{"role": one["role"], "content": read_content(one, laid.input)} for one in messages]
    if not system:
        return found
    if laid.system:
        return [{"role": "system", "content": system}, *found]
    # As in a conversation in the terminal: in front of the first question.
    found[0]["content"] = f"{system}\n\n{found[0]['content']}"
    return found


def read_content(message: Body, apart: bool = False) -> str:
    """Return a message's text, and its input; `apart`: the format has a field for that."""
    if unknown := message.keys() - {"role", "content", "input", "name"}:
        raise Refused(f"messages: {shorten(min(unknown))}: not supported")
    content = message.get("content")
    if isinstance(content, list):
        parts = [one if isinstance(one, dict) else {} for one in content]
        if any(part.get("type") != "text" for part in parts):
            raise Refused("messages: expected text, found content of another type")
        content = "".join(plain(part.get("text"), "messages") for part in parts)
    text, given = plain(content, "messages"), plain(message.get("input") or "", "messages")
    if given and message.get("role") != "user":
        raise Refused("messages: only a user's message has an input")
    between = SEPARATOR if apart else "\n" if text else ""
    return f"{text}{between}{given}" if given else text
