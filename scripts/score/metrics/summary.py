"""Metrics of summaries: ``rouge1``, ``rouge2`` and ``rougeL``, F measures by Google's rouge-score.

English is cut by rouge-score's own tokenizer, without stemming. It keeps nothing but a-z and 0-9;
texts in other languages are cut by `scripts.score.metrics.tokens`: Chinese into characters, as
LCSTS is scored (Hu et al. 2015), Latin words and numbers within it whole. Of several references the
one of the highest F counts.
"""

from importlib.metadata import version
from typing import Any

import numpy as np
from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]
from rouge_score.tokenizers import DefaultTokenizer, Tokenizer  # type: ignore[import-untyped]

from scripts.score.metrics.settings import Settings
from scripts.score.metrics.tokens import split_tokens

Record = dict[str, Any]


class CharacterTokenizer(Tokenizer):
    """Words, and each Chinese character by itself, in the form that rouge-score asks for."""

    def tokenize(self, text: str) -> list[str]:
        """Return the tokens of a text."""
        return split_tokens(text)


def statistics(metric: str, records: list[Record], settings: Settings) -> np.ndarray:
    """Return (n, 2) rows of the record's F between 0 and 1, and 1."""
    english = settings.target == "en"
    tokenizer = DefaultTokenizer(use_stemmer=False) if english else CharacterTokenizer()
    scorer = RougeScorer([metric], tokenizer=tokenizer)
    rows = []
    for record in records:
        found = scorer.score_multi(record["references"], record["prediction"])
        rows.append((found[metric].fmeasure, 1))
    return np.array(rows, dtype=np.float64)


def signature(metric: str, records: list[Record], settings: Settings) -> dict[str, object]:
    """Return what the score depends on."""
    tokens = "rouge-score" if settings.target == "en" else "words+han-characters"
    return {
        "tool": f"rouge-score-{version('rouge-score')}",
        "tokens": tokens,
        "stemmer": "no",
        "references": "max",
    }
