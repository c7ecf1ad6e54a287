"""Instructions as Stanford Alpaca publishes them: a JSON list, or JSON lines, of instruction,
input and output; the input may be missing. With the option ``answers: false`` (a test set whose
answers are judged, such as MI-Eval) the output may be missing too, and is empty.
"""

import json
from collections.abc import Iterator
from typing import Any

from scripts.common.errors import InputError
from scripts.data.request import Request


def load(request: Request) -> Iterator[dict]:
    """Yield the records, numbered from 0 as x-LLM numbers them."""
    answered = request.options.get("answers", True)
    for name, content in request.contents():
        for number, record in enumerate(parse_records(name, content)):
            texts = read_texts(record, answered, f"{name}, record {number}")
            if not texts["instruction"].strip() and not texts["input"].strip():
                request.dropped["without an instruction"] += 1
            elif answered and not texts["output"].strip():
                request.dropped["without an output"] += 1
            else:
                yield {"id": f"{number:06}", **texts}


def parse_records(name: str, content: bytes) -> list[Any]:
    """Parse a JSON list or JSON lines."""
    try:
        text = content.decode("utf-8-sig")
        if text.lstrip().startswith("["):
            return json.loads(text)
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    except ValueError as error:
        raise InputError(f"{name}: neither a JSON list nor JSON lines: {error}") from error


def read_texts(record: Any, answered: bool, place: str) -> dict[str, str]:
    """Return the three texts of a record; `InputError` if one is missing or no text."""
    try:
        found = {
            "instruction": record["instruction"],
            "input": record.get("input") or "",
            "output": record["output"] if answered else "",
        }
    except (KeyError, TypeError, AttributeError):
        found = {"instruction": None}
    if not all(isinstance(value, str) for value in found.values()):
        raise InputError(
            f"{place}: found {str(record)[:60]!r}, expected the texts instruction, input and output"
        )
    return found
