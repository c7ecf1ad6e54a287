"""Extending a byte-level BPE vocabulary: by continuing BPE training on each language's text."""

from collections.abc import Container, Iterable
from dataclasses import replace
from pathlib import Path

from tokenizers import Tokenizer

from scripts.common.errors import InputError
from scripts.study.extension import COVERAGE
from scripts.tokenizer.additions import Addition
from scripts.tokenizer.byte_level import (
    append_merges,
    learn_tokens,
    vocabulary_size,
    write_piece,
)
from scripts.tokenizer.extension_file import (
    BYTE_LEVEL,
    NewToken,
    VocabularyExtension,
    count_languages,
)
from scripts.tokenizer.pair_queue import Pair
from scripts.tokenizer.read_texts import read_texts, stream_texts
from scripts.tokenizer.reference import find_pairs, find_partial
from scripts.tokenizer.tokenizer_json import Spec, load
from scripts.tokenizer.tokenizer_kind import read_bpe


def extend_bytes(
    base: Path, additions: list[Addition], reference: list[str], processes: int = 1
) -> tuple[VocabularyExtension, Spec]:
    """Return the new tokens and the ``tokenizer.json`` of a byte-level base with them.

    Under the policy `unchanged` the texts of the files `reference` keep their ids. New ids follow
    the base's without a gap, first those of the language that was named first. Raises `InputError`
    for options that only a SentencePiece base takes, and for texts with too few tokens to learn.
    """
    for added in additions:
        if found := pieces_only(added):
            raise InputError(
                f"language {added.language!r}: {found} is for a SentencePiece base; "
                f"{base} has byte-level BPE, which learns its tokens from text"
            )
    spec = read_bpe(base)
    base_size = vocabulary_size(spec)
    tokens = []
    for added in additions:
        barred: Container[Pair] = ()
        if added.policy == "unchanged":
            loaded = load(spec)
            partial = find_partial(loaded, in_bytes=True)
            barred = find_pairs(loaded, stream_texts(reference), partial)
        tokens += add_language(spec, added, processes, barred)
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokens = [replace(token, parts=encode(tokenizer, token.piece)) for token in tokens]
    languages = count_languages(tokens, [added.language for added in additions])
    return VocabularyExtension(BYTE_LEVEL, base.name, base_size, languages, tuple(tokens)), spec


def pieces_only(added: Addition) -> str:
    """Return the option of a language that only a SentencePiece base takes, '' without one."""
    if added.model:
        return f"--model {added.model}"
    return f"--coverage {added.coverage}" if added.coverage != COVERAGE else ""


def add_language(
    spec: Spec, added: Addition, processes: int, barred: Container[Pair] = ()
) -> list[NewToken]:
    """Append one language's tokens to `spec`; return them, their parts yet unknown.

    None is merged of a pair that is `barred`. Raises `InputError` if the corpora hold too few pairs
    that occur twice.
    """
    label = f"{added.language} tokens"
    merges = learn_tokens(
        spec, stream_texts(added.files), added.characters, added.wanted, label, processes, barred
    )
    new = [merge for merge in merges if merge.new]
    if not merges and not any(map(added.characters.one.search, read_texts(added.files))):
        files = ", ".join(added.files)
        raise InputError(f"language {added.language!r}: {files} hold no text of its script")
    if len(new) < added.wanted:
        raise InputError(
            f"language {added.language!r}: {', '.join(added.files)} hold only {len(new)} pieces "
            f"to learn; expected at least the {added.count} asked for"
        )
    append_merges(spec, merges)
    return [NewToken(merge.token, added.language, merge.piece, ()) for merge in new]


def encode(tokenizer: Tokenizer, piece: bytes) -> tuple[int, ...]:
    """Return the ids into which a tokenizer's merges turn some bytes."""
    return tuple(part.id for part in tokenizer.model.tokenize(write_piece(piece)))


def check_reachable(tokenizer: Tokenizer, tokens: Iterable[NewToken]) -> None:
    """Assert that every new token, written out, is encoded as itself."""
    for token in tokens:
        ids = [part.id for part in tokenizer.model.tokenize(tokenizer.id_to_token(token.id))]
        assert ids == [token.id], f"{token} is encoded as {ids}"
