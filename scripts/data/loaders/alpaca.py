"""Instructions as Stanford Alpaca publishes them: a JSON list, or JSON lines, of instruction,
input and output; the input may be missing or null. With the option ``answers: false`` (a test set
whose answers are judged, such as MI-Eval) the output may be missing too, and is empty.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from scripts.data.json_records import convert_each, read_json_list_or_lines, text
from scripts.data.request import Request

EXPECTED = "the texts instruction, input and output"


def load(request: Request) -> Iterator[dict]:
    """Yield the records, numbered from 0 as x-LLM numbers them."""
    answered = request.options.get("answers", True)
    values = read_json_list_or_lines(request)
    for record in convert_each(request, values, EXPECTED, partial(read, answered=answered)):
        if not record["instruction"].strip() and not record["input"].strip():
            request.dropped["without an instruction"] += 1
        elif answered and not record["output"].strip():
            request.dropped["without an output"] += 1
        else:
            yield record


def read(value: Any, number: int, answered: bool) -> dict[str, str]:
    """Return the three texts of a record."""
    has_input = isinstance(value, dict) and value.get("input") is not None
    return {
        "id": f"{number:06}",
        "instruction": text(value, "instruction"),
        "input": text(value, "input") if has_input else "",
        "output": text(value, "output") if answered else "",
    }
