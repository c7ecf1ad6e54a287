"""JSON: a list of rows, in the option `records` under a dotted path, or one row a line."""

from collections.abc import Iterator
from typing import Any

from scripts.common.errors import InputError
from scripts.data.json_records import REFUSED, parse_line, read_json, show
from scripts.data.raw_file import RawFile
from scripts.data.request import Request
from scripts.data.rows.paths import follow


def read(file: RawFile, request: Request) -> Iterator[Any]:
    """Yield the items of a JSON list; a file that has one row a line is read by lines."""
    place = request.options.get("records")
    request.at.enter(file.name)
    text = request.decode(file.name, file.read())
    if place is None and not text.lstrip().startswith("["):
        yield from read_lines(file, request)
        return
    found = read_json(text, request, "a JSON list or JSON lines")
    if place is not None:
        found = follow(found, place)
    if not isinstance(found, list):
        at = f" at {place!r} (the option 'records')" if place else ""
        raise InputError(f"{file.name}: expected a JSON list{at}; found {show(found)}")
    request.at.enter(file.name, "record")
    for request.at.number, row in enumerate(found):
        yield row


def read_lines(file: RawFile, request: Request) -> Iterator[Any]:
    """Yield the value of each line that is not blank; one that is no JSON is refused."""
    for _, line in request.file_lines(file):
        if line.strip():
            value = parse_line(line, request)
            if value is not REFUSED:
                yield value
