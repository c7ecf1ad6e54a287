"""Extending a BPE of characters that has no ``tokenizer.model``: Gemma's, or a converted LLaMA's.

Its ``tokenizer.json`` writes a space as ``▁`` and a character without a piece as bytes, as
SentencePiece does. Pieces are learned as for SentencePiece; their merges rank behind the base's, so
what `scripts.tokenizer.choose_pieces` proves of scores holds of ranks.
"""

from pathlib import Path

from scripts.tokenizer.additions import Addition
from scripts.tokenizer.byte_level import vocabulary_size
from scripts.tokenizer.choose_pieces import find_pieces
from scripts.tokenizer.extension_file import (
    CHARACTERS,
    NewToken,
    VocabularyExtension,
    count_languages,
)
from scripts.tokenizer.llama_tokenizer import SPACE
from scripts.tokenizer.piece_vocabulary import SpecVocabulary, append_names
from scripts.tokenizer.read_texts import stream_texts
from scripts.tokenizer.reference import find_joints, find_partial
from scripts.tokenizer.tokenizer_json import Spec, load
from scripts.tokenizer.tokenizer_kind import read_bpe


def extend_characters(
    base: Path, additions: list[Addition], reference: list[str]
) -> tuple[VocabularyExtension, Spec]:
    """Return the new pieces and the ``tokenizer.json`` of a base with them.

    Under the policy `unchanged` the texts of the files `reference` keep their ids. New ids follow
    the base's without a gap, language by language. Raises `InputError` as `find_pieces` does.
    """
    spec = read_bpe(base)
    base_size, parts = vocabulary_size(spec), load(spec).model
    tokens: list[NewToken] = []
    for added in additions:
        barred: set[str] = set()
        if added.policy == "unchanged":
            loaded = load(spec)
            partial = find_partial(loaded, in_bytes=False)
            barred = find_joints(loaded, stream_texts(reference), partial)
        names = find_pieces(SpecVocabulary(spec), added, barred)
        for number, name in enumerate(names, start=vocabulary_size(spec)):
            ids = tuple(part.id for part in parts.tokenize(name))
            piece = name.replace(SPACE, " ").encode()
            tokens.append(NewToken(number, added.language, piece, ids))
        spec = append_names(spec, names)
    languages = count_languages(tokens, [added.language for added in additions])
    return VocabularyExtension(CHARACTERS, base.name, base_size, languages, tuple(tokens)), spec
