"""The array algorithm learns what a plain one, which recounts everything, learns."""

import random
import time
from collections import Counter
from itertools import pairwise, product

import numpy as np
import pytest

from scripts.tokenizer.byte_bpe import learn_merges
from scripts.tokenizer.byte_corpus import drop_overlaps
from scripts.tokenizer.word_counts import WordCounts

BYTES = {letter: bytes([97 + letter]) for letter in range(4)}


def merge_word(word, pair, token):
    merged, index = [], 0
    while index < len(word):
        found = tuple(word[index : index + 2]) == pair
        merged.append(token if found else word[index])
        index += 1 + found
    return merged


def count_pairs(words, counts):
    pairs = Counter()
    for word, count in zip(words, counts, strict=True):
        for pair in pairwise(word):
            pairs[pair] += count
    return pairs


def learn_plainly(words, pieces, known, accept, first_id):
    """Recount all pairs before each merge; merge at once what the tokenizer knows."""
    pieces, known, counts = dict(pieces), dict(known), list(words.values())
    tokens = {piece: token for token, piece in pieces.items()}
    words = [[tokens[word[place : place + 1]] for place in range(len(word))] for word in words]
    for pair, token in known.items():
        words = [merge_word(word, pair, token) for word in words]
    while pairs := count_pairs(words, counts):
        old = [pair for pair in pairs if pair in known]
        rest = [
            pair
            for pair, count in pairs.items()
            if count >= 2 and accept(pieces[pair[0]] + pieces[pair[1]])
        ]
        if not old and not rest:
            return
        pair = min(old) if old else min(rest, key=lambda pair: (-pairs[pair], pair))
        piece = pieces[pair[0]] + pieces[pair[1]]
        token = known.get(pair, tokens.get(piece, first_id))
        if not old:
            yield *pair, token, piece, token == first_id
            first_id += token == first_id
        known[pair], pieces[token], tokens[piece] = token, piece, token
        words = [merge_word(word, pair, token) for word in words]


def random_words(seed, letters=4):
    draw = random.Random(seed)
    words = {bytes(draw.choices(b"abcd"[:letters], k=draw.randint(1, 12))) for _ in range(60)}
    return {word: draw.randint(1, 9) for word in sorted(words)}


def learn(words, pieces=BYTES, known=None, accept=lambda piece: True, first_id=4):
    found = learn_merges(WordCounts.of(words), pieces, known or {}, accept, first_id)
    return [(merge.left, merge.right, merge.token, merge.piece, merge.new) for merge in found]


@pytest.mark.parametrize(("seed", "letters"), list(product(range(12), (1, 2, 4))))
def test_same_merges_as_recounting(seed, letters):
    words = random_words(seed, letters)
    expected = learn_plainly(words, BYTES, {}, lambda piece: True, 4)
    assert learn(words) == list(expected)


@pytest.mark.parametrize(("seed", "letters"), list(product(range(12), (2, 4))))
def test_same_merges_as_recounting_after_those_of_other_text(seed, letters):
    def accept(piece):
        return b"dd" not in piece and len(piece) < 7

    old = learn(random_words(seed + 100, letters))[:9]
    pieces = BYTES | {token: piece for *_, token, piece, _ in old}
    known = {(left, right): token for left, right, token, *_ in old}
    words = random_words(seed, letters)
    expected = list(learn_plainly(words, pieces, known, accept, 40))
    assert learn(words, pieces, known, accept, 40) == expected


@pytest.mark.parametrize("seed", range(20))
def test_the_merges_encode_as_they_were_learned(seed):
    """`tokenizers`, given the merges, finds no pair left that occurs twice."""
    from tokenizers import models

    words = random_words(seed)
    merges = learn(words)
    names = {token: piece.decode() for token, piece in BYTES.items()}
    names |= {token: piece.decode() for *_, token, piece, _ in merges}
    vocab = {name: token for token, name in names.items()}
    model = models.BPE(vocab, [(names[left], names[right]) for left, right, *_ in merges])
    encoded = [[token.id for token in model.tokenize(word.decode())] for word in words]
    pairs = count_pairs(encoded, words.values())
    assert max(pairs.values(), default=0) < 2
    for name, token in vocab.items():
        assert [part.id for part in model.tokenize(name)] == [token]


def test_ids_are_consecutive_and_only_new_pieces_get_one():
    merges = learn(random_words(99), first_id=10)
    new = [merge for merge in merges if merge[4]]
    assert [merge[2] for merge in new] == list(range(10, 10 + len(new)))
    assert len({merge[3] for merge in new}) == len(new)
    assert len({merge[:2] for merge in merges}) == len(merges)


def test_a_pair_that_spells_an_old_token_becomes_a_merge_to_it():
    pieces = {0: b"a", 1: b"b", 2: b"ab"}
    assert learn({b"ab": 2, b"aba": 1}, pieces, first_id=3) == [(0, 1, 2, b"ab", False)]


def test_known_merges_are_applied_but_not_returned():
    # (0, 1) gives the old token 2, beside which the old merge (2, 3) waits.
    pieces = {0: b"a", 1: b"b", 2: b"ab", 3: b"c", 4: b"abc"}
    assert learn({b"abc": 5}, pieces, {(2, 3): 4}, first_id=5) == [(0, 1, 2, b"ab", False)]


def test_bytes_that_the_tokenizer_does_not_have_stay_apart():
    assert learn({b"axa": 9}, {0: b"a"}, first_id=1) == []


def test_nothing_from_nothing():
    assert learn({}) == []
    assert learn({b"aa": 1}) == []
    assert learn({b"aa": 9}, accept=lambda piece: False) == []


@pytest.mark.parametrize(
    ("places", "kept"),
    [([], []), ([0], [0]), ([0, 3], [0]), ([0, 3, 6], [0, 6]), ([0, 3, 7, 10, 13], [0, 7, 13])],
)
def test_runs_are_paired_from_the_left(places, kept):
    assert drop_overlaps(np.array(places, dtype=np.int32), 3).tolist() == kept


def test_three_thousand_merges_in_seconds():
    draw = random.Random(5)
    letters = [min(int(draw.paretovariate(0.7)), 2500) for _ in range(500_000)]
    text = "".join(chr(0x4E00 + letter) for letter in letters)
    words = Counter(text[start : start + 8].encode() for start in range(0, len(text), 8))
    pieces = {letter: bytes([letter]) for letter in range(256)}
    began = time.process_time()
    found = learn_merges(WordCounts.of(words), pieces, {}, lambda piece: len(piece) <= 12, 256)
    assert sum(1 for _, merge in zip(range(3000), found, strict=False) if merge.new) > 2000
    assert time.process_time() - began < 15
