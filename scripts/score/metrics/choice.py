"""Metrics of choices: ``accuracy``, and ``accuracy_macro``, its mean over categories.

A record's ``category`` is optional; records without one make a category together. An answer that
names no choice is wrong, and counted beside the score.
"""

from typing import Any

import numpy as np

from scripts.score.metrics.settings import Settings

Record = dict[str, Any]
# The prediction of an answer that names no choice (scripts/infer/read_choice.py): it is wrong.
UNREAD = -1


def statistics(metric: str, records: list[Record], settings: Settings) -> np.ndarray:
    """Return one row per record: (n, 2) right and 1; of k categories (n, 2k), rights, then ones."""
    right = np.array([record["prediction"] == record["answer"] for record in records])
    if metric == "accuracy":
        return np.stack([right, np.ones(len(records))], axis=1).astype(np.float64)
    return by_category(records, right)


def signature(metric: str, records: list[Record], settings: Settings) -> dict[str, object]:
    """Return what the score depends on."""
    if metric == "accuracy":
        return {}
    return {"mean": "categories", "categories": len(categories(records))}


def details(
    metric: str, records: list[Record], statistics: np.ndarray, settings: Settings
) -> dict[str, object]:
    """Return how many answers named no choice, and each category's accuracy in percent and records.

    Of answers that all name one nothing is told, nor of records without categories.
    """
    unread = sum(record["prediction"] == UNREAD for record in records)
    told: dict[str, object] = {"unread": unread} if unread else {}
    if not any("category" in record for record in records):
        return told
    right = np.array([record["prediction"] == record["answer"] for record in records])
    sums = by_category(records, right).sum(axis=0)
    rights, counts = np.split(sums, 2)
    found = zip(categories(records), rights, counts, strict=True)
    return told | {
        "categories": {name: {"score": 100 * a / n, "n": int(n)} for name, a, n in found}
    }


def categories(records: list[Record]) -> list[str]:
    """Return the names of the categories, sorted."""
    return sorted({category(record) for record in records})


def category(record: Record) -> str:
    """Return a record's category as a text."""
    return str(record.get("category", ""))


def by_category(records: list[Record], values: np.ndarray) -> np.ndarray:
    """Spread (n,) values over k categories: (n, 2k), the record's value, then its count."""
    names = categories(records)
    columns = [names.index(category(record)) for record in records]
    member = np.eye(len(names))[columns]
    return np.concatenate([member * values[:, None], member], axis=1)
