"""Accuracy of choices."""

from typing import Any

import numpy as np

from scripts.score.settings import Settings

Record = dict[str, Any]


def statistics(metric: str, records: list[Record], settings: Settings) -> np.ndarray:
    """Return (right, 1) a record."""
    rows = [(record["prediction"] == record["answer"], 1) for record in records]
    return np.array(rows, dtype=np.float64)


def signature(metric: str, records: list[Record], settings: Settings) -> dict[str, str]:
    """Return nothing: an index is right or wrong."""
    return {}
