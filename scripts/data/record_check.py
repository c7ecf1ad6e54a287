"""What every record of every loader must be: the columns of its kind, each of its type."""

from collections.abc import Callable
from typing import Any

from scripts.common.errors import shorten
from scripts.study.kinds import KINDS, LISTS, NUMBERS

OPTIONAL = ("category",)  # fields that may be null
LONE = "holds a lone surrogate, half a character"


def find_fault(kind: str) -> Callable[[dict[str, Any]], str]:
    """Return a function that tells what is wrong with a record of this kind, '' for nothing."""
    fields = KINDS[kind].fields
    plain = not set(fields) & {*LISTS, *NUMBERS, *OPTIONAL}

    def find(record: dict[str, Any]) -> str:
        if tuple(record) != fields:
            return f"found the fields {', '.join(record)}, expected {', '.join(fields)}"
        if plain:
            # The way of millions of records: all fields are texts, and one joins only texts.
            try:
                "".join(record.values()).encode()
            except (TypeError, UnicodeEncodeError):
                pass
            else:
                return ""
        faults = (field_fault(name, record[name], record) for name in fields)
        return next(filter(None, faults), "")

    return find


def field_fault(name: str, value: Any, record: dict[str, Any]) -> str:
    """Return what is wrong with one field of a record, '' for nothing."""
    if name in OPTIONAL and value is None:
        return ""
    if name in NUMBERS:
        right = type(value) is int and 0 <= value < len(record["choices"])
        return "" if right else f"{name} is {shorten(repr(value))}, expected the number of a choice"
    texts = value if name in LISTS and isinstance(value, list) else [value]
    if name in LISTS and not isinstance(value, list):
        return f"{name} is {shorten(repr(value))}, expected a list of texts"
    for text in texts:
        if not isinstance(text, str):
            return f"{name} is {shorten(repr(text))}, expected a text"
        if is_half(text):
            return f"{name} {LONE}: {shorten(repr(text))}"
    return ""


def is_half(text: str) -> bool:
    """Tell whether a text holds a lone surrogate, which no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
