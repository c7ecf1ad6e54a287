"""English text that an extension keeps as it is, or of which it is counted what changes.

A text with a letter that the base writes byte by byte is a quotation, as one in another script is:
it may change. **Claim.** Where no new merge is of a pair of neighbours among the tokens of a text
that is none, it gets the same ids from the extended tokenizer as from the base. **Proof.** New
merges rank behind the base's, which therefore apply first and leave the base's tokens. None of
their pairs is to be merged, so nothing else happens. A tokenizer that looks up whole pre-tokens
first (`ignore_merges`) finds no new one: a new token is what merges make of its bytes, the first
new one among them of a pair of base tokens, and had these been a pre-token of the text, the pair
would be barred. ∎ Whether it is so `compare_texts` looks at, text by text.

    barred = find_pairs(tokenizer, stream_texts(files), find_partial(tokenizer, in_bytes=True))
    (l, r) in barred  # whether r follows l somewhere
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
import regex
from tokenizers import Tokenizer

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.tokenizer.byte_level import read_piece
from scripts.tokenizer.count_words import CHUNK, split_chunks
from scripts.tokenizer.extension_file import Changes
from scripts.tokenizer.llama_tokenizer import SPACE
from scripts.tokenizer.pair_queue import Pair, pack, unpack
from scripts.tokenizer.script_class import ScriptClass

RAW = regex.compile("<0x[89A-F][0-9A-F]>")  # SentencePiece's bytes of longer characters
WAITING = 1 << 24  # pairs that wait to be merged, at least


@dataclass(frozen=True)
class PairSet:
    """Pairs of tokens, packed as numbers (n,) in order."""

    keys: np.ndarray

    def __contains__(self, pair: object) -> bool:
        assert isinstance(pair, tuple)
        key = int(pack(*pair))
        place = int(np.searchsorted(self.keys, key))
        return place < len(self.keys) and int(self.keys[place]) == key

    def __iter__(self) -> Iterator[Pair]:
        return map(unpack, self.keys.tolist())

    def __len__(self) -> int:
        return len(self.keys)


def find_partial(tokenizer: Tokenizer, in_bytes: bool) -> np.ndarray:
    """Return which ids (highest + 1, bool) are parts of characters: bytes that are no text.

    `in_bytes` tells byte-level BPE; else they are SentencePiece's ``<0x80>`` to ``<0xFF>``.
    """
    vocabulary = tokenizer.get_vocab()
    partial = np.zeros(1 + max(vocabulary.values()), dtype=bool)
    for name, token in vocabulary.items():
        partial[token] = is_undecodable(name) if in_bytes else RAW.fullmatch(name) is not None
    return partial


def is_undecodable(name: str) -> bool:
    """Tell whether a byte-level token is no text by itself."""
    try:
        (read_piece(name) or b"").decode()
    except UnicodeDecodeError:
        return True
    return False


def find_pairs(tokenizer: Tokenizer, texts: Iterable[str], partial: np.ndarray) -> PairSet:
    """Return the pairs of neighbours that a tokenizer makes of texts, none with a part of a letter.

    `partial` is what `find_partial` returns.
    """
    found = np.empty(0, dtype=np.int64)
    waiting, size = [], 0
    for chunk in split_chunks(texts, CHUNK):
        waiting.append(np.unique(neighbours(tokenizer, chunk, partial)))
        size += len(waiting[-1])
        # As many wait as are merged already, so each is merged a logarithmic number of times.
        if size > max(WAITING, len(found)):
            found, waiting, size = np.unique(np.concatenate([found, *waiting])), [], 0
    return PairSet(np.unique(np.concatenate([found, *waiting])))


def neighbours(tokenizer: Tokenizer, texts: list[str], partial: np.ndarray) -> np.ndarray:
    """Return all packed pairs of neighbours in some texts, none with a part of a letter."""
    encoded = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    ids = np.fromiter(chain.from_iterable(text.ids for text in encoded), dtype=np.int64)
    ends = np.cumsum([len(text) for text in encoded])
    inside = np.ones(len(ids) + 1, dtype=bool)
    inside[ends] = False  # the last token of a text has no neighbour behind it
    whole = ~partial[ids]
    return pack(ids[:-1], ids[1:])[inside[1:-1] & whole[:-1] & whole[1:]]


def find_joints(tokenizer: Tokenizer, texts: Iterable[str], partial: np.ndarray) -> set[str]:
    """Return what neighbours of a SentencePiece tokenizer's tokens spell, joined.

    LLaMA scores the runs of spaces below new pieces, which are joined first: so behind a run there
    is, for a while, one space.
    """
    names = {token: name for name, token in tokenizer.get_vocab().items()}
    joints = set()
    for left, right in find_pairs(tokenizer, texts, partial):
        joints.add(names[left] + names[right])
        if names[left].endswith(SPACE):
            joints.add(SPACE + names[right])
    return joints


def compare_texts(
    base: Tokenizer,
    extended: Tokenizer,
    texts: Iterable[str],
    partial: np.ndarray,
    scripts: Iterable[ScriptClass] = (),
    numbers: Mapping[int, int] | None = None,
) -> Changes:
    """Encode the texts with both tokenizers and count what changes.

    Quotations are texts with a character of one of `scripts`, or with `partial` tokens of the base
    (`find_partial`). `numbers` are the ids of the base's tokens now, if they have others.
    """
    letters = [script.one for script in scripts]
    lines = changed = quoted = before = after = 0
    example = ""
    for chunk in split_chunks(texts, CHUNK):
        old, new = (
            each.encode_batch_fast(chunk, add_special_tokens=False) for each in (base, extended)
        )
        for line, was, now in zip(chunk, old, new, strict=True):
            was_ids, now_ids = was.ids, now.ids
            moved = was_ids
            if numbers is not None:
                moved = [numbers.get(token, -1) for token in was_ids]
            if moved != now_ids:
                changed += 1
                if partial[was_ids].any() or any(one.search(line) for one in letters):
                    quoted += 1
                else:
                    example = example or line
            before, after = before + len(was_ids), after + len(now_ids)
        lines += len(chunk)
    return Changes(lines, changed, quoted, before, after, example)


def report_changes(found: Changes, unchanged: bool) -> None:
    """Log what changes; `InputError` where something does that must not."""
    if unchanged and found.example:
        raise InputError(
            f"{found.changed - found.quoted:,} of {found.lines:,} lines of the reference text "
            f"change, the first is {found.example[:60]!r}; expected none under --policy unchanged"
        )
    log.info(
        "%s of %s lines of the reference text change, %s of them quotations; all are %s tokens, "
        "were %s",
        *map("{:,}".format, (found.changed, found.lines, found.quoted, found.after, found.before)),
    )
