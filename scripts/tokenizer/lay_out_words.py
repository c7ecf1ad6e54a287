"""Laying out words as the tokens that a tokenizer's own merges make of them.

A token that holds the end of one character and the beginning of the next was joined there. At all
other pairs of bytes no merge of the tokenizer ever joins two characters, so words are cut there
into `atoms`, of which few are distinct: most Chinese characters are one. The merges are applied to
each distinct atom once, and what becomes of it is copied to wherever it stands.

    lay_out(WordCounts.of({b"abab": 3}), {0: b"a", 1: b"b", 2: b"ab"}, {(0, 1): 2})
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np
import pyarrow
import pyarrow.compute

from scripts.tokenizer.byte_corpus import BOUNDARY, Corpus, find_pair, join
from scripts.tokenizer.pair_queue import Pair
from scripts.tokenizer.word_counts import WordCounts

BLOCK = 1 << 20  # bytes that are laid out at a time, which bounds the memory that takes
GAP = 0xFF  # the boundary between words as a byte, which UTF-8 never has


def lay_out(words: WordCounts, pieces: Mapping[int, bytes], merges: Mapping[Pair, int]) -> Corpus:
    """Return the words with a boundary before, between and after them, `merges` applied in order.

    `pieces` are the bytes of every token.
    """
    order = np.argsort(-words.counts, kind="stable")
    letters = write_letters(words.words.take(pyarrow.array(order)))
    gaps = np.flatnonzero(letters == GAP)
    counts = words.counts[order]
    first = np.flatnonzero(np.diff(counts, prepend=0))  # of the words that occur equally often
    atoms = cut_atoms(letters, gaps, find_cuts(pieces.values()))
    encoded = encode_words(atoms.chunk(0).dictionary, pieces, merges)
    ids, places = copy_atoms(atoms, encoded, len(letters))
    return Corpus(ids, gaps[first], counts[first], places)


def write_letters(words: pyarrow.LargeBinaryArray) -> np.ndarray:
    """Return the bytes of the words, a `GAP` before, between and after them."""
    offsets = np.frombuffer(words.buffers()[1], dtype=np.int64)[: len(words) + 1]
    written = np.frombuffer(words.buffers()[2] or b"", dtype=np.uint8)
    inside = np.ones(offsets[-1] + len(offsets), dtype=bool)
    inside[offsets + np.arange(len(offsets))] = False
    letters = np.full(len(inside), GAP, dtype=np.uint8)
    letters[inside] = written[: offsets[-1]]
    return letters


def find_cuts(pieces: Iterable[bytes]) -> np.ndarray:
    """Return between which pairs of bytes (256 x 256) atoms are cut."""
    cuts = np.ones((256, 256), dtype=bool)
    cuts[:, 0x80:0xC0] = False  # inside a character
    written = np.frombuffer(bytes([GAP]).join(pieces), dtype=np.uint8)
    cuts[written[:-1], written[1:]] = False
    cuts[GAP], cuts[:, GAP] = True, True
    return cuts


def cut_atoms(letters: np.ndarray, gaps: np.ndarray, cuts: np.ndarray) -> pyarrow.ChunkedArray:
    """Return the atoms, gaps among them, as chunks of whole words that share a dictionary."""
    whole = gaps[np.searchsorted(gaps, np.arange(BLOCK, len(letters), BLOCK))]
    edges = np.unique([0, *whole.tolist(), len(letters)]).tolist()
    chunks = []
    for start, end in pairwise(edges):
        block = letters[start:end]
        pairs = block[:-1].astype(np.uint16) << 8 | block[1:]
        begins = np.flatnonzero(cuts.ravel().take(pairs)) + 1
        offsets = np.concatenate([[0], begins, [len(block)]]).astype(np.int32)
        buffers = [None, pyarrow.py_buffer(offsets), pyarrow.py_buffer(block)]
        atoms = pyarrow.BinaryArray.from_buffers(pyarrow.binary(), len(offsets) - 1, buffers)
        chunks.append(atoms.dictionary_encode())
    return pyarrow.chunked_array(chunks).unify_dictionaries()


def encode_words(
    words: pyarrow.BinaryArray, pieces: Mapping[int, bytes], merges: Mapping[Pair, int]
) -> Corpus:
    """Return the words in their order, each counted once, with the merges applied one by one."""
    token_of = np.full(256, BOUNDARY, dtype=np.int32)
    for token, piece in pieces.items():
        if len(piece) == 1:
            token_of[piece[0]] = token
    token_of[GAP] = BOUNDARY
    letters = write_letters(words.cast(pyarrow.large_binary()))
    ranks = np.where(token_of == BOUNDARY, 0, np.arange(1, 257)).astype(np.uint16)
    parts: list[list[np.ndarray]] = [[] for _ in token_of]
    for start in range(0, len(letters), BLOCK):
        add_places(parts, ranks.take(letters[start : start + BLOCK]), start)
    found = {letter: np.concatenate(part) for letter, part in enumerate(parts) if part}
    places = {int(token_of[letter]): part for letter, part in found.items()}
    ids = token_of[letters]
    corpus = Corpus(ids, np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64), places)
    for pair, token in merges.items():
        if pair[0] in places and pair[1] in places:
            join(corpus, find_pair(corpus, pair, pieces), pair, token, pieces)
    return corpus


def copy_atoms(
    atoms: pyarrow.ChunkedArray, encoded: Corpus, size: int
) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Return the ids (size,) of all atoms, and where each token begins."""
    lengths = pyarrow.compute.binary_length(atoms.chunk(0).dictionary).to_numpy()
    starts = np.cumsum(lengths + 1) - lengths  # in `encoded`, with a boundary before each word
    tokens = sorted(token for token in encoded.places if len(encoded.find(token)))
    ranks = np.zeros(len(encoded.ids), dtype=np.min_scalar_type(len(tokens)))
    for rank, token in enumerate(tokens, 1):
        ranks[encoded.find(token)] = rank
    ids = np.empty(size, dtype=np.int32)
    parts: list[list[np.ndarray]] = [[] for _ in tokens]
    end = 0
    for chunk in atoms.chunks:
        which = chunk.indices.to_numpy()
        each = lengths[which]
        source = np.repeat(starts[which] + each - np.cumsum(each), each)
        source += np.arange(len(source))
        ids[end : end + len(source)] = encoded.ids.take(source)
        add_places(parts, ranks.take(source), end)
        end += len(source)
    return ids, {token: np.concatenate(part) for token, part in zip(tokens, parts, strict=True)}


def add_places(parts: list[list[np.ndarray]], ranks: np.ndarray, offset: int) -> None:
    """Append where each token begins in a block; `ranks` are its number, from 1, there, else 0."""
    places = np.flatnonzero(ranks).astype(np.int32)
    found = ranks.take(places)
    # Of few tokens the numbers are of 16 bits, which NumPy sorts fast.
    places = places.take(np.argsort(found, kind="stable")) + np.int32(offset)
    counts = np.bincount(found, minlength=len(parts) + 1)[1:]
    present = np.flatnonzero(counts)
    split = np.split(places, np.cumsum(counts[present])[:-1])
    for rank, part in zip(present.tolist(), split, strict=False):
        parts[rank].append(part)
