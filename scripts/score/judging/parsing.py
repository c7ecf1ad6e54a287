"""Reading two scores out of a judge's reply, strictly: what is in doubt counts as a failure.

A failure is never a score. (x-LLM's script counts it as −1 and 0, BiLLa's as −1 and asks a person.)
"""

import re

Scores = tuple[float, float]

LOWEST, HIGHEST = 1.0, 10.0
NUMBER = r"(\d+(?:\.\d+)?)"
# Two numbers and nothing else; BiLLa's script takes commas for spaces too.
FIRST_LINE = re.compile(rf"{NUMBER}(?:[ \t]*,[ \t]*|[ \t]+){NUMBER}")
# A pair of brackets that ends the reply; a full stop may follow, and a fence of code.
TUPLE = re.compile(rf"\({NUMBER}\s*,\s*{NUMBER}\)[\s.`]*$")

EMPTY = "empty reply"
NO_LINE = "first line is not two numbers"
NO_TUPLE = "no pair of numbers at the end"
OUT_OF_RANGE = f"scores outside {LOWEST:g} to {HIGHEST:g}"


def parse_scores(text: str, shape: str) -> tuple[Scores | None, str | None]:
    """Return the scores of the first and the second answer, or None and why there are none.

    `shape` says where the wording asks for them: ``first line`` or ``tuple``.
    """
    text = text.strip()
    if not text:
        return None, EMPTY
    if shape == "tuple":
        match, reason = TUPLE.search(text), NO_TUPLE
    else:
        match, reason = FIRST_LINE.fullmatch(text.splitlines()[0].strip()), NO_LINE
    if not match:
        return None, reason
    scores = (float(match[1]), float(match[2]))
    if not all(LOWEST <= score <= HIGHEST for score in scores):
        return None, OUT_OF_RANGE
    return scores, None
