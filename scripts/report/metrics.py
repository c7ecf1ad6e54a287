"""How each metric is named, which direction is better, and how many decimals it deserves."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """`decimals` is None where it depends on the scale of the scores (0–1 or 0–100)."""

    label: str
    meaning: str
    lower_is_better: bool = False
    decimals: int | None = None

    @property
    def arrow(self) -> str:
        """Return the direction in which the metric improves."""
        return "↓" if self.lower_is_better else "↑"


METRICS = {
    "bleu": Metric("BLEU", "overlap of word or character n-grams with the reference", False, 1),
    "chrf": Metric("chrF", "overlap of character n-grams with the reference", False, 1),
    "accuracy": Metric("accuracy", "share of questions answered rightly"),
    "bpb": Metric("bits/byte", "bits per byte, comparable across vocabularies", True, 3),
    "ppl": Metric("perplexity", "per token, not comparable across vocabularies", True, 1),
}


def get_metric(name: str) -> Metric:
    """Return what is known of a metric; an unknown one keeps its name and counts upwards."""
    return METRICS.get(name) or Metric(name, name)


def count_decimals(name: str, scores: Iterable[float]) -> int:
    """Return the decimals for one column of scores: fixed by the metric, or 3 on a 0–1 scale."""
    fixed = get_metric(name).decimals
    if fixed is not None:
        return fixed
    return 3 if all(abs(score) <= 1 for score in scores) else 1
