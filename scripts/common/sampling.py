"""Samples that stay the same when the data around them changes."""

import hashlib
from collections.abc import Callable, Iterable
from heapq import nsmallest
from typing import Any, TypeVar

T = TypeVar("T")


def draw(items: Iterable[T], count: int, name: Callable[[T], str]) -> list[T]:
    """Return the `count` items whose names have the smallest SHA-256, smallest first.

    Each item's own name decides whether it is drawn: an item added to or taken from the others
    moves at most one of them.
    """
    return nsmallest(count, items, lambda item: hashlib.sha256(name(item).encode()).hexdigest())


def take_sample(
    records: list[dict[str, Any]], limit: int | None, seed: int
) -> list[dict[str, Any]]:
    """Return `limit` records, drawn by seed and id, in their order; all where there is no limit."""
    if limit is None or len(records) <= limit:
        return records
    rows = draw(range(len(records)), limit, lambda row: f"{seed}{records[row]['id']}")
    return [records[row] for row in sorted(rows)]
