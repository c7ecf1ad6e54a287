"""Word problems whose answer is a number: GSM8K (Cobbe et al. 2021) and MGSM (Shi et al. 2022).

GSM8K is JSON lines of question and answer, a worked solution whose last line is ``#### 18``; MGSM
is a table of question and number, parted by a tab.
"""

import re
from collections.abc import Iterator
from typing import Any

from scripts.data.json_records import convert_each, read_json_lines, text
from scripts.data.request import Request

SOLVED = "a question, and an answer that ends in '#### 18'"
ROW = "a question, a tab and a number"
NUMBER = re.compile(r"-?\d+(\.\d+)?")


def load(request: Request) -> Iterator[dict]:
    """Yield one record a problem, numbered from 1."""
    if all(file.bare.suffix == ".tsv" for file in request.raw_files()):
        rows = ((number, line) for number, line in request.lines() if line.strip())
        return convert_each(request, rows, ROW, read_row)
    return convert_each(request, read_json_lines(request), SOLVED, read_solved)


def read_row(line: str, number: int) -> dict[str, Any]:
    """Return a row of a table as a record."""
    question, answer = line.split("\t")
    return record(question, answer, number)


def read_solved(value: Any, number: int) -> dict[str, Any]:
    """Return a problem with a worked solution as a record."""
    _, answer = text(value, "answer").rsplit("####", 1)
    return record(text(value, "question"), answer, number)


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
