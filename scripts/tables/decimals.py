"""How many decimals a metric's scores are shown with."""

from collections.abc import Iterable

from scripts.study.metrics import get_metric


def count_decimals(name: str, scores: Iterable[float]) -> int:
    """Return the decimals for one column of scores: fixed by the metric, or 3 on a 0–1 scale."""
    fixed = get_metric(name).decimals
    if fixed is not None:
        return fixed
    return 3 if all(abs(score) <= 1 for score in scores) else 1
