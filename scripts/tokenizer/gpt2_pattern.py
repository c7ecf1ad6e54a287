r"""GPT-2's pattern of pre-tokens, applied to a million characters at once.

The pattern, by which most byte-level tokenizers split text, is
``'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+``. Where a pre-token
begins depends on the kinds of two or three neighbouring characters only, so arrays of kinds tell
it. The kind of a character is asked of the tokenizer's own library, once for each that occurs: so
all agree on which characters are letters.

    splitter = Gpt2Splitter(digits=False)
    splitter.find_starts(codes, firsts)  # bool (characters,)
"""

from typing import Any

import numpy as np
from tokenizers import pre_tokenizers

LETTER, NUMBER, OTHER, SPACE, UNKNOWN = range(5)
PROBES = "a0."  # a character that forms one pre-token with the first is a letter, and so on
CODES = 0x110000
BLANK, QUOTE = ord(" "), ord("'")
CONTRACTIONS = ("s", "t", "re", "ve", "m", "ll", "d")


class Gpt2Splitter:
    """Finds where pre-tokens begin; each of `digits`, if set, is first split off as a text."""

    def __init__(self, digits: bool) -> None:
        self.kinds = np.full(CODES, UNKNOWN, dtype=np.uint8)
        self.digits = np.zeros(CODES, dtype=bool) if digits else None
        self.gpt2 = pre_tokenizers.ByteLevel(add_prefix_space=False)
        self.single = pre_tokenizers.Digits(individual_digits=True)

    def learn(self, codes: np.ndarray) -> np.ndarray:
        """Ask for the kinds of characters that are new; return their code points."""
        seen = np.zeros(CODES, dtype=bool)
        seen[codes] = True
        new = np.flatnonzero(seen & (self.kinds == UNKNOWN))
        for code in new.tolist():
            self.kinds[code] = self.ask(chr(code))
            if self.digits is not None:
                self.digits[code] = len(self.single.pre_tokenize_str("a" + chr(code))) > 1
        return new

    def ask(self, character: str) -> int:
        """Return the kind of one character."""
        for kind, probe in enumerate(PROBES):
            if len(self.gpt2.pre_tokenize_str(probe + character)) == 1:
                return kind
        return SPACE

    def find_starts(self, codes: np.ndarray, firsts: np.ndarray) -> np.ndarray:
        """Return whether a pre-token begins at each character (n,), all of which are learned.

        `codes` (n,) are the code points of texts without a gap, `firsts` where each text begins.
        """
        kinds = self.kinds.take(codes)
        first = np.zeros(len(codes) + 1, dtype=bool)
        first[firsts] = first[-1] = True
        if self.digits is not None:
            digit = self.digits.take(codes)
            first[:-1] |= digit
            first[1:] |= digit
        space = kinds == SPACE
        starts = np.ones(len(codes), dtype=bool)
        starts[1:] = kinds[1:] != kinds[:-1]
        # A blank belongs to what follows it.
        starts[1:] &= space[1:] | (codes[:-1] != BLANK)
        # `\s+(?!\S)` leaves the last character of several to what follows, if anything does.
        starts[:-1] |= space[:-1] & ~space[1:] & ~first[1:-1]
        starts |= first[:-1]
        return split_contractions(codes, kinds, first, starts)


def split_contractions(
    codes: np.ndarray, kinds: np.ndarray, first: np.ndarray, starts: np.ndarray
) -> np.ndarray:
    """Move starts behind each of `CONTRACTIONS` that follows a quote which begins a pre-token."""
    quotes = np.flatnonzero((codes == QUOTE) & starts)
    for letters in CONTRACTIONS:
        end = len(letters) + 1
        found = quotes[quotes + end <= len(codes)]
        for place, letter in enumerate(letters, 1):
            found = found[(codes[found + place] == ord(letter)) & ~first[found + place]]
        starts[found + 1] = False
        behind = found[~first[found + end]] + end
        starts[behind[kinds[behind] == LETTER]] = True
    return starts


def find_splitter(pre_tokenizer: dict[str, Any]) -> Gpt2Splitter | None:
    """Return the splitter of what `tokenizer.json` says; None where it says something else."""
    steps = pre_tokenizer.get("pretokenizers", [pre_tokenizer])
    digits = steps[:1] == [{"type": "Digits", "individual_digits": True}]
    steps = steps[1:] if digits else steps
    if len(steps) != 1 or steps[0]["type"] != "ByteLevel":
        return None
    if steps[0].get("add_prefix_space", True) or not steps[0].get("use_regex", True):
        return None
    return Gpt2Splitter(digits)
