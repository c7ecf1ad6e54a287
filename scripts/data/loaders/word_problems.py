"""Word problems whose answer is a number: GSM8K (Cobbe et al. 2021) and MGSM (Shi et al. 2022).

GSM8K is JSON lines of question and answer, a worked solution whose last line is ``#### 18``; MGSM
is a table of question and number, parted by a tab.
"""

import re
from collections.abc import Iterator
from typing import Any

from scripts.common.errors import InputError
from scripts.data.json_lines import read_json_lines
from scripts.data.request import Request

NUMBER = re.compile(r"-?\d+(\.\d+)?")


def load(request: Request) -> Iterator[dict]:
    """Yield one record a problem, numbered from 1."""
    if all(path.suffix == ".tsv" for path in request.raw):
        return load_table(request)
    return read_json_lines(request, "a question, and an answer that ends in '#### 18'", read_solved)


def load_table(request: Request) -> Iterator[dict]:
    """Yield the problems of a table."""
    for name, content in request.contents():
        for number, line in enumerate(content.decode("utf-8").split("\n"), 1):
            try:
                if line.strip():
                    question, answer = line.split("\t")
                    yield record(question, answer, number)
            except ValueError:
                raise InputError(
                    f"{name}, line {number}: expected a question, a tab and a number; "
                    f"found {line[:60]!r}"
                ) from None


def read_solved(value: Any, number: int) -> dict[str, Any]:
    """Return a problem with a worked solution as a record."""
    _, answer = value["answer"].rsplit("####", 1)
    return record(value["question"], answer, number)


def record(question: str, answer: str, number: int) -> dict[str, Any]:
    """Return a problem as a record; `ValueError` if the answer is no number."""
    canonical = answer.strip().replace(",", "")
    if not NUMBER.fullmatch(canonical) or not question.strip():
        raise ValueError
    return {
        "id": f"{number:04}",
        "question": question.strip(),
        "answers": [canonical],
        "category": None,
    }
