"""Reading JSON lines of others: every line with its place, for messages."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from scripts.common.errors import InputError
from scripts.data.request import Request

Read = Callable[[Any, int], dict[str, Any]]


def read_json_lines(request: Request, expected: str, read: Read) -> Iterator[dict[str, Any]]:
    """Yield ``read(value, number)`` of each line of the request's files; numbers start at 1.

    `InputError` names the line that is no JSON, or lacks what `read` asks of it.
    """
    for name, content in request.contents():
        for number, line in enumerate(content.decode("utf-8-sig").split("\n"), 1):
            if line.strip():
                yield read_line(line, number, f"{name}, line {number}: expected {expected}", read)


def read_line(line: str, number: int, problem: str, read: Read) -> dict[str, Any]:
    """Return one line's record; `InputError` starts with `problem` and shows what was found."""
    try:
        return read(json.loads(line), number)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise InputError(f"{problem}; found {line.strip()[:60]!r}") from None
