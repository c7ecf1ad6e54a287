"""Plain text: a row a line, a paragraph or a file, as the option `unit` says (line)."""

from collections.abc import Iterator
from itertools import groupby

from scripts.common.errors import InputError
from scripts.data.raw_file import RawFile
from scripts.data.request import Request
from scripts.study.loader_options import UNITS


def read(file: RawFile, request: Request) -> Iterator[dict[str, str]]:
    """Yield the texts that are not blank; a paragraph ends where a line is blank."""
    unit = request.options.get("unit", "line")
    if unit not in UNITS:
        raise InputError(f"{request.place}: unit {unit!r}, expected {', '.join(UNITS)}")
    if unit == "file":
        request.at.enter(file.name)
        text = request.decode(file.name, file.read()).strip()
        yield from [{"text": text}] if text else []
        return
    lines = (line.rstrip("\r") for _, line in request.file_lines(file))
    if unit == "line":
        yield from ({"text": line.strip()} for line in lines if line.strip())
        return
    for blank, group in groupby(lines, lambda line: not line.strip()):
        if not blank:
            yield {"text": "\n".join(group).strip()}
