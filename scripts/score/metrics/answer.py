"""Metrics of short answers to questions: ``em``, ``f1`` and ``match``.

``em`` and ``f1`` are those of MLQA's official script (Lewis et al. 2020; facebookresearch/MLQA,
mlqa_evaluation_v1.py): lower case, without punctuation (Unicode's P* and ASCII's), without the
language's articles, Chinese cut into characters, and the best of all references. The script knows
ar, de, en, es, hi, vi and zh. The rest of XQuAD's languages (el, ro, ru, th, tr) are treated as
its Hindi is, without articles; XTREME scores them by SQuAD's English script, which removes English
articles and ASCII punctuation only.

``match`` is x-LLM's (NJUNLP/x-LLM, eval/xquad.match.py), no standard: the first reference is
in the prediction, both in lower case.
"""

import re
import string
import unicodedata
from collections import Counter
from typing import Any

import numpy as np

from scripts.common.errors import InputError
from scripts.score.metrics.settings import Settings

Record = dict[str, Any]

# What MLQA's script drops as an article; in Arabic the two letters anywhere in a word.
ARTICLES = {
    "en": r"\b(?:a|an|the)\b",
    "es": r"\b(?:un|una|unos|unas|el|la|los|las)\b",
    "vi": r"\b(?:của|là|cái|chiếc|những)\b",
    "de": r"\b(?:ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b",
    "ar": "ال",
}
OFFICIAL = {*ARTICLES, "hi", "zh"}
# MLQA's "mixed segmentation": a Chinese character is a token, and so is what is between.
MIXED = re.compile(r"[\u4e00-\u9fa5]|[^\u4e00-\u9fa5\s]+")


def statistics(metric: str, records: list[Record], settings: Settings) -> np.ndarray:
    """Return (n, 2) rows of the record's score between 0 and 1, and 1."""
    if metric != "match" and not settings.target:
        raise InputError(f"--target-language: missing, expected the answers' language for {metric}")
    rows = [(score_answer(metric, record, settings.target), 1) for record in records]
    return np.array(rows, dtype=np.float64)


def signature(metric: str, records: list[Record], settings: Settings) -> dict[str, object]:
    """Return what the score depends on."""
    if metric == "match":
        return {"contained": "first", "case": "lower"}
    rules = "mlqa-v1" if settings.target in OFFICIAL else "mlqa-v1-other"
    return {"normalisation": rules, "language": settings.target, "references": "max"}


def score_answer(metric: str, record: Record, language: str | None) -> float:
    """Return a record's score between 0 and 1."""
    prediction, references = record["prediction"], record["references"]
    if metric == "match":
        return float(references[0].lower() in prediction.lower())
    compare = exact_match if metric == "em" else token_f1
    found = split_answer(prediction, language)
    return max(compare(found, split_answer(text, language)) for text in references)


def split_answer(text: str, language: str | None) -> list[str]:
    """Return an answer's tokens, normalised as MLQA does."""
    text = "".join(char for char in text.lower() if not is_punctuation(char))
    if language and language in ARTICLES:
        text = re.sub(ARTICLES[language], " ", text)
    return MIXED.findall(text) if language == "zh" else text.split()


def is_punctuation(char: str) -> bool:
    """Tell whether MLQA's script would drop the character."""
    return unicodedata.category(char).startswith("P") or char in string.punctuation


def exact_match(prediction: list[str], reference: list[str]) -> float:
    """Return 1 for the same tokens, else 0."""
    return float(prediction == reference)


def token_f1(prediction: list[str], reference: list[str]) -> float:
    """Return the F1 of the tokens in common, counted with repetitions."""
    common = (Counter(prediction) & Counter(reference)).total()
    if not common:
        return 0.0
    precision, recall = common / len(prediction), common / len(reference)
    return 2 * precision * recall / (precision + recall)
