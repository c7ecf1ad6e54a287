"""Reading JSON of others: each record with its place, its fields and their types.

A loader says what it expects and how a value becomes a record::

    def load(request):
        return convert_each(request, read_json_lines(request), EXPECTED, read_question)

    def read_question(value, number):
        return {"id": f"{number:04}", "question": text(value, "question"), …}

A value that is no such thing is refused (`Request.refuse`), by whatever way it shows.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from scripts.common.bounded_json import load_json
from scripts.common.errors import InputError, shorten
from scripts.common.texts import HALF
from scripts.data.raw_file import RawFile
from scripts.data.request import Request

Numbered = tuple[int, Any]
Read = Callable[[Any, int], dict[str, Any]]
WRONG = (ValueError, KeyError, TypeError, IndexError, AttributeError)


REFUSED = object()  # in the place of a value that was refused


class FieldError(ValueError):
    """A field that is missing, or of another type; the message has its name and what was found."""


def convert_each(
    request: Request, values: Iterable[Numbered], expected: str, read: Read
) -> Iterator[dict[str, Any]]:
    """Yield ``read(value, number)`` of each value; one that `read` cannot take is refused."""
    for number, value in values:
        try:
            record = read(value, number)
        except FieldError as error:
            request.refuse(f"expected {expected}; {error}")
        except WRONG:
            request.refuse(f"expected {expected}; found {show(value)}")
        else:
            yield record


def read_json_lines(
    request: Request, wanted: Callable[[RawFile], bool] | None = None
) -> Iterator[Numbered]:
    """Yield number, from 1, and value of each line that is not blank, of all files or those wanted.

    Only a newline ends a line: JSON may hold U+2028 as it is. One that is no JSON is refused.
    """
    for number, line in request.lines(wanted):
        if line.strip():
            value = parse_line(line, request)
            if value is not REFUSED:
                yield number, value


def parse_line(line: str, request: Request) -> Any:
    """Return a line's value, or refuse the line and return `REFUSED`."""
    note_halves(line, request)
    try:
        return load_json(line)
    except ValueError as error:
        request.refuse(f"expected JSON ({error}); found {line.strip()[:60]!r}")
        return REFUSED


def note_halves(text: str, request: Request) -> None:
    """Note where JSON escapes halves of characters: its records are checked for a lone one."""
    if not request.at.halves and "\\u" in text and HALF.search(text):
        request.at.halves = True


def read_json(text: str, request: Request, expected: str) -> Any:
    """Return what a file of JSON holds; `InputError` names the file."""
    note_halves(text, request)
    try:
        return load_json(text)
    except ValueError as error:
        raise InputError(f"{request.at}: expected {expected}; found no JSON: {error}") from None


def read_json_lists(request: Request, unit: str, expected: str) -> Iterator[Numbered]:
    """Yield number, from 0, and value of each item of each file, which is a JSON list."""
    for name, content in request.texts():
        items = read_json(content, request, expected)
        if not isinstance(items, list):
            raise InputError(f"{name}: expected {expected}; found {show(items)}")
        request.at.enter(name, unit)
        for number, item in enumerate(items):
            request.at.number = number
            yield number, item


def field(value: Any, key: str) -> Any:
    """Return a mapping's field; `FieldError` if it is not there."""
    if not isinstance(value, dict):
        raise FieldError(f"found {show(value)}")
    if key not in value:
        raise FieldError(f"found no {key!r} in {show(value)}")
    return value[key]


def text(value: Any, key: str) -> str:
    """Return a text of a mapping; `FieldError` if it is not there, or none."""
    try:
        found = value[key]
    except WRONG:
        found = field(value, key)
    if not isinstance(found, str):
        raise FieldError(f"found {key}: {show(found)}")
    return found


def texts(value: Any, key: str) -> list[str]:
    """Return a list of texts of a mapping; `FieldError` if it is not there, or none."""
    found = field(value, key)
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise FieldError(f"found {key}: {show(found)}")
    return found


def identifier(value: Any, key: str) -> str:
    """Return an id as a text; `FieldError` if it is neither a text nor a whole number."""
    found = field(value, key)
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        raise FieldError(f"found {key}: {show(found)}")
    return str(found)


def index(value: Any, key: str, count: int) -> int:
    """Return the number of one of `count` choices; `FieldError` if it is none."""
    found = field(value, key)
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found < count:
        raise FieldError(f"found {key}: {show(found)}, with {count} choices")
    return found


def show(value: Any) -> str:
    """Return the beginning of a value, as JSON has it."""
    shown = shorten(json.dumps(value, ensure_ascii=False, default=repr))
    return shown.encode("utf-8", "backslashreplace").decode()  # a log cannot hold half a character
