"""Another way to find held-out text in records, which `check_overlap` goes: by n-grams of bytes.

It shares no function with what `filter_corpus` does (`fold`, `equality`, `containment`), so that a
fault of one shows in the other, and it is stricter, so that records on the border, which a filter
left, stop no study. Text is plain: entities decoded, NFKC, case folded, simplified (OpenCC),
letters, digits and marks alone, in UTF-8. An n-gram is 12 bytes: 12 letters of English, 6 of Greek
or Arabic, 4 characters of Chinese, Hindi or Thai. A unit of a held-out string is a sentence or the
whole, of an answer to a question the whole; a record has it if

1. it has 20 % of the unit's n-grams, wherever they are, of a short unit 60 %, and
2. where most of them are, runs of characters in the unit's order are 72 % of it (`difflib`), of a
   short unit 77 %.
"""

import difflib
import html
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import regex
from opencc import OpenCC

NEXT_RECORD = b"\x00"
SIZE = 12  # bytes of an n-gram
SHARED = 8  # n-grams of more units than this are not counted
UNIT, LEAST, SHORT, WHOLE = 60, 25, 40, 480  # as of `weight`
NEVER = float("inf")
SHARE, SHARE_OF_SHORT = 0.2, 0.6
RUNS, RUNS_OF_SHORT = 0.72, 0.77
RUN = 5  # the weight of a run that counts
NEAR, MARGIN = 24, 8  # bytes: of what may be missing or too much, and around where a unit is
UPPER = bytes(range(65, 91))
LOWER = bytes.maketrans(UPPER, UPPER.lower())
NO_WORD = bytes(set(range(128)) - set(b"0123456789abcdefghijklmnopqrstuvwxyz" + UPPER))
OTHER = regex.compile(r"[^\p{L}\p{N}\p{M}]+")
HAN = regex.compile(r"\p{Han}")
DENSE = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Tibetan}\p{Khmer}\p{Myanmar}]"
)
ENDS = regex.compile(r"[\r\n\u2028\u2029]+|(?<=[。！？।])|(?<=[.!?؟])\s+")
FIRST, SECOND = np.uint64(0xA0761D6478BD642F), np.uint64(0xE7037ED1A0B428DB)


@dataclass(frozen=True)
class Grams:
    """Held-out units (plain texts, with the number of their string) and their n-grams.

    `hashes` are ascending; `units` and `places` (bytes) are where each comes from; `enough` is how
    many of them a record must have. `known` says of the first bits of a hash whether there is one.
    """

    texts: list[str]
    strings: list[int]
    enough: np.ndarray
    hashes: np.ndarray
    units: np.ndarray
    places: np.ndarray
    known: np.ndarray


class Simplified(dict[int, str]):
    """Each character's simplified form, by code point, found when it is first asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.convert = OpenCC("t2s").convert

    def __missing__(self, point: int) -> str:
        simple = self.convert(chr(point))
        self[point] = simple
        return simple


@cache
def simplified() -> Simplified:
    """Return the table of simplified characters, filled as text needs it."""
    return Simplified()


def plain(text: str) -> bytes:
    """Return a text's letters, digits and marks in one form, as UTF-8."""
    if "&" in text:
        text = html.unescape(text)
    if text.isascii():
        return text.encode().translate(LOWER, NO_WORD)
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if HAN.search(text):
        text = text.translate(simplified())
    return OTHER.sub("", text).encode(errors="ignore")


def weight(text: str) -> float:
    """Return how much a plain text says: 1 a letter, 2.5 a character of a dense script."""
    return len(text) if text.isascii() else len(text) + 1.5 * len(DENSE.findall(text))


def cut(text: str, least: float) -> Iterator[str]:
    """Yield the units of a held-out string: the whole, and its sentences if `least` is LEAST."""
    whole = plain(text).decode()
    if least <= weight(whole) < WHOLE or least == UNIT <= weight(whole):
        yield whole
    for part in ENDS.split(text) if least == LEAST else ():
        sentence = plain(part).decode()
        if sentence != whole and weight(sentence) >= UNIT:
            yield sentence


