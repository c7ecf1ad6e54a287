"""LogiQA 2.0, questions of logic with four options (Liu et al. 2023, csitfun/LogiQA2.0).

JSON lines of text, question, options and the number of the right one; an id is called ``id`` in
the English files and ``example_id`` in the Chinese. English ids are not unique: what repeats one
is numbered on, 16 and 16-2. The reasoning types that English questions
have are several a question, so they are no categories.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from scripts.data.json_records import (
    convert_each,
    identifier,
    index,
    read_json_lines,
    text,
    texts,
)
from scripts.data.request import Request

EXPECTED = "an id, text, question, options and answer, the number of one"


def load(request: Request) -> Iterator[dict]:
    """Yield the questions; one with an empty option, which has no likelihood, is left out."""
    seen: Counter[str] = Counter()
    for record in convert_each(request, read_json_lines(request), EXPECTED, read_question):
        seen[record["id"]] += 1
        times = seen[record["id"]]
        if all(record["choices"]):
            yield record if times == 1 else {**record, "id": f"{record['id']}-{times}"}
        else:
            request.dropped["with an empty option"] += 1


def read_question(value: Any, number: int) -> dict[str, Any]:
    """Return a question as a record."""
    choices = [option.strip() for option in texts(value, "options")]
    return {
        "id": identifier(value, "id" if "id" in value else "example_id"),
        "context": text(value, "text").strip(),
        "question": text(value, "question").strip(),
        "choices": choices,
        "answer": index(value, "answer", len(choices)),
        "category": None,
    }
