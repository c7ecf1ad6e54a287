"""Continuing byte-pair encoding: which merges come after those that a tokenizer already has.

The corpus is one flat array of token ids in which every distinct pre-token stands once, with its
number of occurrences as the weight of each of its positions, and a sentinel between pre-tokens.
A merge keeps the left position, links over the right one and touches nothing else, so a
position's token only ever grows. Where a token occurs is kept for each token, not for each pair:
the places of a pair are found by filtering the places of its rarer half. That bounds the memory
by the corpus and turns the work of a merge into a few NumPy calls.
Source: Sennrich, Haddow and Birch 2016 (the algorithm); the array layout is ours.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

BOUNDARY = -1  # stands between pre-tokens; part of no pair
MERGED = -2  # a position that its left neighbour has taken in
MIN_COUNT = 2  # a pair seen once says nothing about the next text
AT_ONCE = -(1 << 62)  # heap priority of a pair whose merge the tokenizer has already

Pair = tuple[int, int]


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
    """Flat arrays of one length n: ids, links to the neighbours, weights (occurrences)."""

    ids: np.ndarray
    left: np.ndarray
    right: np.ndarray
    weights: np.ndarray
    places: dict[int, np.ndarray]


def learn_merges(
    words: Sequence[Sequence[int]],
    counts: Sequence[int],
    pieces: Mapping[int, bytes],
    merges: Mapping[Pair, int],
    accept: Callable[[bytes], bool],
    first_id: int,
) -> Iterator[Merge]:
    """Yield the merges that follow `merges`, the most frequent pair first, until none is left.

    `words` are the distinct pre-tokens as the tokenizer segments them, `counts` how often each
    occurs, `pieces` the bytes of every token, `merges` the tokenizer's own. Only pairs whose
    joint bytes pass `accept` are merged. Ties go to the pair with the smaller ids, so the order
    of the words does not matter. New tokens are numbered from `first_id`. A pair that spells a
    token which exists becomes a merge without a new token.
    """
    if not words:
        return
    pieces, known = dict(pieces), dict(merges)
    tokens = {piece: token for token, piece in pieces.items()}
    corpus = lay_out(words, counts)
    tally: dict[Pair, int] = defaultdict(int)
    queue: list[tuple[int, Pair]] = []

    def admit(pairs: dict[Pair, int]) -> None:
        for pair, count in pairs.items():
            if pair in tally or pair in known or accept(pieces[pair[0]] + pieces[pair[1]]):
                tally[pair] += count
                priority = AT_ONCE if pair in known else -tally[pair]
                heapq.heappush(queue, (priority, pair))

    admit(count_pairs(corpus))
    while (pair := next_pair(queue, tally, known)) is not None:
        piece = pieces[pair[0]] + pieces[pair[1]]
        token = known.get(pair, tokens.get(piece, first_id))
        merge = Merge(*pair, token, piece, new=pair not in known and piece not in tokens)
        lost, gained = apply_merge(corpus, merge)
        first_id += merge.new
        pieces[token], tokens[piece] = piece, token
        for other, count in lost.items():
            if other in tally:
                tally[other] -= count
        tally.pop(pair, None)
        admit(gained)
        if pair not in known:
            known[pair] = token
            yield merge


def next_pair(
    queue: list[tuple[int, Pair]], tally: dict[Pair, int], known: Mapping[Pair, int]
) -> Pair | None:
    """Pop the most frequent pair; entries whose count has sunk since are put back or dropped."""
    while queue:
        priority, pair = heapq.heappop(queue)
        count = tally.get(pair, 0)
        if count > 0 and (pair in known or count == -priority >= MIN_COUNT):
            return pair
        if MIN_COUNT <= count < -priority and pair not in known:
            heapq.heappush(queue, (-count, pair))
    return None


def lay_out(words: Sequence[Sequence[int]], counts: Sequence[int]) -> Corpus:
    """Put the words behind each other, a boundary before, between and after them."""
    lengths = np.array([len(word) + 1 for word in words])
    ids = np.empty(int(lengths.sum()) + 1, dtype=np.int32)
    ids[0], end = BOUNDARY, 1
    for word in words:
        ids[end : end + len(word)] = word
        end += len(word) + 1
        ids[end - 1] = BOUNDARY
    index = np.arange(len(ids), dtype=np.int32)
    weights = np.concatenate([[0], np.repeat(np.asarray(counts, dtype=np.int64), lengths)])
    order = np.argsort(ids, kind="stable")
    tokens, starts = np.unique(ids[order], return_index=True)
    parts = np.split(order.astype(np.int32), starts[1:])
    places = dict(zip(tokens.tolist(), parts, strict=True))
    return Corpus(ids, index - 1, index + 1, weights, places)


def count_pairs(corpus: Corpus) -> dict[Pair, int]:
    """Count every pair of neighbours inside a word, before the first merge."""
    ids, weights = corpus.ids[:-1], corpus.weights[:-1]
    inside = (ids != BOUNDARY) & (corpus.ids[1:] != BOUNDARY)
    keys = (ids[inside].astype(np.int64) << 32) | corpus.ids[1:][inside]
    found, which = np.unique(keys, return_inverse=True)
    sums = np.bincount(which, weights[inside], len(found)).astype(np.int64)
    pairs = zip((found >> 32).tolist(), (found & 0xFFFFFFFF).tolist(), strict=True)
    return dict(zip(pairs, sums.tolist(), strict=True))


def find_places(corpus: Corpus, left: int, right: int) -> np.ndarray:
    """Return the sorted positions of `left` that `right` follows, none overlapping the last."""
    ids, places = corpus.ids, corpus.places
    rarer = left if len(places[left]) <= len(places[right]) else right
    # Positions that were merged away since the last look are forgotten here.
    places[rarer] = places[rarer][ids[places[rarer]] == rarer]
    starts = places[rarer] if rarer == left else corpus.left[places[rarer]]
    starts = starts[(ids[starts] == left) & (ids[corpus.right[starts]] == right)]
    return drop_overlaps(starts, corpus.right) if left == right else starts


def drop_overlaps(starts: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Keep every second of directly consecutive places: `aaaa` holds two `aa`, not three."""
    if not len(starts):
        return starts
    heads = np.concatenate([[True], right[starts[:-1]] != starts[1:]])
    head_of = np.maximum.accumulate(np.where(heads, np.arange(len(starts)), 0))
    return starts[(np.arange(len(starts)) - head_of) % 2 == 0]


