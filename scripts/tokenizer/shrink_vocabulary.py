"""Dropping tokens of the base that no text uses and no merge needs: leaves of its merges.

Their ids are closed up (`shrink`), so that the matrices get shorter, or given to new tokens
(`replace`), so that all others keep theirs. **Claim.** The texts that were counted are tokenized as
before. **Proof.** A dropped token is a half of no kept merge. Had it been made in a text, nothing
could have joined it further, and it would be one of the text's tokens; so it was never made there,
and leaving out the merges that make it changes nothing. ∎ Special tokens, letters and bytes, which
no merge makes, and what new tokens are spelled with all stay.
"""

import argparse
import heapq
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from tokenizers import Tokenizer

from scripts.common.command import log, positive
from scripts.common.errors import InputError
from scripts.tokenizer.count_words import CHUNK, split_chunks
from scripts.tokenizer.extension_file import VocabularyExtension
from scripts.tokenizer.pair_queue import Pair
from scripts.tokenizer.read_texts import stream_texts
from scripts.tokenizer.renumber import renumber
from scripts.tokenizer.tokenizer_json import Spec, drop_tokens, load, split_merge


@dataclass(frozen=True)
class Drop:
    """At `most` so many tokens are dropped, none that the files `texts` hold, the last first.

    `in_place`, new tokens get their ids, so no more are dropped than there are new ones.
    """

    most: int
    in_place: bool
    texts: list[str]


def read_drop(shrink: int | None, replace: int | None, texts: list[str]) -> Drop | None:
    """Return what the command line says of dropping, None where nothing is dropped."""
    most = shrink or replace
    if shrink and replace:
        raise InputError("--shrink, --replace: expected one of them")
    if most and not texts:
        raise InputError("--shrink, --replace: no --used FILE whose tokens are kept")
    return Drop(most, bool(replace), texts) if most else None


def add_drop_options(command: argparse.ArgumentParser) -> None:
    """Add the options that say what is dropped of the base."""
    dropped = "drop at most N tokens of the base that --used does not hold and no merge needs"
    command.add_argument("--shrink", type=positive, metavar="N", help=f"{dropped}; close ids up")
    command.add_argument(
        "--replace", type=positive, metavar="N", help=f"{dropped}; new tokens get their ids"
    )
    command.add_argument(
        "--used", nargs="+", default=[], metavar="PARQUET[:COLUMN]", help="text that stays as it is"
    )


def shrink_vocabulary(
    extension: VocabularyExtension, spec: Spec, drop: Drop
) -> tuple[VocabularyExtension, Spec]:
    """Return the extension and ``tokenizer.json`` without tokens of the base.

    Args:
        extension: new tokens whose ids follow the base's.
        spec: the extended ``tokenizer.json``.
        drop: what is dropped.
    """
    counts = count_used(load(spec), drop.texts)
    kept = set(np.flatnonzero(counts).tolist())
    kept |= {token["id"] for token in spec["added_tokens"]}
    kept |= {number for token in extension.tokens for number in (token.id, *token.parts)}
    most = min(drop.most, len(extension.tokens)) if drop.in_place else drop.most
    removed = choose_removed(spec, kept, most)
    log.info("%d of the base's tokens are dropped, at most %d were to be", len(removed), most)
    shrunk = replace(extension, removed=tuple(sorted(removed)), in_place=drop.in_place)
    numbers = shrunk.numbers()
    names = {name for name, token in spec["model"]["vocab"].items() if token in removed}
    smaller = renumber(drop_tokens(spec, names), numbers)
    check_counts(counts, count_used(load(smaller), drop.texts), numbers)
    tokens = sorted(
        (replace(token, id=numbers[token.id]) for token in extension.tokens),
        key=lambda token: token.id,
    )
    return replace(shrunk, tokens=tuple(tokens)), smaller


def count_used(tokenizer: Tokenizer, files: list[str]) -> np.ndarray:
    """Return how often each id occurs in the texts of files (highest id + 1,)."""
    size = 1 + max(tokenizer.get_vocab().values())
    counts = np.zeros(size, dtype=np.int64)
    for chunk in split_chunks(stream_texts(files), CHUNK):
        encoded = tokenizer.encode_batch_fast(chunk, add_special_tokens=False)
        ids = chain.from_iterable(text.ids for text in encoded)
        counts += np.bincount(np.fromiter(ids, dtype=np.int64), minlength=size)
    return counts


def check_counts(before: np.ndarray, after: np.ndarray, numbers: Mapping[int, int]) -> None:
    """Assert that each token occurs as often as it did, under its number now."""
    for token in np.flatnonzero(before).tolist():
        assert after[numbers[token]] == before[token], f"token {token} occurs more or less often"
    assert after.sum() == before.sum()


def choose_removed(spec: Spec, kept: Collection[int], most: int) -> set[int]:
    """Return at most `most` tokens that no kept merge needs, none of `kept`, the last first."""
    vocab = spec["model"]["vocab"]
    made: dict[int, list[Pair]] = {}
    needed: Counter[int] = Counter()
    for left, right in map(split_merge, spec["model"]["merges"]):
        pair = vocab[left], vocab[right]
        made.setdefault(vocab[left + right], []).append(pair)
        needed.update(pair)
    queue = [-token for token in made if not needed[token] and token not in kept]
    heapq.heapify(queue)
    removed: set[int] = set()
    while queue and len(removed) < most:
        token = -heapq.heappop(queue)
        removed.add(token)
        for half in (half for pair in made[token] for half in pair):
            needed[half] -= 1
            if not needed[half] and half in made and half not in kept:
                heapq.heappush(queue, -half)
    return removed
