"""Distinct pre-tokens and how often each occurs, in Arrow's memory instead of Python's objects.

WordCounts.of({b"ab": 3}).as_dict()  # {b"ab": 3}
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow

WAITING = 1 << 28  # bytes of words that wait to be merged, at least


@dataclass(frozen=True)
class WordCounts:
    """Words (n, large_binary, no null), each once, and how often each occurs (n, int64)."""

    words: pyarrow.LargeBinaryArray
    counts: np.ndarray

    @classmethod
    def of(cls, counts: Mapping[bytes, int]) -> "WordCounts":
        """Return the counts of a mapping."""
        words = pyarrow.array(counts.keys(), pyarrow.large_binary())
        return cls(words, np.fromiter(counts.values(), dtype=np.int64, count=len(counts)))

    def as_dict(self) -> dict[bytes, int]:
        """Return the counts as Python objects."""
        return dict(zip(self.words.to_pylist(), self.counts.tolist(), strict=True))


def merge_counts(parts: Iterable[WordCounts]) -> WordCounts:
    """Return the sum of the counts of all parts, which are merged as they come.

    As many bytes wait as are merged already, so each is merged a logarithmic number of times.
    """
    merged, waiting, size = WordCounts.of({}), [], 0
    for part in parts:
        waiting.append(part)
        size += part.words.nbytes
        if size > max(WAITING, merged.words.nbytes):
            merged, waiting, size = merge_parts([merged, *waiting]), [], 0
    return merge_parts([merged, *waiting]) if waiting else merged


def merge_parts(parts: list[WordCounts]) -> WordCounts:
    """Return the sum of the counts of some parts."""
    found = pyarrow.concat_arrays([part.words for part in parts]).dictionary_encode()
    counts = np.concatenate([part.counts for part in parts])
    # float64 sums whole numbers exactly up to 2^53, more than there are words anywhere.
    sums = np.bincount(found.indices.to_numpy(), counts, len(found.dictionary))
    return WordCounts(found.dictionary, sums.astype(np.int64))
