"""Metrics of lm-evaluation-harness: of each answer the number that the harness's own metric gave.

``accuracy`` is its acc, the likeliest choice by summed log-likelihood; ``acc_norm`` divides that by
the characters of a choice, ``acc_bytes`` by its UTF-8 bytes, as our own ranking does. The mean over
the tasks of a group is ``accuracy_macro``.
"""

from typing import Any

import numpy as np

from scripts.common.errors import InputError
from scripts.score.metrics.choice import by_category, categories
from scripts.score.metrics.settings import Settings
from scripts.study.harness import value_of

Record = dict[str, Any]


def statistics(metric: str, records: list[Record], settings: Settings) -> np.ndarray:
    """Return (n, 2) rows of a record's value and 1; of k tasks (n, 2k), values, then ones."""
    values = np.array([read_value(metric, record) for record in records], dtype=np.float64)
    if metric == "accuracy_macro":
        return by_category(records, values)
    return np.stack([values, np.ones(len(records))], axis=1)


def read_value(metric: str, record: Record) -> float:
    """Return what the harness's metric says of an answer."""
    name, values = value_of(metric), record["values"]
    if name not in values:
        known = ", ".join(values) or "no metric"
        raise InputError(f"id {record['id']!r}: found {known}, expected {name} for {metric}")
    return float(values[name])


def signature(metric: str, records: list[Record], settings: Settings) -> dict[str, object]:
    """Return what the score depends on: versions, examples and the filter of the answers."""
    found: dict[str, dict[str, None]] = {}
    for record in records:
        for name, value in record["harness"].items():
            found.setdefault(name, {})[str(value)] = None
    parts: dict[str, object] = {name: "+".join(values) for name, values in found.items()}
    return parts | ({"mean": "tasks"} if metric == "accuracy_macro" else {})


def details(
    metric: str, records: list[Record], statistics: np.ndarray, settings: Settings
) -> dict[str, object]:
    """Return the score of each task of a group in percent and its records; nothing of one task."""
    names = categories(records)
    if len(names) < 2:
        return {}
    values = np.array([read_value(metric, record) for record in records], dtype=np.float64)
    sums, counts = np.split(by_category(records, values).sum(axis=0), 2)
    found = zip(names, sums, counts, strict=True)
    return {"categories": {name: {"score": 100 * a / n, "n": int(n)} for name, a, n in found}}
