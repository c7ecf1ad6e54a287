"""XCOPA, which of two sentences is the cause or the effect of another (Ponti et al. 2020).

JSON lines of premise, question (``cause`` or ``effect``), choice1, choice2 and label. The question
is worded in the language of the data (prompts/tasks.yaml) and is the record's category.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from scripts.data.json_records import convert_each, identifier, index, read_json_lines, text
from scripts.data.request import Request
from scripts.study.prompts import task_wording

EXPECTED = "premise, question (cause or effect), choice1, choice2, label (0 or 1) and idx"


def load(request: Request) -> Iterator[dict]:
    """Yield one record a premise."""
    read = partial(read_premise, language=request.source)
    return convert_each(request, read_json_lines(request), EXPECTED, read)


def read_premise(value: Any, number: int, language: str) -> dict[str, Any]:
    """Return a premise, its question and the two choices as a record."""
    asked = text(value, "question")
    if asked not in ("cause", "effect"):
        raise ValueError
    return {
        "id": identifier(value, "idx").zfill(4),
        "context": text(value, "premise").strip(),
        "question": task_wording(asked, language),
        "choices": [text(value, key).strip() for key in ("choice1", "choice2")],
        "answer": index(value, "label", 2),
        "category": asked,
    }
