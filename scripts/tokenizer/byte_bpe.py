"""Continuing BPE training: which merges follow those that a tokenizer already has.

Every distinct pre-token is in one flat array once, with an element for each of its bytes. A token's
id is on its first and its last byte, so that the neighbours on both sides are one look away, links
are not needed, and a merge writes four elements. Positions are kept for each token, not for each
pair: those of a pair are found by filtering the positions of its rarer half. Counts are not kept
either. The queue holds how often a pair occurred when the newer of its tokens was made, which it
never exceeds later; a pair is counted again when it comes first, and is put back if it occurs less
often by then. So a merge costs a few NumPy calls on the positions of one token, and memory is
bounded by the corpus: 4 bytes a byte, and 4 for each token that began there.
Source: Sennrich, Haddow and Birch 2016 (the algorithm); the array layout is ours.

    list(learn_merges({b"abab": 3}, {0: b"a", 1: b"b"}, {}, lambda piece: True, first_id=2))
    # [Merge(0, 1, 2, b"ab", new=True), Merge(2, 2, 3, b"abab", new=True)]
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from scripts.tokenizer.pair_queue import Pair, PairQueue, pack

BOUNDARY = -1  # between pre-tokens; part of no pair
INSIDE = -2  # a byte inside a token
FEW = 4096  # neighbours that are sorted to be counted; more take an array as long as the vocabulary
NOWHERE = np.empty(0, dtype=np.int32)
BLOCK = 1 << 22  # bytes that are sorted at a time, which bounds the memory that takes


@dataclass(frozen=True)
class Merge:
    """Tokens `left` and `right` become `token`, whose bytes are `piece`; `new` if it had no id."""

    left: int
    right: int
    token: int
    piece: bytes
    new: bool


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
        """Return how often the word at each place occurs."""
        # Words are sorted by their counts, so a few runs of equal counts say what would otherwise
        # be an array as long as the corpus.
        return self.counts[np.searchsorted(self.begins, places, side="right") - 1]

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


def learn_merges(
    words: Mapping[bytes, int],
    pieces: Mapping[int, bytes],
    merges: Mapping[Pair, int],
    accept: Callable[[bytes], bool],
    first_id: int,
) -> Iterator[Merge]:
    """Return an iterator over the merges that follow `merges`, the most frequent pair first.

    `words` are the distinct pre-tokens and how often each occurs, `pieces` the bytes of every
    token, `merges` the tokenizer's own in their order. Only pairs whose joint bytes pass `accept`
    are merged. Ties go to the pair with the smaller ids, so the order of the words does not
    matter. New tokens are numbered from `first_id`. A pair that spells a token which exists
    becomes a merge without a new token. `words` are laid out before this returns.
    """
    return continue_merges(lay_out(words, pieces), dict(pieces), dict(merges), accept, first_id)


def continue_merges(
    corpus: Corpus,
    pieces: dict[int, bytes],
    known: dict[Pair, int],
    accept: Callable[[bytes], bool],
    first_id: int,
) -> Iterator[Merge]:
    """Yield merges as `learn_merges` does; they are added to `pieces` and `known`."""
    tokens = {piece: token for token, piece in pieces.items()}
    # The tokenizer's own merges come first and in its order, as they will when text is encoded.
    for pair, token in known.items():
        if pair[0] in corpus.places and pair[1] in corpus.places:
            join(corpus, find_pair(corpus, pair, pieces), pair, token, pieces)
    queue = PairQueue()
    for token in list(corpus.places):
        queue.add(*count_after(corpus, token, pieces), known)
    while (item := queue.pop()) is not None:
        bound, pair = item
        old, piece = pair in known, pieces[pair[0]] + pieces[pair[1]]
        if not old and not accept(piece):
            continue
        places = find_pair(corpus, pair, pieces)
        count = int(corpus.count(places).sum())
        if count < bound and not old:
            # Other merges took some of its places since it was queued: another pair may be first.
            queue.put_back(pair, count)
            continue
        token = known.get(pair, tokens.get(piece, first_id))
        merge = Merge(*pair, token, piece, new=token not in pieces)
        pieces[token], tokens[piece] = piece, token
        join(corpus, places, pair, token, pieces)
        # Only an old token, found in a new way, can be part of a pair that is known.
        queue.add(*count_around(corpus, token, pieces), {} if merge.new else known)
        if not old:
            known[pair] = token
            first_id += merge.new
            yield merge


def lay_out(words: Mapping[bytes, int], pieces: Mapping[int, bytes]) -> Corpus:
    """Write the words as the tokens of their bytes, a boundary before, between and after them."""
    ranked = sorted(words, key=words.__getitem__, reverse=True)
    lengths = np.fromiter(map(len, ranked), dtype=np.int64, count=len(ranked))
    starts = np.concatenate([[0], np.cumsum(lengths + 1)])  # of the boundary before each word
    inside = np.ones(starts[-1] + 1, dtype=bool)
    inside[starts] = False
    letters = np.full(len(inside), BOUNDARY, dtype=np.int16)
    letters[inside] = np.frombuffer(b"".join(ranked), dtype=np.uint8)
    token_of = np.full(257, BOUNDARY, dtype=np.int32)  # the last for letter -1
    for token, piece in pieces.items():
        if len(piece) == 1:
            token_of[piece[0]] = token
    each = np.fromiter(map(words.__getitem__, ranked), dtype=np.int64, count=len(ranked))
    first = np.flatnonzero(np.diff(each, prepend=0))  # of the words that occur equally often
    places = {int(token_of[letter]): found for letter, found in find_letters(letters).items()}
    places.pop(BOUNDARY, None)
    return Corpus(token_of[letters], starts[first], each[first], places)


def find_letters(letters: np.ndarray) -> dict[int, np.ndarray]:
    """Return the positions of each of the numbers (int16, for which NumPy sorts fast), in order."""
    parts: dict[int, list[np.ndarray]] = {}
    for start in range(0, len(letters), BLOCK):
        block = letters[start : start + BLOCK]
        order = np.argsort(block, kind="stable").astype(np.int32)
        found, begins = np.unique(block[order], return_index=True)
        for letter, part in zip(found.tolist(), np.split(order, begins[1:]), strict=True):
            parts.setdefault(letter, []).append(part + np.int32(start))
    return {letter: np.concatenate(parts.pop(letter)) for letter in list(parts)}


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
    # First the inner ends of both halves, then the outer ones: a half of one byte has both ends on
    # the same element, which must hold the new token's id.
    corpus.ids[places + (size - 1)] = INSIDE
    corpus.ids[places + size] = INSIDE
    corpus.ids[places] = token
    corpus.ids[places + (len(pieces[token]) - 1)] = token
    if token in corpus.places:
        places = np.sort(np.concatenate([corpus.find(token), places]))
    corpus.places[token] = places
    corpus.stale |= set(pair) - {token}


def count_after(
    corpus: Corpus, token: int, pieces: Mapping[int, bytes]
) -> tuple[np.ndarray, np.ndarray]:
    """Count the pairs (`token`, neighbour); return packed pairs and counts."""
    places = corpus.find(token)
    others = corpus.ids.take(places + len(pieces[token]))
    found, counts = sum_counts(others, corpus.count(places))
    return pack(token, found), counts


def count_around(
    corpus: Corpus, token: int, pieces: Mapping[int, bytes]
) -> tuple[np.ndarray, np.ndarray]:
    """Count every pair of which `token` is a part; return packed pairs and counts."""
    places = corpus.find(token)
    found, counts = sum_counts(corpus.ids.take(places - 1), corpus.count(places))
    after, counts_after = count_after(corpus, token, pieces)
    twice = after == pack(token, token)  # already counted as a pair (neighbour, token)
    keys = np.concatenate([pack(found, token), after[~twice]])
    return keys, np.concatenate([counts, counts_after[~twice]])


def sum_counts(others: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the tokens among `others` and the sum of each one's `counts`."""
    tokens = others >= 0
    others, counts = others[tokens], counts[tokens]
    if len(others) < FEW:
        found, which = np.unique(others, return_inverse=True)
        return found, np.bincount(which, counts, len(found)).astype(np.int64)
    sums = np.bincount(others, counts).astype(np.int64)
    found = np.flatnonzero(sums)
    return found, sums[found]
