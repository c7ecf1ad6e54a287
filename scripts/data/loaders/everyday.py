"""Instructions in several languages, a JSON line each: ``{id, en: {instruction, …}, zh: {…}}``."""

import json
from collections.abc import Iterator

from scripts.common.errors import InputError
from scripts.data.request import Request

FIELDS = ("instruction", "input", "output")


def load(request: Request) -> Iterator[dict]:
    """Yield the instruction records of one language."""
    for name, content in request.contents():
        for number, line in enumerate(content.decode("utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
                texts = record[request.source]
                yield {"id": str(record["id"]), **{field: texts[field] for field in FIELDS}}
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(
                    f"{name}, line {number}: expected id and, under {request.source!r}, "
                    f"{', '.join(FIELDS)}; found {line[:60]!r}"
                ) from error
