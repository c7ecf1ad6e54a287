"""Open questions for a judge, as JSON lines.

FastChat's and BiLLa's files have ``question_id``, ``category`` and either ``text`` or ``turns``,
of which the first is asked; BELLE's has ``question``, ``class`` and ``std_answer``, which is empty
where there is no standard answer, and is numbered from 1 as in BiLLa's copy of it.
"""

from collections.abc import Iterator
from typing import Any

from scripts.data.json_lines import read_json_lines
from scripts.data.request import Request

EXPECTED = "a question_id, category and text or turns, or a question, class and std_answer"


def load(request: Request) -> Iterator[dict]:
    """Yield the questions in the file's order."""
    return read_json_lines(request, EXPECTED, read_question)


def read_question(value: Any, number: int) -> dict[str, Any]:
    """Return a question as a record."""
    if "question_id" in value:
        text = value["text"] if "text" in value else value["turns"][0]
        identifier, category, answer = str(value["question_id"]), value["category"], ""
    else:
        text, category, answer = value["question"], value["class"], value["std_answer"].strip()
        identifier = str(number)
    if not text.strip():
        raise ValueError
    return {
        "id": identifier,
        "question": text.strip(),
        "answers": [answer] if answer else [],
        # BELLE's "closed qa" has a no-break space.
        "category": " ".join(category.split()),
    }
