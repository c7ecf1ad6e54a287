"""Fields of a request: their types and bounds, and which ask for nothing."""

from collections.abc import Callable
from typing import Any

from scripts.common.errors import nearest, shorten
from scripts.study.answer import COLDEST

Body = dict[str, Any]
# Fields of OpenAI's that change no answer where they say this.
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "n": (1,),
    "best_of": (1,),
    "echo": (False,),
    "suffix": ("",),
    "logprobs": (False,),
    "presence_penalty": (0,),
    "frequency_penalty": (0,),
    "logit_bias": ({},),
    "response_format": ({"type": "text"},),
    "modalities": (["text"],),
    "tools": ([],),
    "tool_choice": ("none",),
    "parallel_tool_calls": (True, False),
    "store": (False,),
    "service_tier": ("auto", "default"),
    "stream_options": ({}, {"include_usage": True}, {"include_usage": False}),
}
SILENT = {"user", "metadata", "safety_identifier"}  # of who asks


class Refused(Exception):
    """A request that is not answered; `status` and `code` as OpenAI's API has them."""

    def __init__(self, text: str, status: int = 400, code: str | None = None) -> None:
        super().__init__(text)
        self.status, self.code = status, code


def plain(text: Any, key: str) -> str:
    """Return a text; refuse half a character, and one that private names begin with."""
    if not isinstance(text, str):
        raise Refused(f"{key}: found {shorten(repr(text))}, expected a text")
    if any("\ud800" <= one <= "\udfff" or "\ufdd0" <= one <= "\ufdef" for one in text):
        raise Refused(f"{key}: found a code point that no text has")
    return text


def refuse_unknown(body: Body, known: set[str]) -> None:
    """Refuse fields that would be ignored, unless they ask for nothing."""
    for key, value in body.items():
        if key in known or key in SILENT or is_neutral(key, value):
            continue
        hint = "" if key in NEUTRAL else nearest(key, known)
        raise Refused(f"{shorten(key)}: not supported{hint}", code="unsupported_parameter")


def is_neutral(key: str, value: Any) -> bool:
    """Tell whether a field asks for nothing; 0 tokens' probabilities are not False."""
    same = (one == value and (one is False) == (value is False) for one in NEUTRAL.get(key, ()))
    return any(same)


def read(body: Body, key: str, default: Any, fits: Callable[[Any], bool], expected: str) -> Any:
    """Return a field's value; refuse one that does not fit."""
    value = body.get(key, default)
    if not fits(value):
        raise Refused(f"{key}: found {shorten(repr(value))}, expected {expected}")
    return value


def is_whole(value: Any, least: int, most: int) -> bool:
    """Tell whether a value is an integer within bounds."""
    return type(value) is int and least <= value <= most


def is_number(value: Any, least: float, most: float) -> bool:
    """Tell whether a value is a number within bounds."""
    return type(value) in (int, float) and least <= value <= most


def are_stops(value: Any) -> bool:
    """Tell whether a value is one to four texts to stop at."""
    several = value if isinstance(value, list) else [value]
    return 0 < len(several) <= 4 and all(isinstance(one, str) and one for one in several)


FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "max_tokens": (lambda one: is_whole(one, 1, 2**31), "a positive integer"),
    "temperature": (lambda one: is_number(one, 0, 2), "a number from 0 to 2"),
    "top_p": (lambda one: is_number(one, 0, 1) and one > 0, "a number above 0, at most 1"),
    "top_k": (lambda one: is_whole(one, 0, 2**31), "an integer, 0 for no bound"),
    "seed": (lambda one: is_whole(one, 0, 2**63 - 1), "an integer from 0 to 2^63 - 1"),
    "stop": (are_stops, "a text or up to four"),
}


def read_field(body: Body, key: str) -> Any:
    """Return the value of one of `FIELDS`; texts to stop at as a tuple."""
    value = read(body, key, None, *FIELDS[key])
    if key != "stop":
        return value
    return tuple(plain(one, key) for one in (value if isinstance(value, list) else [value]))


def read_drawing(found: Body) -> Body:
    """Return how an answer is drawn; nothing for a greedy one.

    Where a request names no temperature, answers are greedy, as the study's own are.
    """
    heat = found.get("temperature")
    if heat is None:
        for key, neutral in (("top_p", (1,)), ("top_k", (0,))):
            if found.get(key, neutral[0]) not in neutral:
                raise Refused(f"{key}: needs a temperature; without one answers are greedy")
    if not heat:
        return {}
    return {
        "temperature": max(float(heat), COLDEST),  # the server takes no integer
        "top_p": float(found.get("top_p", 1.0)),
        "top_k": found.get("top_k", 0),
    }
