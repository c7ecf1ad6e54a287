"""LogiQA 2.0, questions of logic with four options (Liu et al. 2023, csitfun/LogiQA2.0).

JSON lines of text, question, options and the number of the right one; an id is called ``id`` in
the English files and ``example_id`` in the Chinese. The reasoning types that English questions
have are several a question, so they are no categories.
"""

from collections.abc import Iterator
from typing import Any

from scripts.data.json_lines import read_json_lines
from scripts.data.request import Request

EXPECTED = "an id, text, question, options and answer, the number of one"


def load(request: Request) -> Iterator[dict]:
    """Yield the questions; one with an empty option, which has no likelihood, is left out."""
    for record in read_json_lines(request, EXPECTED, read_question):
        if all(record["choices"]):
            yield record
        else:
            request.dropped["with an empty option"] += 1


def read_question(value: Any, number: int) -> dict[str, Any]:
    """Return a question as a record."""
    choices = [option.strip() for option in value["options"]]
    if not 0 <= value["answer"] < len(choices):
        raise ValueError
    return {
        "id": str(value["id"] if "id" in value else value["example_id"]),
        "context": value["text"].strip(),
        "question": value["question"].strip(),
        "choices": choices,
        "answer": value["answer"],
        "category": None,
    }
