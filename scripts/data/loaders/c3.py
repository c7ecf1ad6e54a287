"""C3, Chinese multiple-choice questions on texts and dialogues (Sun et al. 2020, nlpdata/c3).

A JSON list of documents: [its lines, its questions, its id]; a question has its text, the choices
and the text of the right one.
"""

from collections.abc import Iterator
from typing import Any

from scripts.data.json_records import (
    Numbered,
    convert_each,
    identifier,
    read_json_lists,
    show,
    text,
    texts,
)
from scripts.data.request import Request

EXPECTED = "lines, questions (question, choice, and answer, one of these) and an id"


def load(request: Request) -> Iterator[dict]:
    """Yield one record per question; its id is the document's and the question's number from 0."""
    return convert_each(request, split_documents(request), EXPECTED, read_question)


def split_documents(request: Request) -> Iterator[Numbered]:
    """Yield each question with its number in its document, and the document."""
    for number, document in read_json_lists(request, "document", "C3's list of documents"):
        try:
            lines, questions, name = document
            parts = list(questions)
        except (ValueError, TypeError):
            request.refuse(f"expected {EXPECTED}; found {show(document)}")
            continue
        for position, question in enumerate(parts):
            request.at.number = f"{number}, question {position}"
            yield position, {"lines": lines, "id": name, "asked": question}


def read_question(value: Any, number: int) -> dict[str, Any]:
    """Return a question on a document as a record; `ValueError` if no choice is the answer."""
    asked = value["asked"]
    choices = [choice.strip() for choice in texts(asked, "choice")]
    return {
        "id": f"{identifier(value, 'id')}-{number}",
        "context": "\n".join(line.strip() for line in texts(value, "lines")),
        "question": text(asked, "question").strip(),
        "choices": choices,
        "answer": choices.index(text(asked, "answer").strip()),
        "category": None,
    }
