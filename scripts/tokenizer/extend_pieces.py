"""Extending a SentencePiece vocabulary: the longer ``tokenizer.model`` and ``tokenizer.json``.

Both are written from the same pieces, so that `sentencepiece` and `transformers` give the same ids.
"""

from pathlib import Path

from tokenizers import Tokenizer

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.tokenizer.additions import Addition
from scripts.tokenizer.choose_pieces import find_pieces
from scripts.tokenizer.extension_file import (
    SENTENCEPIECE,
    NewToken,
    VocabularyExtension,
    count_languages,
)
from scripts.tokenizer.llama_tokenizer import SPACE, build, check_samples, list_merges, load_pieces
from scripts.tokenizer.piece_model import (
    BPE,
    ModelProto,
    Piece,
    append_pieces,
    load_processor,
    model_kind,
    read_model,
)
from scripts.tokenizer.piece_vocabulary import ProtoVocabulary
from scripts.tokenizer.read_texts import stream_texts
from scripts.tokenizer.reference import find_joints, find_partial
from scripts.tokenizer.tokenizer_json import Spec, load


def extend_pieces(
    folder: Path, additions: list[Addition], reference: list[str]
) -> tuple[VocabularyExtension, Spec, ModelProto]:
    """Return the new pieces, ``tokenizer.json`` and ``tokenizer.model``, language by language.

    Under the policy `unchanged` the texts of the files `reference` keep their ids. New ids follow
    the base's without a gap, first those of the language that was named first. A piece that two
    languages share belongs to the first, and the second gets another instead.
    """
    proto, spec = read_base(folder)
    base_size, parts = len(proto.pieces), build(load_processor(proto)).model
    tokens: list[NewToken] = []
    for added in additions:
        barred: set[str] = set()
        if added.policy == "unchanged":
            loaded = load(write_spec(spec, proto))
            partial = find_partial(loaded, in_bytes=False)
            barred = find_joints(loaded, stream_texts(reference), partial)
        names = find_pieces(ProtoVocabulary(proto), added, barred)
        for number, name in enumerate(names, start=len(proto.pieces)):
            ids = tuple(part.id for part in parts.tokenize(name))
            piece = name.replace(SPACE, " ").encode()
            tokens.append(NewToken(number, added.language, piece, ids))
        proto = append_pieces(proto, names)
    languages = count_languages(tokens, [added.language for added in additions])
    extension = VocabularyExtension(SENTENCEPIECE, folder.name, base_size, languages, tuple(tokens))
    return extension, write_spec(spec, proto), proto


def read_base(folder: Path) -> tuple[ModelProto, Spec]:
    """Read a base's two files; `InputError` where one is missing or wrong, or they differ."""
    path = folder / "tokenizer.model"
    proto = read_model(path)
    if proto.trainer_spec.model_type != BPE:
        raise InputError(f"{path}: a {model_kind(proto)} model; only BPE can be extended")
    if not (folder / "tokenizer.json").is_file():
        raise InputError(
            f"{folder}: no tokenizer.json beside tokenizer.model; import_model makes it"
        )
    fields = {"model": dict, "added_tokens": list}
    spec = read_json(folder / "tokenizer.json", "a tokenizer", fields)
    vocab = spec["model"]["vocab"]
    for number, piece in enumerate(proto.pieces):
        if vocab.get(piece.piece) != number:
            raise InputError(
                f"{folder}: tokenizer.model has {piece.piece!r} as piece {number}, tokenizer.json "
                f"as {vocab.get(piece.piece)}; expected one vocabulary"
            )
    check_pieces(path, load(spec))
    return add_tokens(proto, spec, folder), spec


def add_tokens(proto: ModelProto, spec: Spec, folder: Path) -> ModelProto:
    """Return the model with the tokens that only ``tokenizer.json`` has, under their own ids."""
    extended = ModelProto()
    extended.CopyFrom(proto)
    for token in sorted(spec["added_tokens"], key=lambda token: token["id"]):
        if token["id"] < len(proto.pieces):
            continue
        if token["id"] != len(extended.pieces):
            raise InputError(
                f"{folder}/tokenizer.json: found {token['content']!r} as id {token['id']}, "
                f"expected {len(extended.pieces)}: added tokens without a gap behind the pieces"
            )
        kind = Piece.CONTROL if token["special"] else Piece.USER_DEFINED
        extended.pieces.add(piece=token["content"], type=kind)
    return extended


def write_spec(spec: Spec, proto: ModelProto) -> Spec:
    """Return ``tokenizer.json`` with the vocabulary and the merges of an extended model."""
    pieces = load_processor(proto)
    vocab = {piece.piece: number for number, piece in enumerate(proto.pieces)}
    merges = [list(pair) for pair in list_merges(pieces, vocab)]
    return {**spec, "model": {**spec["model"], "vocab": vocab, "merges": merges}}


def check_pieces(path: Path, tokenizer: Tokenizer) -> None:
    """Raise `InputError` where a tokenizer writes a sample otherwise than ``tokenizer.model``."""
    check_samples(path, load_pieces(path), tokenizer)
