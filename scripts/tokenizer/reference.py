"""English text that an extension keeps as it is, or of which it is counted what changes.

**Claim.** Where no new merge is of a pair of neighbours that a text's tokens form, within its
pre-tokens, the text gets the same ids from the extended tokenizer as from the base. **Proof.** New
merges rank behind the base's, which therefore apply first and leave the base's tokens. None of
their pairs is to be merged, so nothing else happens. A tokenizer that looks up whole pre-tokens
first (`ignore_merges`) finds no new one: a new token is what merges make of its bytes, the first
new one among them of a pair of base tokens, and had these been a pre-token of the text, the pair
would be barred. ∎ Whether it is so `compare_texts` looks at, text by text.

    barred = find_pairs(spec, stream_texts(files))
    (l, r) in barred  # whether r follows l somewhere
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import regex
from tokenizers import Tokenizer

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.tokenizer.byte_corpus import Corpus
from scripts.tokenizer.byte_level import read_merges, read_pieces, read_splitter
from scripts.tokenizer.count_words import CHUNK, count_words, split_chunks
from scripts.tokenizer.extension_file import Changes
from scripts.tokenizer.lay_out_words import lay_out
from scripts.tokenizer.llama_tokenizer import SPACE
from scripts.tokenizer.pair_queue import Pair, pack
from scripts.tokenizer.script_class import ScriptClass
from scripts.tokenizer.tokenizer_json import Spec

ANYTHING = regex.compile("")


@dataclass(frozen=True)
class PairSet:
    """Pairs of tokens, packed as numbers (n,) in order."""

    keys: np.ndarray

    def __contains__(self, pair: object) -> bool:
        assert isinstance(pair, tuple)
        key = int(pack(*pair))
        place = int(np.searchsorted(self.keys, key))
        return place < len(self.keys) and self.keys[place] == key

    def __len__(self) -> int:
        return len(self.keys)


def find_pairs(spec: Spec, texts: Iterable[str], processes: int = 1) -> PairSet:
    """Return the pairs of neighbours that a byte-level tokenizer makes of texts."""
    # Every pre-token counts: one without a letter may begin with the bytes that a letter does.
    words = count_words(read_splitter(spec), texts, ANYTHING, processes)
    pieces = read_pieces(spec)
    return PairSet(neighbours(lay_out(words, pieces, read_merges(spec)), pieces))


def neighbours(corpus: Corpus, pieces: dict[int, bytes]) -> np.ndarray:
    """Return the packed pairs of neighbours in a corpus, each once, in order."""
    found = [np.empty(0, dtype=np.int64)]
    for token, places in corpus.places.items():
        rights = np.unique(corpus.ids.take(places + len(pieces[token])))
        found.append(pack(token, rights[rights >= 0]))
    return np.sort(np.concatenate(found))


def find_joints(tokenizer: Tokenizer, texts: Iterable[str]) -> set[str]:
    """Return what neighbours of a SentencePiece tokenizer's tokens spell, joined.

    LLaMA scores the runs of spaces below new pieces, which are joined first: so behind a run there
    is, for a while, one space.
    """
    pairs: set[Pair] = set()
    for chunk in split_chunks(texts, CHUNK):
        for found in tokenizer.encode_batch_fast(chunk, add_special_tokens=False):
            pairs.update(zip(found.ids, found.ids[1:], strict=False))
    names = {token: name for name, token in tokenizer.get_vocab().items()}
    joints = set()
    for left, right in pairs:
        joints.add(names[left] + names[right])
        if names[left].endswith(SPACE):
            joints.add(SPACE + names[right])
    return joints


def compare_texts(
    base: Tokenizer,
    extended: Tokenizer,
    texts: Iterable[str],
    scripts: Iterable[ScriptClass] = (),
    numbers: Mapping[int, int] | None = None,
) -> Changes:
    """Encode the texts with both tokenizers and count what changes.

    Quotations in one of `scripts` may change, and are no example. `numbers` are the ids of the
    base's tokens now, if they have others.
    """
    quoted = [script.one for script in scripts]
    lines = changed = before = after = 0
    example = ""
    for chunk in split_chunks(texts, CHUNK):
        old, new = (each.encode_batch_fast(chunk, add_special_tokens=False)
                    for each in (base, extended))  # fmt: skip
        for line, was, now in zip(chunk, old, new, strict=True):
            was_ids, now_ids = was.ids, now.ids
            if numbers is not None:
                was_ids = [numbers.get(token, -1) for token in was_ids]
            if was_ids != now_ids:
                changed += 1
                if not example and not any(one.search(line) for one in quoted):
                    example = line
            before, after = before + len(was_ids), after + len(now_ids)
        lines += len(chunk)
    return Changes(lines, changed, before, after, example)


def report_changes(found: Changes, unchanged: bool) -> None:
    """Log what changes; `InputError` where something does that must not."""
    if unchanged and found.example:
        raise InputError(
            f"{found.changed:,} of {found.lines:,} lines of the reference text change, the first "
            f"is {found.example[:60]!r}; expected none under --policy unchanged"
        )
    log.info(
        "%s of %s lines of the reference text change; they are %s tokens, were %s",
        *(f"{count:,}" for count in (found.changed, found.lines, found.after, found.before)),
    )
