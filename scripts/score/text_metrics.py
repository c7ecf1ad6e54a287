"""Bits per byte and perplexity: ratios of sums over the corpus, not means over records."""

from typing import Any

import numpy as np

from scripts.score.settings import Settings

Record = dict[str, Any]


def statistics(metric: str, records: list[Record], settings: Settings) -> np.ndarray:
    """Return (nats, bytes) a record for bits per byte, (nats, tokens) for perplexity."""
    count = "bytes" if metric == "bpb" else "tokens"
    return np.array([(record["nats"], record[count]) for record in records], dtype=np.float64)


def signature(metric: str, records: list[Record], settings: Settings) -> dict[str, str]:
    """Return the tokens of context that each token was measured with."""
    return {"window": "+".join(map(str, sorted({record["window"] for record in records})))}
