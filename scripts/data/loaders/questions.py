"""Open questions for a judge, as JSON lines.

FastChat's and BiLLa's files have ``question_id``, ``category`` and either ``text`` or ``turns``,
of which the first is asked; BELLE's has ``question``, ``class`` and ``std_answer``, which is empty
where there is no standard answer, and is numbered from 1 as in BiLLa's copy of it.
"""

from collections.abc import Iterator
from typing import Any

from scripts.data.json_records import convert_each, identifier, read_json_lines, text, texts
from scripts.data.request import Request

EXPECTED = "a question_id, category and text or turns, or a question, class and std_answer"


def load(request: Request) -> Iterator[dict]:
    """Yield the questions in the file's order."""
    return convert_each(request, read_json_lines(request), EXPECTED, read_question)


def read_question(value: Any, number: int) -> dict[str, Any]:
    """Return a question as a record."""
    if "question_id" in value:
        name = identifier(value, "question_id")
        asked = text(value, "text") if "text" in value else texts(value, "turns")[0]
        category, answer = text(value, "category"), ""
    else:
        name, asked, category = str(number), text(value, "question"), text(value, "class")
        answer = text(value, "std_answer").strip()
    if not asked.strip():
        raise ValueError
    return {
        "id": name,
        "question": asked.strip(),
        "answers": [answer] if answer else [],
        # BELLE's "closed qa" has a no-break space.
        "category": " ".join(category.split()),
    }
