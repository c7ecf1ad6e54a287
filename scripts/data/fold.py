"""Folding text so that what says the same has the same characters, a block of records at a time.

Folded text has letters, digits and vowel signs only, in one case and one form: entities decoded,
NFC, then for each character NFKC and case folding, Chinese in simplified characters (OpenCC's
table of single characters), Arabic and Hebrew without points. Everything else is dropped, so that
line ends, spaces and punctuation make no difference. All of it is NumPy over whole blocks: about
50 ns a character.
"""

import html
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from opencc import OpenCC

RECORD, FIELD = "\x00", "\x01"  # what is written after a record, and between its fields
RECORD_END = 1  # the one code in folded text that is no character
BLOCK = 512  # records that are folded together: what is computed stays in a processor's cache
LAST = 0x32400  # no letters beyond it
HAN = (0x3400, 0xA000)
# Scripts whose characters say as much as a syllable or a word: Thai, Lao, Tibetan, Burmese, Khmer,
# Kana, Han, Hangul, and the supplementary planes of Han.
DENSE = (
    (0x0E00, 0x1100), (0x1780, 0x1800), (0x3040, 0x3100), HAN, (0xAC00, 0xD7B0), (0xF900, 0xFB00),
    (0x20000, LAST),
)  # fmt: skip
DENSE_WEIGHT = 2.5
# Combining accents that nothing composes with, tatweel, points of Hebrew and Arabic.
POINTS = ((0x0300, 0x0370), (0x0591, 0x05C8), (0x0610, 0x061B), (0x0640, 0x0641),
          (0x064B, 0x0660), (0x0670, 0x0671), (0x06D6, 0x06EE), (0xFE00, 0xFE10))  # fmt: skip
LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
STOPS, SPACED_STOPS = "。！？।", ".!?؟"  # the latter end a sentence where a space follows
# Classes of characters before they are folded.
OTHER, SPACE, LINE, STOP, SPACED, END_FIELD, END_RECORD, LONG = range(8)
SPACES = np.array([kind in (SPACE, LINE, END_FIELD, END_RECORD) for kind in range(8)])


@dataclass(frozen=True)
class Tables:
    """By code point: `codes` what it folds to (0: nothing), `classes`, and `longer`, the few that
    fold to several characters."""

    codes: np.ndarray
    classes: np.ndarray
    longer: dict[int, str]


@dataclass(frozen=True)
class Folded:
    """A block of records.

    `codes` (uint32) are the folded characters, each record's followed by RECORD_END. The others are
    positions in it, ascending: where records, fields, lines and sentences end; each level has the
    ends of the levels before it too.
    """

    codes: np.ndarray
    records: np.ndarray
    fields: np.ndarray
    lines: np.ndarray
    sentences: np.ndarray


@cache
def tables() -> Tables:
    """Return the tables; building them takes a tenth of a second."""
    codes = np.zeros(0x110000, np.uint32)
    classes = np.zeros(0x110000, np.uint8)
    longer = {}
    for point, text in fold_characters():
        if len(text) > 1:
            longer[point] = text
        elif text:
            codes[point] = ord(text)
    simplify(codes)
    for start, stop in POINTS:
        codes[start:stop] = 0
    classes[[point for point in range(LAST) if chr(point).isspace()]] = SPACE
    for characters, kind in ((LINE_ENDS, LINE), (STOPS, STOP), (SPACED_STOPS, SPACED)):
        classes[[ord(character) for character in characters]] = kind
    classes[list(longer)] = LONG
    classes[[ord(RECORD), ord(FIELD)]] = END_RECORD, END_FIELD
    codes[ord(RECORD)] = RECORD_END
    return Tables(codes, classes, longer)


def fold_characters() -> list[tuple[int, str]]:
    """Return what each code point folds to, traditional characters to themselves."""
    points = [point for point in range(0x20, LAST) if not 0xD800 <= point < 0xF900]
    folded = "\n".join(map(chr, points))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold())
    return [
        (point, "".join(one for one in text if unicodedata.category(one)[0] in "LNM"))
        for point, text in zip(points, folded.split("\n"), strict=True)
    ]


def simplify(codes: np.ndarray) -> None:
    """Replace in a table of code points each traditional character with its simplified one."""
    convert = OpenCC("t2s").convert
    points = [point for start, stop in (HAN, (0x20000, LAST)) for point in range(start, stop)]
    simple = convert("\n".join(map(chr, points))).split("\n")
    table = np.arange(len(codes), dtype=np.uint32)
    table[points] = [ord(text) if len(text) == 1 else point
                     for point, text in zip(points, simple, strict=True)]  # fmt: skip
    codes[:] = table[codes]


def weigh(codes: np.ndarray) -> np.ndarray:
    """Return sums of the weights of folded characters, (characters + 1,): 1, or 2.5 if dense."""
    sums = np.zeros(len(codes) + 1)
    np.cumsum(np.where(dense_points()[codes], DENSE_WEIGHT, 1.0), out=sums[1:])
    return sums


@cache
def dense_points() -> np.ndarray:
    """Return by code point whether its script is one of DENSE."""
    table = np.zeros(0x110000, bool)
    for start, stop in DENSE:
        table[start:stop] = True
    return table


def decode_entities(text: str) -> str:
    """Return the text with HTML's entities decoded, those that were escaped twice too."""
    for _ in range(2):
        if "&" not in text:
            return text
        text = html.unescape(text)
    return text


def join_fields(fields: Iterable[str]) -> str:
    """Return a record's fields as `fold_block` takes them."""
    return FIELD.join(field.replace(FIELD, " ").replace(RECORD, " ") for field in fields)


def fold_block(records: Iterable[str]) -> Folded:
    """Fold records, each as `join_fields` returns it."""
    known = tables()
    text = "".join(record + RECORD for record in records)
    text = unicodedata.normalize("NFC", decode_entities(text))
    points = code_points(text)
    classes = known.classes[points]
    if (found := np.unique(points[classes == LONG])).size:
        for point in found:
            text = text.replace(chr(point), known.longer[point])
        points = code_points(text)
        classes = known.classes[points]
    codes = known.codes[points]
    kept = codes != 0
    stops = classes == SPACED
    stops[:-1] &= SPACES[classes[1:]]
    ends = np.where(stops, STOP, classes)
    after = np.cumsum(kept)  # how many folded characters there are up to each character
    marked = np.flatnonzero((ends >= LINE) & (ends != SPACED))
    ends, places = ends[marked], after[marked] - (ends[marked] == END_RECORD)
    return Folded(
        codes[kept],
        places[ends == END_RECORD],
        places[ends >= END_FIELD],
        places[(ends >= END_FIELD) | (ends == LINE)],
        places,
    )


def code_points(text: str) -> np.ndarray:
    """Return a text's code points, (characters,) uint32."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
