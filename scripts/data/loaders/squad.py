"""Questions on a text in the JSON of SQuAD (Rajpurkar et al. 2016), which XQuAD shares."""

import json
from collections.abc import Iterator

from scripts.common.errors import InputError
from scripts.data.request import Request


def load(request: Request) -> Iterator[dict]:
    """Yield one record per question, its distinct answers in the file's order."""
    for name, content in request.contents():
        try:
            paragraphs = [
                paragraph
                for article in json.loads(content)["data"]
                for paragraph in article["paragraphs"]
            ]
            for paragraph in paragraphs:
                yield from load_paragraph(paragraph, request)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{name}: not in the form of SQuAD: {error!r}") from error


def load_paragraph(paragraph: dict, request: Request) -> Iterator[dict]:
    """Yield the questions on one paragraph."""
    for question in paragraph["qas"]:
        found = dict.fromkeys(answer["text"].strip() for answer in question["answers"])
        answers = [answer for answer in found if answer]
        if not answers:
            request.dropped["without an answer"] += 1
            continue
        yield {
            "id": str(question["id"]),
            "context": paragraph["context"].strip(),
            "question": question["question"].strip(),
            "answers": answers,
        }
