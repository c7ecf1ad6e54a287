"""A queue of pairs of tokens, the most frequent first; rare ones wait in arrays.

Most pairs are too rare ever to be merged. In a heap of Python objects they would take more memory
than the corpus; here they wait in arrays until nothing more frequent is left.

    queue = PairQueue()
    queue.add(pack(np.array([1, 2]), 3), np.array([5, 9]), known={})
    queue.pop()  # (9, (2, 3))
"""

import heapq
from collections.abc import Mapping

import numpy as np

MIN_COUNT = 2  # a pair seen once says nothing about the next text
AT_ONCE = 1 << 62  # as the count of a pair whose merge the tokenizer already has

Pair = tuple[int, int]


def pack(left: np.ndarray | int, right: np.ndarray | int) -> np.ndarray:
    """Return pairs as numbers (int64) that sort as the pairs do: ties go to the smaller ids."""
    return np.left_shift(left, 32, dtype=np.int64) | right


def unpack(key: int) -> Pair:
    """Return the pair that `pack` made a number of."""
    return key >> 32, key & 0xFFFFFFFF


class PairQueue:
    """A priority queue of pairs, the largest count first; of equal counts the smallest ids."""

    def __init__(self) -> None:
        self.heap: list[tuple[int, int]] = []  # (-count, packed pair)
        self.later: list[tuple[np.ndarray, np.ndarray]] = []  # packed pairs below `cutoff`, counts
        self.cutoff = AT_ONCE

    def add(self, keys: np.ndarray, counts: np.ndarray, known: Mapping[Pair, int]) -> None:
        """Add packed pairs (n,) and counts (n,); those that are `known` come before all others."""
        if known:
            for key in keys.tolist():
                if unpack(key) in known:
                    heapq.heappush(self.heap, (-AT_ONCE, key))
        self.sort_in(keys, counts)

    def put_back(self, pair: Pair, count: int) -> None:
        """Add a pair again that occurs less often than it did."""
        if count >= MIN_COUNT:
            heapq.heappush(self.heap, (-count, int(pack(*pair))))

    def pop(self) -> tuple[int, Pair] | None:
        """Return the next pair with its count; None if there is none."""
        while not (self.heap and -self.heap[0][0] >= self.cutoff):
            if self.cutoff <= MIN_COUNT:
                return None
            # Halved, so that a waiting pair is moved a logarithmic number of times.
            self.cutoff = max(self.cutoff // 2, MIN_COUNT)
            waiting, self.later = self.later, []
            if waiting:
                keys, counts = (np.concatenate(part) for part in zip(*waiting, strict=True))
                # Straight to the largest count that waits: halvings before it would move nothing.
                self.cutoff = min(self.cutoff, int(counts.max(initial=MIN_COUNT)))
                self.sort_in(keys, counts)
        count, key = heapq.heappop(self.heap)
        return -count, unpack(key)

    def sort_in(self, keys: np.ndarray, counts: np.ndarray) -> None:
        """Put pairs at or above the cutoff into the heap and keep the others for later."""
        soon = counts >= self.cutoff
        for count, key in zip(counts[soon].tolist(), keys[soon].tolist(), strict=True):
            heapq.heappush(self.heap, (-count, key))
        rare = ~soon & (counts >= MIN_COUNT)
        self.later.append((keys[rare], counts[rare]))
