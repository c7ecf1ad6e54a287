"""Words laid out atom by atom are what merging them whole gives."""

import random

import numpy as np
import pyarrow
import pytest

from scripts.tokenizer import lay_out_words as module
from scripts.tokenizer.byte_corpus import BOUNDARY
from scripts.tokenizer.lay_out_words import encode_words, find_cuts, lay_out
from scripts.tokenizer.word_counts import WordCounts

CHARACTERS = "ab é中丮文。😀"


def make_words(seed):
    draw = random.Random(seed)
    words = {"".join(draw.choices(CHARACTERS, k=draw.randint(1, 9))).encode() for _ in range(80)}
    words |= {b"\xb8\xad\xe6", b"\x80"}  # as of a pre-tokenizer that splits characters
    return {word: draw.randint(1, 4) for word in sorted(words)}


def make_merges(seed, words):
    """Return single bytes, one of them missing, and merges drawn from the words."""
    draw = random.Random(seed)
    pieces = {byte: bytes([byte]) for byte in range(255) if byte != ord("b")}
    known, merges = set(pieces.values()), {}
    while len(merges) < 25:
        word = draw.choice(words)
        start = draw.randrange(len(word))
        piece = word[start : start + draw.randint(2, 5)]
        halves = [(piece[:cut], piece[cut:]) for cut in range(1, len(piece))]
        halves = [pair for pair in halves if known.issuperset(pair)]
        if piece in known or not halves:
            continue
        known.add(piece)
        ids = {value: token for token, value in pieces.items()}
        left, right = draw.choice(halves)
        merges[ids[left], ids[right]] = 300 + len(merges)
        pieces[300 + len(merges) - 1] = piece
    shuffled = list(merges.items())
    draw.shuffle(shuffled)
    return pieces, dict(shuffled)


@pytest.mark.parametrize("block", [16, 1 << 22])
@pytest.mark.parametrize("seed", range(20))
def test_atoms_change_nothing(seed, block, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", block)
    words = make_words(seed)
    pieces, merges = make_merges(seed, list(words))
    found = lay_out(WordCounts.of(words), pieces, merges)
    ranked = sorted(words, key=words.get, reverse=True)
    whole = encode_words(pyarrow.array(ranked, pyarrow.binary()), pieces, merges)
    assert found.ids.tolist() == whole.ids.tolist()
    assert found.ids.max() >= 300 and found.ids.min() <= BOUNDARY
    for token in {*found.places, *whole.places}:
        assert found.find(token).tolist() == whole.find(token).tolist()
    starts = np.flatnonzero(np.arange(len(found.ids)) % 7 == 0)
    each = np.repeat([words[word] for word in ranked], [len(word) + 1 for word in ranked])
    for places in (starts, starts[:3], starts[:0]):
        assert (
            found.count(places[places < len(each)]).tolist()
            == each[places[places < len(each)]].tolist()
        )


def test_atoms_are_cut_where_no_token_joins_characters():
    cuts = find_cuts(["中".encode(), "。a".encode(), b"\x82\xe6"])
    for text, expected in (("中a", True), ("中中", True), ("。a", False), ("é中", True)):
        written = text.encode()
        place = len(text[0].encode())
        assert cuts[written[place - 1], written[place]] == expected
    assert not cuts[0x82, 0xE6]
    assert not cuts[0xE4, 0xB8]
