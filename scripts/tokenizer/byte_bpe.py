"""Continuing BPE training: which merges follow those that a tokenizer already has.

Counts are not kept. The queue holds how often a pair occurred when the newer of its tokens was
made, which it never exceeds later; a pair is counted again when it comes first, and is put back if
it occurs less often by then. So a merge costs a few NumPy calls on the places of one pair, and
memory is bounded by the distinct words (`byte_corpus`, `neighbours`): 4 bytes a byte, 4 for each
token that began there at first, and 8 for each that was made later.
Source: Sennrich, Haddow and Birch 2016 (the algorithm); the array layout is ours.

    words = WordCounts.of({b"abab": 3})
    list(learn_merges(words, {0: b"a", 1: b"b"}, {}, lambda piece: True, first_id=2))
    # [Merge(0, 1, 2, b"ab", new=True), Merge(2, 2, 3, b"abab", new=True)]
"""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass

from scripts.tokenizer.byte_corpus import Corpus
from scripts.tokenizer.lay_out_words import lay_out
from scripts.tokenizer.neighbours import Grouped
from scripts.tokenizer.pair_queue import Pair, PairQueue
from scripts.tokenizer.word_counts import WordCounts


@dataclass(frozen=True)
class Merge:
    """Tokens `left` and `right` become `token`, whose bytes are `piece`; `new` if it had no id."""

    left: int
    right: int
    token: int
    piece: bytes
    new: bool


def learn_merges(
    words: WordCounts,
    pieces: Mapping[int, bytes],
    merges: Mapping[Pair, int],
    accept: Callable[[bytes], bool],
    first_id: int,
    barred: Container[Pair] = (),
) -> Iterator[Merge]:
    """Return an iterator over the merges that follow `merges`, the most frequent pair first.

    `words` are the distinct pre-tokens and how often each occurs, `pieces` the bytes of every
    token, `merges` the tokenizer's own in their order. Only pairs whose joint bytes pass `accept`
    are merged, and none that is `barred`. Ties go to the pair with the smaller ids, so the order of
    the words does not matter. New tokens are numbered from `first_id`. A pair that spells a token
    which exists becomes a merge without a new token. `words` are laid out before this returns.
    """
    return continue_merges(
        lay_out(words, pieces, merges), dict(pieces), dict(merges), accept, first_id, barred
    )


def continue_merges(
    corpus: Corpus,
    pieces: dict[int, bytes],
    known: dict[Pair, int],
    accept: Callable[[bytes], bool],
    first_id: int,
    barred: Container[Pair],
) -> Iterator[Merge]:
    """Yield merges as `learn_merges` does; they are added to `pieces` and `known`."""
    tokens = {piece: token for token, piece in pieces.items()}
    queue = PairQueue()
    grouped = Grouped(corpus, pieces)
    for token in list(corpus.places):
        queue.add(*grouped.group_first(token), known)
    while (item := queue.pop()) is not None:
        bound, pair = item
        old, piece = pair in known, pieces[pair[0]] + pieces[pair[1]]
        if not old and (not accept(piece) or pair in barred):
            continue
        places = grouped.find_pair(pair)
        count = int(corpus.count(places).sum())
        if count < bound and not old:
            # Other merges took some of its places since it was queued: another pair may be first.
            queue.put_back(pair, count)
            continue
        token = known.get(pair, tokens.get(piece, first_id))
        merge = Merge(*pair, token, piece, new=token not in pieces)
        pieces[token], tokens[piece] = piece, token
        # Only an old token, found in a new way, can be part of a pair that is known.
        queue.add(*grouped.join(places, pair, token), {} if merge.new else known)
        if not old:
            known[pair] = token
            first_id += merge.new
            yield merge
