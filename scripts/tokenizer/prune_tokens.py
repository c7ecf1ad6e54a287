"""Dropping new tokens that are rare in the text they come from.

A token is rare that occurs fewer than so many times in its language's texts as the extended
tokenizer cuts them. One that a kept token is joined from stays, however rare. Without a dropped
token texts are cut otherwise; those in which it stood are cut and counted again, until nothing
more goes. **Claim.** Every kept token can still be reached. **Proof.** Byte-pair encoding only
ever joins, so what is joined on the way to a token is a part of it, and all its parts are kept;
merges of other tokens did not apply there, and leaving them out changes nothing. ∎
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import chain, pairwise
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.common.progress import Progress
from scripts.tokenizer.additions import Addition
from scripts.tokenizer.count_words import CHUNK, split_chunks
from scripts.tokenizer.read_texts import read_texts

Spec = dict[str, Any]  # a tokenizer.json


class Cut:
    """A language's texts as they are cut at present: `ids` (n,), `rows` (n,), `counts` (size,).

    `rows` says of which text a token is, `counts` how often each id occurs.
    """

    def __init__(self, texts: list[str], size: int) -> None:
        self.texts = texts
        self.ids = self.rows = np.empty(0, dtype=np.int32)
        self.counts = np.zeros(size, dtype=np.int64)

    def add(
        self, tokenizer: Tokenizer, rows: np.ndarray, tell: Callable[[int], None] = lambda _: None
    ) -> None:
        """Cut the texts `rows` (m,) and count their tokens; `tell` how many texts are done."""
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

    def take_out(self, tokens: Iterable[int]) -> np.ndarray:
        """Forget the texts in which one of `tokens` stands; return their rows, in order."""
        dropped = np.zeros(len(self.counts), dtype=bool)
        dropped[list(tokens)] = True
        rows = np.unique(self.rows[dropped[self.ids]])
        touched = np.zeros(len(self.texts), dtype=bool)
        touched[rows] = True
        stale = touched[self.rows]
        self.counts -= np.bincount(self.ids[stale], minlength=len(self.counts))
        self.ids, self.rows = self.ids[~stale], self.rows[~stale]
        return rows


def prune(
    extension: dict[str, Any], spec: Spec, additions: Iterable[Addition], least: int
) -> tuple[dict[str, Any], Spec]:
    """Return ``extension.json`` and ``tokenizer.json`` without the rare tokens, ids without a gap.

    Raises `InputError` where nothing is left of a language.
    """
    texts = {added.language: read_texts(added.files) for added in additions}
    gone = find_rare(spec, extension["tokens"], texts, least)
    kept = [token for token in extension["tokens"] if token["id"] not in gone]
    counts = count_pruned(additions, extension["tokens"], kept)
    for language, (_, learned, pruned) in counts.items():
        if learned == pruned:
            raise InputError(
                f"language {language!r}: each of its {learned} pieces occurs fewer than {least} "
                "times in its text; expected a lower --prune"
            )
    said = (f"{name} {asked} asked for, {learned} found, {pruned} pruned"
            for name, (asked, learned, pruned) in counts.items())  # fmt: skip
    log.info("tokens that occur fewer than %d times: %s", least, "; ".join(said))
    numbers = {token["id"]: extension["base_size"] + place for place, token in enumerate(kept)}
    names = {name for name, token in spec["model"]["vocab"].items() if token in gone}
    smaller = leave_out(spec, names)
    vocab = smaller["model"]["vocab"]
    vocab |= {name: numbers.get(token, token) for name, token in vocab.items()}
    keys = ("asked", "learned", "pruned")
    return extension | {
        "size": extension["base_size"] + len(kept),
        "languages": {name: learned - pruned for name, (_, learned, pruned) in counts.items()},
        "prune": {"least": least}
        | {name: dict(zip(keys, values, strict=True)) for name, values in counts.items()},
        "tokens": [token | {"id": numbers[token["id"]]} for token in kept],
    }, smaller


def count_pruned(
    additions: Iterable[Addition], tokens: list[dict[str, Any]], kept: list[dict[str, Any]]
) -> dict[str, tuple[int | str, int, int]]:
    """Return for each language how many tokens were asked for, found and pruned."""
    found, left = (Counter(token["language"] for token in part) for part in (tokens, kept))
    return {
        added.language: (
            added.count or "all",
            found[added.language],
            found[added.language] - left[added.language],
        )
        for added in additions
    }


def find_rare(
    spec: Spec, tokens: list[dict[str, Any]], texts: Mapping[str, list[str]], least: int
) -> set[int]:
    """Return the ids of the new tokens that occur fewer than `least` times and can be spared.

    `tokens` are the entries of ``extension.json``, `texts` each language's, in which its tokens
    are counted. `spec` is the extended ``tokenizer.json``, byte-level or SentencePiece's.
    """
    names = {token: name for name, token in spec["model"]["vocab"].items()}
    parts = find_halves(spec, {token["id"]: names[token["id"]] for token in tokens})
    alive = {token["id"]: token["language"] for token in tokens}
    gone: set[int] = set()
    cuts = {language: Cut(lines, max(names) + 1) for language, lines in texts.items()}
    whole = load(spec)
    for language, cut in cuts.items():
        progress = Progress(len(cut.texts), f"{language} tokens counted", "text")
        cut.add(whole, np.arange(len(cut.texts)), progress.update)
        progress.close()
    while rare := spare(alive, parts, cuts, least):
        gone |= rare
        alive = {token: language for token, language in alive.items() if token not in rare}
        smaller = load(leave_out(spec, {names[token] for token in gone}))
        for cut in cuts.values():
            cut.add(smaller, cut.take_out(rare))
    return gone


def spare(
    alive: Mapping[int, str],
    parts: Mapping[int, Iterable[int]],
    cuts: Mapping[str, Cut],
    least: int,
) -> set[int]:
    """Return the tokens that are rare in their language and of which none is joined."""
    used = set(chain.from_iterable(parts[token] for token in alive))
    rare = (token for token in alive if cuts[alive[token]].counts[token] < least)
    return {token for token in rare if token not in used}


def load(spec: Spec) -> Tokenizer:
    """Return the tokenizer of a ``tokenizer.json``."""
    return Tokenizer.from_str(json.dumps(spec))


def split_merge(merge: str | list[str]) -> tuple[str, str]:
    """Return a merge's halves; the file has them in a list or, if older, as ``"left right"``."""
    left, right = merge.split(" ") if isinstance(merge, str) else merge
    return left, right


