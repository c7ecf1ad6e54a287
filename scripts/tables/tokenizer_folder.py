"""What a table needs to know of a tokenizer: its folder's tokenizer, which ids are what, the model.

A folder holds ``tokenizer.json``; where it is a model's, ``config.json`` (its shape) and, if its
vocabulary was extended, ``extension.json`` (which tokens are new, and for which language).
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy
from tokenizers import Tokenizer, processors

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.convert.model_shape import config_shape, count_weights
from scripts.tokenizer.byte_level import read_piece, spell_piece
from scripts.tokenizer.extension_file import EXTENSION

SPACE = "▁"  # how SentencePiece writes a space, and the one before a text that begins with none


@dataclass(frozen=True)
class Folder:
    """A tokenizer and what its folder says.

    `size` is one more than the largest id; `names` has the vocabulary's spelling of each id, None
    where there is none. `is_raw` (size, boolean) marks the tokens that are one byte of a character
    of several, `is_blank` those that are SentencePiece's space alone. `new` has the ids of each
    language's new tokens, None where no ``extension.json`` says; `weights` how many weights a
    token is multiplied by on its way through the model, None without a
    ``config.json``.
    """

    tokenizer: Tokenizer
    names: list[str | None]
    is_bytes: bool
    is_raw: numpy.ndarray
    is_blank: numpy.ndarray
    new: dict[str, numpy.ndarray] | None
    weights: int | None

    @property
    def size(self) -> int:
        return len(self.names)

    def numbers_in(self, base: "Folder") -> numpy.ndarray:
        """Return the base's id of each token (size,), by its name; behind them those it lacks."""
        known = {name: token for token, name in enumerate(base.names) if name is not None}
        new = range(base.size, base.size + self.size)
        return numpy.array(
            [token if name is None else known.get(name, later)
             for token, (name, later) in enumerate(zip(self.names, new, strict=True))]
        )  # fmt: skip

    def spell(self, token: int) -> str:
        """Return a token as a person reads it; bytes that are no text as ``<0xE4><0xBD>``."""
        name = self.names[token] or ""
        return spell_piece(name) if self.is_bytes else name


def load_tokenizer(folder: str | Path) -> Tokenizer:
    """Load a folder's ``tokenizer.json``; `InputError` where it is missing or malformed."""
    path = Path(folder) / "tokenizer.json"
    if not path.is_file():
        raise InputError(f"{folder}: no tokenizer.json")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # `tokenizers` raises nothing more exact
        raise InputError(f"{path}: no tokenizer: {error}") from None
    # No special tokens are added here; a byte-level one may cut the spaces off its offsets.
    tokenizer.post_processor = processors.Sequence([])
    return tokenizer


def load_folder(folder: str | Path) -> Folder:
    """Load a tokenizer with what its folder says; `InputError` as from `load_tokenizer`."""
    tokenizer = load_tokenizer(folder)
    spec = json.loads(tokenizer.to_str())
    is_bytes = "ByteLevel" in json.dumps(spec["decoder"])
    vocabulary = tokenizer.get_vocab()
    names: list[str | None] = [None] * (1 + max(vocabulary.values()))
    for name, token in vocabulary.items():
        names[token] = name
    raw = {f"<0x{byte:02X}>" for byte in range(0x80, 0x100)}  # SentencePiece's byte fallback
    found = [name in raw or (is_bytes and is_raw_byte(name)) for name in names]
    return Folder(
        tokenizer=tokenizer,
        names=names,
        is_bytes=is_bytes,
        is_raw=numpy.array(found),
        is_blank=numpy.array([name == SPACE for name in names]),
        new=read_new(Path(folder)),
        weights=read_weights(Path(folder)),
    )


def is_raw_byte(name: str | None) -> bool:
    """Return whether a token of a byte-level vocabulary is one byte of a longer character."""
    piece = read_piece(name) if name and len(name) == 1 else None
    return piece is not None and piece[0] >= 0x80


def read_new(folder: Path) -> dict[str, numpy.ndarray] | None:
    """Return the ids of each language's new tokens; None without an ``extension.json``."""
    path = folder / EXTENSION
    if not path.is_file():
        return None
    found: dict[str, list[int]] = {}
    for token in read_json(path)["tokens"]:
        found.setdefault(token["language"], []).append(token["id"])
    return {language: numpy.array(ids) for language, ids in found.items()}


def read_weights(folder: Path) -> int | None:
    """Return how many weights a token is multiplied by, those of the output matrix included.

    Embeddings are looked up, not multiplied, and attention between tokens has no weights. None
    without a ``config.json`` that has a decoder's shape.
    """
    try:
        return count_weights(config_shape(folder / "config.json")).multiplied
    except InputError:
        return None