def index_grams(held_out: Sequence[tuple[str, float]]) -> Grams:
    """Return the units of held-out strings, each with what it must weigh to be one as a whole."""
    units: dict[str, int] = {}
    for number, (text, least) in enumerate(held_out):
        for unit in cut(text, least):
            units.setdefault(unit, number)
    pieces = [unit.encode() for unit in units]
    hashes = hash_bytes(NEXT_RECORD.join([*pieces, b""]))
    sizes = np.array([len(piece) + 1 for piece in pieces], np.int64)
    of = np.repeat(np.arange(len(pieces)), sizes)[: len(hashes)]
    first = np.cumsum(sizes) - sizes
    place = np.arange(len(hashes)) - first[of]
    inside = place + SIZE < sizes[of]
    hashes, of, place = hashes[inside], of[inside], place[inside]
    order = np.argsort(hashes, kind="stable")
    hashes, of, place = hashes[order], of[order], place[order]
    _, occurrences = np.unique(hashes, return_counts=True)
    telling = np.repeat(occurrences <= SHARED, occurrences)
    hashes, of, place = hashes[telling], of[telling], place[telling]
    bits = max(16, (32 * len(hashes)).bit_length())
    known = np.zeros(1 << bits, bool)
    known[hashes >> np.uint64(64 - bits)] = True
    short = np.array([weight(text) < SHORT for text in units])
    counts = np.bincount(of, minlength=len(pieces))
    enough = np.maximum(1, counts * np.where(short, SHARE_OF_SHORT, SHARE))
    return Grams(list(units), list(units.values()), enough, hashes, of, place, known)


def hash_bytes(text: bytes) -> np.ndarray:
    """Return the hash of the n-gram of bytes at each byte but the last ones, uint64."""
    if len(text) < SIZE:
        return np.zeros(0, np.uint64)
    # Every eight bytes as a number, whatever their alignment.
    words = np.ndarray((len(text) - 7,), "<u8", text, strides=(1,))
    hashes = words[: 8 - SIZE] * FIRST
    hashes ^= words[SIZE - 8 :] * SECOND
    hashes ^= hashes >> np.uint64(31)
    hashes *= FIRST
    return hashes


def find_grams(index: Grams, records: Sequence[bytes]) -> Iterator[tuple[int, int, float]]:
    """Yield (record, number of the held-out string, share in runs) for records of plain text."""
    text = NEXT_RECORD.join([*records, b""])
    hashes = hash_bytes(text)
    bits = len(index.known).bit_length() - 1
    hits = np.flatnonzero(index.known[hashes >> np.uint64(64 - bits)])
    hits = hits[np.argsort(hashes[hits])]  # the search below is faster in order
    low = np.searchsorted(index.hashes, hashes[hits])
    hits, low = hits[(same := index.hashes[low % len(index.hashes)] == hashes[hits])], low[same]
    many = np.searchsorted(index.hashes, hashes[hits], "right") - low
    entry = np.repeat(low - np.cumsum(many) + many, many) + np.arange(many.sum())
    ends = np.cumsum([len(record) + 1 for record in records])
    place = np.repeat(hits, many) - index.places[entry]  # where the whole unit would begin
    record = np.searchsorted(ends, np.repeat(hits, many), "right")
    pair = record * len(index.texts) + index.units[entry]
    order = np.lexsort((index.places[entry], pair))
    pair, entry, place = pair[order], entry[order], place[order]
    same = pair[1:] == pair[:-1]
    first = np.flatnonzero(np.append(True, ~same)[: len(pair)])
    repeated = same & (index.places[entry[1:]] == index.places[entry[:-1]])
    found = np.add.reduceat(np.append(True, ~repeated)[: len(pair)], first, dtype=np.int64)
    stops = np.append(first[1:], len(pair))
    for one in np.flatnonzero(found >= index.enough[pair[first] % len(index.texts)]):
        row, unit = divmod(int(pair[first[one]]), len(index.texts))
        begin, end = int(ends[row]) - 1 - len(records[row]), int(ends[row]) - 1
        near = window(place[first[one] : stops[one]], len(index.texts[unit].encode()))
        found_in = text[max(near.start, begin) : min(near.stop, end)].decode(errors="ignore")
        share = share_in_runs(index.texts[unit], found_in)
        if share >= (RUNS_OF_SHORT if weight(index.texts[unit]) < SHORT else RUNS):
            yield row, index.strings[unit], share


def window(begins: np.ndarray, size: int) -> slice:
    """Return where a unit of `size` bytes is, if its n-grams say that it begins at `begins`."""
    values, counts = np.unique(begins, return_counts=True)
    near = values[abs(values - values[counts.argmax()]) <= NEAR]
    return slice(int(near[0]) - MARGIN, int(near[-1]) + size + MARGIN)


def share_in_runs(unit: str, text: str) -> float:
    """Return the share of a unit that is in a text in runs of some length, in the same order."""
    blocks = difflib.SequenceMatcher(None, unit, text, autojunk=False).get_matching_blocks()
    runs = [unit[block.a : block.a + block.size] for block in blocks]
    return sum(len(run) for run in runs if weight(run) >= RUN) / len(unit)
