"""Metrics of running text: ratios of sums over the corpus, not means over records.

``ppl_paper`` is the perplexity of a random suffix of each text, given what is before it, which
BiLLa's README calls conditional generation. Its code for that is not published; where a suffix
begins is taken from its training loss (`scripts.pack.suffix`), and tokens are averaged over the
corpus. BiLLa's rows have 1,024 tokens: measure with that window.
"""

from typing import Any

import numpy as np

from scripts.common.errors import InputError
from scripts.score.metrics.settings import Settings

Record = dict[str, Any]

FIELDS = {
    "bpb": ("nats", "bytes"),
    "ppl": ("nats", "tokens"),
    "ppl_paper": ("suffix_nats", "suffix_tokens"),
}


def statistics(metric: str, records: list[Record], settings: Settings) -> np.ndarray:
    """Return (n, 2) rows: nats and bytes for bits per byte, nats and tokens for perplexity."""
    fields = FIELDS[metric]
    for record in records:
        if any(field not in record for field in fields):
            raise InputError(
                f"record {record['id']}: no {fields[0]}; measured before lingraft knew suffixes, "
                "measure again"
            )
    return np.array([[record[field] for field in fields] for record in records], dtype=np.float64)


def signature(metric: str, records: list[Record], settings: Settings) -> dict[str, str]:
    """Return the tokens of context that each token was measured with, and the suffix's start."""
    window = {"window": "+".join(map(str, sorted({record["window"] for record in records})))}
    return window | ({"suffix": "0.2-0.7"} if metric == "ppl_paper" else {})