def leave_out(spec: Spec, names: set[str]) -> Spec:
    """Return `spec` without tokens of these names, and without merges that need or make one."""
    model = spec["model"]
    vocab = {name: token for name, token in model["vocab"].items() if name not in names}
    merges = []
    for merge in model["merges"]:
        left, right = split_merge(merge)
        if names.isdisjoint((left, right, left + right)):
            merges.append(merge)
    return spec | {"model": model | {"vocab": vocab, "merges": merges}}


def find_halves(spec: Spec, names: Mapping[int, str]) -> dict[int, list[int]]:
    """Return for each token the two that are joined last where it is encoded by itself.

    A token that no text is ever cut into, or of a single letter, has none.
    """
    vocab = spec["model"]["vocab"]
    ranks: dict[tuple[str, str], int] = {}
    for rank, merge in enumerate(spec["model"]["merges"]):
        ranks.setdefault(split_merge(merge), rank)
    halves = {}
    for token, name in names.items():
        letters = list(name)
        while len(letters) > 2 and join_best(letters, ranks):
            pass
        halves[token] = [vocab[half] for half in letters] if tuple(letters) in ranks else []
    return halves


def join_best(letters: list[str], ranks: Mapping[tuple[str, str], int]) -> bool:
    """Join, in place, the neighbours whose merge ranks first; tell whether there were any."""
    found = [(ranks[pair], at) for at, pair in enumerate(pairwise(letters)) if pair in ranks]
    if found:
        _, at = min(found)
        letters[at : at + 2] = ["".join(letters[at : at + 2])]
    return bool(found)
