"""JSON: a list of rows, in the option `records` under a dotted path, or one row a line."""

from collections.abc import Iterator
from typing import Any

from scripts.common.errors import InputError
from scripts.data.compressed import BROKEN
from scripts.data.json_records import REFUSED, parse_line, read_json, show
from scripts.data.raw_file import RawFile
from scripts.data.request import Request
from scripts.data.rows.paths import NoPathError, follow

BEGINNING = 1024  # bytes
BLANK = b" \t\r\n\0\xef\xbb\xbf\xff\xfe"  # with byte-order marks, and the other bytes of UTF-16


def read(file: RawFile, request: Request) -> Iterator[Any]:
    """Yield the items of a JSON list; a file that has one row a line is read by lines."""
    place = request.options.get("records")
    if place is None and not begins_list(file):
        yield from read_lines(file, request)
        return
    request.at.enter(file.name)
    text = request.decode(file.name, file.read())
    found = read_json(text, request, "a JSON list or JSON lines")
    if place is not None:
        found = find_list(found, place, file)
    if not isinstance(found, list):
        at = f" at {place!r} (the option 'records')" if place else ""
        raise InputError(f"{file.name}: expected a JSON list{at}; found {show(found)}")
    request.at.enter(file.name, "record")
    for request.at.number, row in enumerate(found):
        yield row


def begins_list(file: RawFile) -> bool:
    """Tell whether a file's first character is that of a list, whatever its encoding."""
    try:
        with file.open() as stream:
            return stream.read(BEGINNING).lstrip(BLANK).startswith(b"[")
    except BROKEN as error:
        raise InputError(f"{file.name}: not readable: {error}") from error


def find_list(value: Any, place: str, file: RawFile) -> Any:
    """Return what is at a dotted path of a file; `InputError` if nothing is."""
    try:
        return follow(value, place)
    except NoPathError as error:
        raise InputError(
            f"{file.name}: expected a JSON list at {place!r} (the option 'records'); "
            f"found no {error}"
        ) from None


def read_lines(file: RawFile, request: Request) -> Iterator[Any]:
    """Yield the value of each line that is not blank; one that is no JSON is refused."""
    for _, line in request.file_lines(file):
        if line.strip():
            value = parse_line(line, request)
            if value is not REFUSED:
                yield value
