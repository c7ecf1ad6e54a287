"""A vocabulary of pieces, as choosing new ones sees it: a ``tokenizer.model`` or a JSON alone.

vocabulary = SpecVocabulary(read_json(folder / "tokenizer.json"))
vocabulary.extend(["▁文", "件"]).tokenize("▁文件")  # as a tokenizer with both would
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from scripts.tokenizer.byte_level import vocabulary_size
from scripts.tokenizer.llama_tokenizer import build
from scripts.tokenizer.piece_model import ModelProto, append_pieces, list_pieces, load_processor
from scripts.tokenizer.tokenizer_json import Spec, load


class PieceVocabulary(Protocol):
    """What is known of a vocabulary that gets new pieces."""

    def names(self) -> set[str]:
        """Return all pieces and special tokens."""
        ...

    def listed(self) -> list[str]:
        """Return the pieces that text is tokenized into."""
        ...

    def extend(self, names: Iterable[str]) -> Any:
        """Return the BPE model of `tokenizers` with new pieces behind the others."""
        ...


@dataclass(frozen=True)
class ProtoVocabulary:
    """The vocabulary of a SentencePiece model."""

    proto: ModelProto

    def names(self) -> set[str]:
        """Return all pieces and special tokens."""
        return {piece.piece for piece in self.proto.pieces}

    def listed(self) -> list[str]:
        """Return the pieces that text is tokenized into."""
        return list_pieces(self.proto)

    def extend(self, names: Iterable[str]) -> Any:
        """Return the BPE model of `tokenizers` with new pieces scored below the others."""
        return build(load_processor(append_pieces(self.proto, names))).model


@dataclass(frozen=True)
class SpecVocabulary:
    """The vocabulary of a ``tokenizer.json`` whose BPE joins characters."""

    spec: Spec

    def names(self) -> set[str]:
        """Return all pieces and special tokens."""
        added = {token["content"] for token in self.spec["added_tokens"]}
        return added | self.spec["model"]["vocab"].keys()

    def listed(self) -> list[str]:
        """Return the pieces that text is tokenized into."""
        return list(self.spec["model"]["vocab"])

    def extend(self, names: Iterable[str]) -> Any:
        """Return the BPE model of `tokenizers` with new merges behind the others."""
        return load(append_names(self.spec, names)).model


def append_names(spec: Spec, names: Iterable[str]) -> Spec:
    """Return a ``tokenizer.json`` with new pieces, and every way to join two pieces into one.

    Ids follow the last without a gap, and merges the last, those of the first piece first. Special
    tokens outside of the model's vocabulary are entered there, lest `tokenizers` renumber them.
    """
    model, size, names = spec["model"], vocabulary_size(spec), list(names)
    outside = {token["content"]: token["id"] for token in spec["added_tokens"]}
    vocab = outside | model["vocab"] | {name: size + at for at, name in enumerate(names)}
    merges = list(model["merges"])
    joined = bool(merges) and isinstance(merges[0], str)  # as older files write merges
    for name in names:
        for cut in range(1, len(name)):
            pair = [name[:cut], name[cut:]]
            if vocab.keys() >= set(pair):
                merges.append(" ".join(pair) if joined else pair)
    return spec | {"model": model | {"vocab": vocab, "merges": merges}}
