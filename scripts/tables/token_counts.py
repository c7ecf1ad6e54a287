"""Counts of the tokens that texts cost, many at a time and without a Python loop over tokens."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy
import regex
from tokenizers import Encoding, Tokenizer

from scripts.tables.tokenizer_folder import Folder

BATCH = 1024  # texts encoded together: enough for all cores, little enough for the memory
Tokens = tuple[numpy.ndarray, numpy.ndarray]  # each text's number of tokens, all their ids
LETTER = regex.compile(r"\p{Other_Letter}")


@dataclass
class Count:
    """What one tokenizer makes of a language's texts.

    `used` (size) says how often each token occurs, `letter_tokens` how many of them hold at least
    a byte of a letter without case (0 where they are not counted), `changed` how many texts got
    other tokens than the first tokenizer gives them.
    """

    used: numpy.ndarray
    letter_tokens: int = 0
    changed: int = 0

    @property
    def tokens(self) -> int:
        return int(self.used.sum())


def count_texts(folders: dict[str, Folder], texts: list[str], letters: bool) -> dict[str, Count]:
    """Count what each tokenizer makes of the texts, the letters' tokens too if asked."""
    counts = {name: Count(numpy.zeros(folder.size, int)) for name, folder in folders.items()}
    base = next(iter(folders.values()))
    numbers = {name: folder.numbers_in(base) for name, folder in folders.items()}
    for batch in cut(texts):
        first = None
        for name, folder in folders.items():
            encodings = encode(folder.tokenizer, batch, offsets=letters)
            lengths, ids = lengths_of(encodings), ids_of(encodings)
            tokens = numbers[name][ids]
            first = first or (lengths, tokens)
            count = counts[name]
            count.used += numpy.bincount(ids, minlength=folder.size)
            count.changed += count_changed(first, (lengths, tokens))
            if letters:
                holds = find_letters(batch, encodings, lengths)
                count.letter_tokens += int((holds & ~folder.is_blank[ids]).sum())
    return counts


def count_changed(first: Tokens, second: Tokens) -> int:
    """Return how many texts differ, given the lengths and ids that two tokenizers make of them."""
    same = first[0] == second[0]
    rows = numpy.arange(len(same))
    found = [ids[numpy.repeat(same, lengths)] for lengths, ids in (first, second)]
    differing = numpy.repeat(rows[same], first[0][same])[found[0] != found[1]]
    return int((~same).sum()) + len(numpy.unique(differing))


def count_each(tokenizer: Tokenizer, texts: list[str]) -> numpy.ndarray:
    """Return how many tokens each text costs."""
    return numpy.concatenate([lengths_of(encode(tokenizer, batch)) for batch in cut(texts)])


def cut(texts: list[str]) -> Iterator[list[str]]:
    """Yield the texts, `BATCH` at a time."""
    return (texts[start : start + BATCH] for start in range(0, len(texts), BATCH))


def encode(tokenizer: Tokenizer, texts: list[str], offsets: bool = False) -> list[Encoding]:
    """Encode texts on all cores, without special tokens; faster where no offsets are wanted."""
    method = tokenizer.encode_batch if offsets else tokenizer.encode_batch_fast
    return method(texts, add_special_tokens=False)


def lengths_of(encodings: list[Encoding]) -> numpy.ndarray:
    """Return each text's number of tokens."""
    return numpy.array([len(encoding) for encoding in encodings])


def ids_of(encodings: list[Encoding]) -> numpy.ndarray:
    """Return all ids, text after text."""
    return flatten(encoding.ids for encoding in encodings)


def flatten(rows: Iterable[Iterable[int]]) -> numpy.ndarray:
    """Return the numbers of all rows as one array."""
    return numpy.fromiter(chain.from_iterable(rows), numpy.int64)


def find_letters(
    texts: list[str], encodings: list[Encoding], lengths: numpy.ndarray
) -> numpy.ndarray:
    """Return for every token whether it holds at least a byte of a letter without case."""
    spans = flatten(chain.from_iterable(encoding.offsets for encoding in encodings)).reshape(-1, 2)
    sizes = numpy.array([len(text) for text in texts])
    spans += numpy.repeat(numpy.cumsum(sizes) - sizes, lengths)[:, None]
    before = numpy.concatenate([[0], numpy.cumsum(mark_letters("".join(texts)))])
    holds: numpy.ndarray = before[spans[:, 1]] > before[spans[:, 0]]
    return holds


def mark_letters(text: str) -> numpy.ndarray:
    """Return for every character whether it is a letter of a script without case."""
    return letter_table()[numpy.frombuffer(text.encode("utf-32-le"), numpy.uint32)]


@cache
def letter_table() -> numpy.ndarray:
    """Return for every code point whether it is a letter of a script without case."""
    table = numpy.zeros(0x110000, bool)
    for start, end in ((0, 0xD800), (0xE000, 0x110000)):  # what UTF-8 can write
        characters = "".join(map(chr, range(start, end)))
        table[[start + letter.start() for letter in LETTER.finditer(characters)]] = True
    return table
