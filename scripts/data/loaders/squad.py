"""Questions on a text in the JSON of SQuAD (Rajpurkar et al. 2016), which XQuAD shares."""

from collections.abc import Iterator
from typing import Any

from scripts.common.errors import InputError
from scripts.data.json_records import (
    WRONG,
    Numbered,
    convert_each,
    identifier,
    read_json,
    show,
    text,
)
from scripts.data.request import Request

EXPECTED = "a context, and of each question an id, question and answers, each with a text"


def load(request: Request) -> Iterator[dict]:
    """Yield one record per question, its distinct answers in the file's order."""
    for record in convert_each(request, split_paragraphs(request), EXPECTED, read_question):
        if record["answers"]:
            yield record
        else:
            request.dropped["without an answer"] += 1


def split_paragraphs(request: Request) -> Iterator[Numbered]:
    """Yield each question with its number in its paragraph, from 1, and its context."""
    for name, content in request.texts():
        found = read_json(content, request, "the form of SQuAD")
        request.at.enter(name, "paragraph")
        try:
            paragraphs = [part for article in found["data"] for part in article["paragraphs"]]
        except WRONG:
            raise InputError(f"{name}: expected the form of SQuAD; found {show(found)}") from None
        for position, paragraph in enumerate(paragraphs, 1):
            request.at.number = position
            try:
                questions = list(enumerate(paragraph["qas"], 1))
            except WRONG:
                request.refuse(f"expected {EXPECTED}; found {show(paragraph)}")
                continue
            for number, question in questions:
                request.at.number = f"{position}, question {number}"
                yield number, {"paragraph": paragraph, "asked": question}


def read_question(value: Any, number: int) -> dict[str, Any]:
    """Return a question on a text as a record."""
    asked = value["asked"]
    found = dict.fromkeys(text(answer, "text").strip() for answer in asked["answers"])
    return {
        "id": identifier(asked, "id"),
        "context": text(value["paragraph"], "context").strip(),
        "question": text(asked, "question").strip(),
        "answers": [answer for answer in found if answer],
    }
