"""Instructions in several languages, a JSON line each: ``{id, en: {instruction, …}, zh: {…}}``."""

from collections.abc import Iterator
from typing import Any

from scripts.data.json_records import convert_each, field, identifier, read_json_lines, text
from scripts.data.request import Request

FIELDS = ("instruction", "input", "output")


def load(request: Request) -> Iterator[dict]:
    """Yield the instruction records of one language."""

    def read(value: Any, number: int) -> dict[str, Any]:
        texts = field(value, request.source)
        return {"id": identifier(value, "id"), **{name: text(texts, name) for name in FIELDS}}

    expected = f"id and, under {request.source!r}, {', '.join(FIELDS)}"
    return convert_each(request, read_json_lines(request), expected, read)
