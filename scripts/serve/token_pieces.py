"""A model's ids as the pieces of text that they write, to be coloured by token."""

import json
from collections.abc import Callable, Sequence, Set
from pathlib import Path

from transformers import PreTrainedTokenizerBase

from scripts.common.files import read_json
from scripts.common.pieces import COLOURS, NOTHING, Piece
from scripts.tokenizer.byte_level import spell_piece
from scripts.tokenizer.extension_file import EXTENSION

SHOWN = 2000  # tokens: of a longer prompt the last ones are shown
LONGEST = 8  # tokens that write one character together; more are no text


def show_ids(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int], new: Set[int]) -> list[Piece]:
    """Return the text that ids write, in pieces; `new` are ids that the base does not have."""
    ids = ids[-SHOWN:]
    spell = speller(tokenizer)
    # A row of the embeddings behind the vocabulary has no name.
    names = [name or "" for name in tokenizer.convert_ids_to_tokens(list(ids))]
    return [
        Piece(
            text=text or NOTHING,
            title="\n".join(f"{ids[place]}: {spell(names[place])}" for place in range(first, last)),
            colours=[place % COLOURS for place in range(first, last)],
            is_new=any(ids[place] in new for place in range(first, last)),
        )
        for text, first, last in split_ids(ids, decoder(tokenizer))
    ]


def split_ids(
    ids: Sequence[int], decode: Callable[[Sequence[int]], str]
) -> list[tuple[str, int, int]]:
    """Return texts with the first token of each and the one behind it; together they are the whole.

    A few tokens are decoded at a time, behind those before them: a decoder may take the space off
    the first one's front.
    """
    found: list[tuple[str, int, int]] = []
    start = first = 0
    for last in range(1, len(ids) + 1):
        before, now = decode(ids[start:first]), decode(ids[start:last])
        if now.endswith("\ufffd") and last - first < LONGEST and last < len(ids):
            continue
        found.append((now[len(before) :], first, last))
        start, first = first, last
    return found


def decoder(tokenizer: PreTrainedTokenizerBase) -> Callable[[Sequence[int]], str]:
    """Return what reads ids as they are, special tokens too."""
    return lambda ids: str(tokenizer.decode(list(ids), clean_up_tokenization_spaces=False))


def speller(tokenizer: PreTrainedTokenizerBase) -> Callable[[str], str]:
    """Return how a token's name is spelled for a person."""
    whole = tokenizer.backend_tokenizer.to_str()
    return spell_piece if "ByteLevel" in json.dumps(json.loads(whole)["decoder"]) else str


def new_tokens(folder: Path) -> frozenset[int]:
    """Return the ids of a model's tokens that its base does not have."""
    path = folder / EXTENSION
    tokens = read_json(path, "an extended vocabulary", {})["tokens"] if path.is_file() else []
    return frozenset(token["id"] for token in tokens)
