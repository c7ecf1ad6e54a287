"""Counting pre-tokens of corpora that need not fit into memory, on several processors."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from multiprocessing import get_context

import regex
from tokenizers import Tokenizer

CHUNK = 1_000_000  # characters that are counted at a time


def byte_characters() -> dict[int, str]:
    """Return the printable character that stands for each byte in byte-level BPE (GPT-2's).

    Bytes that Latin-1 prints stand for themselves, the others for U+0100 onwards, in order.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table = {byte: chr(byte) for byte in printable}
    others = (byte for byte in range(0x100) if byte not in table)
    return table | {byte: chr(0x100 + index) for index, byte in enumerate(others)}


CHARACTER_OF = byte_characters()
LATIN_1 = str.maketrans({character: chr(byte) for byte, character in CHARACTER_OF.items()})


def count_words(
    tokenizer: str, texts: Iterable[str], one: regex.Pattern, processes: int = 1
) -> Counter[bytes]:
    """Count the pre-tokens that hold a character `one` of the character class.

    `tokenizer` is the JSON of one whose pre-tokenizer writes bytes as byte-level BPE does. Only
    one chunk of `texts` a process is in memory.
    """
    words: Counter[bytes] = Counter()
    count = partial(count_chunk, tokenizer, one=one)
    chunks = split_chunks(texts, CHUNK)
    if processes == 1:
        for found in map(count, chunks):
            words.update(found)
        return words
    # Spawned, not forked: libraries that read and cut the texts keep threads and locks.
    with get_context("spawn").Pool(processes) as pool:
        for found in pool.imap_unordered(count, chunks):
            words.update(found)
    return words


def split_chunks(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    """Put texts together until they have `size` characters."""
    chunk: list[str] = []
    length = 0
    for text in texts:
        chunk.append(text)
        length += len(text)
        if length >= size:
            yield chunk
            chunk, length = [], 0
    if chunk:
        yield chunk


def count_chunk(tokenizer: str, texts: Iterable[str], one: regex.Pattern) -> dict[bytes, int]:
    """Count the pre-tokens of some texts as `count_words` does."""
    loaded = Tokenizer.from_str(tokenizer)
    words: Counter[str] = Counter()
    for text in texts:
        if one.search(text):
            if loaded.normalizer:
                text = loaded.normalizer.normalize_str(text)
            words.update(word for word, _ in loaded.pre_tokenizer.pre_tokenize_str(text))
    pieces = {word.translate(LATIN_1).encode("latin-1"): words[word] for word in words}
    return {
        piece: count for piece, count in pieces.items() if one.search(piece.decode(errors="ignore"))
    }
