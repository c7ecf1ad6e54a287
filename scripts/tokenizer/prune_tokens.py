"""Dropping new tokens that are rare in the text they come from.

A token is rare that occurs fewer than so many times in its language's texts as the extended
tokenizer encodes them. One that a kept token is merged from stays, however rare. Without a dropped
token texts are encoded differently; those that held it are encoded and counted again, until nothing
more is dropped. **Claim.** Every kept token can still be reached. **Proof.** Byte-pair encoding
only ever merges, so what is merged on the way to a token is a part of it, and all its parts are
kept; merges of other tokens did not apply there, and leaving them out changes nothing. ∎
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, pairwise

import numpy as np
from tokenizers import Tokenizer

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.common.progress import Progress
from scripts.tokenizer.additions import Addition
from scripts.tokenizer.count_words import CHUNK, split_chunks
from scripts.tokenizer.extension_file import NewToken, PruneCount, VocabularyExtension
from scripts.tokenizer.read_texts import read_texts
from scripts.tokenizer.tokenizer_json import Spec, drop_tokens, load, split_merge


def prune_tokens(
    extension: VocabularyExtension, spec: Spec, additions: Iterable[Addition], least: int
) -> tuple[VocabularyExtension, Spec]:
    """Return the extension and ``tokenizer.json`` without the rare tokens, ids without a gap.

    Raises `InputError` where nothing is left of a language.
    """
    texts = {added.language: read_texts(added.files) for added in additions}
    dropped = find_rare(spec, extension.tokens, texts, least)
    kept = [token for token in extension.tokens if token.id not in dropped]
    counts = count_pruned(additions, extension.tokens, kept)
    report_pruned(counts, least)
    numbers = {token.id: extension.base_size + place for place, token in enumerate(kept)}
    names = {name for name, token in spec["model"]["vocab"].items() if token in dropped}
    smaller = drop_tokens(spec, names)
    vocab = smaller["model"]["vocab"]
    vocab |= {name: numbers.get(token, token) for name, token in vocab.items()}
    pruned = replace(
        extension,
        languages={name: count.learned - count.pruned for name, count in counts.items()},
        tokens=tuple(replace(token, id=numbers[token.id]) for token in kept),
        least=least,
        pruned=counts,
    )
    return pruned, smaller


def report_pruned(counts: Mapping[str, PruneCount], least: int) -> None:
    """Log what was pruned; `InputError` where nothing is left of a language."""
    for language, count in counts.items():
        if count.learned == count.pruned:
            raise InputError(
                f"language {language!r}: each of its {count.learned} pieces occurs fewer than "
                f"{least} times in its text; expected a lower --prune"
            )
    said = (
        f"{language} {count.asked or 'all'} asked for, {count.learned} found, {count.pruned} pruned"
        for language, count in counts.items()
    )
    log.info("tokens that occur fewer than %d times: %s", least, "; ".join(said))


def count_pruned(
    additions: Iterable[Addition], tokens: Iterable[NewToken], kept: Iterable[NewToken]
) -> dict[str, PruneCount]:
    """Return for each language how many tokens were asked for, found and pruned."""
    found, left = (Counter(token.language for token in part) for part in (tokens, kept))
    return {
        added.language: PruneCount(
            added.count,
            found[added.language],
            found[added.language] - left[added.language],
        )
        for added in additions
    }


class EncodedTexts:
    """A language's texts as they are encoded at present.

    `ids` (n,) are the tokens of all of them, `rows` (n,) says of which text each is, `counts`
    (vocabulary size,) how often each id occurs.
    """

    def __init__(self, texts: list[str], size: int) -> None:
        self.texts = texts
        self.ids = self.rows = np.empty(0, dtype=np.int32)
        self.counts = np.zeros(size, dtype=np.int64)

    def add(
        self, tokenizer: Tokenizer, rows: np.ndarray, tell: Callable[[int], None] = lambda _: None
    ) -> None:
        """Encode the texts `rows` (m,), count their tokens; `tell` how many texts are done."""
        found, start = [], 0
        for chunk in split_chunks((self.texts[row] for row in rows), CHUNK):
            encoded = tokenizer.encode_batch_fast(chunk, add_special_tokens=False)
            lengths = [len(text) for text in encoded]
            ids = chain.from_iterable(text.ids for text in encoded)
            found.append(
                (
                    np.fromiter(ids, dtype=np.int32, count=sum(lengths)),
                    np.repeat(rows[start : start + len(chunk)], lengths).astype(np.int32),
                )
            )
            start += len(chunk)
            tell(len(chunk))
        for part, _ in found:
            self.counts += np.bincount(part, minlength=len(self.counts))
        self.ids = np.concatenate([self.ids, *(part for part, _ in found)])
        self.rows = np.concatenate([self.rows, *(part for _, part in found)])

    def remove(self, tokens: Iterable[int]) -> np.ndarray:
        """Forget the texts that hold one of `tokens`; return their rows, in order."""
        dropped = np.zeros(len(self.counts), dtype=bool)
        dropped[list(tokens)] = True
        rows = np.unique(self.rows[dropped[self.ids]])
        touched = np.zeros(len(self.texts), dtype=bool)
        touched[rows] = True
        stale = touched[self.rows]
        self.counts -= np.bincount(self.ids[stale], minlength=len(self.counts))
        self.ids, self.rows = self.ids[~stale], self.rows[~stale]
        return rows


def find_rare(
    spec: Spec, tokens: Sequence[NewToken], texts: Mapping[str, list[str]], least: int
) -> set[int]:
    """Return the ids of the new tokens that occur fewer than `least` times and are not needed.

    `texts` are each language's, in which its tokens are counted. `spec` is the extended
    ``tokenizer.json``, byte-level or SentencePiece's.
    """
    names = {token: name for name, token in spec["model"]["vocab"].items()}
    halves = find_halves(spec, {token.id: names[token.id] for token in tokens})
    language_of = {token.id: token.language for token in tokens}
    dropped: set[int] = set()
    encoded = {language: EncodedTexts(lines, max(names) + 1) for language, lines in texts.items()}
    whole = load(spec)
    for language, found in encoded.items():
        progress = Progress(len(found.texts), f"{language} tokens counted", "text")
        found.add(whole, np.arange(len(found.texts)), progress.update)
        progress.close()
    # Texts that held a dropped token may now hold others, or fewer of those that were frequent.
    while rare := find_droppable(language_of, halves, encoded, least):
        dropped |= rare
        for token in rare:
            del language_of[token]
        smaller = load(drop_tokens(spec, {names[token] for token in dropped}))
        for found in encoded.values():
            found.add(smaller, found.remove(rare))
    return dropped


def find_droppable(
    language_of: Mapping[int, str],
    halves: Mapping[int, Iterable[int]],
    encoded: Mapping[str, EncodedTexts],
    least: int,
) -> set[int]:
    """Return the tokens that are rare in their language and from which none is merged."""
    needed = set(chain.from_iterable(halves[token] for token in language_of))
    return {
        token
        for token, language in language_of.items()
        if encoded[language].counts[token] < least and token not in needed
    }


def find_halves(spec: Spec, names: Mapping[int, str]) -> dict[int, list[int]]:
    """Return for each token the two that are merged last where it is encoded by itself.

    A token that no text is ever encoded into, or of a single letter, has none.
    """
    vocab = spec["model"]["vocab"]
    ranks: dict[tuple[str, str], int] = {}
    for rank, merge in enumerate(spec["model"]["merges"]):
        ranks.setdefault(split_merge(merge), rank)
    halves = {}
    for token, name in names.items():
        letters = list(name)
        while len(letters) > 2 and merge_first(letters, ranks):
            pass
        halves[token] = [vocab[half] for half in letters] if tuple(letters) in ranks else []
    return halves


def merge_first(letters: list[str], ranks: Mapping[tuple[str, str], int]) -> bool:
    """Merge, in place, the neighbours whose merge ranks first; tell whether there were any."""
    found = [(ranks[pair], at) for at, pair in enumerate(pairwise(letters)) if pair in ranks]
    if found:
        _, at = min(found)
        letters[at : at + 2] = ["".join(letters[at : at + 2])]
    return bool(found)
