"""What the fields of the page say, checked: a browser may send anything."""

import math
from typing import Any

from scripts.common.errors import InputError
from scripts.common.escapes import replace_halves
from scripts.common.settings import LIMITS, Key, from_mapping, keys_of
from scripts.infer.chat.speaker import Settings
from scripts.serve.page_limits import Limits
from scripts.study.answer import Answer

DRAWING = ("temperature", "top_p", "top_k", "beams")
KEYS: dict[str, Key] = {key.name: key for key in keys_of(Answer) if key.name in DRAWING}


def read_settings(fields: dict[str, Any], limits: Limits) -> Settings:
    """Return how an answer is generated.

    Args:
        fields: temperature, top_p, top_k, beams, tokens and seed, as they came.
        limits: of what may be asked for.

    Raises:
        InputError: with the field, what it says, and what it may say.
    """
    values = {name: read_number(name, fields[name], KEYS[name].type) for name in DRAWING}
    for name, number in values.items():
        for limit, bound in KEYS[name].limits.items():
            words, fails = LIMITS[limit]
            if fails(number, bound):
                raise InputError(f"{name}: found {number:g}, expected {words} {bound:g}")
    if not values["temperature"]:
        values |= {"top_p": 1.0, "top_k": 0}  # they say nothing without it
    tokens = read_number("maximum length", fields["tokens"], int)
    if not 1 <= tokens <= limits.tokens:
        raise InputError(f"maximum length: found {tokens:g}, expected 1 to {limits.tokens} tokens")
    if values["beams"] > limits.beams:
        raise InputError(f"beams: found {values['beams']:g}, expected at most {limits.beams}")
    if values["beams"] > 1 and values["temperature"]:
        raise InputError("beams: more than 1 are searched, not drawn: set the temperature to 0")
    seed = read_number("seed", fields["seed"], int)
    return Settings(from_mapping(Answer, values), int(tokens), int(seed), limits.seconds)


def read_number(name: str, value: Any, kind: type) -> int | float:
    """Return a field's number; `InputError` where it is none, or not whole where it has to be."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or abs(value) > 2**53:
        raise InputError(f"{name}: expected a number")
    if kind is int and value != int(value):
        raise InputError(f"{name}: found {value:g}, expected a whole number")
    number: int | float = kind(value)
    return number


def read_text(name: str, value: Any, limits: Limits) -> str:
    """Return a field's text, of which half a character becomes U+FFFD.

    Raises:
        InputError: if it is too long.
    """
    text = value if isinstance(value, str) else ""
    if len(text) > limits.characters:
        raise InputError(
            f"{name}: {len(text):,} characters, at most {limits.characters:,} are taken"
        )
    return replace_halves(text)
