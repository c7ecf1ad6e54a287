"""From the statistics of records, summed up, to the score of a metric."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from scripts.score.resampling import Scorer
from scripts.study.metrics import load_metrics

LIMITED = ("percent", "macro")  # means of records' values between 0 and 1
SCALED = (*LIMITED, "bleu", "chrf", "chrf2pp", "sari")  # from 0 to 100
SARI_ORDER = 4  # n-grams of up to so many tokens


def scorer(metric: str) -> Scorer:
    """Return how a metric's sums, shape (..., k), become scores, shape (...)."""
    name = load_metrics()[metric].sums
    return SIMPLE[name] if name in SIMPLE else sacrebleu_scorer(name)


def limits(metric: str) -> tuple[float, float] | None:
    """Return the lowest and highest value of a record, where a metric is a mean of such values.

    None of neural metrics, whose values are on a scale of the model's own.
    """
    found = load_metrics()[metric]
    return (0, 1) if found.sums in LIMITED and not found.checkpoint else None


def scale(metric: str) -> tuple[float, float] | None:
    """Return the lowest and highest score of a metric, None where there is no such."""
    found = load_metrics()[metric]
    return (0, 100) if found.sums in SCALED and not found.checkpoint else None


@cache
def sacrebleu_scorer(name: str) -> Scorer:
    """Return how sacrebleu turns summed statistics into a score; tokenization does not matter."""
    from sacrebleu.metrics import BLEU, CHRF, TER

    made: dict[str, Callable[[], Any]] = {
        "bleu": lambda: BLEU(tokenize="none"),
        "chrf": CHRF,
        "chrf2pp": lambda: CHRF(word_order=2),
        "ter": TER,
    }
    metric = made[name]()

    def score(sums: np.ndarray) -> np.ndarray:
        """Score each vector of sums."""
        rows = sums.reshape(-1, sums.shape[-1]).tolist()
        scores = [metric._compute_score_from_stats(row).score for row in rows]
        return np.array(scores).reshape(sums.shape[:-1])

    return score


def mean(sums: np.ndarray) -> np.ndarray:
    """Return numerators over denominators; 0/0 is NaN."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums[..., 0] / sums[..., 1]


def perplexity(sums: np.ndarray) -> np.ndarray:
    """Return e to the power of nats per token; infinity where that overflows."""
    with np.errstate(over="ignore"):
        return np.exp(mean(sums))


def macro(sums: np.ndarray) -> np.ndarray:
    """Return the percent of each category, averaged over those that occur.

    The first half of the columns are the categories' numerators, the second their denominators.
    """
    half = sums.shape[-1] // 2
    shares = mean(np.stack([sums[..., :half], sums[..., half:]], axis=-1))
    return 100 * np.nanmean(shares, axis=-1)


def corpus_sari(sums: np.ndarray) -> np.ndarray:
    """Return EASSE's SARI, 0 to 100, of summed counts of shape (..., 36).

    Counts go by n, by operation (add, keep, delete), by what is counted: right, in the prediction,
    in the references (`scripts.score.metrics.simplification`).
    """
    right, predicted, wanted = np.moveaxis(sums.reshape(*sums.shape[:-1], SARI_ORDER, 3, 3), -1, 0)
    # F = 2PR / (P + R); 0 where nothing is right.
    found = predicted + wanted
    scores = np.divide(2 * right, found, out=np.zeros_like(right), where=found > 0)
    return np.asarray(100 * scores.mean(axis=(-1, -2)))


SIMPLE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean": mean,
    "percent": lambda sums: 100 * mean(sums),
    # From nats to bits, a byte.
    "bits": lambda sums: mean(sums) / np.log(2),
    # Of nats a token; comparable between models of one vocabulary only.
    "perplexity": perplexity,
    "macro": macro,
    "sari": corpus_sari,
}
