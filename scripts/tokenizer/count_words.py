"""Counting pre-tokens of corpora that need not fit into memory, on several processors.

words = count_words(tokenizer.to_str(), ["中文 page", "中文"], regex.compile("[一-鿿]"))
words.as_dict()  # {"中文".encode(): 2}
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from multiprocessing import get_context

import numpy as np
import pyarrow
import regex
from tokenizers import Tokenizer

from scripts.common.sorting import cut_blocks
from scripts.common.workers import begin_worker
from scripts.tokenizer.gpt2_pattern import CODES, Gpt2Splitter, find_splitter
from scripts.tokenizer.word_counts import WordCounts, merge_counts

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
) -> WordCounts:
    """Count the pre-tokens that hold a character that `one` matches.

    `tokenizer` is the JSON of one whose pre-tokenizer writes bytes as byte-level BPE does. Only
    one chunk of `texts` a process is in memory. Text that is split by GPT-2's pattern is counted
    in this process, which takes less time than starting others.
    """
    chunks = split_chunks(texts, CHUNK)
    if splitter := find_splitter(json.loads(tokenizer)["pre_tokenizer"]):
        return merge_counts(map(ArrayCounter(tokenizer, one, splitter).count, chunks))
    count = partial(count_chunk, tokenizer, one=one)
    if processes == 1:
        return merge_counts(map(count, chunks))
    # Spawned, not forked: the libraries that read and split the texts keep threads and locks. The
    # order in which chunks come back does not matter to sums.
    with get_context("spawn").Pool(processes, begin_worker) as pool:
        return merge_counts(pool.imap_unordered(count, chunks))


def split_chunks(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    """Yield lists of texts, in order, each just long enough to have `size` characters."""
    return cut_blocks(texts, size, len)


class ArrayCounter:
    """Counts pre-tokens of GPT-2's pattern by arrays, without a Python object for each."""

    def __init__(self, tokenizer: str, one: regex.Pattern, splitter: Gpt2Splitter) -> None:
        self.normalizer = Tokenizer.from_str(tokenizer).normalizer
        self.one, self.splitter = one, splitter
        self.in_script = np.zeros(CODES, dtype=bool)

    def count(self, texts: Iterable[str]) -> WordCounts:
        """Count the pre-tokens of some texts as `count_words` does."""
        texts = filter(self.one.search, texts)
        if self.normalizer:
            texts = map(self.normalizer.normalize_str, texts)
        kept = [text for text in texts if text]
        if not kept:
            return WordCounts.of({})
        joined = "".join(kept)
        codes = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
        for code in self.splitter.learn(codes).tolist():
            self.in_script[code] = self.one.search(chr(code)) is not None
        ends = np.cumsum(np.fromiter(map(len, kept), dtype=np.int64, count=len(kept)))
        starts = self.splitter.find_starts(codes, np.append(0, ends[:-1]))
        return self.count_between(codes, np.flatnonzero(starts), joined.encode())

    def count_between(self, codes: np.ndarray, starts: np.ndarray, written: bytes) -> WordCounts:
        """Count the words that begin at the characters `starts`; `written` is all as UTF-8."""
        wanted = np.logical_or.reduceat(self.in_script.take(codes), starts)
        # A byte begins a character unless it is a continuation byte, 0x80 to 0xBF.
        places = np.flatnonzero(np.frombuffer(written, dtype=np.int8) >= -0x40)[starts]
        offsets = pyarrow.py_buffer(np.append(places, len(written)).astype(np.int64))
        words = pyarrow.LargeBinaryArray.from_buffers(
            pyarrow.large_binary(), len(starts), [None, offsets, pyarrow.py_buffer(written)]
        )
        found = words.filter(pyarrow.array(wanted)).value_counts()
        return WordCounts(found.field("values"), found.field("counts").to_numpy())


def count_chunk(tokenizer: str, texts: Iterable[str], one: regex.Pattern) -> WordCounts:
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
    return WordCounts.of(
        {
            piece: count
            for piece, count in pieces.items()
            if one.search(piece.decode(errors="ignore"))
        }
    )
