"""Questions on a text in the JSON of SQuAD (Rajpurkar et al. 2016), which XQuAD shares."""

from collections.abc import Iterator
from typing import Any

from scripts.common.errors import InputError
from scripts.data.json_records import Numbered, convert_each, identifier, read_json, text
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
    """Yield each question with its number in its file, from 1, and its context."""
    for name, content in request.texts():
        found = read_json(content, request, "the form of SQuAD")
        request.at.enter(name, "question")
        try:
            asked = [
                {"context": paragraph["context"], "asked": question}
                for article in found["data"]
                for paragraph in article["paragraphs"]
                for question in paragraph["qas"]
            ]
        except (KeyError, TypeError) as error:
            raise InputError(f"{name}: not in the form of SQuAD: {error!r}") from error
        for number, question in enumerate(asked, 1):
            request.at.number = number
            yield number, question


def read_question(value: Any, number: int) -> dict[str, Any]:
    """Return a question on a text as a record."""
    asked = value["asked"]
    found = dict.fromkeys(text(answer, "text").strip() for answer in asked["answers"])
    return {
        "id": identifier(asked, "id"),
        "context": text(value, "context").strip(),
        "question": text(asked, "question").strip(),
        "answers": [answer for answer in found if answer],
    }
