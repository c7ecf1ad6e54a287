"""Words as one flat array of tokens, in which pairs of tokens are found and joined.

Every distinct word is there once, with an element for each of its bytes. A token's id is on its
first and its last byte, so that the neighbours on both sides are one look away, links are not
needed, and joining a pair writes four elements. Positions are kept for each token, not for each
pair: those of a pair are found by filtering the positions of its rarer half, which is enough for a
tokenizer's own merges (`lay_out_words`); learning new ones takes `neighbours`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from scripts.tokenizer.pair_queue import Pair

BOUNDARY = -1  # between words; part of no pair
INSIDE = -2  # a byte inside a token
NOWHERE = np.empty(0, dtype=np.int32)


@dataclass
class Corpus:
    """The distinct words, one behind the other, the most frequent first.

    `ids` (n,) holds each token's id on its first and last byte; `begins` are the positions at
    which the words' number of occurrences falls to the next of `counts`; `places` where each
    token begins, in order; of a `stale` token some are out of date, for it was merged there.
    """

    ids: np.ndarray
    begins: np.ndarray
    counts: np.ndarray
    places: dict[int, np.ndarray]
    stale: set[int] = field(default_factory=set)

    def count(self, places: np.ndarray) -> np.ndarray:
        """Return how often the word at each of the places, which are in order, occurs."""
        # Words are sorted by their counts, so a few runs of equal counts say what would otherwise
        # be an array as long as the corpus.
        if len(places) < len(self.begins):
            return self.counts[np.searchsorted(self.begins, places, side="right") - 1]
        ends = np.searchsorted(places, self.begins[1:])
        return np.repeat(self.counts, np.diff(ends, prepend=0, append=len(places)))

    def find(self, token: int) -> np.ndarray:
        """Return where the token begins."""
        if token in self.stale:
            # Merges only mark a token as stale: most tokens are merged many times before anyone
            # asks for their positions again. A longer token may end on a position that was merged
            # away, but its id is another.
            places = self.places[token]
            self.places[token] = places[self.ids.take(places) == token]
            self.stale.remove(token)
        return self.places.get(token, NOWHERE)


def find_pair(corpus: Corpus, pair: Pair, pieces: Mapping[int, bytes]) -> np.ndarray:
    """Return the sorted positions of the pair's left token that its right one follows."""
    left, right = pair
    size = len(pieces[left])
    if len(corpus.places.get(left, ())) <= len(corpus.places.get(right, ())):
        places = corpus.find(left)
        return places[corpus.ids.take(places + size) == right]
    places = corpus.find(right)
    return places[corpus.ids.take(places - 1) == left] - np.int32(size)


def drop_overlaps(places: np.ndarray, size: int) -> np.ndarray:
    """Keep every second of tokens of `size` bytes in a row: `aaaa` holds two `aa`, not three."""
    if not len(places):
        return places
    # Within a run of adjacent places, counted from its head, those of even number are kept: what
    # reading from the left does, without a loop.
    index = np.arange(len(places))
    heads = np.concatenate([[True], np.diff(places) != size])
    return places[(index - np.maximum.accumulate(np.where(heads, index, 0))) % 2 == 0]


def join(
    corpus: Corpus, places: np.ndarray, pair: Pair, token: int, pieces: Mapping[int, bytes]
) -> None:
    """Write `token` over the pair at `places`."""
    size = len(pieces[pair[0]])
    if pair[0] == pair[1]:
        places = drop_overlaps(places, size)
    if not len(places):
        return
    write_token(corpus.ids, places, size, len(pieces[token]), token)
    if token in corpus.places:
        places = np.sort(np.concatenate([corpus.find(token), places]))
    corpus.places[token] = places
    corpus.stale |= set(pair) - {token}


def write_token(ids: np.ndarray, places: np.ndarray, left: int, size: int, token: int) -> None:
    """Write a token of `size` bytes at `places` over a pair whose left half has `left`."""
    # First the inner ends of both halves, then the outer ones: a half of one byte has both ends on
    # the same element, which must hold the new token's id.
    ids[places + (left - 1)] = INSIDE
    ids[places + left] = INSIDE
    ids[places] = token
    ids[places + (size - 1)] = token
