"""``extension.json`` of an extended tokenizer: its new tokens, and the base's ids for each.

`extend_tokenizer` writes it, `extend_model` reads it; a model that is trained from an extended one
keeps it, for it says which embedding rows are new.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import read_json

EXTENSION = "extension.json"
BYTE_LEVEL = "byte-level BPE"
SENTENCEPIECE = "SentencePiece BPE"
CHARACTERS = "BPE of characters"  # as SentencePiece's, without its file
MULTIPLE = 64  # rows that tensor cores multiply without a remainder


@dataclass(frozen=True)
class NewToken:
    """A token that the base lacks: its `id`, its bytes, and the base's ids that spell them."""

    id: int
    language: str
    piece: bytes
    parts: tuple[int, ...]

    def write(self) -> dict[str, Any]:
        """Return the token's entry: its ``text``, or ``hex`` where it ends inside a character."""
        spelling: dict[str, Any]
        try:
            spelling = {"text": self.piece.decode()}
        except UnicodeDecodeError:
            spelling = {"hex": self.piece.hex()}
        return {"id": self.id, "language": self.language} | spelling | {"parts": list(self.parts)}


def read_token(entry: dict[str, Any]) -> NewToken:
    """Return the token of an entry; KeyError, TypeError or ValueError where it is none."""
    piece = entry["text"].encode() if "text" in entry else bytes.fromhex(entry["hex"])
    return NewToken(entry["id"], entry["language"], piece, tuple(entry["parts"]))


@dataclass(frozen=True)
class PruneCount:
    """Of one language: tokens that were `asked` for (None: all there are), learned, and pruned."""

    asked: int | None
    learned: int
    pruned: int

    def write(self) -> dict[str, Any]:
        """Return the counts as ``extension.json`` has them."""
        return {"asked": self.asked or "all", "learned": self.learned, "pruned": self.pruned}


@dataclass(frozen=True)
class Changes:
    """What an extended tokenizer makes of the reference text.

    `lines` are the texts of its corpora, how many of them `changed`, of these `quoted` letters of
    an added script or such that the base writes byte by byte, and all tokens `before`, by the base,
    and `after`; `example` is the first that changed and quotes nothing.
    """

    lines: int
    changed: int
    quoted: int
    before: int
    after: int
    example: str = ""

    def write(self) -> dict[str, Any]:
        """Return the counts as ``extension.json`` has them."""
        tokens = {"base_tokens": self.before, "tokens": self.after}
        return {"lines": self.lines, "changed": self.changed, "quoted": self.quoted} | tokens


@dataclass(frozen=True)
class VocabularyExtension:
    """What an extended vocabulary has beyond its base's `base_size` tokens.

    `kind` is that of the tokenizer, `base` the name of the base's folder, `languages` the number
    of new tokens of each language, `tokens` the new ones in the order of their ids, which follow
    the base's without a gap. Where rare tokens were pruned, `least` is how often a token had to
    occur, and `pruned` what became of each language's. `reference` tells what changes in
    English text, None where none was given. `removed` are the base's ids whose tokens were dropped,
    in order: `in_place`, they are the first new tokens', else all ids behind them are smaller.
    """

    kind: str
    base: str
    base_size: int
    languages: dict[str, int]
    tokens: tuple[NewToken, ...]
    least: int | None = None
    pruned: dict[str, PruneCount] | None = None
    reference: Changes | None = None
    removed: tuple[int, ...] = ()
    in_place: bool = False

    @property
    def size(self) -> int:
        return self.base_size - len(self.removed) + len(self.tokens)

    @property
    def first_new(self) -> int:
        """Return the id from which on all are new tokens'."""
        return self.base_size - (0 if self.in_place else len(self.removed))

    def old_numbers(self) -> dict[int, int]:
        """Return the id of every token of the base that is kept, by what it was in the base."""
        return {old: new for old, new in self.numbers().items() if old < self.base_size}

    def numbers(self) -> dict[int, int]:
        """Return the id of every token that is kept, by what it was before tokens were dropped."""
        gone = set(self.removed)
        stay = [number for number in range(self.base_size) if number not in gone]
        whole = self.base_size + len(self.tokens)
        if not self.in_place:
            return {old: new for new, old in enumerate([*stay, *range(self.base_size, whole)])}
        free = [*self.removed, *range(self.base_size, whole)]
        moved = range(self.base_size, whole)
        return dict(zip(stay, stay, strict=True)) | dict(zip(moved, free, strict=False))

    def write(self) -> dict[str, Any]:
        """Return the content of ``extension.json``."""
        content = {
            "kind": self.kind,
            "base": self.base,
            "base_size": self.first_new,
            "size": self.size,
            "languages": self.languages,
            "tokens": [token.write() for token in self.tokens],
        }
        if self.pruned is not None:
            counts = {language: count.write() for language, count in self.pruned.items()}
            content["prune"] = {"least": self.least} | counts
        if self.removed:
            content["removed"] = {"in_place": self.in_place, "ids": list(self.removed)}
        if self.reference is not None:
            content["reference"] = self.reference.write()
        return content


def pad_rows(size: int) -> int:
    """Return how many embedding rows a vocabulary of `size` gets: a multiple of 64."""
    return -(-size // MULTIPLE) * MULTIPLE


def count_languages(tokens: Iterable[NewToken], languages: Iterable[str]) -> dict[str, int]:
    """Return how many of the tokens each of the languages has, in the order of `languages`."""
    counts = dict.fromkeys(languages, 0)
    for token in tokens:
        counts[token.language] += 1
    return counts


def read_extension(folder: Path) -> VocabularyExtension:
    """Read a folder's ``extension.json``, but for the counts of pruning.

    Raises `InputError` where the folder is not of `extend_tokenizer`.
    """
    path = folder / EXTENSION
    if not path.is_file():
        raise InputError(f"{folder}: no {EXTENSION}; expected a folder of extend_tokenizer")
    try:
        content = read_json(path)
        tokens = sorted(map(read_token, content["tokens"]), key=lambda token: token.id)
        dropped = content.get("removed", {"in_place": False, "ids": []})
        removed, in_place = tuple(dropped["ids"]), dropped["in_place"]
        extension = VocabularyExtension(
            content["kind"],
            content["base"],
            content["base_size"] + (0 if in_place else len(removed)),
            content["languages"],
            tuple(tokens),
            removed=removed,
            in_place=in_place,
        )
        ids = [token.id for token in tokens if token.parts]
        free = [*(removed if in_place else ()), *range(content["base_size"], content["size"])]
        whole = ids == free and content["size"] == extension.size
    except (InputError, KeyError, TypeError, ValueError, AttributeError):
        whole = False
    if not whole:
        raise InputError(f"{path}: not as extend_tokenizer writes it; delete it and run again")
    return extension
