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

# FairEval's two lines, "Score of the Assistant 1: 8": what is behind the last colon counts.
LAST_LINE = re.compile(rf"(?:.*:)?[ \t*]*{NUMBER}[ \t*.]*")

EMPTY = "empty reply"
NO_LINE = "first line is not two numbers"
NO_LINES = "last two lines are not two scores"
NO_TUPLE = "no pair of numbers at the end"
NO_ANSWER = "neither YES nor NO"
OUT_OF_RANGE = f"scores outside {LOWEST:g} to {HIGHEST:g}"


def parse_scores(text: str, shape: str) -> tuple[Scores | None, str | None]:
    """Return the scores of the first and the second answer, or None and why there are none.

    `shape` says where the wording asks for them: ``first line``, ``last two lines`` or ``tuple``.
    """
    text = text.strip()
    if not text:
        return None, EMPTY
    scores, reason = find_scores(text, shape)
    if scores is None:
        return None, reason
    if not all(LOWEST <= score <= HIGHEST for score in scores):
        return None, OUT_OF_RANGE
    return scores, None


def find_scores(text: str, shape: str) -> tuple[Scores | None, str]:
    """Return the two numbers where they should be, or None and what is there instead."""
    if shape == "last two lines":
        pair = [LAST_LINE.fullmatch(line.strip()) for line in text.splitlines()[-2:]]
        if len(pair) < 2 or not (pair[0] and pair[1]):
            return None, NO_LINES
        return (float(pair[0][1]), float(pair[1][1])), ""
    if shape == "tuple":
        match, reason = TUPLE.search(text), NO_TUPLE
    else:
        match, reason = FIRST_LINE.fullmatch(text.splitlines()[0].strip()), NO_LINE
    return ((float(match[1]), float(match[2])), "") if match else (None, reason)


def parse_answer(text: str) -> tuple[bool | None, str | None]:
    """Return whether a judge said YES, or None and why it said neither.

    Both words, or none of them but at the beginning, leave it open. (x-LLM's script takes the
    first YES or NO, be it in KNOWN, and every other reply for a NO.)
    """
    if not text.strip():
        return None, EMPTY
    found = set(re.findall(r"\b(?:YES|NO)\b", text))
    first = re.match(r"\W*(yes|no)\b", text, re.IGNORECASE)
    if not found and first:
        found = {first[1].upper()}
    return (found == {"YES"}, None) if len(found) == 1 else (None, NO_ANSWER)
