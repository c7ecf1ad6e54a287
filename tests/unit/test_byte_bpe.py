"""The incremental algorithm learns what a plain one, which recounts everything, learns."""

import random
import time
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from scripts.tokenizer.byte_bpe import drop_overlaps, learn_merges


def merge_word(word, left, right, token):
    merged, index = [], 0
    while index < len(word):
        if word[index : index + 2] == [left, right]:
            merged.append(token)
            index += 2
        else:
            merged.append(word[index])
            index += 1
    return merged


def learn_plainly(words, counts, pieces, accept, first_id):
    """Recount all pairs before each merge; no two pairs may spell the same piece."""
    words, pieces = [list(word) for word in words], dict(pieces)
    while True:
        pairs = Counter()
        for word, count in zip(words, counts, strict=True):
            for pair in pairwise(word):
                if accept(pieces[pair[0]] + pieces[pair[1]]):
                    pairs[pair] += count
        pairs = {pair: count for pair, count in pairs.items() if count >= 2}
        if not pairs:
            return
        left, right = min(pairs, key=lambda pair: (-pairs[pair], pair))
        pieces[first_id] = pieces[left] + pieces[right]
        yield left, right, first_id
        words = [merge_word(word, left, right, first_id) for word in words]
        first_id += 1


def random_words(seed, letters=4):
    draw = random.Random(seed)
    words = {tuple(draw.choices(range(letters), k=draw.randint(1, 12))) for _ in range(60)}
    words = sorted(words)
    return words, [draw.randint(1, 9) for _ in words]


@pytest.mark.parametrize("seed", range(20))
def test_same_merges_as_recounting(seed):
    words, counts = random_words(seed)
    pieces = {token: bytes([token]) for token in range(4)}

    def accept(piece):  # longer pieces could be spelled by two different merges
        return len(piece) <= 2

    found = learn_merges(words, counts, pieces, {}, accept, first_id=4)
    expected = learn_plainly(words, counts, pieces, accept, first_id=4)
    assert [(merge.left, merge.right, merge.token) for merge in found] == list(expected)


@pytest.mark.parametrize("seed", range(20))
def test_the_merges_encode_as_they_were_learned(seed):
    """`tokenizers`, given the merges, finds no pair left that occurs twice."""
    from tokenizers import models

    words, counts = random_words(seed)
    pieces = {token: bytes([97 + token]) for token in range(4)}
    merges = list(learn_merges(words, counts, pieces, {}, lambda piece: True, first_id=4))
    names = {token: piece.decode() for token, piece in pieces.items()}
    names |= {merge.token: merge.piece.decode() for merge in merges}
    vocab = {name: token for token, name in names.items()}
    model = models.BPE(vocab, [(names[merge.left], names[merge.right]) for merge in merges])
    pairs = Counter()
    for word, count in zip(words, counts, strict=True):
        ids = [token.id for token in model.tokenize("".join(names[token] for token in word))]
        for pair in pairwise(ids):
            pairs[pair] += count
    assert max(pairs.values(), default=0) < 2
    for name, token in vocab.items():
        assert [part.id for part in model.tokenize(name)] == [token]


def test_ids_are_consecutive_and_only_new_pieces_get_one():
    words, counts = random_words(99)
    pieces = {token: bytes([token]) for token in range(4)}
    merges = list(learn_merges(words, counts, pieces, {}, lambda piece: True, first_id=10))
    new = [merge.token for merge in merges if merge.new]
    assert new == list(range(10, 10 + len(new)))
    assert len({merge.piece for merge in merges if merge.new}) == len(new)
    assert len({(merge.left, merge.right) for merge in merges}) == len(merges)


def test_a_pair_that_spells_an_old_token_becomes_a_merge_to_it():
    pieces = {0: b"a", 1: b"b", 2: b"ab"}
    (merge,) = learn_merges([[0, 1], [0, 1, 0]], [2, 1], pieces, {}, lambda piece: True, 3)
    assert (merge.token, merge.new, merge.piece) == (2, False, b"ab")


def test_known_merges_are_applied_but_not_yielded():
    # (0, 1) gives the old token 2, beside which the old merge (2, 3) waits.
    pieces = {0: b"a", 1: b"b", 2: b"ab", 3: b"c", 4: b"abc"}
    found = learn_merges([[0, 1, 3]], [5], pieces, {(2, 3): 4}, lambda piece: True, 5)
    assert [(merge.left, merge.right, merge.token) for merge in found] == [(0, 1, 2)]


def test_nothing_from_nothing():
    assert list(learn_merges([], [], {0: b"a"}, {}, lambda piece: True, 1)) == []
    assert list(learn_merges([[0, 0]], [1], {0: b"a"}, {}, lambda piece: True, 1)) == []
    assert list(learn_merges([[0, 0]], [9], {0: b"a"}, {}, lambda piece: False, 1)) == []


@pytest.mark.parametrize(
    ("length", "kept"), [(0, []), (1, [0]), (2, [0]), (3, [0, 2]), (4, [0, 2])]
)
def test_runs_are_paired_from_the_left(length, kept):
    right = np.arange(1, 12)
    assert drop_overlaps(np.arange(length), right).tolist() == kept


def test_three_thousand_merges_in_seconds():
    draw = random.Random(5)
    letters = [min(int(draw.paretovariate(0.7)), 2500) for _ in range(500_000)]
    words = [letters[start : start + 8] for start in range(0, len(letters), 8)]
    pieces = {token: chr(0x4E00 + token).encode() for token in range(2501)}
    began = time.process_time()
    found = learn_merges(words, [1] * len(words), pieces, {}, lambda piece: len(piece) <= 12, 2501)
    assert sum(1 for _, merge in zip(range(3000), found, strict=False) if merge.new) > 2000
    assert time.process_time() - began < 15
