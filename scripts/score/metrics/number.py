"""Metric of word problems: ``accuracy``, percent of answers whose final number is right.

The final answer is looked for in this order:

1. the last ``\\boxed{…}``
2. what follows the last ``####`` on its line (GSM8K's solutions, Cobbe et al. 2021)
3. what follows the last "the answer is", "answer:", 答案是, 答案为, 答案： or 答： up to the
   sentence's end: behind its last ``=``, or else the first number
4. the last number of the text

An answer without a number is wrong. `scripts.score.metrics.numbers` tells what a number is, and
when two are equal: exactly, as fractions, with no tolerance.
"""

import re
from importlib.metadata import version
from typing import Any

import numpy as np

from scripts.common.errors import InputError
from scripts.score.metrics.numbers import Number, find_numbers, same_number
from scripts.score.metrics.settings import Settings

Record = dict[str, Any]

MARKER = re.compile(
    r"(?:\b(?:the\s+)?(?:final\s+)?answer\s*(?:is\b|:|：)|答案\s*(?:应该)?\s*(?:是|为|:|：)|\b答\s*[:：])"
    r"\s*[:：]?",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"\n|。|[.!?](?:\s|$)")


def statistics(metric: str, records: list[Record], settings: Settings) -> np.ndarray:
    """Return (n, 2) rows: whether the answer is right, and 1."""
    rows = [(is_right(record), 1) for record in records]
    return np.array(rows, dtype=np.float64)


def signature(metric: str, records: list[Record], settings: Settings) -> dict[str, object]:
    """Return what the score depends on."""
    return {"answer": "boxed>####>marker>last", "equal": "exact", "cn2an": version("cn2an")}


def details(
    metric: str, records: list[Record], statistics: np.ndarray, settings: Settings
) -> dict[str, object]:
    """Return how many answers had no number at all."""
    return {"without_number": sum(final_number(r["prediction"]) is None for r in records)}


def is_right(record: Record) -> bool:
    """Tell whether a prediction's final number equals a reference; `InputError` if that is none."""
    wanted = []
    for reference in record["references"]:
        numbers = find_numbers(reference)
        if len(numbers) != 1:
            raise InputError(
                f"record {record['id']}: reference {reference!r} has {len(numbers)} numbers, "
                "expected one"
            )
        wanted += numbers
    found = final_number(record["prediction"])
    return found is not None and any(same_number(found, number) for number in wanted)


def final_number(text: str) -> Number | None:
    """Return the number that an answer ends in; see the module's docstring."""
    for candidates in (boxed(text), hashed(text), marked(text), find_numbers(text)[-1:]):
        if candidates:
            return candidates[0]
    return None


def boxed(text: str) -> list[Number]:
    """Return the numbers in the last ``\\boxed{…}``, its braces balanced."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return []
    depth, begin = 0, start + len("\\boxed")
    for place in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return find_numbers(text[begin + 1 : place])[-1:]
    return find_numbers(text[begin + 1 :])[-1:]


def hashed(text: str) -> list[Number]:
    """Return the first number behind the last ``####`` on its line."""
    _, mark, rest = text.rpartition("####")
    return find_numbers(rest.split("\n")[0])[:1] if mark else []


def marked(text: str) -> list[Number]:
    """Return the number that the last marked sentence gives."""
    marks = list(MARKER.finditer(text))
    if not marks:
        return []
    rest = SENTENCE_END.split(text[marks[-1].end() :].strip(), maxsplit=1)[0]
    right = rest.rpartition("=")[2]
    return find_numbers(right)[:1] or find_numbers(rest)[:1]
