"""Where each token begins, grouped by its neighbour: the places of a pair, without a search.

A token is grouped once, when it is made, by the tokens before and behind it. Later merges take
places from a group and never add one: a pair's places are those of its group, in the newer of its
tokens, at which it still stands. The tokens that come first need one side only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scripts.tokenizer.byte_corpus import NOWHERE, Corpus, drop_overlaps, write_token
from scripts.tokenizer.pair_queue import Pair, pack


@dataclass(frozen=True)
class Groups:
    """The `places` (n,) of a token: those with the k-th of `others` are from `starts[k]` on."""

    others: np.ndarray
    starts: np.ndarray
    places: np.ndarray

    def find(self, other: int) -> np.ndarray:
        """Return the places, in order, with one neighbour."""
        index = int(np.searchsorted(self.others, other))
        if index == len(self.others) or self.others[index] != other:
            return NOWHERE
        return self.places[self.starts[index] : self.starts[index + 1]]


def group(
    places: np.ndarray, others: np.ndarray, counts: np.ndarray
) -> tuple[Groups, np.ndarray, np.ndarray]:
    """Group `places` by `others`; return also those that are tokens, and sums of their `counts`."""
    order = sort_stably(others + 1)  # from -1, a boundary
    others = others.take(order)
    starts = np.flatnonzero(np.diff(others, prepend=-2))
    found = others.take(starts)
    sums = np.add.reduceat(counts.take(order), starts) if len(starts) else counts
    groups = Groups(found, np.append(starts, len(places)), places.take(order))
    return groups, found[found >= 0], sums[found >= 0]


def sort_stably(keys: np.ndarray) -> np.ndarray:
    """Return the order of keys (n,), from 0, by sorting 16 bits at a time: NumPy's fastest way."""
    order = np.argsort(keys.astype(np.uint16), kind="stable")
    high = keys >> 16
    if high.any():
        order = order.take(np.argsort(high.take(order).astype(np.uint16), kind="stable"))
    return order


class Grouped:
    """A corpus whose tokens are grouped; takes the places of `corpus` over."""

    def __init__(self, corpus: Corpus, pieces: Mapping[int, bytes]) -> None:
        self.corpus, self.pieces = corpus, pieces
        self.before: dict[int, Groups] = {}
        self.behind: dict[int, Groups] = {}
        self.births: dict[int, int] = {}  # when each new token was last made
        self.joined = 0

    def group_first(self, token: int) -> tuple[np.ndarray, np.ndarray]:
        """Group one of the first tokens; return packed pairs (`token`, neighbour) and counts."""
        places = self.corpus.places.pop(token)
        return self.group_behind(token, places, self.corpus.count(places))

    def group_behind(
        self, token: int, places: np.ndarray, counts: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Group by the neighbours behind; return packed pairs and counts."""
        others = self.corpus.ids.take(places + len(self.pieces[token]))
        self.behind[token], found, sums = group(places, others, counts)
        return pack(token, found), sums

    def find_pair(self, pair: Pair) -> np.ndarray:
        """Return the sorted positions of the pair's left token that its right one follows."""
        left, right = pair
        size = len(self.pieces[left])
        if self.births.get(right, 0) > self.births.get(left, 0):
            places = self.before[right].find(left) - np.int32(size)
        else:
            places = self.behind[left].find(right)
        places = places[self.corpus.ids.take(places) == left]
        return places[self.corpus.ids.take(places + size) == right]

    def join(self, places: np.ndarray, pair: Pair, token: int) -> tuple[np.ndarray, np.ndarray]:
        """Write `token` over the pair; return packed pairs of which it is a part, and counts."""
        size = len(self.pieces[pair[0]])
        if pair[0] == pair[1]:
            places = drop_overlaps(places, size)
        write_token(self.corpus.ids, places, size, len(self.pieces[token]), token)
        if token in self.behind:
            old = self.behind[token].places
            old = old[self.corpus.ids.take(old) == token]
            places = np.sort(np.concatenate([old, places]))
        self.joined += 1
        self.births[token] = self.joined
        return self.group_around(token, places)

    def group_around(self, token: int, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Group by both neighbours; return packed pairs of which `token` is a part, and counts."""
        counts = self.corpus.count(places)
        others = self.corpus.ids.take(places - 1)
        self.before[token], found, sums = group(places, others, counts)
        after, sums_after = self.group_behind(token, places, counts)
        twice = after == pack(token, token)  # already counted as a pair (neighbour, token)
        keys = np.concatenate([pack(found, token), after[~twice]])
        return keys, np.concatenate([sums, sums_after[~twice]])
