"""Counting pre-tokens of corpora that need not fit into memory, on several processors.

count_words(tokenizer.to_str(), ["中文 page", "中文"], regex.compile("[一-鿿]"))
# Counter({"中文".encode(): 2})
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from multiprocessing import get_context

import regex
from tokenizers import Tokenizer

CHUNK = 1_000_000  # characters that are counted at a time


def byte_characters() -> dict[int, str]:
    """Return the printable character by which byte-level BPE (GPT-2's) writes each byte.

    Bytes that Latin-1 prints are written as that character, the others as U+0100 onwards, in order.
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
    """Count the pre-tokens that hold a character that `one` matches.

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
    # Spawned, not forked: the libraries that read and split the texts keep threads and locks. The
    # order in which chunks come back does not matter to sums.
    with get_context("spawn").Pool(processes) as pool:
        for found in pool.imap_unordered(count, chunks):
            words.update(found)
    return words


def split_chunks(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    """Yield lists of texts, in order, each just long enough to have `size` characters."""
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
        # Most lines of a mixed corpus have no character of the script, and a search is far cheaper
        # than splitting them.
        if one.search(text):
            if loaded.normalizer:
                text = loaded.normalizer.normalize_str(text)
            words.update(word for word, _ in loaded.pre_tokenizer.pre_tokenize_str(text))
    # A pre-token is written out byte by byte once, however often it occurs. It may begin or end
    # inside a character, where a pre-tokenizer splits bytes; such a part is ignored here.
    pieces = {word.translate(LATIN_1).encode("latin-1"): words[word] for word in words}
    return {
        piece: count for piece, count in pieces.items() if one.search(piece.decode(errors="ignore"))
    }