def apply_merge(corpus: Corpus, merge: Merge) -> tuple[dict[Pair, int], dict[Pair, int]]:
    """Join the pair wherever it stands; return how often each pair was lost and gained thereby."""
    ids, left, right = corpus.ids, corpus.left, corpus.right
    starts = find_places(corpus, merge.left, merge.right)
    ends = right[starts]
    after, weights = right[ends], corpus.weights[starts]
    # Between two places that touch, the pair is counted once: as the left side of the second.
    apart = np.ones(len(starts), dtype=bool)
    apart[:-1] = after[:-1] != starts[1:]
    old = ids[left[starts]], ids[after[apart]]
    ids[starts], ids[ends] = merge.token, MERGED
    right[starts], left[after] = after, starts
    now = ids[left[starts]], ids[after[apart]]
    places = np.concatenate([corpus.places.get(merge.token, starts[:0]), starts])
    corpus.places[merge.token] = np.sort(places)
    sides = weights, weights[apart]
    return (
        count_neighbours(old, sides, merge.left, merge.right),
        count_neighbours(now, sides, merge.token, merge.token),
    )


def count_neighbours(
    neighbours: tuple[np.ndarray, np.ndarray],
    weights: tuple[np.ndarray, np.ndarray],
    first: int,
    last: int,
) -> dict[Pair, int]:
    """Sum the weights of the pairs (neighbour, `first`) and (`last`, neighbour)."""
    pairs: dict[Pair, int] = defaultdict(int)
    for side in (0, 1):
        found, which = np.unique(neighbours[side], return_inverse=True)
        sums = np.bincount(which, weights[side], len(found))
        for other, count in zip(found.tolist(), sums.tolist(), strict=True):
            if other != BOUNDARY:
                pairs[(other, first) if side == 0 else (last, other)] += int(count)
    return pairs
