"""C3, Chinese multiple-choice questions on texts and dialogues (Sun et al. 2020, nlpdata/c3).

A JSON list of documents: [its lines, its questions, its id]; a question has its text, the choices
and the text of the right one.
"""

import json
from collections.abc import Iterator
from typing import Any

from scripts.common.errors import InputError
from scripts.data.request import Request


def load(request: Request) -> Iterator[dict]:
    """Yield one record per question; its id is the document's and the question's number from 0."""
    for name, content in request.contents():
        try:
            documents = enumerate(json.loads(content))
        except (ValueError, TypeError) as error:
            raise InputError(f"{name}: not a JSON list: {error}") from None
        for number, document in documents:
            try:
                yield from load_document(document)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise InputError(
                    f"{name}, document {number}: not in C3's form: {error!r}"
                ) from None


def load_document(document: Any) -> Iterator[dict]:
    """Yield the questions on one document; `ValueError` if an answer is none of its choices."""
    lines, questions, identifier = document
    for number, question in enumerate(questions):
        choices = [choice.strip() for choice in question["choice"]]
        yield {
            "id": f"{identifier}-{number}",
            "context": "\n".join(line.strip() for line in lines),
            "question": question["question"].strip(),
            "choices": choices,
            "answer": choices.index(question["answer"].strip()),
            "category": None,
        }
